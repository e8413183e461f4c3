"""Secrets of API tokens: found by their digest, never stored."""

from __future__ import annotations

import re

import pytest

from apps.teams import api_tokens
from apps.teams.models import TeamApiToken
from tests.factories.teams import TeamFactory

pytestmark = pytest.mark.django_db


def test_a_secret_leads_to_its_team_and_is_not_stored(django_assert_num_queries):
    acme, other = TeamFactory.create(), TeamFactory.create()
    tokens = [TeamApiToken(team=team, name="monitor") for team in (acme, other)]
    secrets = [api_tokens.issue(token) for token in tokens]
    with django_assert_num_queries(2):
        assert [api_tokens.team_of(secret) for secret in secrets] == [acme, other]
    assert all(re.fullmatch(r"llmteam_[\w-]{43}", secret) for secret in secrets)
    assert not any(secrets[0] in str(vars(token)) for token in TeamApiToken.objects.all())


@pytest.mark.parametrize("change", [str.upper, lambda secret: secret[:-1], lambda secret: f"{secret} ", lambda _: ""])
def test_nothing_but_the_secret_does(change):
    secret = api_tokens.issue(TeamApiToken(team=TeamFactory.create(), name="monitor"))
    assert api_tokens.team_of(change(secret)) is None


def test_any_text_can_be_asked_for():
    assert api_tokens.team_of("\udcff\x00é") is None


def test_a_deleted_token_and_a_deleted_team_lead_nowhere():
    tokens = [TeamApiToken(team=TeamFactory.create(), name="monitor") for _ in range(2)]
    secrets = [api_tokens.issue(token) for token in tokens]
    tokens[0].delete()
    tokens[1].team.delete()
    assert [api_tokens.team_of(secret) for secret in secrets] == [None, None]
