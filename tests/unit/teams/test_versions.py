"""Archives, published versions, and how they are made."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from apps.assistants.models import Assistant
from apps.chatbots.models import Chatbot
from apps.pipelines.models import Node, Pipeline
from apps.teams.versions import PublishingError
from tests.factories.assistants import AssistantFactory
from tests.factories.chatbots import ChatbotFactory
from tests.factories.pipelines import NodeFactory, PipelineFactory
from tests.factories.service_providers import LlmProviderModelFactory
from tests.factories.teams import TeamFactory

pytestmark = pytest.mark.django_db

VERSIONED = [ChatbotFactory, PipelineFactory, AssistantFactory]


@pytest.mark.parametrize("factory", VERSIONED)
def test_default_managers_hide_archives_and_versions(factory):
    """Rule 4: what default managers hide is there for whoever asks for all objects."""
    working = factory.create()
    version = working.create_new_version()
    archived = factory.create(team=working.team, is_archived=True)
    model = type(working)
    assert list(model.objects.all()) == [working]
    assert set(model.all_objects.all()) == {working, version, archived}
    related = getattr(working.team, f"{model._meta.model_name}s")
    assert list(related.all()) == [working]
    assert list(working.versions.all()) == []  # the default manager hides versions here too
    assert list(working.versions(manager="all_objects").all()) == [version]


@pytest.mark.parametrize("factory", VERSIONED)
def test_versions_are_numbered_in_the_order_in_which_they_are_published(factory):
    working = factory.create(name="Triage")
    first = working.create_new_version()
    assert (first.version_number, working.version_number) == (1, 2)
    second = working.create_new_version()
    assert (second.version_number, working.version_number) == (2, 3)
    assert first.working_version == second.working_version == working
    assert (str(working), str(second)) == ("Triage", "Triage v2")


def test_two_versions_with_one_number_are_impossible():
    version = PipelineFactory.create().create_new_version()
    with pytest.raises(IntegrityError), transaction.atomic():
        PipelineFactory.create(team=version.team, working_version=version.working_version, version_number=1)


def test_a_version_of_a_pipeline_is_frozen_with_its_nodes():
    """Rule 19: a version keeps the models that it was published with, ids as they were stored."""
    model, other = LlmProviderModelFactory.create_batch(2)
    pipeline = PipelineFactory.create()
    node = NodeFactory.create(pipeline=pipeline, llm_provider_model=model, label="Answer", type="RouterNode")
    Node.objects.filter(pk=node.pk).update(params={"llm_provider_model_id": str(model.pk), "prompt": "Ünïcode"})
    version = pipeline.create_new_version()
    frozen = version.nodes.get()
    assert frozen.pk != node.pk
    assert (frozen.flow_id, frozen.type, frozen.label) == (node.flow_id, "RouterNode", "Answer")
    assert frozen.params == {"llm_provider_model_id": str(model.pk), "prompt": "Ünïcode"}
    assert frozen.llm_provider_model_ref == model.pk
    node.refresh_from_db()
    node.params["llm_provider_model_id"] = other.pk
    node.save()
    frozen.refresh_from_db()
    assert frozen.llm_provider_model_ref == model.pk


def test_a_version_of_an_assistant_keeps_its_settings():
    working = AssistantFactory.create(instructions="Be kind.")
    version = working.create_new_version()
    assert (version.instructions, version.llm_provider_model) == ("Be kind.", working.llm_provider_model)
    assert isinstance(version, Assistant)


def test_a_published_chatbot_has_a_pipeline_of_its_own():
    chatbot = ChatbotFactory.create()
    NodeFactory.create_batch(2, pipeline=chatbot.pipeline)
    version = chatbot.create_new_version()
    assert version.pipeline is not None
    assert version.pipeline.working_version == chatbot.pipeline
    assert version.pipeline.nodes.count() == 2
    assert Chatbot.all_objects.get(pk=version.pk).pipeline == version.pipeline


def test_a_chatbot_without_pipeline_can_be_published():
    assert ChatbotFactory.create(pipeline=None).create_new_version().pipeline is None


def test_the_first_version_is_the_default_and_a_later_one_only_when_asked_for():
    chatbot = ChatbotFactory.create()
    first = chatbot.create_new_version()
    second = chatbot.create_new_version()
    assert (first.is_default_version, second.is_default_version) == (True, False)
    third = chatbot.create_new_version(make_default=True)
    assert list(Chatbot.all_objects.filter(is_default_version=True)) == [third]
    chatbot.refresh_from_db()
    assert not chatbot.is_default_version


def test_one_default_version_at_most_and_only_a_published_one():
    chatbot = ChatbotFactory.create()
    chatbot.create_new_version()
    second = chatbot.create_new_version()
    with pytest.raises(IntegrityError), transaction.atomic():
        Chatbot.all_objects.filter(pk=second.pk).update(is_default_version=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        Chatbot.all_objects.filter(pk=chatbot.pk).update(is_default_version=True)


def test_publishing_many_takes_as_many_queries_as_publishing_two():
    team = TeamFactory.create()

    def publish(count: int) -> int:
        chatbots = ChatbotFactory.create_batch(count, team=team)
        for chatbot in chatbots:
            NodeFactory.create_batch(2, pipeline=chatbot.pipeline)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            versions = Chatbot.create_new_versions(chatbots)
        assert [version.working_version for version in versions] == chatbots
        return len(queries)

    assert publish(2) == publish(40)


def test_chatbots_that_share_a_pipeline_share_its_frozen_copy():
    pipeline = PipelineFactory.create()
    chatbots = ChatbotFactory.create_batch(2, team=pipeline.team, pipeline=pipeline)
    first, second = Chatbot.create_new_versions(chatbots)
    assert first.pipeline == second.pipeline != pipeline
    assert Pipeline.all_objects.get(pk=pipeline.pk).version_number == 2


def test_a_version_an_archived_and_an_unsaved_one_cannot_be_published():
    chatbot = ChatbotFactory.create(name="Triage")
    version = chatbot.create_new_version()
    with pytest.raises(PublishingError, match="Triage v1 is a published version: publish its working version"):
        version.create_new_version()
    with pytest.raises(PublishingError, match="is archived"):
        ChatbotFactory.create(is_archived=True).create_new_version()
    with pytest.raises(PublishingError, match="not in the database"):
        Chatbot(team=chatbot.team, name="New").create_new_version()


def test_when_one_cannot_be_published_none_is():
    good = ChatbotFactory.create()
    bad = ChatbotFactory.create(pipeline__is_archived=True)
    with pytest.raises(PublishingError):
        Chatbot.create_new_versions([good, bad])
    assert not Chatbot.all_objects.filter(working_version__isnull=False).exists()
    assert not Pipeline.all_objects.filter(working_version__isnull=False).exists()
    good.refresh_from_db()
    assert good.version_number == 1
