"""What a team is told about its models."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from apps.pipelines.models import FALLBACK_MODEL_IDS_KEY, MODEL_ID_KEY
from apps.service_providers.models import LlmProviderModel
from apps.teams.models import Team
from model_retirement import team_models
from model_retirement.catalogue import view as catalogue
from model_retirement.catalogue.declarations import Deleted, Model
from model_retirement.catalogue.lifecycle import State
from model_retirement.references import registry
from model_retirement.references.team_usage import TeamResource
from model_retirement.team_models import UsedModel
from tests.factories.assistants import AssistantFactory
from tests.factories.chatbots import ChatbotFactory
from tests.factories.evaluations import EvaluatorFactory
from tests.factories.pipelines import NodeFactory, PipelineFactory
from tests.factories.service_providers import LlmProviderModelFactory, delete_all_models
from tests.factories.teams import TeamFactory

pytestmark = pytest.mark.django_db

TODAY = dt.date(2026, 9, 1)


@pytest.fixture
def acme(db) -> Team:
    delete_all_models()
    return TeamFactory.create(slug="acme")


def used(team: Team, *models: Model, removals: Any = (), model_id: int | None = None) -> list[UsedModel]:
    declared = catalogue.read(models={"openai": list(models)}, removals=list(removals))
    return team_models.used_by(
        team, registry=registry, catalogue=declared, today=TODAY, using="default", model_id=model_id
    )


def use(team: Team, name: str, **model: Any) -> LlmProviderModel:
    made = LlmProviderModelFactory.create(name=name, **model)
    AssistantFactory.create(team=team, llm_provider_model=made)
    return made


def test_a_model_is_told_of_with_what_points_at_it(acme):
    other = TeamFactory.create()
    model, unused = LlmProviderModelFactory.create(name="old"), LlmProviderModelFactory.create(name="unused")
    pipeline = PipelineFactory.create(team=acme)
    for _ in range(2):
        params = {MODEL_ID_KEY: model.pk, FALLBACK_MODEL_IDS_KEY: [str(model.pk), model.pk]}
        NodeFactory.create(pipeline=pipeline, params=params)
    ChatbotFactory.create(team=acme, pipeline=pipeline)
    AssistantFactory.create(team=acme, llm_provider_model=model, is_archived=True)
    AssistantFactory.create(team=other, llm_provider_model=model)
    AssistantFactory.create(team=other, llm_provider_model=unused)
    declared = Model("old", 1, deprecated_on=dt.date(2026, 8, 1), retires_on=dt.date(2026, 10, 23), replacement="new")
    assert used(acme, declared, Model("new", 1)) == [
        UsedModel(
            id=model.pk,
            provider="openai",
            name="old",
            token_limit=model.max_token_limit,
            is_custom=False,
            state=State.DEPRECATED,
            deprecated_on=dt.date(2026, 8, 1),
            retires_on=dt.date(2026, 10, 23),
            retires_on_is_earliest=False,
            replacement="new",
            references={
                "pipelines.Node.params.llm_provider_model_id": 2,
                "pipelines.Node.params.fallback_llm_provider_model_ids": 2,
                "assistants.Assistant.llm_provider_model": 1,
            },
            resources={"pipeline": 1, "chatbot": 1, "assistant": 1},
        )
    ]


@pytest.mark.parametrize(
    ("declared", "deprecated", "state"),
    [
        (Model("m", 1), False, "active"),
        (Model("m", 1), True, "deprecated"),
        (Model("m", 1, deprecated=True), False, "deprecated"),
        (Model("m", 1, retires_on=dt.date(2026, 12, 1)), False, "legacy"),
        (Model("m", 1, retires_on=dt.date(2026, 12, 1), retires_on_is_earliest=True), False, "active"),
        (Model("m", 1, retires_on=dt.date(2026, 8, 31)), True, "retired"),
        (Model("n", 1), False, "active"),
        (Model("n", 1), True, "deprecated"),
    ],
)
def test_the_state_follows_from_catalogue_row_and_day(acme, declared, deprecated, state):
    use(acme, "m", deprecated=deprecated)
    (model,) = used(acme, declared)
    assert model.state == state


@pytest.mark.parametrize(("retires_on", "state"), [(None, "deprecated"), (dt.date(2026, 8, 31), "retired")])
def test_a_model_that_is_about_to_be_removed_has_the_date_and_replacement_of_its_removal(acme, retires_on, state):
    """The replacement is the one at the end of the chain, to which references will move."""
    use(acme, "m")
    (model,) = used(
        acme, Model("end", 1), removals=[Deleted("openai", "m", "middle", retires_on), ("openai", "middle", "end")]
    )
    assert (model.state, model.retires_on, model.replacement) == (state, retires_on, "end")


def test_a_replacement_that_leads_nowhere_is_none(acme):
    use(acme, "m")
    (model,) = used(acme, Model("m", 1, replacement="nothing"))
    assert model.replacement is None


def test_the_catalogue_says_nothing_about_a_team_s_own_model(acme):
    """Rule 15: also if it has the name of a global one."""
    declared = Model("m", 1, deprecated=True, retires_on=dt.date(2026, 8, 31), replacement="new")
    use(acme, "m")
    own = LlmProviderModelFactory.create(team=acme, name="m")
    AssistantFactory.create(team=acme, llm_provider_model=own)
    models = used(acme, declared, Model("new", 1))
    assert sorted((model.is_custom, model.state, model.retires_on, model.replacement) for model in models) == [
        (False, "retired", dt.date(2026, 8, 31), "new"),
        (True, "active", None, None),
    ]
    own.deprecated = True
    own.save()
    assert [model.state for model in used(acme, model_id=own.pk)] == ["deprecated"]


def test_another_team_s_model_is_not_told_of_even_if_something_points_at_it(acme):
    theirs = LlmProviderModelFactory.create(team=TeamFactory.create(), name="secret")
    AssistantFactory.create(team=acme, llm_provider_model=theirs)
    assert used(acme) == []


def test_models_come_by_provider_and_name(acme):
    for provider, name in [("openai", "b"), ("openai", "a"), ("azure", "c")]:
        use(acme, name, type=provider)
    assert [(model.provider, model.name) for model in used(acme)] == [("azure", "c"), ("openai", "a"), ("openai", "b")]


def test_one_model_can_be_asked_for(acme):
    first, _ = use(acme, "a"), use(acme, "b")
    unused = LlmProviderModelFactory.create()
    assert [model.name for model in used(acme, model_id=first.pk)] == ["a"]
    assert used(acme, model_id=unused.pk) == used(acme, model_id=0) == []


def test_the_number_of_queries_is_constant(acme, django_assert_num_queries):
    for team in (acme, TeamFactory.create()):
        for model in LlmProviderModelFactory.create_batch(5):
            for _ in range(3):
                AssistantFactory.create(team=team, llm_provider_model=model)
                NodeFactory.create(pipeline__team=team, llm_provider_model=model)
    kinds = {
        resource_path.resource.kind for reference in registry for resource_path in registry.resource_paths(reference)
    }
    with django_assert_num_queries(1 + len(list(registry)) + len(kinds)):
        assert len(used(acme)) == 5


def test_resources_are_listed_once_each_by_kind_and_id(acme, django_assert_num_queries):
    model = LlmProviderModelFactory.create()
    pipeline = PipelineFactory.create(team=acme, name="Desk")
    chatbot = ChatbotFactory.create(team=acme, pipeline=pipeline, name="Bot")
    for _ in range(2):
        NodeFactory.create(pipeline=pipeline, params={MODEL_ID_KEY: model.pk, FALLBACK_MODEL_IDS_KEY: [model.pk]})
    evaluator = EvaluatorFactory.create(team=acme, name="Tone", llm_provider_model=model, jury_models=[model])
    assistants = [AssistantFactory.create(team=acme, llm_provider_model=model, name="Coach") for _ in range(3)]
    archived = assistants[0]
    archived.is_archived = True
    archived.save()
    AssistantFactory.create(llm_provider_model=model)
    AssistantFactory.create(team=acme)

    def listed(at_most: int) -> list[TeamResource]:
        return team_models.resources_of(acme, model_id=model.pk, registry=registry, at_most=at_most, using="default")

    kinds = {
        resource_path.resource.kind for reference in registry for resource_path in registry.resource_paths(reference)
    }
    with django_assert_num_queries(len(kinds)):
        resources = listed(2)
    assert resources == [
        TeamResource("assistant", "assistants.Assistant", archived.pk, "Coach (archived)"),
        TeamResource("assistant", "assistants.Assistant", assistants[1].pk, "Coach"),
        TeamResource("chatbot", "chatbots.Chatbot", chatbot.pk, "Bot"),
        TeamResource("evaluator", "evaluations.Evaluator", evaluator.pk, "Tone"),
        TeamResource("pipeline", "pipelines.Pipeline", pipeline.pk, "Desk"),
    ]
    assert len(listed(100)) == 6
