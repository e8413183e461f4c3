"""Who uses which models: exact counts in a constant number of queries."""

from __future__ import annotations

import pytest

from apps.pipelines.models import FALLBACK_MODEL_IDS_KEY, MODEL_ID_KEY
from model_retirement import usage
from model_retirement.references import registry
from model_retirement.references.usage import pointing_now, stream_resources
from model_retirement.usage import UnknownTeamError, UsageLine
from tests.factories.assistants import AssistantFactory
from tests.factories.chatbots import ChatbotFactory
from tests.factories.pipelines import NodeFactory, PipelineFactory
from tests.factories.service_providers import LlmProviderModelFactory, delete_all_models
from tests.factories.teams import TeamFactory

pytestmark = pytest.mark.django_db

SCALAR = "pipelines.Node.params.llm_provider_model_id"
FALLBACKS = "pipelines.Node.params.fallback_llm_provider_model_ids"
ASSISTANT = "assistants.Assistant.llm_provider_model"


@pytest.fixture(autouse=True)
def empty_table(db):
    delete_all_models()


def test_a_pipeline_with_several_references_is_one_resource_and_so_is_its_chatbot():
    acme, other = TeamFactory.create(slug="acme"), TeamFactory.create(slug="other")
    model = LlmProviderModelFactory.create(name="old", deprecated=True)
    LlmProviderModelFactory.create(name="unused")
    pipeline = PipelineFactory.create(team=acme)
    for _ in range(2):
        NodeFactory.create(
            pipeline=pipeline, params={MODEL_ID_KEY: model.pk, FALLBACK_MODEL_IDS_KEY: [model.pk, str(model.pk)]}
        )
    ChatbotFactory.create(team=acme, pipeline=pipeline)
    AssistantFactory.create(team=other, llm_provider_model=model)

    lines = usage.report(registry=registry, using="default")

    assert lines == [
        UsageLine("openai", "old", "", True, "acme", {SCALAR: 2, FALLBACKS: 2}, {"pipeline": 1, "chatbot": 1}),
        UsageLine("openai", "old", "", True, "other", {ASSISTANT: 1}, {"assistant": 1}),
        UsageLine("openai", "unused", "", False, "", {}, {}),
    ]


def test_filters():
    acme, other = TeamFactory.create(slug="acme"), TeamFactory.create(slug="other")
    old = LlmProviderModelFactory.create(name="old", deprecated=True)
    custom = LlmProviderModelFactory.create(name="own", team=acme)
    LlmProviderModelFactory.create(name="secret", team=other)
    AssistantFactory.create(team=acme, llm_provider_model=custom)
    AssistantFactory.create(team=other, llm_provider_model=old)

    def names(**filters) -> list[tuple[str, str, str]]:
        lines = usage.report(registry=registry, using="default", **filters)
        return [(line.name, line.owner, line.team) for line in lines]

    assert names() == [("old", "", "other"), ("own", "acme", "acme"), ("secret", "other", "")]
    assert names(deprecated=True) == [("old", "", "other")]
    assert names(in_use=True) == [("old", "", "other"), ("own", "acme", "acme")]
    assert names(team="acme") == [("old", "", ""), ("own", "acme", "acme")]
    assert names(team="acme", in_use=True) == [("own", "acme", "acme")]
    with pytest.raises(UnknownTeamError, match="no team with the slug nobody"):
        names(team="nobody")


def test_the_number_of_queries_is_constant(django_assert_num_queries):
    models = [LlmProviderModelFactory.create() for _ in range(5)]
    for model in models:
        for _ in range(3):
            AssistantFactory.create(llm_provider_model=model)
            NodeFactory.create(llm_provider_model=model)
    kinds = {
        resource_path.resource.kind for reference in registry for resource_path in registry.resource_paths(reference)
    }
    with django_assert_num_queries(2 + len(list(registry)) + len(kinds)):
        assert len(usage.report(registry=registry, using="default")) == 30


def test_nobody_is_affected_by_a_model_that_nothing_points_at():
    model = LlmProviderModelFactory.create()
    pairs = pointing_now(model_ids=[model.pk], using="default")
    assert list(stream_resources(registry=registry, pairs=pairs, using="default")) == []


def test_models_are_looked_up_a_page_at_a_time():
    """A hundred thousand models need no more memory than a page of them."""
    LlmProviderModelFactory.create_batch(5)
    everything = usage.report(registry=registry, using="default")
    pages = list(usage.pages(registry=registry, using="default", size=2))
    assert [line for page in pages for line in page] == everything
    assert len(pages) > 1
