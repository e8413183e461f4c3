"""An id in JSON with a foreign key beside it: both move, one reference, and rows in which they differ are told apart."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.checks import CheckMessage
from django.db import connection

from apps.service_providers.models import LlmProviderModel
from model_retirement import reference_checks
from model_retirement.references import (
    ForeignKeyReference,
    JsonIdWithKeyReference,
    Moves,
    Registry,
    Resource,
    ResourcePath,
    registry,
)
from model_retirement.references.usage import count, pointing_now
from model_retirement.removal.execute import execute
from model_retirement.removal.restore import preview, restore
from model_retirement.testing import MakeRow, assert_reference_kind
from model_retirement.testing.trials import plan_for
from tests.factories.service_providers import LlmProviderModelFactory
from tests.factories.teams import TeamFactory
from tests.sample_app.pointing import Profile
from tests.unit.model_retirement.removal.removals import FreeLease, registry_of

pytestmark = pytest.mark.usefixtures("pointing_tables")

REFERENCE = JsonIdWithKeyReference(
    "sample_app.Profile",
    "data",
    "team",
    ResourcePath(Resource("profile", "sample_app.Profile")),
    key="model_id",
    foreign_key="llm_model",
    parameters_key="parameters",
)


@pytest.fixture
def old() -> LlmProviderModel:
    return LlmProviderModelFactory.create(name="old")


@pytest.fixture
def new() -> LlmProviderModel:
    return LlmProviderModelFactory.create(name="new")


@pytest.fixture
def other() -> LlmProviderModel:
    return LlmProviderModelFactory.create(name="other")


def profile(data: str | None, key: Any = None) -> Any:
    """Save a row with JSON as SQL stores it, past Python."""
    made = Profile._base_manager.create(team=TeamFactory.create(), llm_model=key)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE sample_app_profile SET data = %s WHERE id = %s", [data, made.pk])
    return made


def both(text: str) -> MakeRow:
    return lambda model: profile(text.replace("ID", str(model.pk)), model)


def json_alone(model: Any) -> Any:
    return profile(json.dumps({"model_id": model.pk}))


def key_alone(model: Any) -> Any:
    return profile('{"model_id": "junk"}', model)


def odd(text: str | None) -> Callable[[], Any]:
    return lambda: profile(text)


def held(row: Any) -> tuple[Any, Any]:
    row.refresh_from_db()
    return row.data, row.llm_model_id


def test_it_keeps_to_what_is_asked_of_all_kinds():
    assert_reference_kind(
        REFERENCE,
        rows=[
            both('{"model_id": ID}'),
            both('{"model_id": " ID ", "parameters": {"temperature": 0.5, "n": 9}}'),
            both('{"model_id": ID.0}'),
            json_alone,
            key_alone,
            lambda model: profile(None, model),
        ],
        odd_rows=[odd(text) for text in (None, "7", "[]", '{"model_id": "7a"}', f'{{"model_id": {"9" * 5000}}}')],
    )


def test_a_row_that_says_the_same_twice_is_one_reference(old):
    both('{"model_id": "ID"}')(old)
    own = registry_of(REFERENCE)
    usage = count(registry=own, pairs=pointing_now(model_ids=[old.pk], using="default"), using="default")
    assert usage.references == {old.pk: {REFERENCE.label: 1}}


def test_of_two_that_differ_only_the_one_that_points_moves(old, new, other):
    """Rule 29: neither overwrites the other."""
    in_json = profile(json.dumps({"model_id": str(old.pk)}), other)
    in_key = profile(json.dumps({"model_id": other.pk}), old)
    changes = REFERENCE.move(row_ids=[in_json.pk, in_key.pk], moves=Moves({old.pk: new.pk}), using="default")
    assert held(in_json) == ({"model_id": new.pk}, other.pk)
    assert held(in_key) == ({"model_id": other.pk}, new.pk)
    assert [(change.old_value, change.new_value, change.row_ids) for change in changes] == [
        ({"json": str(old.pk)}, new.pk, [in_json.pk]),
        ({"key": old.pk}, new.pk, [in_key.pk]),
    ]


def test_a_row_whose_two_models_go_at_once_comes_back_as_it_was(old, new, other):
    row = profile(json.dumps({"model_id": old.pk, "parameters": {"temperature": 9, "odd": 1}}), other)
    before = held(row)
    own = registry_of(REFERENCE)
    run = execute(plan=plan_for({old: new, other: None}), registry=own, lease=FreeLease(), using="default")
    assert run is not None
    assert held(row) != before
    assert held(row)[1] is None
    planned = preview(run_id=run.pk, registry=own, using="default")
    assert (planned.left_alone, planned) == (
        0,
        restore(run_id=run.pk, registry=own, lease=FreeLease(), using="default"),
    )
    assert held(row) == before


def test_what_a_person_has_changed_in_one_of_the_two_keeps_both_as_they_are(old, new, other):
    row = both('{"model_id": ID}')(old)
    own = registry_of(REFERENCE)
    run = execute(plan=plan_for({old: new}), registry=own, lease=FreeLease(), using="default")
    assert run is not None
    Profile._base_manager.filter(pk=row.pk).update(llm_model=other)
    done = restore(run_id=run.pk, registry=own, lease=FreeLease(), using="default")
    assert done.models[0].left_alone == {REFERENCE.label: [row.pk]}
    assert held(row) == ({"model_id": new.pk}, other.pk)


def test_rows_whose_two_differ_are_told_before_a_removal(old, other):
    both('{"model_id": ID}')(other)
    rows = [profile(json.dumps({"model_id": old.pk}), other) for _ in range(4)]
    first = ", ".join(str(row.pk) for row in rows[:3])
    *_, remark = REFERENCE.remarks(model_ids=[old.pk], using="default")
    assert remark == (
        f"The id in JSON and llm_model are not the same model in 4 rows ({first} and 1 more), so each of the two moves for"
        " itself."
    )
    rows[0].delete()
    *_, remark = REFERENCE.remarks(model_ids=[old.pk], using="default")
    assert f"in 3 rows ({', '.join(str(row.pk) for row in rows[1:])})," in remark
    assert len(REFERENCE.remarks(model_ids=[LlmProviderModelFactory.create().pk], using="default")) == 1


def warnings_of(own: Registry) -> list[CheckMessage]:
    return reference_checks.check_disagreeing_rows(databases=["default"], registry=own)


def test_check_warns_of_rows_whose_two_differ(old, other):
    both('{"model_id": "ID"}')(old)
    profile("[]")
    own = registry_of(REFERENCE)
    assert warnings_of(own) == []
    rows = [profile(json.dumps({"model_id": old.pk}), other), json_alone(old), key_alone(old)]
    (warning,) = warnings_of(own)
    assert warning.id == "model_retirement.W101"
    named = ", ".join(str(row.pk) for row in rows)
    assert warning.msg == (
        f"{REFERENCE.label}: 3 rows store two models where both should be the same, such as {named}."
    )
    assert reference_checks.check_disagreeing_rows(databases=["default"]) == []


def test_check_knows_that_it_accounts_for_the_foreign_key():
    unknown = {message.msg.partition(" ")[0] for message in reference_checks.check_relations()}
    assert "sample_app.Profile.llm_model" in unknown
    declared = reference_checks.check_relations(registry=registry_of(REFERENCE))
    assert "sample_app.Profile.llm_model" not in {message.msg.partition(" ")[0] for message in declared}


def test_without_an_index_of_either_it_says_which_is_missing():
    assert REFERENCE.missing_index.startswith("ModelReferenceIndex(")
    beside = ForeignKeyReference("sample_app.Profile", "llm_model", "team", REFERENCE.resource_path)
    assert beside.missing_index == ""
    assert [reference.missing_index for reference in registry] == [""] * len(list(registry))
