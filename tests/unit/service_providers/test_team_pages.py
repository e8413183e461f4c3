"""The pages that the links in mails lead to."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.pipelines.models import Node
from apps.service_providers.team_pages import THINGS_SHOWN
from apps.teams.models import Membership
from apps.users.models import User
from model_retirement.models import TeamTokenLimit
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


def staff_with(codename: str) -> User:
    """Return somebody of the staff with one permission."""
    user = UserFactory.create(is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename=codename))
    return user


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
def test_only_members_and_staff_who_may_see_teams_learn_that_an_object_exists(client, kind):
    shown = PAGES[kind].create()
    nobody = UserFactory.create(is_staff=True)
    some = staff_with(f"view_{shown._meta.model_name}")
    for user, status in [
        (MembershipFactory.create().user, 404),
        (nobody, 404),
        (some, 404),
        (staff_with("view_team"), 200),
        (staff_with("change_team"), 200),
        (UserFactory.create(is_staff=True, is_superuser=True), 200),
    ]:
        client.force_login(user)
        assert client.get(shown.get_absolute_url()).status_code == status
        assert client.get(reverse("team", args=[shown.team.slug])).status_code == status


def test_the_team_in_the_address_must_be_the_object_s_team(client, membership):
    shown = AssistantFactory.create(team=membership.team)
    client.force_login(staff_with("view_team"))
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


def landed(client, user) -> str:
    """Return where a person lands who logs in without having asked for a page."""
    user.set_password("correct horse battery")
    user.save()
    credentials = {"username": user.email, "password": "correct horse battery", "next": ""}
    answer = client.post(reverse("login"), credentials, follow=True)
    assert answer.status_code == 200
    path: str = answer.request["PATH_INFO"]
    return path


def test_whoever_logs_in_lands_on_a_page_that_he_may_see(client, membership):
    """The admin said "not authorized" to members; to staff without a permission it has nothing to say."""
    assert landed(client, membership.user) == "/a/acme/"
    assert landed(client, staff_with("view_team")) == "/admin/"
    assert landed(client, MembershipFactory.create(team=membership.team, user__is_staff=True).user) == "/a/acme/"
    both = MembershipFactory.create(team__name="Zoo").user
    MembershipFactory.create(team=membership.team, user=both)
    assert landed(client, both) == "/"
    page = client.get("/").text
    assert page.index(membership.team.name) < page.index("Zoo")
    assert landed(client, UserFactory.create()) == "/"
    assert "You are in no team yet" in client.get("/").text


def test_the_footer_of_a_mail_leads_a_visitor_to_the_login_and_on(client, membership):
    assert client.get("/").url == "/accounts/login/?next=/"
    client.force_login(membership.user)
    assert client.get("/").url == "/a/acme/"


def test_the_page_of_a_team_lists_models_with_the_team_s_own_limits_and_what_there_is(member_client, membership):
    team = membership.team
    limited = LlmProviderModelFactory.create(max_token_limit=8192)
    own = LlmProviderModelFactory.create(team=team, max_token_limit=16_000)
    TeamTokenLimit.objects.create(team=team, type=limited.type, name=limited.name, max_token_limit=4321)
    for model in (limited, own):
        AssistantFactory.create(team=team, name="Coach <b>", llm_provider_model=model)
    AssistantFactory.create(team=team, name="Put away", is_archived=True, llm_provider_model=own)
    PipelineFactory.create_batch(THINGS_SHOWN + 2, team=team)
    foreign = ChatbotFactory.create(name="Theirs")
    page = member_client.get("/a/acme/").text
    assert "4,321 tokens" in page
    assert "8,192 tokens" not in page
    assert f"{own.type}/{own.name}" in page
    assert "Coach &lt;b&gt;" in page
    assert "and 2 more" in page
    assert "Put away" not in page
    assert foreign.name not in page


def test_the_page_of_a_team_without_anything_says_so(member_client):
    assert "Uses no model." in member_client.get("/a/acme/").text


def test_the_page_of_a_team_takes_as_many_queries_for_many_models_as_for_one(member_client, membership):
    def queries() -> int:
        PipelineFactory.create(team=membership.team)
        NodeFactory.create(
            pipeline=PipelineFactory.create(team=membership.team), llm_provider_model=LlmProviderModelFactory.create()
        )
        AssistantFactory.create(team=membership.team)
        with CaptureQueriesContext(connection) as captured:
            assert member_client.get("/a/acme/").status_code == 200
        return len(captured)

    few = queries()
    for _ in range(5):
        more = queries()
    assert more == few


def test_what_old_data_has_of_another_team_is_not_named_on_a_page(member_client, membership):
    """Rule 27."""
    other = TeamFactory.create(slug="other", name="Merger talks")
    secret = LlmProviderModelFactory.create(team=other, name="secret")
    pipeline = PipelineFactory.create(team=other, name="Merger pipeline")
    NodeFactory.create(pipeline=pipeline, label="Merger node", llm_provider_model=secret)
    cases: list[tuple[Any, str]] = [
        (AssistantFactory.create(team=membership.team, llm_provider_model=secret), "a model of another team"),
        (ChatbotFactory.create(team=membership.team, pipeline=pipeline), "Its pipeline is of another team"),
        (
            AssistantFactory.create(team=membership.team, working_version=AssistantFactory.create(team=other)),
            "version 1",
        ),
    ]
    for shown, words in cases:
        page = member_client.get(shown.get_absolute_url()).text
        assert words in page
        assert "Merger" not in page
        assert "secret" not in page
        assert "/a/other/" not in page


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
