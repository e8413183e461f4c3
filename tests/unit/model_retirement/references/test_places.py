"""Where one model is used, a page at a time."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.paginator import Paginator

from model_retirement.references import registry
from model_retirement.references.places import PLACES_SHOWN, UsedIn, WhereUsed
from tests.factories.assistants import AssistantFactory
from tests.factories.chatbots import ChatbotFactory
from tests.factories.evaluations import EvaluatorFactory, TranscriptAnalysisFactory
from tests.factories.pipelines import NodeFactory, PipelineFactory
from tests.factories.service_providers import LlmProviderModelFactory
from tests.factories.teams import TeamFactory

pytestmark = pytest.mark.django_db


def where(model_id: int, **only: str) -> WhereUsed:
    return WhereUsed(registry=registry, model_id=model_id, using="default", **only)


def everything(model_id: int, **only: str) -> list[UsedIn]:
    return where(model_id, **only)[0:100]


def test_each_resource_is_there_once_with_the_rows_that_point():
    """Rules 4 and 18: lists, many-to-many and both of two foreign keys; every reference that the engine knows."""
    model = LlmProviderModelFactory.create()
    team = TeamFactory.create(slug="acme")
    pipeline = PipelineFactory.create(team=team, name="Desk", is_archived=True)
    both = {"llm_provider_model_id": model.pk, "fallback_llm_provider_model_ids": [model.pk, model.pk]}
    node = NodeFactory.create(pipeline=pipeline, label="Answer", params=both)
    ChatbotFactory.create(team=team, name="Bot", pipeline=pipeline)
    EvaluatorFactory.create(team=team, name="Judge", jury_models=[model])
    TranscriptAnalysisFactory.create(
        team=team, name="Mood", llm_provider_model=model, translation_llm_provider_model=model
    )
    NodeFactory.create()
    resources = everything(model.pk)
    assert [(used.kind, used.name, used.team_slug) for used in resources] == [
        ("chatbot", "Bot", "acme"),
        ("evaluator", "Judge", "acme"),
        ("pipeline", "Desk (archived)", "acme"),
        ("transcript analysis", "Mood", "acme"),
    ]
    assert where(model.pk).count() == 4
    desk = resources[2]
    assert [(place.model, place.id, place.words) for place in desk.places] == 2 * [
        ("pipelines.Node", node.pk, "Answer")
    ]
    assert [place.words for place in resources[0].places] == ["Answer", "Answer"]
    assert {place.reference for place in resources[3].places} == {
        "evaluations.TranscriptAnalysis.llm_provider_model",
        "evaluations.TranscriptAnalysis.translation_llm_provider_model",
    }


def test_many_rows_of_one_resource_are_counted():
    model = LlmProviderModelFactory.create()
    NodeFactory.create_batch(PLACES_SHOWN + 3, pipeline=PipelineFactory.create(), llm_provider_model=model)
    (used,) = everything(model.pk)
    assert (len(used.places), used.more) == (PLACES_SHOWN, 3)


def test_teams_and_kinds_can_be_chosen():
    model = LlmProviderModelFactory.create()
    for slug in ("acme", "other"):
        team = TeamFactory.create(slug=slug)
        AssistantFactory.create(team=team, llm_provider_model=model)
        EvaluatorFactory.create(team=team, llm_provider_model=model)
    assert len(everything(model.pk, team="acme")) == where(model.pk, team="acme").count() == 2
    assert {used.kind for used in everything(model.pk, kind="assistant")} == {"assistant"}
    assert [used.team_slug for used in everything(model.pk, team="other", kind="evaluator")] == ["other"]
    assert everything(model.pk, team="' OR 1 = 1 --") == []


def test_a_page_takes_three_queries(django_assert_num_queries):
    model = LlmProviderModelFactory.create()
    AssistantFactory.create_batch(7, llm_provider_model=model)
    used_in: Any = where(model.pk)
    with django_assert_num_queries(3):
        page = Paginator(used_in, 5).get_page(2)
        assert len(list(page)) == 2
