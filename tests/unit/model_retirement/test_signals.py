"""Hosts hear which rows were moved, after the commit and only then; nobody's removal suffers from whoever listens."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from django.core.cache import cache
from django.db import OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext

from apps.assistants.models import Assistant
from apps.evaluations.models import Evaluator
from apps.pipelines.models import FALLBACK_MODEL_IDS_KEY, MODEL_ID_KEY, Node
from apps.service_providers.models import LlmProviderModel
from model_retirement import promotion
from model_retirement.catalogue.declarations import Model
from model_retirement.models import RemovalRun
from model_retirement.references import registry
from model_retirement.removal.restore import restore
from model_retirement.signals import references_moved
from tests.factories.assistants import AssistantFactory
from tests.factories.evaluations import EvaluatorFactory
from tests.factories.pipelines import NodeFactory
from tests.factories.service_providers import LlmProviderModelFactory, delete_all_models
from tests.factories.teams import TeamFactory
from tests.processes import ROOT
from tests.statements import SWEEP, before_statement, raising
from tests.unit.model_retirement.removal.removals import FreeLease, interrupted_at, plan_of, run_of

pytestmark = pytest.mark.django_db(transaction=True)

SCALAR = "pipelines.Node.params.llm_provider_model_id"
FALLBACKS = "pipelines.Node.params.fallback_llm_provider_model_ids"
ASSISTANT = "assistants.Assistant.llm_provider_model"
JURY = "evaluations.Evaluator.jury_models"

Heard = list[tuple[str, list[int]]]


@pytest.fixture
def models(transactional_db: None) -> dict[str, LlmProviderModel]:
    delete_all_models()
    return {name: LlmProviderModelFactory.create(name=name, deprecated=name == "old") for name in ("old", "new")}


@pytest.fixture
def heard(models: object) -> Iterator[Heard]:
    """Listen; what is heard is in the database for everybody to see, and no transaction is open."""
    batches: Heard = []

    def listen(sender: Any, reference: str, row_ids: list[int], using: str, **_kwargs: Any) -> None:
        assert sender is registry[reference].model_class
        assert using == "default"
        assert not connection.in_atomic_block
        batches.append((reference, row_ids))

    references_moved.connect(listen)
    yield batches
    references_moved.disconnect(listen)


def removal() -> RemovalRun:
    return run_of(plan_of(("old", "new"), active=[Model("new", 16_000)]))


def used(old: LlmProviderModel) -> dict[str, list[int]]:
    """Let a row of each of three kinds, and both ids of one node, point at a model; return them by reference."""
    node = NodeFactory.create(params={MODEL_ID_KEY: old.pk, FALLBACK_MODEL_IDS_KEY: []})
    fallback = NodeFactory.create(params={FALLBACK_MODEL_IDS_KEY: [old.pk]})
    assistants = AssistantFactory.create_batch(2, llm_provider_model=old)
    evaluator = EvaluatorFactory.create(jury_models=[old])
    return {
        SCALAR: [node.pk],
        FALLBACKS: [fallback.pk],
        ASSISTANT: sorted(assistant.pk for assistant in assistants),
        JURY: [evaluator.pk],
    }


def test_a_removal_and_its_undo_tell_of_every_row_that_they_change(models, heard: Heard):
    rows = used(models["old"])
    run = removal()
    assert dict(heard) == rows
    assert len(heard) == len(rows)
    heard.clear()
    restore(run_id=run.pk, registry=registry, lease=FreeLease(), using="default")
    assert sorted(heard) == sorted(rows.items())


def test_a_promotion_tells_of_every_row_that_it_changes(heard: Heard):
    team = TeamFactory.create()
    custom = LlmProviderModelFactory.create(name="new", team=team)
    rows = used(custom)
    promotion.promote(registry=registry, lease=FreeLease(), using="default")
    assert dict(heard) == rows
    assert len(heard) == len(rows)


def test_each_batch_is_told_of_after_its_own_commit(models, heard: Heard):
    pks = sorted(assistant.pk for assistant in AssistantFactory.create_batch(5, llm_provider_model=models["old"]))
    run_of(plan_of(("old", "new"), active=[Model("new", 16_000)]), batch_size=2)
    assert heard == [(ASSISTANT, pks[:2]), (ASSISTANT, pks[2:4]), (ASSISTANT, pks[4:])]


def test_what_came_in_late_is_told_of_when_its_model_has_gone(models, heard: Heard):
    late: list[int] = []

    def write() -> None:
        late.append(AssistantFactory.create(llm_provider_model=models["old"]).pk)

    with before_statement(SWEEP, write):
        removal()
    assert heard == [(ASSISTANT, late)]
    assert not LlmProviderModel.objects.filter(name="old").exists()


def test_a_row_with_a_list_beside_its_id_is_told_of_once_for_each(models, heard: Heard):
    node = NodeFactory.create(params={MODEL_ID_KEY: models["old"].pk, FALLBACK_MODEL_IDS_KEY: [models["old"].pk]})
    removal()
    assert heard == [(FALLBACKS, [node.pk]), (SCALAR, [node.pk])]


def test_a_batch_that_was_rolled_back_is_not_told_of(models, heard: Heard):
    rows = used(models["old"])
    with pytest.raises(KeyboardInterrupt):
        run_of(plan_of(("old", "new"), active=[Model("new", 16_000)]), lease=interrupted_at(3))
    (batch,) = heard
    assert rows[batch[0]] == batch[1]


def test_a_batch_that_was_repeated_is_told_of_once(models, heard: Heard):
    AssistantFactory.create(llm_provider_model=models["old"])
    error = OperationalError("deadlock")
    error.__cause__ = type("Deadlock", (Exception,), {"sqlstate": "40P01"})()
    journal = 'INSERT INTO "model_retirement_referencechange"'
    with before_statement(journal, partial(raising, error)):
        removal()
    assert len(heard) == 1


def test_rows_of_a_transaction_that_others_roll_back_are_not_told_of(models, heard: Heard):
    used(models["old"])
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        removal()
        assert heard == []
        raise ZeroDivisionError
    assert heard == []


def test_a_row_that_meanwhile_points_elsewhere_is_not_told_of(heard: Heard, models):
    custom = LlmProviderModelFactory.create(name="new", team=TeamFactory.create())
    stays, moves = AssistantFactory.create_batch(2, llm_provider_model=custom)
    lease = FreeLease(lambda _: Assistant.objects.filter(pk=stays.pk).update(llm_provider_model=models["old"]))
    promotion.promote(registry=registry, lease=lease, using="default")
    assert heard == [(ASSISTANT, [moves.pk])]


def test_a_row_that_an_undo_leaves_alone_is_not_told_of(models, heard: Heard):
    changed, back = AssistantFactory.create_batch(2, llm_provider_model=models["old"])
    run = removal()
    Assistant.objects.filter(pk=changed.pk).update(llm_provider_model=None)
    heard.clear()
    restore(run_id=run.pk, registry=registry, lease=FreeLease(), using="default")
    assert heard == [(ASSISTANT, [back.pk])]


def test_a_list_that_an_undo_of_its_main_model_completes_is_told_of(models, heard: Heard):
    """Rule 32: the second removal took out what had become a double of the main model by the first."""
    other = LlmProviderModelFactory.create(name="other", deprecated=True)
    node = NodeFactory.create(params={MODEL_ID_KEY: models["old"].pk, FALLBACK_MODEL_IDS_KEY: [other.pk]})
    run = removal()
    run_of(plan_of(("other", "new"), active=[Model("new", 16_000)]))
    node.refresh_from_db()
    assert node.params[FALLBACK_MODEL_IDS_KEY] == []
    heard.clear()
    restore(run_id=run.pk, registry=registry, lease=FreeLease(), using="default")
    node.refresh_from_db()
    assert node.params[FALLBACK_MODEL_IDS_KEY] == [models["new"].pk]
    assert heard == [(SCALAR, [node.pk]), (FALLBACKS, [node.pk])]


def test_the_example_of_the_documents_empties_a_cache(models):
    pages = (ROOT / "docs/operations.md").read_text()
    (example,) = [code for code in re.findall(r"```python\n(.*?)```", pages, re.DOTALL) if "references_moved" in code]
    names: dict[str, Any] = {}
    exec(compile(example, "docs/operations.md", "exec"), names)
    node, other = (NodeFactory.create(params={MODEL_ID_KEY: models[name].pk}) for name in ("old", "new"))
    cache.set_many({f"node:{node.pk}": 1, f"node:{other.pk}": 2})
    try:
        removal()
    finally:
        assert references_moved.disconnect(names["forget_nodes"], sender=Node)
    assert cache.get_many([f"node:{node.pk}", f"node:{other.pk}"]) == {f"node:{other.pk}": 2}
    cache.clear()


class Raising:
    """A receiver without a name."""

    def __call__(self, **_kwargs: Any) -> None:
        raise ValueError("no cache")


def raise_by_name(**_kwargs: Any) -> None:
    raise ValueError("no cache")


@pytest.mark.parametrize(
    ("receiver", "name"),
    [
        (raise_by_name, f"{__name__}.raise_by_name"),
        (Raising(), f"{__name__}.Raising"),
        (partial(raise_by_name), "functools.partial"),
    ],
)
def test_what_a_receiver_raises_is_logged_with_its_name_and_harms_nobody(
    models, heard: Heard, caplog: pytest.LogCaptureFixture, receiver: Callable[..., None], name: str
):
    used(models["old"])
    references_moved.connect(receiver, weak=False)
    try:
        run = removal()
    finally:
        references_moved.disconnect(receiver)
    assert run.finished_at is not None
    assert not LlmProviderModel.objects.filter(name="old").exists()
    assert len(heard) == 4
    lines: list[Any] = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert len(lines) == 4
    assert {(line.message, line.receiver, line.error, line.run) for line in lines} == {
        ("receiver failed", name, "ValueError", run.pk)
    }
    assert lines[0].exc_info[0] is ValueError


def test_nothing_is_left_to_do_after_a_commit_that_nobody_wants_to_hear_of(models):
    used(models["old"])
    with transaction.atomic():
        removal()
        assert connection.run_on_commit == []


def test_who_listens_to_one_table_costs_the_others_no_query(models):
    def queries(name: str) -> int:
        LlmProviderModelFactory.create(name=name)
        custom = LlmProviderModelFactory.create(name=name, team=TeamFactory.create())
        AssistantFactory.create(llm_provider_model=custom)
        with CaptureQueriesContext(connection) as captured:
            promotion.promote(registry=registry, lease=FreeLease(), using="default")
        return len(captured)

    before = queries("first")
    references_moved.connect(raise_by_name, sender=Evaluator)
    try:
        assert queries("second") == before
    finally:
        references_moved.disconnect(raise_by_name, sender=Evaluator)
