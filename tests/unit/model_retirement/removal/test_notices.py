"""Notices of a removal: what each team is told, made from what was done."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from apps.assistants.models import Assistant
from apps.pipelines.models import FALLBACK_MODEL_IDS_KEY, MODEL_ID_KEY, MODEL_PARAMETERS_KEY
from model_retirement.catalogue.declarations import Model
from model_retirement.catalogue.facts import ModelFacts
from model_retirement.catalogue.parameters import GPT5Parameters
from model_retirement.models import RemovedModel, TeamNotice
from model_retirement.notices import outbox
from model_retirement.notices.payload import NamedResource, Part, Payload, ResourceGroup
from model_retirement.references import registry
from model_retirement.removal import notices as removals
from tests.factories.assistants import AssistantFactory
from tests.factories.evaluations import EvaluatorFactory
from tests.factories.pipelines import NodeFactory, PipelineFactory
from tests.factories.service_providers import LlmProviderModelFactory, delete_all_models
from tests.factories.teams import MembershipFactory, TeamFactory
from tests.unit.model_retirement import adapters
from tests.unit.model_retirement.notices.named import named_by
from tests.unit.model_retirement.removal.removals import plan_of, run_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def old(db):
    delete_all_models()
    return LlmProviderModelFactory.create(name="old", max_token_limit=32_000)


def test_resources_are_summed_up_by_kind_and_long_lists_are_cut_with_a_count(old):
    team = TeamFactory.create()
    assistants = [AssistantFactory.create(team=team, llm_provider_model=old) for _ in range(27)]
    evaluator = EvaluatorFactory.create(team=team, name="Kindness", llm_provider_model=old)
    run_of(plan_of("old"))
    groups = {group.kind: group for group in Payload.read(TeamNotice.objects.get().payload).resources.groups}
    assert groups["assistant"].total == 27
    assert [resource.id for resource in groups["assistant"].first] == [assistant.pk for assistant in assistants[:25]]
    assert groups["evaluator"] == ResourceGroup(
        kind="evaluator",
        model="evaluations.Evaluator",
        has_main=True,
        has_fewer=False,
        total=1,
        first=(NamedResource(evaluator.pk, "Kindness", None, (Part(),)),),
    )


def test_a_notice_can_be_made_into_a_mail_whatever_is_in_the_names(old):
    """Rule 8: quotes, braces, line breaks and right-to-left text go through the database's JSON unharmed."""
    name = """a"b'c\\d{{ e }}\n<f> %s \u202e فريق 👨‍👩‍👧"""
    pipeline = PipelineFactory.create(name=name)
    NodeFactory.create(pipeline=pipeline, label=name, params={MODEL_ID_KEY: old.pk})
    run_of(plan_of("old"))
    resources = named_by(TeamNotice.objects.get())["pipeline"]
    assert resources == [NamedResource(pipeline.pk, name, None, (Part(label=name),))]


def test_each_team_hears_of_its_own_only(old):
    first, second = TeamFactory.create(), TeamFactory.create()
    AssistantFactory.create(team=first, name="Mine", llm_provider_model=old)
    EvaluatorFactory.create(team=second, name="Yours", llm_provider_model=old)
    AssistantFactory.create(team=TeamFactory.create())

    run = run_of(plan_of("old"))

    by_team = {notice.team: notice for notice in TeamNotice.objects.all()}
    assert set(by_team) == {first, second}
    assert set(named_by(by_team[first])) == {"assistant"}
    assert set(named_by(by_team[second])) == {"evaluator"}
    assert {(notice.run, notice.event, notice.replacement) for notice in by_team.values()} == {(run, "removed", "")}


def test_a_fallback_or_a_member_of_a_jury_is_told_of_like_a_main_model(old):
    team, kept = TeamFactory.create(), LlmProviderModelFactory.create(name="kept")
    NodeFactory.create(
        pipeline=PipelineFactory.create(team=team),
        label="Answer",
        params={MODEL_ID_KEY: kept.pk, FALLBACK_MODEL_IDS_KEY: [old.pk]},
    )
    EvaluatorFactory.create(team=team, llm_provider_model=kept, jury_models=[old, kept])
    run_of(plan_of("old"))
    resources = named_by(TeamNotice.objects.get())
    assert {kind: resource.parts for kind, (resource,) in resources.items()} == {
        "pipeline": (Part(label="Answer", member="fallback", left=0),),
        "evaluator": (Part(member="jury model", left=1),),
    }


def test_a_smaller_context_window_is_told(old):
    AssistantFactory.create(llm_provider_model=old)
    LlmProviderModelFactory.create(name="new", max_token_limit=16_000)
    run_of(plan_of(("old", "new"), active=[Model("new", 16_000)]))
    (warning,) = TeamNotice.objects.get().payload["warnings"]
    assert "16,000" in warning
    assert "32,000" in warning


def test_what_is_told_is_what_the_journal_holds(old):
    """Rule 7: as it was when it was done, also if it is called something else by now."""
    assistant = AssistantFactory.create(llm_provider_model=old, name="Before")
    run_of(plan_of("old"))
    Assistant.objects.filter(pk=assistant.pk).update(name="After")
    assert named_by(TeamNotice.objects.get())["assistant"][0].name == "Before"


def test_writing_again_tells_nobody_twice(old):
    """Rules 9 and 10: a try that was interrupted has told the same."""
    AssistantFactory.create(llm_provider_model=old)
    run = run_of(plan_of("old"))
    for _ in range(2):
        removals.write_removed(
            run=run,
            removed=[RemovedModel.objects.get()],
            said={},
            registry=registry,
            using="default",
        )
    assert TeamNotice.objects.count() == 1


def test_statements_grow_neither_with_teams_nor_with_models(settings: Settings):
    """Section 7: the notices of models that end together, with all that they say, and the messages of their teams."""
    settings.MODEL_RETIREMENT_PLATFORM = f"{adapters.__name__}.MeteredAndMailing"
    LlmProviderModelFactory.create(name="new", max_token_limit=16_000)
    few, many = _statements(models=1, teams=1), _statements(models=5, teams=4)
    assert few == many


def _statements(*, models: int, teams: int) -> int:
    """Return how many statements it takes to remove so many models, each used by as many teams, and to address them."""
    users = [MembershipFactory.create(role="admin").team for _ in range(teams)]
    names = [f"{teams}-{number}" for number in range(models)]
    for name in names:
        row = LlmProviderModelFactory.create(name=name, max_token_limit=32_000)
        for team in users:
            params = {MODEL_ID_KEY: row.pk, MODEL_PARAMETERS_KEY: {"temperature": 0.7}}
            NodeFactory.create(pipeline=PipelineFactory.create(team=team), params=params)
    prices = {name: ModelFacts(price_in=Decimal(1)) for name in [*names, "new"]}
    active = [Model("new", 16_000, parameters=GPT5Parameters)]
    plan = plan_of(*((name, "new") for name in names), active=active, facts=prices)
    with CaptureQueriesContext(connection) as captured:
        run = run_of(plan)
        assert outbox.create_messages(using="default") == teams
    payloads = [Payload.read(notice.payload) for notice in TeamNotice.objects.filter(run=run)]
    assert len(payloads) == models * teams
    assert all(said.move and said.warnings and said.settings and said.resources for said in payloads)
    return len(captured)


def test_many_teams_take_as_many_statements_as_one(old, django_assert_max_num_queries):
    for _ in range(5):
        AssistantFactory.create(llm_provider_model=old)
    run = run_of(plan_of("old"))
    removed = RemovedModel.objects.get()
    TeamNotice.objects.all().delete()
    with django_assert_max_num_queries(6):
        removals.write_removed(run=run, removed=[removed], said={}, registry=registry, using="default")
    assert TeamNotice.objects.count() == 5
