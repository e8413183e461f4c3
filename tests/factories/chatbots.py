"""Chatbots for tests."""

from __future__ import annotations

from factory.declarations import SelfAttribute, Sequence, SubFactory
from factory.django import DjangoModelFactory

from apps.chatbots.models import Chatbot
from tests.factories.pipelines import PipelineFactory
from tests.factories.teams import TeamFactory


class ChatbotFactory(DjangoModelFactory[Chatbot]):
    """A working version with an empty pipeline of the same team."""

    class Meta:
        model = Chatbot

    team = SubFactory(TeamFactory)
    name = Sequence("Chatbot {}".format)
    pipeline = SubFactory(PipelineFactory, team=SelfAttribute("..team"))
