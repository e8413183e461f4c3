"""The execution of a removal: what moves, what is written down, and what is told."""

from __future__ import annotations

import sqlite3
from itertools import accumulate, groupby
from operator import itemgetter
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction

from apps.pipelines.models import FALLBACK_MODEL_IDS_KEY, MODEL_ID_KEY, MODEL_PARAMETERS_KEY, Node
from apps.service_providers.models import LlmProviderModel
from model_retirement.catalogue.declarations import Model
from model_retirement.catalogue.parameters import GPT5Parameters
from model_retirement.data_migrations.models import CustomMigration
from model_retirement.models import ReferenceChange, RemovalRun, RemovedModel, TeamMessage, TeamNotice
from model_retirement.notices import outbox
from model_retirement.notices.payload import NamedResource, Part, Payload
from model_retirement.references import ForeignKeyReference, Resource, ResourcePath, registry
from model_retirement.references.odd_rows import OddRow
from model_retirement.references.usage import count, pointing_now
from model_retirement.removal import execute as execution
from model_retirement.removal import report
from model_retirement.removal.failures import FailedModel
from tests.factories.assistants import AssistantFactory
from tests.factories.chatbots import ChatbotFactory
from tests.factories.evaluations import EvaluatorFactory
from tests.factories.pipelines import NodeFactory, PipelineFactory
from tests.factories.service_providers import LlmProviderModelFactory, delete_all_models
from tests.factories.teams import MembershipFactory, TeamFactory
from tests.statements import before_statement, raising
from tests.unit.model_retirement.notices.named import named_by
from tests.unit.model_retirement.removal.removals import FreeLease, interrupted_at, plan_of, registry_of, run_of

pytestmark = pytest.mark.django_db

NEW = Model("new", 16_000)


@pytest.fixture(autouse=True)
def empty_table(db):
    delete_all_models()


@pytest.fixture
def old():
    return LlmProviderModelFactory.create(name="old")


@pytest.fixture
def new():
    return LlmProviderModelFactory.create(name="new", max_token_limit=16_000)


def remaining(*model_ids: int) -> dict:
    return count(
        registry=registry, pairs=pointing_now(model_ids=model_ids, using="default"), using="default"
    ).references


def test_a_removal_moves_every_reference_and_takes_the_row_out(old, new):
    team = MembershipFactory.create(role="admin").team
    pipeline = PipelineFactory.create(team=team)
    node = NodeFactory.create(
        pipeline=pipeline, params={MODEL_ID_KEY: old.pk, FALLBACK_MODEL_IDS_KEY: [new.pk, old.pk]}
    )
    assistant = AssistantFactory.create(team=team, llm_provider_model=old)
    evaluator = EvaluatorFactory.create(team=team, llm_provider_model=old)

    run = run_of(plan_of(("old", "new"), active=[NEW]))

    for row in (node, assistant, evaluator):
        row.refresh_from_db()
    assert node.params == {MODEL_ID_KEY: new.pk, FALLBACK_MODEL_IDS_KEY: []}
    assert assistant.llm_provider_model == evaluator.llm_provider_model == new
    assert not LlmProviderModel.objects.filter(pk=old.pk).exists()
    assert remaining(old.pk) == {}
    assert run.finished_at is not None
    assert run.triggered_by == "a test"


@pytest.mark.parametrize("spelling", ["0{}", " {} ", "{}.0"])
def test_an_id_in_a_list_is_planned_and_moved_however_it_is_spelled(spelling, old, new):
    """Rule 4: alone, and beside another removed one."""
    older = LlmProviderModelFactory.create(name="older")
    odd = spelling.format(old.pk)
    lists = [[odd], [odd, older.pk], ["x", odd]]
    nodes = [NodeFactory.create() for _ in lists]
    for node, model_ids in zip(nodes, lists, strict=True):
        Node.objects.filter(pk=node.pk).update(params={FALLBACK_MODEL_IDS_KEY: model_ids})
    plan = plan_of(("old", "new"), "older", active=[NEW])
    assert report.preview(plan=plan, registry=registry, using="default").references == 4

    run = run_of(plan)

    assert sum(run.models.values_list("changes__object_count", flat=True)) == 4
    assert [Node.objects.get(pk=node.pk).params[FALLBACK_MODEL_IDS_KEY] for node in nodes] == [
        [new.pk],
        [new.pk],
        ["x", new.pk],
    ]


def test_deleting_the_row_never_follows_on_delete(old):
    """Rule 19: an analysis cascades and an evaluator protects on this platform; both are cleared and stay."""
    from tests.factories.evaluations import TranscriptAnalysisFactory

    analysis = TranscriptAnalysisFactory.create(llm_provider_model=old)
    evaluator = EvaluatorFactory.create(llm_provider_model=old)
    run_of(plan_of("old"))
    analysis.refresh_from_db()
    evaluator.refresh_from_db()
    assert analysis.llm_provider_model is None
    assert evaluator.llm_provider_model is None


def test_the_journal_holds_what_was_stored_packed(old, new):
    nodes = [NodeFactory.create(llm_provider_model=old) for _ in range(3)]
    Node.objects.filter(pk=nodes[2].pk).update(params={MODEL_ID_KEY: str(old.pk)})

    run = run_of(plan_of(("old", "new"), active=[NEW]))

    removed = RemovedModel.objects.get(run=run)
    assert (removed.model_id, removed.replacement_id, removed.replacement) == (old.pk, new.pk, "new")
    assert (removed.provider, removed.name, removed.max_token_limit) == ("openai", "old", old.max_token_limit)
    assert removed.removed_at is not None
    changes = ReferenceChange.objects.values_list("reference", "old_value", "new_value", "object_ids", "object_count")
    label = "pipelines.Node.params.llm_provider_model_id"
    assert list(changes) == [
        (label, old.pk, new.pk, [nodes[0].pk, nodes[1].pk], 2),
        (label, str(old.pk), new.pk, [nodes[2].pk], 1),
    ]


def test_lists_and_settings_that_all_differ_stay_below_the_limit_of_sqlite_as_it_comes(old, new):
    """Debian's SQLite takes 250,000 values in a statement, the one of sqlite.org 32,766."""
    rows = 6_000
    LlmProviderModelFactory.create(name="newest")
    pipeline = PipelineFactory.create()
    Node.objects.bulk_create(
        Node(
            pipeline=pipeline,
            flow_id=str(number),
            params={
                MODEL_ID_KEY: old.pk,
                MODEL_PARAMETERS_KEY: {"temperature": number / rows},
                FALLBACK_MODEL_IDS_KEY: [old.pk, new.pk, number + 10**6],
            },
        )
        for number in range(rows)
    )
    connection.ensure_connection()
    stock = isinstance(connection.connection, sqlite3.Connection)
    before = connection.connection.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 32_766) if stock else None
    try:
        run = run_of(plan_of(("old", "newest"), "new", active=[Model("newest", 16_000, parameters=GPT5Parameters)]))
    finally:
        if before:
            connection.connection.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, before)
    changed = run.models.values_list("changes__object_count", flat=True)
    assert sum(changed) == 4 * rows


def test_each_entry_is_recorded_also_when_there_was_no_row():
    """Rule 1: run-once is keyed per removed model."""
    LlmProviderModelFactory.create(name="here")
    run_of(plan_of("here", "absent"))
    records = dict(CustomMigration.objects.filter(name__regex=":openai/(here|absent)$").values_list("name", "status"))
    assert records == {
        "remove_deprecated_models:openai/here": "applied",
        "remove_deprecated_models:openai/absent": "applied",
    }


def test_nothing_to_do_makes_no_run():
    done = execution.execute(plan=plan_of("absent"), registry=registry, lease=FreeLease(), using="default")
    assert done is None
    assert not RemovalRun.objects.exists()


def test_each_team_gets_one_notice_per_model_and_one_message(old, new):
    """Rule 9."""
    older = LlmProviderModelFactory.create(name="older")
    acme, other = MembershipFactory.create(role="admin").team, MembershipFactory.create(role="admin").team
    bystander = MembershipFactory.create(role="admin").team
    for _ in range(3):
        NodeFactory.create(pipeline=PipelineFactory.create(team=acme), llm_provider_model=old)
    AssistantFactory.create(team=acme, llm_provider_model=older)
    AssistantFactory.create(team=other, llm_provider_model=older)
    AssistantFactory.create(team=bystander, llm_provider_model=new)

    run = run_of(plan_of(("old", "new"), "older", active=[NEW]))

    notices = TeamNotice.objects.order_by("team_id", "name").values_list(
        "team_id", "name", "replacement", "event", "run_id"
    )
    assert list(notices) == [
        (acme.pk, "old", "new", "removed", run.pk),
        (acme.pk, "older", "", "removed", run.pk),
        (other.pk, "older", "", "removed", run.pk),
    ]
    outbox.create_messages(using="default")
    messages = TeamMessage.objects.order_by("team_id")
    assert [message.team_id for message in messages] == [acme.pk, other.pk]
    assert [message.notices.count() for message in messages] == [2, 1]


def test_a_notice_names_resources_by_identity_with_their_nodes(old):
    """Rule 7: two chatbots may share a name; versions and archives are told apart."""
    team = TeamFactory.create()
    pipeline = PipelineFactory.create(team=team, name="Flow")
    NodeFactory.create(pipeline=pipeline, label="Answer", llm_provider_model=old)
    NodeFactory.create(pipeline=pipeline, label="Route", llm_provider_model=old)
    first = ChatbotFactory.create(team=team, name="Triage", pipeline=pipeline)
    second = ChatbotFactory.create(team=team, name="Triage", pipeline=pipeline)
    ChatbotFactory.create(
        team=team, name="Triage", pipeline=pipeline, working_version=first, version_number=2, is_archived=True
    )

    run_of(plan_of("old"))

    notice = TeamNotice.objects.get()
    parts = tuple(Part("pipeline", "Flow", label) for label in ("Answer", "Route"))
    # The chatbots speak for their pipeline, and the archive is only counted.
    assert named_by(notice) == {
        "chatbot": [NamedResource(chatbot.pk, "Triage", None, parts) for chatbot in (first, second)],
    }
    assert Payload.read(notice.payload).resources.idle == 1


def test_long_lists_of_resources_are_shortened_with_a_count(old):
    team = TeamFactory.create()
    for _ in range(28):
        AssistantFactory.create(team=team, llm_provider_model=old)
    run_of(plan_of("old"))
    (assistants,) = Payload.read(TeamNotice.objects.get().payload).resources.groups
    assert (assistants.total, len(assistants.first), assistants.more) == (28, 25, 3)


def test_a_team_without_a_reachable_admin_is_listed_and_told_when_it_has_one(old):
    """Rule 8: not forgotten."""
    from model_retirement.notices import outbox

    team = TeamFactory.create(slug="lonely")
    MembershipFactory.create(team=team, role="member")
    MembershipFactory.create(team=team, role="admin", user__is_active=False)
    AssistantFactory.create(team=team, llm_provider_model=old)
    plan = plan_of("old")

    run = run_of(plan)

    result = report.result(run=run, plan=plan, registry=registry, using="default")
    assert [team.slug for team in result.unreachable_teams] == ["lonely"]
    assert not TeamMessage.objects.exists()
    MembershipFactory.create(team=team, role="admin")
    assert outbox.create_messages(using="default") == 1
    assert TeamMessage.objects.get().team == team


ASSISTANTS = (
    "assistants.Assistant",
    "llm_provider_model",
    "team",
    ResourcePath(Resource("assistant", "assistants.Assistant")),
)


def test_batches_are_no_larger_than_asked(old, new):
    for _ in range(5):
        AssistantFactory.create(llm_provider_model=old)
    moved: list[int] = []

    class Watched(ForeignKeyReference):
        def move(self, *, row_ids, moves, using):
            moved.append(len(row_ids))
            return super().move(row_ids=row_ids, moves=moves, using=using)

    seen = []
    run_of(
        plan_of(("old", "new"), active=[NEW]),
        registry=registry_of(Watched(*ASSISTANTS)),
        batch_size=2,
        progress=lambda label, done, total: seen.append((label, done, total)),
    )
    assert moved == [2, 2, 1]
    assert seen == [("assistants.Assistant.llm_provider_model", n, 5) for n in (2, 4, 5)] + [("models removed", 1, 1)]


def test_the_lease_is_renewed_in_every_transaction(old):
    AssistantFactory.create(llm_provider_model=old)
    lease = FreeLease()
    execution.execute(plan=plan_of("old", "absent"), registry=registry, lease=lease, using="default")
    # absent entries, opening, one batch, the model, closing
    assert lease.renewed == 5


def test_a_reference_that_comes_in_after_the_batches_is_swept(old, new):
    late: list[Any] = []

    def write_late(transaction: int) -> None:
        if transaction == 2:  # the first one opened the run, and there was nothing to move
            late.append(AssistantFactory.create(llm_provider_model=old))
            late.append(NodeFactory.create(params={FALLBACK_MODEL_IDS_KEY: [old.pk]}))

    run_of(plan_of(("old", "new"), active=[NEW]), lease=FreeLease(write_late))
    late[0].refresh_from_db()
    late[1].refresh_from_db()
    assert late[0].llm_provider_model == new
    assert late[1].params == {FALLBACK_MODEL_IDS_KEY: [new.pk]}
    assert TeamNotice.objects.count() == 2


def test_a_model_that_cannot_be_freed_of_references_stays(old):
    """References are never left dangling."""
    assistant = AssistantFactory.create(llm_provider_model=old)

    class Stuck(ForeignKeyReference):
        def move(self, *, row_ids, moves, using):
            return []

    failed: list[FailedModel] = []
    run_of(plan_of("old"), registry=registry_of(Stuck(*ASSISTANTS)), failure=failed.append)
    assistant.refresh_from_db()
    assert assistant.llm_provider_model == old
    row = OddRow("assistants.Assistant.llm_provider_model", assistant.pk, "it still points there after it was changed")
    assert failed == [FailedModel("openai", "old", rows=(row,))]


@pytest.mark.parametrize(
    ("models", "rows", "ended_together"),
    [
        (10, 10, ["a b c d"]),
        (10, 3, ["a b c", "d"]),
        (10, 2, ["a b", "c", "d"]),
        (1, 10, ["a", "b", "c", "d"]),
        (10, 1, ["a b", "c", "d"]),
    ],
)
def test_models_end_together_while_they_and_what_was_changed_are_few(monkeypatch, models, rows, ended_together):
    """Their teams hear of them in the transaction in which they end, and that must stay short."""
    for name, used in (("a", 0), ("b", 1), ("c", 2), ("d", 1)):
        AssistantFactory.create_batch(used, llm_provider_model=LlmProviderModelFactory.create(name=name))
    gone: list[int] = []

    def count(label: str, done: int, _total: int) -> None:
        if label == "models removed":
            gone.append(done)

    monkeypatch.setattr(execution, "MODELS_PER_TRANSACTION", models)
    monkeypatch.setattr(execution, "ROWS_TOLD_TOGETHER", rows)
    run_of(plan_of("a", "b", "c", "d"), progress=count)
    names = RemovedModel.objects.order_by("removed_at", "name").values_list("removed_at", "name")
    assert [
        " ".join(name for _, name in together) for _, together in groupby(names, key=itemgetter(0))
    ] == ended_together
    assert gone == list(accumulate(len(names.split()) for names in ended_together))


def test_a_model_that_is_there_again_when_its_run_is_continued_is_told_of_again(old):
    """Rule 10: its team hears of what the second one was used for, too. Of one name, a run tells a team once."""
    team = MembershipFactory.create(role="admin").team
    AssistantFactory.create(team=team, name="First", llm_provider_model=old)
    with pytest.raises(KeyboardInterrupt):
        run_of(plan_of("old"), lease=interrupted_at(4))  # after opening, one batch and the model: the run's end
    AssistantFactory.create(team=team, name="Second", llm_provider_model=LlmProviderModelFactory.create(name="old"))
    run = run_of(plan_of("old"))
    assert [other.finished_at is not None for other in RemovalRun.objects.all()] == [True, True]
    resources = {notice.run: named_by(notice)["assistant"] for notice in TeamNotice.objects.all()}
    assert {removal: resource.name for removal, (resource,) in resources.items()} == {
        RemovalRun.objects.exclude(pk=run.pk).get(): "First",
        run: "Second",
    }


def test_a_run_that_was_interrupted_is_continued_with_its_journal_and_its_notices(old, new, monkeypatch):
    """Rule 10: nothing lost, nothing doubled, and the team still gets one message."""
    older = LlmProviderModelFactory.create(name="older")
    team = MembershipFactory.create(role="admin").team
    AssistantFactory.create(team=team, llm_provider_model=old)
    AssistantFactory.create(team=team, llm_provider_model=older)
    plan = plan_of(("old", "new"), "older", active=[NEW])
    monkeypatch.setattr(execution, "ROWS_TOLD_TOGETHER", 1)
    with pytest.raises(KeyboardInterrupt):
        run_of(plan, lease=interrupted_at(4))  # after opening, one batch and the first model: the second one
    monkeypatch.undo()
    assert RemovalRun.objects.get().finished_at is None
    assert not TeamMessage.objects.exists()

    plan = plan_of(("old", "new"), "older", active=[NEW])
    assert [model.name for model in plan.models] == ["older"]
    run = run_of(plan)

    assert RemovalRun.objects.get() == run
    assert sorted(RemovedModel.objects.exclude(removed_at=None).values_list("name", flat=True)) == ["old", "older"]
    assert TeamNotice.objects.count() == 2
    assert outbox.create_messages(using="default") == 1
    assert TeamMessage.objects.get().notices.count() == 2
    assert sum(ReferenceChange.objects.values_list("object_count", flat=True)) == 2


def test_a_run_interrupted_before_its_end_is_only_ended(old):
    team = MembershipFactory.create(role="admin").team
    AssistantFactory.create(team=team, llm_provider_model=old)
    with pytest.raises(KeyboardInterrupt):
        run_of(plan_of("old"), lease=interrupted_at(4))
    assert not LlmProviderModel.objects.exists()
    run = run_of(plan_of("old"))
    assert run.finished_at is not None
    assert outbox.create_messages(using="default") == 1


def test_inside_somebody_elses_transaction_all_of_it_is_undone_with_theirs(old, new):
    assistant = AssistantFactory.create(llm_provider_model=old)
    with transaction.atomic():
        run_of(plan_of(("old", "new"), active=[NEW]))
        transaction.set_rollback(True)
    assistant.refresh_from_db()
    assert assistant.llm_provider_model == old
    assert not RemovalRun.objects.exists()


def test_what_is_reported_is_what_was_done_not_what_was_planned(old, new, monkeypatch):
    """Rule 7."""
    for _ in range(2):
        AssistantFactory.create(llm_provider_model=old)
    plan = plan_of(("old", "new"), active=[NEW])
    planned = report.preview(plan=plan, registry=registry, using="default")
    AssistantFactory.create(llm_provider_model=old)

    done = report.result(run=run_of(plan), plan=plan, registry=registry, using="default")

    assert (planned.references, planned.notices, planned.run) == (2, 2, None)
    assert (done.references, done.notices) == (3, 3)
    assert [model.teams for model in done.models] == [3]
    resources = list(done.resources(registry=registry, using="default"))
    assert [(resource.kind, resource.model_ids) for resource in resources] == [("assistant", (old.pk,))] * 3


def test_a_preview_takes_a_constant_number_of_queries(django_assert_max_num_queries):
    models = [LlmProviderModelFactory.create(name=f"old-{n}") for n in range(6)]
    for model in models:
        NodeFactory.create(llm_provider_model=model)
    plan = plan_of(*(model.name for model in models))
    # One per reference, and four: of the teams, whether an interrupted removal would be resumed, and in SQLite which rows
    # cannot be read.
    with django_assert_max_num_queries(len(list(registry)) + 4):
        assert report.preview(plan=plan, registry=registry, using="default").references == 6
    concerns = sum(len(registry.resource_paths(reference)) for reference in registry)
    preview = report.preview(plan=plan, registry=registry, using="default")
    with django_assert_max_num_queries(concerns + 2):
        assert len(list(preview.resources(registry=registry, using="default"))) == 6


def test_an_error_that_is_no_lock_problem_surfaces(old):
    AssistantFactory.create(llm_provider_model=old)
    with (
        before_statement("UPDATE .*assistants_assistant", raising(OperationalError("disk full"))),
        pytest.raises(OperationalError, match="disk full"),
    ):
        run_of(plan_of("old"))


def test_the_records_of_a_removal_name_themselves(old):
    AssistantFactory.create(llm_provider_model=old)
    run = run_of(plan_of("old"))
    (removed,) = run.models.all()
    assert str(removed.changes.get()) == "assistants.Assistant.llm_provider_model: 1 of openai/old"
    assert str(removed.affected_resources.get()) == "Resources concerned by openai/old"
    assert str(run) == f"Removal {run.pk}"
