"""Teams and memberships for tests."""

from __future__ import annotations

from factory.declarations import Sequence, SubFactory
from factory.django import DjangoModelFactory

from apps.teams.models import Membership, Team
from tests.factories.users import UserFactory


class TeamFactory(DjangoModelFactory[Team]):
    """A team without members."""

    class Meta:
        model = Team

    name = Sequence("Team {}".format)
    slug = Sequence("team-{}".format)


class MembershipFactory(DjangoModelFactory[Membership]):
    """A new user in a new team, with the model's default role; for an admin say ``role=Membership.Role.ADMIN``."""

    class Meta:
        model = Membership

    user = SubFactory(UserFactory)
    team = SubFactory(TeamFactory)
