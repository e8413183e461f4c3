"""LLM models, and what teams are told of them, for tests."""

from __future__ import annotations

from django.utils import timezone
from factory.declarations import LazyFunction, Sequence, SubFactory
from factory.django import DjangoModelFactory
from factory.helpers import post_generation

from apps.service_providers.models import LlmProviderModel
from apps.service_providers.providers import LlmProviderType
from model_retirement.models import MessageNotice, RemovalRun, TeamMessage, TeamNotice
from model_retirement.notices.payload import Payload
from tests.factories.teams import TeamFactory


class LlmProviderModelFactory(DjangoModelFactory[LlmProviderModel]):
    """A global model that is not in the catalogue; with ``team=`` a custom one."""

    class Meta:
        model = LlmProviderModel

    team = None
    type = LlmProviderType.OPENAI
    name = Sequence("test-model-{}".format)
    max_token_limit = 8192
    deprecated = False


def delete_all_models() -> None:
    """Empty the table that ``migrate`` filled, without asking for each row whether something points at it."""
    LlmProviderModel.objects.all()._raw_delete("default")


class RemovalRunFactory(DjangoModelFactory[RemovalRun]):
    """A removal that has ended."""

    class Meta:
        model = RemovalRun

    triggered_by = "a test"
    finished_at = LazyFunction(timezone.now)


class TeamMessageFactory(DjangoModelFactory[TeamMessage]):
    """A message that waits to be sent to one admin. It says nothing without a notice."""

    class Meta:
        model = TeamMessage

    team = SubFactory(TeamFactory)
    run = SubFactory(RemovalRunFactory)
    recipients = LazyFunction(lambda: ["admin@example.org"])


class TeamNoticeFactory(DjangoModelFactory[TeamNotice]):
    """A notice of a model that was replaced, in no message, about no resource."""

    class Meta:
        model = TeamNotice
        skip_postgeneration_save = True

    team = SubFactory(TeamFactory)
    run = SubFactory(RemovalRunFactory)
    event = TeamNotice.Event.REMOVED
    provider = LlmProviderType.OPENAI
    name = Sequence("old-model-{}".format)
    replacement = "new-model"
    payload = LazyFunction(lambda: Payload().as_json())

    @post_generation
    def message(self: TeamNotice, create: bool, message: TeamMessage | None) -> None:
        """Let a message carry the notice."""
        if message is not None:
            MessageNotice.objects.create(message=message, notice=self)
