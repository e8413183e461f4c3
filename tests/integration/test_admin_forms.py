"""What the admin's forms offer, and where their icons lead."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from apps.service_providers.models import LlmProviderModel
from tests.factories.assistants import AssistantFactory
from tests.factories.chatbots import ChatbotFactory
from tests.factories.evaluations import EvaluatorFactory
from tests.factories.pipelines import PipelineFactory
from tests.factories.service_providers import LlmProviderModelFactory, delete_all_models
from tests.factories.teams import MembershipFactory, TeamFactory
from tests.factories.users import UserFactory

pytestmark = pytest.mark.django_db


def client_with(*codenames: str) -> Client:
    """Return the client of somebody of the staff with these permissions."""
    user = UserFactory.create(is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    client = Client()
    client.force_login(user)
    return client


def offered(client: Client, page: str, field: str) -> set[str]:
    """Return the ids that a field of a form offers, asked for as the field itself asks."""
    label = re.search(r"/admin/(\w+)/(\w+)/", page)
    assert label is not None
    tag = re.search(rf'<select name="{field}"[^>]*>', client.get(page).text)
    assert tag is not None
    url = re.search(r'data-ajax--url="([^"]+)"', tag.group())
    assert url is not None
    asked = {"app_label": label.group(1), "model_name": label.group(2), "field_name": field, "term": ""}
    path, _, query = unescape(url.group(1)).partition("?")
    known = dict(part.split("=") for part in query.split("&") if part)
    return {row["id"] for row in client.get(path, asked | known).json()["results"]}


def ids(*rows: LlmProviderModel) -> set[str]:
    return {str(row.pk) for row in rows}


@pytest.mark.parametrize(
    ("factory", "field"), [(AssistantFactory, "llm_provider_model"), (EvaluatorFactory, "jury_models")]
)
def test_a_form_offers_the_models_that_its_team_may_choose(admin_client, factory, field):
    """Rule 14, and rule 27: neither deprecated ones nor another team's."""
    delete_all_models()
    team = TeamFactory.create()
    offer, own = LlmProviderModelFactory.create(), LlmProviderModelFactory.create(team=team)
    LlmProviderModelFactory.create(deprecated=True)
    LlmProviderModelFactory.create(team=team, deprecated=True)
    LlmProviderModelFactory.create(team=TeamFactory.create())
    row = factory.create(team=team, llm_provider_model=None)
    page = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
    assert offered(admin_client, page, field) == ids(offer, own)
    new = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_add")
    assert offered(admin_client, new, field) == ids(offer)


def test_a_chatbot_is_offered_the_pipelines_of_its_team(admin_client):
    """Rule 27."""
    chatbot = ChatbotFactory.create()
    PipelineFactory.create()
    page = reverse("admin:chatbots_chatbot_change", args=[chatbot.pk])
    assert offered(admin_client, page, "pipeline") == {str(chatbot.pipeline_id)}
    assert len(offered(admin_client, reverse("admin:chatbots_chatbot_add"), "pipeline")) == 2


@pytest.mark.parametrize("team", ["x", "٣", "9" * 30, "-1", ""])
def test_a_team_that_makes_no_sense_is_none(admin_client, team):
    asked = {"app_label": "chatbots", "model_name": "chatbot", "field_name": "pipeline", "term": "", "team": team}
    assert admin_client.get(reverse("admin:autocomplete"), asked).status_code == 200


def test_an_icon_that_says_view_does_not_open_a_form():
    """Beside "Change" it opened the same page."""
    assistant = AssistantFactory.create()
    page = reverse("admin:assistants_assistant_change", args=[assistant.pk])
    may_change = client_with("change_assistant", "change_team").get(page).text
    assert 'id="change_id_team"' in may_change
    assert 'id="view_id_team"' not in may_change
    may_view = client_with("change_assistant", "view_team").get(page).text
    assert 'id="change_id_team"' not in may_view
    assert 'id="view_id_team"' in may_view


def test_a_row_below_is_linked_by_what_one_may_do_there_and_nothing_hidden_adds_one(admin_client):
    membership = MembershipFactory.create()
    page = reverse("admin:teams_team_change", args=[membership.team_id])
    path = reverse("admin:teams_membership_change", args=[membership.pk])
    for client, words in [
        (admin_client, "Change"),
        (client_with("view_team", "change_membership"), "Change"),
        (client_with("view_team", "view_membership"), "View"),
    ]:
        text = client.get(page).text
        assert f'<a href="{path}" class="inline{words.lower()}link">{words}</a>' in text
        assert "another membership" not in text.lower()
    assert path not in client_with("view_team").get(page).text
    pipeline = reverse("admin:pipelines_pipeline_change", args=[PipelineFactory.create().pk])
    assert "another node" not in admin_client.get(pipeline).text.lower()


def test_a_team_is_saved_beside_its_members(admin_client):
    membership = MembershipFactory.create()
    page = reverse("admin:teams_team_change", args=[membership.team_id])
    form = {"name": "Renamed", "slug": "renamed", "memberships-TOTAL_FORMS": "1", "memberships-INITIAL_FORMS": "1"}
    assert admin_client.post(page, form).status_code == 302
    membership.team.refresh_from_db()
    assert membership.team.name == "Renamed"
