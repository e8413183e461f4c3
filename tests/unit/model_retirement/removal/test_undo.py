"""What a preview of a restore finds out, and how many queries that takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.service_providers.models import LlmProviderModel
from model_retirement.catalogue.declarations import Model
from model_retirement.data_migrations.models import CustomMigration
from model_retirement.models import ReferenceChange, RemovalRun
from model_retirement.references import registry
from model_retirement.removal import restore, undo
from model_retirement.removal.restore_report import RestoreReport
from tests.factories.assistants import AssistantFactory
from tests.factories.evaluations import EvaluatorFactory
from tests.factories.pipelines import NodeFactory
from tests.factories.service_providers import LlmProviderModelFactory
from tests.unit.model_retirement.removal.removals import FreeLease, plan_of, run_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def models() -> dict[str, LlmProviderModel]:
    return {name: LlmProviderModelFactory.create(name=name) for name in ("old", "cleared", "new")}


def remove_one_row_at_a_time() -> RemovalRun:
    return run_of(plan_of(("old", "new"), "cleared", active=[Model("new", 8192)]), batch_size=1)


def preview(run: RemovalRun) -> RestoreReport:
    return restore.preview(run_id=run.pk, registry=registry, using="default")


def left_alone(report: RestoreReport) -> list[Any]:
    return sorted(pk for model in report.models for ids in model.left_alone.values() for pk in ids)


def test_links_of_many_batches_are_looked_up_together_and_told_apart(models: dict[str, LlmProviderModel]):
    """Rule 7: what a person has linked since is left alone, in whichever batch it was."""
    juries = [EvaluatorFactory.create(llm_provider_model=None, jury_models=[models["old"]]) for _ in range(3)]
    emptied = [EvaluatorFactory.create(llm_provider_model=None, jury_models=[models["cleared"]]) for _ in range(3)]
    run = remove_one_row_at_a_time()
    assert preview(run).restored == 6
    juries[1].jury_models.clear()
    gone = emptied[2].pk
    emptied[2].delete()
    report = preview(run)
    assert report.restored == 4
    assert left_alone(report) == sorted([juries[1].pk, gone])


def test_a_row_that_is_in_two_entries_is_looked_up_for_each(models: dict[str, LlmProviderModel]):
    evaluator = EvaluatorFactory.create(llm_provider_model=None, jury_models=[models["old"]])
    run = remove_one_row_at_a_time()
    entry = ReferenceChange.objects.get(removed_model__run=run)
    assert entry.old_value is not None
    other = dict(entry.old_value, links=[entry.old_value["links"][0] + 1000])
    ReferenceChange.objects.create(
        removed_model=entry.removed_model,
        reference=entry.reference,
        old_value=other,
        new_value=entry.new_value,
        object_ids=[evaluator.pk],
        object_count=1,
    )
    report = preview(run)
    assert (report.restored, left_alone(report)) == (1, [evaluator.pk])


@pytest.mark.parametrize(
    "make",
    [
        lambda models: AssistantFactory.create(llm_provider_model=models["old"]),
        lambda models: EvaluatorFactory.create(llm_provider_model=None, jury_models=[models["old"], models["cleared"]]),
        lambda models: NodeFactory.create(
            params={
                "llm_provider_model_id": models["old"].pk,
                "fallback_llm_provider_model_ids": [models["cleared"].pk, models["old"].pk],
                "llm_model_parameters": {"odd": 1},
            }
        ),
    ],
    ids=["foreign key", "many-to-many", "JSON"],
)
def test_the_number_of_queries_does_not_grow_with_the_journal(
    models: dict[str, LlmProviderModel], make: Callable[[dict[str, LlmProviderModel]], object]
):
    """Rule 18: a removal in small batches, or of lists that are all different, has thousands of entries."""
    counts = []
    for rows in (2, 6):
        for _ in range(rows):
            make(models)
        run = remove_one_row_at_a_time()
        with CaptureQueriesContext(connection) as captured:
            assert preview(run).left_alone == 0
        counts.append(len(captured))
        restore.restore(run_id=run.pk, registry=registry, lease=FreeLease(), using="default")
        # What was restored would stay closed.
        CustomMigration.objects.filter(name__startswith="remove_deprecated_models:").delete()
    assert counts[0] == counts[1]


def test_the_number_of_queries_does_not_grow_with_the_models_that_took_links_along():
    """Rule 18: a removal takes out thirty models at once."""
    LlmProviderModelFactory.create(name="new")
    counts = []
    for models in (2, 6):
        rows = [LlmProviderModelFactory.create(name=f"old-{models}-{number}") for number in range(models)]
        for row in rows:
            EvaluatorFactory.create(llm_provider_model=None, jury_models=[row])
        run = run_of(plan_of(*((row.name, "new") for row in rows), active=[Model("new", 8192)]))
        with CaptureQueriesContext(connection) as captured:
            assert preview(run).restored == models
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_entries_come_in_portions(models: dict[str, LlmProviderModel], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(undo, "ROWS_AT_ONCE", 2)
    AssistantFactory.create_batch(5, llm_provider_model=models["old"])
    params = {"fallback_llm_provider_model_ids": [models["old"].pk, models["cleared"].pk]}
    NodeFactory.create_batch(3, params=params)
    run = run_of(plan_of(("old", "new"), "cleared", active=[Model("new", 8192)]), batch_size=2)
    report = preview(run)
    assert report.restored == sum(ReferenceChange.objects.values_list("object_count", flat=True))
    assert report.left_alone == 0
