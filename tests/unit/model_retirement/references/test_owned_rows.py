"""Rows that belong to a model go with it, whole, and come back with its undo."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection, models
from django.test import Client
from django.urls import reverse

from apps.service_providers.models import LlmProviderModel
from model_retirement import reference_checks
from model_retirement.admin import model_pages
from model_retirement.management.presenters import removal as presenter
from model_retirement.models import TeamNotice
from model_retirement.references import (
    ForeignKeyReference,
    ManyToManyReference,
    OwnedRows,
    Registry,
    Resource,
    ResourcePath,
)
from model_retirement.references import registry as platform_registry
from model_retirement.references.team_usage import by_team
from model_retirement.removal import report
from model_retirement.removal.execute import execute
from model_retirement.removal.restore import restore
from model_retirement.testing import assert_reference_kind
from model_retirement.testing.trials import plan_for
from tests.factories.assistants import AssistantFactory
from tests.factories.service_providers import LlmProviderModelFactory
from tests.sample_app.pointing import Price, Profile
from tests.unit.model_retirement.removal.removals import FreeLease, registry_of

pytestmark = pytest.mark.usefixtures("pointing_tables")

PRICES = OwnedRows("sample_app.Price.model")
ASSISTANTS = ForeignKeyReference(
    "assistants.Assistant",
    "llm_provider_model",
    "team",
    ResourcePath(Resource("assistant", "assistants.Assistant")),
)


def price(model: Any, amount: str = "0.000002500000", **columns: Any) -> Any:
    return Price._base_manager.create(model=model, amount=amount, **columns)


def rows() -> list[Any]:
    """Return every price as the database has it."""
    with connection.cursor() as cursor:
        cursor.execute(
            'SELECT id, "of model", CAST(amount AS text), CAST(terms AS text), note FROM sample_app_price', []
        )
        return sorted((*columns, bytes(note or b"")) for *columns, note in cursor.fetchall())


def test_it_keeps_to_what_is_asked_of_all_kinds():
    assert_reference_kind(
        PRICES,
        rows=[
            price,
            lambda model: price(model, "12.5", terms={"from": ["2024-01-01", None], "100%": "it's"}),
            lambda model: price(model, note=b"\x00\xff"),
        ],
    )


def test_they_go_and_come_back_and_no_team_hears_of_them():
    old, new = LlmProviderModelFactory.create(name="old"), LlmProviderModelFactory.create(name="new")
    price(old), price(old, terms=[1]), price(new)
    before = rows()
    own = registry_of(PRICES)
    preview = report.preview(plan=plan_for({old: new}), registry=own, using="default")
    assert (preview.models[0].references, preview.teams, preview.notices) == ({PRICES.label: 2}, (), 0)
    run = execute(plan=plan_for({old: new}), registry=own, lease=FreeLease(), using="default")
    assert run is not None
    assert rows() == [row for row in before if row[1] == new.pk]
    done = restore(run_id=run.pk, registry=own, lease=FreeLease(), using="default")
    assert (done.restored, done.left_alone) == (2, 0)
    assert rows() == before
    assert not TeamNotice.objects.exists()


def test_a_row_that_somebody_has_made_anew_since_stays_as_it_is():
    old, new = LlmProviderModelFactory.create(name="old"), LlmProviderModelFactory.create(name="new")
    mine = price(old)
    own = registry_of(PRICES)
    run = execute(plan=plan_for({old: None}), registry=own, lease=FreeLease(), using="default")
    assert run is not None
    price(new, id=mine.pk)
    done = restore(run_id=run.pk, registry=own, lease=FreeLease(), using="default")
    assert done.models[0].left_alone == {PRICES.label: [mine.pk]}
    assert [row[1] for row in rows()] == [new.pk]


def test_the_preview_tells_them_from_references_that_move():
    old, new = LlmProviderModelFactory.create(name="old"), LlmProviderModelFactory.create(name="new")
    price(old)
    AssistantFactory.create(llm_provider_model=old)
    own = registry_of(PRICES, ASSISTANTS)
    preview = report.preview(plan=plan_for({old: new}), registry=own, using="default")
    said = list(presenter.summary_lines(preview, dry_run=True))
    assert said[1:3] == [
        "1 reference would move to a replacement.",
        "1 row of the models' own would go with them.",
    ]
    assert "  openai/old: 1 reference to be repointed to new, 1 team." in said
    assert "           1  sample_app.Price.model (deleted with the model)" in said
    run = execute(plan=plan_for({old: new}), registry=own, lease=FreeLease(), using="default")
    done = report.result(run=run, plan=plan_for({}), registry=own, using="default")
    assert list(presenter.summary_lines(done, dry_run=False))[1:3] == [
        "1 reference moved to a replacement.",
        "1 row of the models' own went with them.",
    ]


def test_the_page_of_a_removal_tells_them_too(admin_client: Client, monkeypatch: pytest.MonkeyPatch):
    profiles = ForeignKeyReference("sample_app.Profile", "llm_model", "team", ASSISTANTS.resource_path)
    # The main model of a list has to be declared before it.
    grants = OwnedRows("sample_app.Grant.model")
    fallbacks = ForeignKeyReference("sample_app.Grant", "fallback", "team", ASSISTANTS.resource_path)
    panels = ManyToManyReference("sample_app.Panel", "members", "team", ASSISTANTS.resource_path)
    own = registry_of(*reversed(list(platform_registry)), PRICES, grants, fallbacks, panels, profiles)
    monkeypatch.setattr(model_pages, "registry", own)
    old = LlmProviderModelFactory.create(name="old")
    price(old), price(old)
    AssistantFactory.create(llm_provider_model=old)
    page = admin_client.get(reverse("admin:service_providers_llmprovidermodel_removal", args=[old.pk]))
    text = " ".join(page.text.split())
    assert "a removal would clear <strong>1 reference</strong>" in text
    assert "2 rows that belong to the model would be deleted with it." in text


def test_they_are_no_teams_use_of_a_model():
    old = LlmProviderModelFactory.create()
    price(old)
    assert by_team(registry=registry_of(PRICES), model_ids=[old.pk], using="default") == []
    assert PRICES.pairs(model_ids=[old.pk], using="default", team_id=1)[0].endswith("1 = 0")
    assert Registry().resources == registry_of(PRICES).resources


def test_check_wants_no_null_there_and_nothing_that_points_at_the_rows():
    own = registry_of(PRICES)
    labels = {message.msg.partition(" ")[0] for message in reference_checks.check_relations(registry=own)}
    assert "sample_app.Price.model" not in labels
    assert reference_checks.check_owned_rows(registry=own) == []
    assistants = registry_of(OwnedRows("assistants.Assistant.llm_provider_model"))
    errors = reference_checks.check_owned_rows(registry=assistants)
    assert {error.id for error in errors} == {"model_retirement.E104"}
    (error,) = (error for error in errors if error.msg.startswith("assistants.Assistant.working_version "))
    assert error.msg.endswith(
        "points at rows that are deleted with their model (assistants.Assistant.llm_provider_model)."
    )
    assert reference_checks.check_owned_rows(registry=assistants, app_configs=[Profile._meta.app_config]) == []
    assert isinstance(LlmProviderModel._meta.pk, models.Field)
