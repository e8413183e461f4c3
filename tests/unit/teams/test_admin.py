"""Teams in the admin."""

from __future__ import annotations

import pytest
from django.urls import reverse

from apps.teams.models import Team
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
