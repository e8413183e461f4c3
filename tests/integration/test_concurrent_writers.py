"""Writers that go on while a removal runs: nothing dangles, no edit is lost, and who is refused is told why."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, connection, connections

from apps.evaluations.models import Evaluator
from apps.pipelines.models import FALLBACK_MODEL_IDS_KEY, MODEL_ID_KEY, Node, Pipeline, model_ids
from apps.service_providers.models import LlmProviderModel
from model_retirement.catalogue.declarations import Model
from model_retirement.promotion import promote
from model_retirement.references import registry
from model_retirement.removal.restore import restore
from model_retirement.selection import ModelGoneError
from tests.factories.evaluations import EvaluatorFactory
from tests.factories.pipelines import NodeFactory, PipelineFactory
from tests.factories.service_providers import LlmProviderModelFactory, delete_all_models
from tests.processes import SECONDS, wait_for
from tests.statements import before_statement
from tests.unit.model_retirement.removal.removals import FreeLease, plan_of, run_of

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

NODES = 400
NEW = Model("new", 16_000)


class Writer(threading.Thread):
    """Calls ``write`` with a growing number until it is told to stop; keeps what was refused and what went wrong."""

    def __init__(self, write: Callable[[int], None]) -> None:
        super().__init__()
        self.write = write
        self.done = 0
        self.refused: list[str] = []
        self.wrong: list[BaseException] = []
        self.ended = threading.Event()

    def run(self) -> None:
        try:
            while not self.ended.is_set():
                try:
                    self.write(self.done)
                    self.done += 1
                except IntegrityError as error:
                    self.refused.append(str(error))
        except Exception as error:  # noqa: BLE001  # whatever it is, the test shows it
            self.wrong.append(error)
        finally:
            connections.close_all()

    def stop(self) -> None:
        self.ended.set()
        self.join(SECONDS)
        assert not self.is_alive()


@pytest.fixture
def models(transactional_db: None) -> dict[str, LlmProviderModel]:
    delete_all_models()
    return {name: LlmProviderModelFactory.create(name=name) for name in ("old", "gone", "new")}


@pytest.fixture
def pipeline(models: dict[str, LlmProviderModel]) -> Pipeline:
    pipeline = PipelineFactory.create()
    old, gone = models["old"].pk, models["gone"].pk
    Node.objects.bulk_create(
        Node(
            pipeline=pipeline,
            flow_id=f"start-{number}",
            params={MODEL_ID_KEY: (old, gone)[number % 2], FALLBACK_MODEL_IDS_KEY: [gone, old], "edits": 0},
        )
        for number in range(NODES)
    )
    return pipeline


def test_nothing_dangles_and_no_edit_is_lost_while_writers_go_on(models, pipeline):
    old, gone = models["old"].pk, models["gone"].pk
    ids = list(Node.objects.values_list("pk", flat=True))

    def edit_another_key(turn: int) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE pipelines_node SET params = jsonb_set(params, '{edits}',"
                " to_jsonb((params ->> 'edits')::int + 1)) WHERE id = %s",
                [ids[turn % NODES]],
            )

    def save_what_was_read(turn: int) -> None:
        node = Node.objects.get(pk=ids[turn % 20])
        node.label = f"turn {turn}"
        node.save(update_fields=["label"])

    def create_with_the_model(turn: int) -> None:
        params: dict[str, Any] = {MODEL_ID_KEY: old, FALLBACK_MODEL_IDS_KEY: [gone], "edits": 0}
        Node.objects.create(pipeline=pipeline, flow_id=f"late-{turn}", params=params)

    def write_past_the_orm(turn: int) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO pipelines_node (pipeline_id, flow_id, type, label, params) VALUES"
                " (%s, %s, '', '', jsonb_build_object('llm_provider_model_id', %s::text, 'edits', 0))",
                [pipeline.pk, f"raw-{turn}", str(gone)],
            )

    writers = [
        Writer(write) for write in (edit_another_key, save_what_was_read, create_with_the_model, write_past_the_orm)
    ]
    for writer in writers:
        writer.start()
    wait_for(lambda: all(writer.done or writer.wrong for writer in writers))
    run = run_of(plan_of(("old", "new"), "gone", active=[NEW]), batch_size=25)
    wait_for(lambda: all(writer.refused or writer.wrong for writer in writers[2:]))
    for writer in writers:
        writer.stop()

    assert [writer.wrong for writer in writers] == [[], [], [], []]
    editing, saving, creating, raw = writers
    assert editing.refused == saving.refused == []
    assert editing.done
    assert creating.done
    assert raw.done
    assert run.finished_at is not None
    existing = set(LlmProviderModel.objects.values_list("pk", flat=True))
    assert existing == {models["new"].pk}
    nodes = list(Node.objects.all())
    assert {pk for node in nodes for pk in model_ids(node.params)} <= existing
    assert sum(node.params["edits"] for node in nodes) == editing.done
    assert len(nodes) == NODES + creating.done + raw.done
    assert creating.refused
    assert all("it may just have been removed. Nothing was saved" in error for error in creating.refused)
    assert raw.refused
    assert all("pipelines_node_model_exists" in error for error in raw.refused)


def test_a_writer_with_an_old_copy_is_refused_and_told_why(models, pipeline):
    stale = Node.objects.filter(params__llm_provider_model_id=models["old"].pk).first()
    assert stale is not None
    run_of(plan_of(("old", "new"), "gone", active=[NEW]))
    with pytest.raises(ModelGoneError, match=f"no LLM model with the id {models['old'].pk}"):
        stale.save()
    stale.refresh_from_db()
    assert stale.params[MODEL_ID_KEY] == models["new"].pk


def test_a_dangling_id_of_the_past_does_not_stop_other_edits(models):
    """Rule 6: it is left where it is, not resurrected; only new ones are refused."""
    node = NodeFactory.create()
    Node.objects.filter(pk=node.pk).update(params={FALLBACK_MODEL_IDS_KEY: [987_654]})
    node.refresh_from_db()
    node.label = "edited"
    node.save()
    node.params = {FALLBACK_MODEL_IDS_KEY: [987_654, 987_655]}
    with pytest.raises(ModelGoneError, match="987655"):
        node.save()


def elsewhere(work: Callable[[], object]) -> Callable[[], None]:
    """Return what does somebody else's work, on a connection of its own."""

    def do_it() -> None:
        work()
        connections.close_all()

    def act() -> None:
        thread = threading.Thread(target=do_it)
        thread.start()
        thread.join(SECONDS)

    return act


def jury(evaluator: Evaluator) -> list[int]:
    return list(evaluator.jury_models.values_list("pk", flat=True))


def test_a_jury_member_that_a_person_adds_at_the_same_moment_stops_no_removal(models):
    """There is no link yet that could be locked; the slice is done again and finds it."""
    evaluator = EvaluatorFactory.create(llm_provider_model=None, jury_models=[models["old"]])
    a_person = elsewhere(lambda: evaluator.jury_models.add(models["new"]))
    with before_statement("UPDATE .*jury_models", a_person):
        run = run_of(plan_of(("old", "new"), active=[NEW]))
    assert run.finished_at is not None
    assert jury(evaluator) == [models["new"].pk]


def test_a_jury_member_that_a_person_adds_at_the_same_moment_stops_no_promotion(models):
    evaluator = EvaluatorFactory.create(llm_provider_model=None)
    own = LlmProviderModelFactory.create(name="new", team=evaluator.team)
    evaluator.jury_models.set([own])
    a_person = elsewhere(lambda: evaluator.jury_models.add(models["new"]))
    with before_statement("UPDATE .*jury_models", a_person):
        promote(registry=registry, lease=FreeLease(), using="default")
    assert jury(evaluator) == [models["new"].pk]


def test_a_jury_member_that_a_person_adds_at_the_same_moment_stops_no_restore(models):
    """It is what the restore would have put back; it is left alone, as what a person did."""
    evaluator = EvaluatorFactory.create(llm_provider_model=None, jury_models=[models["old"]])
    run = run_of(plan_of("old"))
    a_person = elsewhere(lambda: evaluator.jury_models.add(models["old"]))
    with before_statement("INSERT .*jury_models", a_person):
        done = restore(run_id=run.pk, registry=registry, lease=FreeLease(), using="default")
    assert done.left_alone == 1
    assert jury(evaluator) == [models["old"].pk]
