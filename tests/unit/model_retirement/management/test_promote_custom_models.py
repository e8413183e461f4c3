"""The command that the synchronisation asks for."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from apps.service_providers.models import LlmProviderModel
from model_retirement import sync
from model_retirement.catalogue import view as catalogue
from model_retirement.catalogue.declarations import Model
from model_retirement.data_migrations import pending, run_once
from model_retirement.data_migrations.models import CustomMigration
from tests.factories.assistants import AssistantFactory
from tests.factories.service_providers import LlmProviderModelFactory, delete_all_models
from tests.factories.teams import TeamFactory
from tests.statements import SWEEP, before_statement

COMMAND = "promote_custom_models"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def empty_tables(db):
    delete_all_models()
    CustomMigration.objects.all().delete()


@pytest.fixture
def custom() -> LlmProviderModel:
    """A team's own model with one reference, and a global one of its name."""
    model = LlmProviderModelFactory.create(team=TeamFactory.create(), name="new", max_token_limit=6_000)
    AssistantFactory.create(team=model.team, llm_provider_model=model)
    LlmProviderModelFactory.create(name="new", max_token_limit=8_192)
    return model


def call(*args: str, **options: Any) -> str:
    out = io.StringIO()
    call_command(COMMAND, *args, stdout=out, **options)
    return out.getvalue()


def test_it_says_what_it_did(custom):
    assert call() == (
        "promote_custom_models: applied: 1 custom models promoted, 1 references moved, 1 token limits kept.\n"
    )
    assert not LlmProviderModel.objects.filter(pk=custom.pk).exists()
    assert CustomMigration.objects.get(name=COMMAND).runs.get().counts == {
        "custom models promoted": 1, "references moved": 1, "token limits kept": 1
    }  # fmt: skip


def test_a_preview_writes_nothing(custom):
    """Rule 17."""
    assert call("--dry-run") == "promote_custom_models: would do: 1 custom models to promote.\n"
    assert LlmProviderModel.objects.filter(pk=custom.pk).exists()
    assert not CustomMigration.objects.exists()


def test_it_can_be_called_again_and_again(custom):
    call()
    assert "0 custom models promoted" in call()
    assert CustomMigration.objects.get(name=COMMAND).status == CustomMigration.Status.APPLIED


def test_a_synchronisation_that_creates_a_model_asks_for_it(custom):
    """Rule 15."""
    LlmProviderModel.objects.filter(team=None).delete()
    declared = catalogue.load(models={"openai": [Model("new", 8_192)]}, removals=[])
    sync.sync_by_hand(model=LlmProviderModel, catalogue=declared, using="default", requested_by="a test")
    assert pending.run_pending(using="default", triggered_by="migrate", verbosity=0) == [COMMAND]
    assert LlmProviderModel.objects.get().team is None


def test_references_that_keep_coming_in_are_one_line_and_the_next_run_tries_again(custom):
    def use_it() -> None:
        AssistantFactory.create(team=custom.team, llm_provider_model=custom)

    run_once.request(name=COMMAND, requested_by="a migration", repeatable=True)
    with (
        before_statement(SWEEP, use_it),
        before_statement(SWEEP, use_it, number=2),
        pytest.raises(
            CommandError, match=r"^References in assistants\.Assistant\.llm_provider_model still point at a .*$"
        ),
    ):
        call()
    assert CustomMigration.objects.get(name=COMMAND).status == CustomMigration.Status.FAILED
    assert pending.run_pending(using="default", triggered_by="migrate", verbosity=0) == [COMMAND]
    assert not LlmProviderModel.objects.filter(pk=custom.pk).exists()
