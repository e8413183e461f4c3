"""What removals there were, and how each is undone or finished."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from apps.service_providers.models import LlmProviderModel
from model_retirement.catalogue.declarations import Model
from model_retirement.data_migrations import run_once
from model_retirement.models import RemovalRun, RemovedModel
from model_retirement.references import registry
from model_retirement.removal import restore, summaries
from model_retirement.removal.summaries import RemovalSummary, UnknownRemoval
from model_retirement.removal_records import MIGRATION_NAME
from tests.factories.assistants import AssistantFactory
from tests.factories.service_providers import LlmProviderModelFactory, delete_all_models
from tests.unit.model_retirement.removal.removals import interrupted_at, plan_of, run_of

pytestmark = pytest.mark.django_db

ACTIVE = [Model("new", 16_000)]


@pytest.fixture(autouse=True)
def in_use() -> LlmProviderModel:
    """Three assistants use a model, and one that nobody uses goes with it."""
    delete_all_models()
    old = LlmProviderModelFactory.create(name="old")
    for name in ("idle", "new"):
        LlmProviderModelFactory.create(name=name)
    AssistantFactory.create_batch(3, llm_provider_model=old)
    return old


def interrupt() -> RemovalRun:
    with pytest.raises(KeyboardInterrupt):
        run_of(plan_of(("old", "new"), "idle", active=ACTIVE), lease=interrupted_at(3))  # after opening and one batch
    return RemovalRun.objects.get()


def only() -> RemovalSummary:
    (summary,) = summaries.summarise(registry=registry, using="default")
    assert summary == summaries.summary_of(run_id=summary.run, registry=registry, using="default")
    return summary


def restore_all(run: RemovalRun) -> None:
    restore.claim_and_restore(run_id=run.pk, registry=registry, triggered_by="a test", using="default")


def test_a_removal_that_ended(in_use):
    run_of(plan_of(("old", "new"), "idle", active=ACTIVE))
    summary = only()
    assert (summary.state, summary.moved, summary.left, summary.left_alone, summary.removed) == ("finished", 3, 0, 0, 2)
    assert [(str(model), model.replacement, dict(model.moved)) for model in summary.models] == [
        ("openai/idle", None, {}),
        ("openai/old", "new", {"assistants.Assistant.llm_provider_model": 3}),
    ]
    assert summary.waiting_teams == 3


def test_an_interrupted_removal_has_moved_some_and_left_others(in_use):
    run = interrupt()
    AssistantFactory.create_batch(2, llm_provider_model=in_use)
    summary = only()
    assert (summary.run, summary.state, summary.moved, summary.left, summary.removed) == (
        run.pk,
        "interrupted",
        3,
        2,
        0,
    )
    with run_once.attempt(name=MIGRATION_NAME, using="default", triggered_by="a test", force=True):
        assert only().state == "running"


def test_a_removal_that_was_undone(in_use):
    run = run_of(plan_of(("old", "new"), active=ACTIVE))
    assert run is not None
    AssistantFactory._meta.model.objects.order_by("pk").first().delete()
    restore_all(run)
    summary = only()
    assert (summary.state, summary.moved, summary.left, summary.left_alone) == ("restored", 3, 0, 1)


def test_a_restore_that_has_not_ended(in_use):
    run_of(plan_of(("old", "new"), active=ACTIVE))
    RemovedModel.objects.update(restored_at=Now())
    assert only().state == "restore interrupted"
    with run_once.attempt(name=MIGRATION_NAME, using="default", triggered_by="a test", force=True):
        assert only().state == "restoring"


def test_many_removals_come_newest_first_in_a_number_of_queries_per_page(django_assert_num_queries):
    now = timezone.now()
    RemovalRun.objects.bulk_create(
        RemovalRun(triggered_by="migrate", finished_at=now - dt.timedelta(days=days)) for days in range(250)
    )
    with django_assert_num_queries(3 * 6 + 1):  # two full pages and one of 50, each the same; and an empty one
        runs = [summary.run for summary in summaries.summarise(registry=registry, using="default")]
    assert len(runs) == 250
    assert runs == sorted(runs, reverse=True)


def test_a_number_that_no_removal_has_gets_the_nearest_and_the_last_ones():
    RemovalRun.objects.bulk_create(RemovalRun(pk=pk, triggered_by="migrate") for pk in (117, 118))
    with pytest.raises(UnknownRemoval) as unknown:
        summaries.summary_of(run_id=17, registry=registry, using="default")
    assert str(unknown.value) == "There is no removal 17. Did you mean 117? The last ones are: 118, 117."
