"""Who may ask the API about which team, and its description."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from openapi_spec_validator import validate

from apps.teams import api_tokens
from apps.teams.models import Membership, Team, TeamApiToken
from tests.factories.teams import MembershipFactory, TeamFactory
from tests.factories.users import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme() -> Team:
    return TeamFactory.create(slug="acme", name="Acme")


@pytest.fixture
def other() -> Team:
    return TeamFactory.create(slug="other", name="Other")


def bearer(team: Team) -> dict[str, str]:
    secret = api_tokens.issue(TeamApiToken(team=team, name="test"))
    return {"Authorization": f"Bearer {secret}"}


def path(slug: str) -> str:
    return f"/api/teams/{slug}/llm-models/"


def status(client: Client, slug: str, **headers: str) -> int:
    return client.get(path(slug), headers=headers).status_code


def test_nobody_in_particular_is_told_to_say_who_they_are(client, acme):
    answer = client.get(path("acme"))
    assert (answer.status_code, answer.json()) == (401, {"detail": "Unauthorized"})
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert status(client, "no-such-team") == 401


@pytest.mark.parametrize("header", ["Bearer wrong", "Bearer", "Bearer ", "Basic YTpi", "wrong", "Bearer \xff\x00"])
def test_a_wrong_token_is_unauthorized(client, acme, header):
    assert status(client, "acme", Authorization=header) == 401


def test_a_wrong_token_is_not_made_good_by_a_session(client, acme):
    client.force_login(MembershipFactory.create(team=acme).user)
    assert status(client, "acme") == 200
    assert status(client, "acme", Authorization="Bearer wrong") == 401


def test_a_token_is_good_for_its_own_team_only(client, acme, other):
    assert status(client, "acme", **bearer(acme)) == 200
    assert status(client, "acme", **bearer(other)) == 404
    assert status(client, "no-such-team", **bearer(acme)) == 404


@pytest.mark.parametrize("role", Membership.Role)
def test_a_member_of_whatever_role_asks_about_the_own_team_only(client, acme, other, role):
    client.force_login(MembershipFactory.create(team=acme, role=role).user)
    assert status(client, "acme") == 200
    assert status(client, "other") == 404


def test_whoever_is_in_no_team_finds_none(client, acme):
    client.force_login(UserFactory.create())
    assert status(client, "acme") == 404


def test_staff_may_ask_about_every_team_with_the_permission_to_view_teams(client, acme):
    user = UserFactory.create(is_staff=True)
    client.force_login(user)
    assert status(client, "acme") == 404
    user.user_permissions.set(Permission.objects.filter(codename="view_team"))
    assert status(client, "acme") == 200
    assert status(client, "no-such-team") == 404
    user.is_staff = False
    user.save()
    assert status(client, "acme") == 404


def test_a_person_who_may_not_log_in_any_more_is_nobody(client, acme):
    user = MembershipFactory.create(team=acme).user
    client.force_login(user)
    user.is_active = False
    user.save()
    assert status(client, "acme") == 401


def test_a_team_that_is_not_the_caller_s_looks_like_one_that_does_not_exist(client, acme, other):
    headers = bearer(acme)
    answers = [client.get(path(slug), headers=headers).json() for slug in ("other", "none")]
    assert answers == [{"detail": "There is no such team, or it is not yours."}] * 2


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_it_is_read_only(client, acme, method):
    assert getattr(client, method)(path("acme"), headers=bearer(acme)).status_code == 405


def test_the_description_is_valid_openapi_and_for_everybody(client, db):
    answer = client.get("/api/openapi.json")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")
    description = answer.json()
    validate(description)
    assert set(description["paths"]) == {
        "/api/teams/{team_slug}/llm-models/",
        "/api/teams/{team_slug}/llm-models/{model_id}/",
    }
    for operations in description["paths"].values():
        assert set(operations) == {"get"}
        assert operations["get"]["security"] == [{"TeamTokenAuth": []}, {"SessionAuth": []}]
    assert set(description["components"]["securitySchemes"]) == {"TeamTokenAuth", "SessionAuth"}


def test_no_page_of_the_api_loads_scripts_from_elsewhere(client, db):
    assert client.get("/api/docs").status_code == 404
