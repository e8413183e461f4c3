"""Restore: a removal undone leaves every row as it was, except what people changed since."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps

from apps.evaluations.models import Evaluator
from apps.pipelines.models import FALLBACK_MODEL_IDS_KEY, MODEL_ID_KEY, MODEL_PARAMETERS_KEY, Node
from apps.service_providers.models import LlmProviderModel
from model_retirement.catalogue.declarations import Model
from model_retirement.catalogue.parameters import GPT5Parameters
from model_retirement.data_migrations import run_once
from model_retirement.models import ReferenceChange, RemovalRun, RemovedModel, TeamMessage, TeamNotice
from model_retirement.notices import outbox
from model_retirement.references import registry
from model_retirement.removal import execute as execution
from model_retirement.removal.restore import RestoreRefused, preview, restore
from model_retirement.removal.restore_report import RestoreReport
from tests.factories.assistants import AssistantFactory
from tests.factories.documents import CollectionFactory
from tests.factories.evaluations import EvaluatorFactory, TranscriptAnalysisFactory
from tests.factories.pipelines import NodeFactory, PipelineFactory
from tests.factories.service_providers import LlmProviderModelFactory, delete_all_models
from tests.factories.teams import MembershipFactory
from tests.statements import before_statement, raising
from tests.unit.model_retirement.notices.named import named_by
from tests.unit.model_retirement.removal.removals import FreeLease, interrupted_at, plan_of, run_of

pytestmark = pytest.mark.django_db

NEW = Model("new", 16_000, parameters=GPT5Parameters)
TABLES: list[Any] = [
    *(reference.model_class for reference in registry),
    Evaluator.jury_models.through,
    LlmProviderModel,
]


@pytest.fixture
def models(db) -> dict[str, LlmProviderModel]:
    delete_all_models()
    return {
        name: LlmProviderModelFactory.create(name=name, deprecated=True) for name in ("old", "gone", "new", "other")
    }


def everything() -> dict[str, list[dict[str, Any]]]:
    return {table._meta.label: list(table._base_manager.order_by("pk").values()) for table in TABLES}


def restored(run: RemovalRun, *, lease: FreeLease | None = None) -> RestoreReport:
    return restore(run_id=run.pk, registry=registry, lease=lease or FreeLease(), using="default")


def use_everywhere(models: dict[str, LlmProviderModel]) -> None:
    old, gone, new, other = models["old"], models["gone"], models["new"], models["other"]
    team = MembershipFactory.create(role="admin").team
    pipeline = PipelineFactory.create(team=team)
    stored: list[Any] = [
        {MODEL_ID_KEY: old.pk, MODEL_PARAMETERS_KEY: {"temperature": 0.5, "budget_tokens": 2048, "thinking": True}},
        {MODEL_ID_KEY: str(old.pk), FALLBACK_MODEL_IDS_KEY: [str(gone.pk), old.pk, other.pk, old.pk, "x", None]},
        {MODEL_ID_KEY: f" {gone.pk} ", "prompt": 'Grüße "du"', "n": 1.50},
        {MODEL_ID_KEY: other.pk, FALLBACK_MODEL_IDS_KEY: [gone.pk]},
        {FALLBACK_MODEL_IDS_KEY: [old.pk, gone.pk]},
    ]
    for params in stored:
        node = NodeFactory.create(pipeline=pipeline)
        Node.objects.filter(pk=node.pk).update(params=params)
    AssistantFactory.create(team=team, llm_provider_model=old)
    AssistantFactory.create(team=team, llm_provider_model=gone, is_archived=True)
    CollectionFactory.create(team=team, contextualizer_llm_model=old)
    TranscriptAnalysisFactory.create(team=team, llm_provider_model=gone, translation_llm_provider_model=old)
    for jury in ([old, gone, other], [old, new], [gone]):
        EvaluatorFactory.create(team=team, llm_provider_model=old).jury_models.set(jury)


def test_a_removal_and_its_restore_leave_every_row_value_for_value_as_before(models):
    use_everywhere(models)
    before = everything()
    run = run_of(plan_of(("old", "new"), "gone", active=[NEW]))
    assert everything() != before

    expected = preview(run_id=run.pk, registry=registry, using="default")
    report = restored(run)

    assert everything() == before
    assert report == expected
    assert report.left_alone == 0
    assert report.restored == sum(ReferenceChange.objects.values_list("object_count", flat=True))


@pytest.mark.parametrize("cleared", [True, False])
def test_lists_in_which_several_models_changed_come_back_whatever_their_neighbours_held(models, cleared):
    """Entries are shared by the rows of a batch, and a list goes back in the order in which it changed."""
    first, second, new = models["old"].pk, models["gone"].pk, models["new"].pk
    lists = [[second], [new, second], [first, second], [second, first], [first], [new, first]]
    for model_ids in lists:
        NodeFactory.create(params={FALLBACK_MODEL_IDS_KEY: model_ids})
    removals = ["old", "gone"] if cleared else [("old", "new"), ("gone", "new")]

    report = restored(run_of(plan_of(*removals, active=[NEW])))

    assert [node.params[FALLBACK_MODEL_IDS_KEY] for node in Node.objects.order_by("pk")] == lists
    assert report.left_alone == 0


def test_a_preview_writes_nothing(models):
    use_everywhere(models)
    run = run_of(plan_of(("old", "new"), "gone", active=[NEW]))
    after = everything()
    preview(run_id=run.pk, registry=registry, using="default")
    assert everything() == after
    assert set(ReferenceChange.objects.values_list("left_alone_ids", flat=True)) == {None}


def test_restored_models_come_back_deprecated_under_their_old_ids(models):
    models["old"].deprecated = False
    models["old"].save()
    restored(run_of(plan_of("old")))
    row = LlmProviderModel.objects.get(name="old")
    assert (row.pk, row.deprecated, row.max_token_limit) == (models["old"].pk, True, models["old"].max_token_limit)
    assert row.created_at == models["old"].created_at


def test_what_a_person_changed_since_is_left_alone_and_listed(models):
    """Rule 22: of a list, what the removal took out comes back to what the person made of the rest."""
    old, other = models["old"], models["other"]
    kept, changed, deleted = (AssistantFactory.create(llm_provider_model=old) for _ in range(3))
    node = NodeFactory.create(params={MODEL_ID_KEY: old.pk, FALLBACK_MODEL_IDS_KEY: [old.pk, other.pk]})
    rekeyed = NodeFactory.create(params={MODEL_ID_KEY: old.pk})
    run = run_of(plan_of("old"))
    changed.refresh_from_db()
    changed.llm_provider_model = other
    changed.save()
    deleted_pk = deleted.pk
    deleted.delete()
    Node.objects.filter(pk=node.pk).update(params={MODEL_ID_KEY: None, FALLBACK_MODEL_IDS_KEY: [other.pk, other.pk]})
    Node.objects.filter(pk=rekeyed.pk).update(params={})

    expected = preview(run_id=run.pk, registry=registry, using="default")
    report = restored(run)

    assert report == expected
    (model,) = report.models
    assert {label: sorted(ids) for label, ids in model.left_alone.items()} == {
        "assistants.Assistant.llm_provider_model": [changed.pk, deleted_pk],
        "pipelines.Node.params.llm_provider_model_id": [rekeyed.pk],
    }
    kept.refresh_from_db()
    changed.refresh_from_db()
    node.refresh_from_db()
    assert (kept.llm_provider_model, changed.llm_provider_model) == (old, other)
    assert node.params == {MODEL_ID_KEY: old.pk, FALLBACK_MODEL_IDS_KEY: [old.pk, other.pk, other.pk]}


def test_settings_are_left_alone_where_a_person_has_chosen_another_model_since(models):
    """Rule 7: they would come back beside a model that they were not made for."""
    before = {MODEL_ID_KEY: models["old"].pk, MODEL_PARAMETERS_KEY: {"temperature": 0.5}}
    node, _untouched = (NodeFactory.create(params=before) for _ in range(2))
    run = run_of(plan_of(("old", "new"), active=[NEW]))
    chosen = {MODEL_ID_KEY: models["other"].pk, MODEL_PARAMETERS_KEY: {}}
    Node.objects.filter(pk=node.pk).update(params=chosen)

    expected = preview(run_id=run.pk, registry=registry, using="default")
    report = restored(run)

    assert report == expected
    (model,) = report.models
    assert model.left_alone == {
        "pipelines.Node.params.llm_provider_model_id": [node.pk],
        "pipelines.Node.params.llm_model_parameters": [node.pk],
    }
    assert list(Node.objects.order_by("pk").values_list("params", flat=True)) == [chosen, before]


def test_settings_are_left_alone_where_another_removal_has_moved_the_model_on(models):
    """Rule 7."""
    node = NodeFactory.create(params={MODEL_ID_KEY: models["old"].pk, MODEL_PARAMETERS_KEY: {"temperature": 0.5}})
    run = run_of(plan_of(("old", "other"), active=[Model("other", 16_000, parameters=GPT5Parameters)]))
    run_of(plan_of(("other", "new"), active=[NEW]))
    assert restored(run).restored == 0
    node.refresh_from_db()
    assert node.params == {MODEL_ID_KEY: models["new"].pk, MODEL_PARAMETERS_KEY: {}}


def test_a_jury_member_that_a_person_added_again_is_left_alone(models):
    old, new = models["old"], models["new"]
    repointed, cleared = EvaluatorFactory.create(), EvaluatorFactory.create()
    repointed.jury_models.set([old])
    cleared.jury_models.set([old, new])
    run = run_of(plan_of(("old", "new"), active=[NEW]))
    repointed.jury_models.set([models["other"]])
    Evaluator.objects.filter(pk=cleared.pk).delete()
    report = restored(run)
    assert report.restored == 0
    assert list(repointed.jury_models.all()) == [models["other"]]


def test_teams_are_told_of_what_was_put_back(models):
    told_team, untouched = (MembershipFactory.create(role="admin").team for _ in range(2))
    AssistantFactory.create(team=told_team, name="Helper", llm_provider_model=models["old"])
    changed = AssistantFactory.create(team=untouched, llm_provider_model=models["old"])
    run = run_of(plan_of(("old", "new"), active=[NEW]))
    changed.delete()

    restored(run)

    notice = TeamNotice.objects.get(event="restored")
    assert (notice.team, notice.run, notice.name) == (told_team, run, "old")
    assert [resource.name for resource in named_by(notice)["assistant"]] == ["Helper"]
    outbox.create_messages(using="default")
    assert TeamMessage.objects.filter(team=told_team).count() == 2


def test_a_restored_model_stays_until_its_entry_is_opened_again(models):
    AssistantFactory.create(llm_provider_model=models["old"])
    restored(run_of(plan_of("old")))
    assert plan_of("old").models == ()
    run_once.unmark(name="remove_deprecated_models:openai/old", triggered_by="a test", using="default")
    assert len(plan_of("old").models) == 1


def test_a_restore_that_was_interrupted_is_continued(models):
    use_everywhere(models)
    before = everything()
    run = run_of(plan_of(("old", "new"), "gone", active=[NEW]))
    with pytest.raises(KeyboardInterrupt):
        restored(run, lease=interrupted_at(5))  # the models' rows are back, and three batches of references
    assert plan_of(("old", "new"), "gone", active=[NEW]).models == ()
    restored(run)
    assert everything() == before


def test_a_removal_that_was_interrupted_can_be_undone(models, monkeypatch):
    """Rule 10: one model had gone, of the other one the references had moved. Teams hear of the first only."""
    use_everywhere(models)
    before = everything()
    monkeypatch.setattr(execution, "ROWS_TOLD_TOGETHER", 1)
    plan = plan_of("gone", ("old", "new"), active=[NEW])
    ends_a_model = 'DELETE FROM "service_providers_llmprovidermodel"'
    with before_statement(ends_a_model, raising(KeyboardInterrupt()), number=2), pytest.raises(KeyboardInterrupt):
        run_of(plan)
    monkeypatch.undo()
    run = RemovalRun.objects.get()
    assert everything() != before
    expected = preview(run_id=run.pk, registry=registry, using="default")
    assert restored(run) == expected
    assert everything() == before
    assert set(TeamNotice.objects.values_list("name", flat=True)) == {"gone"}
    run.refresh_from_db()
    assert run.finished_at is not None
    interrupted_again = plan_of("gone", ("old", "new"), active=[NEW])
    assert [model.name for model in interrupted_again.models] == ["old"]
    assert run_of(interrupted_again) != run
    assert not LlmProviderModel.objects.filter(name="old").exists()


@pytest.mark.parametrize("state", ["unknown", "empty", "restored", "again"])
def test_what_cannot_be_undone_is_refused_before_any_change(state, models):
    run = run_of(plan_of("old"))
    number = run.pk
    unknown = number + 10**12  # resembles no other number, so that none is proposed
    words = {
        "unknown": f"There is no removal {unknown}. The last ones are: {number}.",
        "empty": "has removed no model and moved no reference: there is nothing to undo",
        "restored": "was restored on",
        "again": "openai/old \\(id .*\\) is in the table again, under another id",
    }
    match state:
        case "unknown":
            number = unknown
        case "empty":
            RemovedModel.objects.update(removed_at=None)
        case "restored":
            restored(run)
        case _:
            LlmProviderModelFactory.create(name="old")
    after = everything()
    with pytest.raises(RestoreRefused, match=words[state]):
        restore(run_id=number, registry=registry, lease=FreeLease(), using="default")
    assert everything() == after


def test_a_change_of_a_reference_that_is_no_longer_declared_is_left_alone(models):
    assistant = AssistantFactory.create(llm_provider_model=models["old"])
    run = run_of(plan_of("old"))
    ReferenceChange.objects.update(reference="assistants.Assistant.former_model")
    expected = preview(run_id=run.pk, registry=registry, using="default")
    report = restored(run)
    assert report == expected
    assert report.models[0].left_alone == {"assistants.Assistant.former_model": [assistant.pk]}


def test_every_table_with_a_reference_is_compared(models):
    """A reference of a new app joins the comparison above by itself."""
    assert {apps.get_model(reference.model) for reference in registry} <= set(TABLES)
