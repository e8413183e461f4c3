"""All kinds of reference in one registry: one preview, constraints that are accounted for, and rows that cannot be read."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import connection

from model_retirement import reference_checks
from model_retirement.references import (
    JsonIdReference,
    JsonIdWithKeyReference,
    JsonKeysReference,
    JsonPathReference,
    ModelNameReference,
    OwnedRows,
    Reference,
    Resource,
    ResourcePath,
    database,
)
from model_retirement.removal import report
from model_retirement.testing.trials import plan_for
from tests.factories.service_providers import LlmProviderModelFactory
from tests.factories.teams import TeamFactory
from tests.sample_app.pointing import Agent, Draft, Price, Profile, Trigger
from tests.statements import without_table
from tests.unit.model_retirement.removal.removals import registry_of

pytestmark = pytest.mark.usefixtures("pointing_tables")


def path_to(model: type[Any]) -> tuple[str, ResourcePath]:
    return "team", ResourcePath(Resource(model.__name__.lower(), model._meta.label))


KINDS: list[Reference] = [
    JsonIdReference("sample_app.Agent", "data", *path_to(Agent), key="model_id"),
    JsonPathReference("sample_app.Draft", "data", *path_to(Draft), path="steps[*].model"),
    JsonKeysReference("sample_app.Draft", "data", *path_to(Draft), key="limits"),
    JsonIdWithKeyReference("sample_app.Profile", "data", *path_to(Profile), key="model_id", foreign_key="llm_model"),
    ModelNameReference("sample_app.Trigger", "model_name", *path_to(Trigger), provider="openai"),
    ModelNameReference("sample_app.Trigger", "data", *path_to(Trigger), key="model", with_provider=True),
    OwnedRows("sample_app.Price.model"),
]


def test_a_preview_counts_each_of_them():
    old = LlmProviderModelFactory.create(name="old")
    team = TeamFactory.create()
    Agent._base_manager.create(team=team, data={"model_id": old.pk})
    Draft._base_manager.create(team=team, data={"steps": [{"model": old.pk}] * 2, "limits": {old.pk: 1}})
    Profile._base_manager.create(team=team, data={"model_id": old.pk}, llm_model=old)
    Trigger._base_manager.create(team=team, model_name="old", data={"model": "openai/old"})
    Price._base_manager.create(model=old, amount=1)
    preview = report.preview(plan=plan_for({old: None}), registry=registry_of(*KINDS), using="default")
    assert preview.models[0].references == {reference.label: 1 for reference in KINDS}
    assert [remark.reference for remark in preview.remarks] == [
        "sample_app.Draft.data.steps[*].model",
        "sample_app.Draft.data.limits[keys]",
        "sample_app.Profile.data.model_id",
        "sample_app.Trigger.data.model",
    ]


def test_the_constraints_of_keys_are_accounted_for_and_no_others():
    own = {(constraint.table, constraint.column) for constraint in database.constraints(using="default")}
    left = {
        (constraint.table, constraint.column)
        for constraint in database.undeclared(registry=registry_of(*KINDS), using="default")
    }
    assert own - left == {("sample_app_profile", "llm_model_id"), ("sample_app_price", "of model")}


@pytest.mark.sqlite
@pytest.mark.parametrize("reference", KINDS[1:3], ids=lambda reference: reference.label)
def test_a_row_that_cannot_be_read_keeps_its_model_and_is_named(reference: Reference):
    """Rule 23."""
    old = LlmProviderModelFactory.create(name="old")
    data = {"steps": [{"model": old.pk, "note": "?"}], "limits": {str(old.pk): "?"}}
    made = Draft._base_manager.create(team=TeamFactory.create())
    with connection.cursor() as cursor:
        broken = json.dumps(data).encode().replace(b'"?"', b'"\xff"')
        cursor.execute("UPDATE sample_app_draft SET data = CAST(%s AS text) WHERE id = %s", [broken, made.pk])
    preview = report.preview(plan=plan_for({old: None}), registry=registry_of(reference), using="default")
    assert [(failed.name, [row.row_id for row in failed.rows]) for failed in preview.failed] == [("old", [made.pk])]


def test_tables_that_are_still_to_be_made_are_not_looked_into():
    with without_table(Profile):
        assert reference_checks.check_disagreeing_rows(databases=["default"], registry=registry_of(*KINDS)) == []
