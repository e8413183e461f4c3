"""Teams in the admin."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from apps.teams import api_tokens
from apps.teams.models import Team, TeamApiToken
from tests.factories.teams import MembershipFactory, TeamFactory

pytestmark = pytest.mark.django_db


def test_a_team_shows_its_members_and_their_number(admin_client):
    team = TeamFactory.create()
    members = MembershipFactory.create_batch(3, team=team)
    listed = admin_client.get(reverse("admin:teams_team_changelist"))
    assert '<td class="field-member_count">3</td>' in listed.text
    page = admin_client.get(reverse("admin:teams_team_change", args=[team.pk])).text
    assert all(member.user.email in page for member in members)


def test_a_team_is_not_deleted_by_hand(admin_client):
    team = TeamFactory.create()
    assert admin_client.post(reverse("admin:teams_team_delete", args=[team.pk]), {"post": "yes"}).status_code == 403
    assert Team.objects.filter(pk=team.pk).exists()


def test_a_new_token_is_shown_once_and_deleted_to_revoke_it(admin_client):
    team = TeamFactory.create()
    add = {"team": team.pk, "name": "Nightly <b>check</b>", "digest": "0" * 64}
    after = admin_client.post(reverse("admin:teams_teamapitoken_add"), add)
    (secret,) = set(re.findall(r"llmteam_[\w-]+", after.text))
    assert after.status_code == 200
    assert "no-store" in after.headers["Cache-Control"]
    assert secret not in str(after.cookies) + str(admin_client.cookies) + str(dict(admin_client.session))
    assert api_tokens.team_of(secret) == team
    token = TeamApiToken.objects.get()
    assert (str(token), token.digest == "0" * 64) == ("Nightly <b>check</b>", False)
    for path in (reverse("admin:teams_teamapitoken_changelist"), f"/admin/teams/teamapitoken/{token.pk}/change/"):
        page = admin_client.get(path).text
        assert "Nightly &lt;b&gt;check" in page
        assert secret not in page
        assert token.digest not in page
    changed = admin_client.post(f"/admin/teams/teamapitoken/{token.pk}/change/", {**add, "name": "Other"})
    assert changed.status_code == 403
    admin_client.post(reverse("admin:teams_teamapitoken_delete", args=[token.pk]), {"post": "yes"})
    assert api_tokens.team_of(secret) is None
