"""The pages that the links in mails lead to."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.pipelines.models import Node
from apps.teams.models import Membership
from tests.factories.assistants import AssistantFactory
from tests.factories.chatbots import ChatbotFactory
from tests.factories.documents import CollectionFactory
from tests.factories.evaluations import EvaluatorFactory, TranscriptAnalysisFactory
from tests.factories.pipelines import NodeFactory, PipelineFactory
from tests.factories.service_providers import LlmProviderModelFactory
from tests.factories.teams import MembershipFactory, TeamFactory
from tests.factories.users import UserFactory

pytestmark = pytest.mark.django_db

PAGES: dict[str, Any] = {
    "chatbots": ChatbotFactory,
    "pipelines": PipelineFactory,
    "assistants": AssistantFactory,
    "evaluators": EvaluatorFactory,
    "transcript-analyses": TranscriptAnalysisFactory,
    "collections": CollectionFactory,
}
VERSIONED = ["chatbots", "pipelines", "assistants"]


@pytest.fixture
def membership():
    return MembershipFactory.create(team__slug="acme", role=Membership.Role.MEMBER)


@pytest.fixture
def member_client(client, membership):
    client.force_login(membership.user)
    return client


@pytest.mark.parametrize("kind", PAGES)
def test_a_member_sees_the_page_of_an_object(member_client, membership, kind):
    shown = PAGES[kind].create(team=membership.team, name="Zürich <b>Triage</b>")
    assert shown.get_absolute_url() == f"/a/acme/{kind}/{shown.pk}/"
    page = member_client.get(shown.get_absolute_url())
    assert page.status_code == 200
    assert "<h1>Zürich &lt;b&gt;Triage&lt;/b&gt;</h1>" in page.text
    assert f"{membership.team.name} · {shown._meta.verbose_name}" in page.text


@pytest.mark.parametrize("kind", PAGES)
def test_only_members_and_staff_learn_that_an_object_exists(client, kind):
    shown = PAGES[kind].create()
    stranger = MembershipFactory.create().user
    client.force_login(stranger)
    assert client.get(shown.get_absolute_url()).status_code == 404
    client.force_login(UserFactory.create(is_staff=True))
    assert client.get(shown.get_absolute_url()).status_code == 200


def test_the_team_in_the_address_must_be_the_object_s_team(client, membership):
    shown = AssistantFactory.create(team=membership.team)
    client.force_login(UserFactory.create(is_staff=True))
    other = TeamFactory.create()
    assert client.get(f"/a/{other.slug}/assistants/{shown.pk}/").status_code == 404


@pytest.mark.parametrize("kind", VERSIONED)
def test_archived_objects_and_versions_have_pages_that_say_so(member_client, membership, kind):
    archived = PAGES[kind].create(team=membership.team, is_archived=True)
    assert "archived</span>" in member_client.get(archived.get_absolute_url()).text
    working = PAGES[kind].create(team=membership.team)
    assert "archived</span>" not in member_client.get(working.get_absolute_url()).text
    page = member_client.get(working.create_new_version().get_absolute_url()).text
    assert "version 1</span>" in page
    assert f'href="{working.get_absolute_url()}"' in page
    assert ("default version" in page) is (kind == "chatbots")


def test_a_visitor_logs_in_first_and_comes_back(client, membership):
    membership.user.set_password("correct horse battery")
    membership.user.save()
    path = PipelineFactory.create(team=membership.team).get_absolute_url()
    asked = client.get(path)
    assert asked.url == f"/accounts/login/?next={path}"
    assert client.get(asked.url).status_code == 200
    refused = client.post(asked.url, {"username": membership.user.email, "password": "wrong", "next": path})
    assert "Please enter a correct" in refused.text
    credentials = {"username": membership.user.email, "password": "correct horse battery", "next": path}
    assert client.post(asked.url, credentials).url == path
    assert client.post(reverse("logout")).url == reverse("login")


def test_the_site_s_root_leads_to_the_admin(client):
    assert client.get("/").url == reverse("admin:index")


def test_a_pipeline_shows_each_node_s_models_and_their_state(member_client, membership):
    pipeline = PipelineFactory.create(team=membership.team)
    active = LlmProviderModelFactory.create(name="sharp")
    deprecated = LlmProviderModelFactory.create(name="blunt", deprecated=True, type="azure")
    custom = LlmProviderModelFactory.create(name="ours", team=membership.team)
    NodeFactory.create(pipeline=pipeline, label="Answer", llm_provider_model=active)
    params = {"llm_provider_model_id": deprecated.pk, "fallback_llm_provider_model_ids": [custom.pk]}
    NodeFactory.create(pipeline=pipeline, label="Route", params=params)
    NodeFactory.create(pipeline=pipeline, label="Send", params={})
    rows = [(use.where, use.model, use.state) for use in pipeline.model_uses()]
    assert rows == [
        ("Answer", active, "active"),
        ("Route", deprecated, "deprecated"),
        ("Route (fallback)", custom, "active"),
        ("Send", None, "none"),
    ]
    page = member_client.get(pipeline.get_absolute_url()).text
    assert "OpenAI · sharp" in page
    assert "Azure OpenAI · blunt" in page
    assert '<span class="badge deprecated">deprecated</span>' in page
    assert "(custom)" in page
    assert "no model</td>" in page


def test_an_id_whose_model_is_gone_is_shown_as_removed(member_client, membership):
    """Rule 6: such an id is reported, not hidden."""
    chatbot = ChatbotFactory.create(team=membership.team)
    assert chatbot.pipeline is not None
    node = NodeFactory.create(pipeline=chatbot.pipeline)
    Node.objects.filter(pk=node.pk).update(params={"fallback_llm_provider_model_ids": ["987654"]})
    page = member_client.get(chatbot.get_absolute_url()).text
    assert "model 987654" in page
    assert '<span class="badge removed">removed</span>' in page


@pytest.mark.parametrize("kind", ["chatbots", "pipelines"])
def test_a_page_takes_as_many_queries_for_fifty_nodes_as_for_one(member_client, membership, kind):
    shown = PAGES[kind].create(team=membership.team)
    pipeline = shown if kind == "pipelines" else shown.pipeline

    def queries() -> int:
        NodeFactory.create(pipeline=pipeline, llm_provider_model=LlmProviderModelFactory.create())
        with CaptureQueriesContext(connection) as captured:
            assert member_client.get(shown.get_absolute_url()).status_code == 200
        return len(captured)

    few = queries()
    NodeFactory.create_batch(50, pipeline=pipeline, llm_provider_model=LlmProviderModelFactory.create())
    assert queries() == few
