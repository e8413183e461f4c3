"""Teams without a reachable admin."""

from __future__ import annotations

import pytest

from apps.teams.models import Membership
from model_retirement.notices import unreachable
from tests.factories.service_providers import TeamMessageFactory, TeamNoticeFactory
from tests.factories.teams import MembershipFactory, TeamFactory

pytestmark = pytest.mark.django_db


def test_those_with_most_to_hear_come_first(django_assert_num_queries):
    """Rule 8: a team that nobody can reach is listed."""
    quiet = TeamFactory.create(name="Quiet")
    waiting = TeamFactory.create(name="Waiting")
    TeamNoticeFactory.create_batch(2, team=waiting)
    TeamNoticeFactory.create(team=waiting, message=TeamMessageFactory.create(team=waiting))
    reached = MembershipFactory.create(role=Membership.Role.ADMIN).team
    TeamNoticeFactory.create(team=reached)
    asleep = MembershipFactory.create(role=Membership.Role.ADMIN, user__is_active=False).team
    with django_assert_num_queries(3):
        unreachable_teams = unreachable.teams(using="default")
    names = {team.name: team.waiting for team in unreachable_teams}
    assert names == {"Waiting": 2, "Quiet": 0, asleep.name: 0}
    assert unreachable_teams[0].id == waiting.pk
    assert quiet.pk in {team.id for team in unreachable_teams}
