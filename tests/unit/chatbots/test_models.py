"""A chatbot uses the models of its pipeline; how it is published is in ``tests/unit/teams/test_versions.py``."""

from __future__ import annotations

import pytest

from apps.chatbots.models import Chatbot
from tests.factories.chatbots import ChatbotFactory
from tests.factories.pipelines import NodeFactory
from tests.factories.service_providers import LlmProviderModelFactory

pytestmark = pytest.mark.django_db


def test_a_chatbot_uses_the_models_of_its_pipeline():
    chatbot = ChatbotFactory.create()
    model = LlmProviderModelFactory.create()
    NodeFactory.create(pipeline=chatbot.pipeline, llm_provider_model=model)
    assert [use.model for use in chatbot.model_uses()] == [model]


def test_a_chatbot_outlives_its_pipeline():
    """Rule 19: the key sets null, it does not cascade."""
    chatbot = ChatbotFactory.create()
    assert chatbot.pipeline is not None
    chatbot.pipeline.delete()
    left = Chatbot.objects.get()
    assert left.pipeline is None
    assert left.model_uses() == []
