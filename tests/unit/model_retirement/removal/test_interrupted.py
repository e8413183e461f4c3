"""An interrupted removal is resumed as it began, or is undone; it is not forgotten."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from apps.assistants.models import Assistant
from apps.service_providers.models import LlmProviderModel
from model_retirement.catalogue.declarations import Model
from model_retirement.data_migrations import run_once
from model_retirement.models import ReferenceChange, RemovalRun
from model_retirement.references import registry
from model_retirement.removal.interrupted import (
    InterruptedRemoval,
    progress,
    progress_of_last,
    put_back_so_far,
    refuse_to_abandon,
)
from model_retirement.removal.plan import RemovalRefused
from model_retirement.removal_records import MIGRATION_NAME
from tests.factories.assistants import AssistantFactory
from tests.factories.service_providers import LlmProviderModelFactory, delete_all_models
from tests.unit.model_retirement.removal.removals import interrupted_at, plan_of, run_of

pytestmark = pytest.mark.django_db

ACTIVE = [Model("new", 16_000), Model("newer", 16_000)]


@pytest.fixture
def run() -> RemovalRun:
    """One that was killed when its references had moved to another model, and its model had not gone."""
    delete_all_models()
    old = LlmProviderModelFactory.create(name="old")
    for name in ("idle", "new", "newer"):
        LlmProviderModelFactory.create(name=name)
    AssistantFactory.create(llm_provider_model=old)
    with pytest.raises(KeyboardInterrupt):
        run_of(plan_of(("old", "new"), "idle", active=ACTIVE), lease=interrupted_at(3))  # after opening and one batch
    assert Assistant.objects.get().llm_provider_model == LlmProviderModel.objects.get(name="new")
    return RemovalRun.objects.get()


def test_it_is_resumed_with_its_entry_as_it_was(run):
    refuse_to_abandon(plan_of(("old", "new"), active=ACTIVE), using="default")


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        (["idle"], "moved to new, and it is not among the models to remove now"),
        ([("old", "newer")], "moved to new, and the list has another replacement now"),
        (["old"], "moved to new, and the list has another replacement now"),
    ],
)
def test_what_it_had_moved_is_neither_forgotten_nor_told_wrongly(run, entries, words):
    """Rules 7 and 10: a rolled back or changed release stops before any change, and says what to do."""
    with pytest.raises(RemovalRefused, match=rf"{words}.*`restore_removed_models {run.pk}`"):
        refuse_to_abandon(plan_of(*entries, active=ACTIVE), using="default")


def test_what_had_moved_nothing_may_be_withdrawn(run):
    refuse_to_abandon(plan_of(("old", "new"), active=ACTIVE), using="default")
    assert run.models.filter(name="idle", removed_at=None).exists()


def test_how_far_it_is_can_be_asked(run):
    expected = InterruptedRemoval(run=run.pk, references=1, removed=0, models=2, is_running=False)
    assert progress(registry=registry, using="default") == expected
    with run_once.attempt(name=MIGRATION_NAME, using="default", triggered_by="a test", force=True):
        assert progress(registry=registry, using="default") == dataclasses.replace(expected, is_running=True)


def test_nothing_is_interrupted_when_all_ended(run):
    RemovalRun.objects.update(finished_at=Now())
    assert progress(registry=registry, using="default") is None


def test_of_several_the_one_that_was_worked_at_last_is_told_of(run):
    """One that was restricted to a single entry may have been interrupted beside another one."""
    RemovalRun.objects.create(triggered_by="an earlier one")
    RemovalRun.objects.filter(pk=run.pk).update(continued_at=timezone.now() + dt.timedelta(seconds=1))
    last = progress_of_last(registry=registry, using="default")
    assert last is not None
    assert (last.run, last.references) == (run.pk, 1)
    RemovalRun.objects.update(finished_at=Now())
    assert progress_of_last(registry=registry, using="default") is None


def test_how_much_a_restore_has_put_back_can_be_asked(run):
    assert put_back_so_far(run_id=run.pk, registry=registry, using="default") == 0
    changes = ReferenceChange.objects.filter(removed_model__run=run)
    changes.update(left_alone_ids=[])
    assert put_back_so_far(run_id=run.pk, registry=registry, using="default") == 1
