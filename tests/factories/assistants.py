"""Assistants for tests."""

from __future__ import annotations

from factory.declarations import Sequence, SubFactory
from factory.django import DjangoModelFactory

from apps.assistants.models import Assistant
from tests.factories.service_providers import LlmProviderModelFactory
from tests.factories.teams import TeamFactory


class AssistantFactory(DjangoModelFactory[Assistant]):
    """A working version on a global model of its own."""

    class Meta:
        model = Assistant

    team = SubFactory(TeamFactory)
    name = Sequence("Assistant {}".format)
    llm_provider_model = SubFactory(LlmProviderModelFactory)
