"""Who hears for a team."""

from __future__ import annotations

import pytest

from apps.users.models import User
from model_retirement.notices import recipients
from tests.factories.teams import MembershipFactory, TeamFactory

pytestmark = pytest.mark.django_db


def admin_of(team, email: str, **fields):
    return MembershipFactory.create(team=team, role="admin", user__email=email, **fields)


def test_active_admins_hear_for_their_team():
    acme, other = TeamFactory.create(), TeamFactory.create()
    admin_of(acme, "b@example.org")
    admin_of(acme, "a@example.org")
    admin_of(other, "c@example.org")
    MembershipFactory.create(team=acme, user__email="member@example.org")
    admin_of(acme, "left@example.org", user__is_active=False)

    addresses = recipients.addresses(team_ids=[acme.pk], using="default")

    assert addresses == {acme.pk: ["b@example.org", "a@example.org"]}
    assert recipients.counts(using="default") == {acme.pk: 2, other.pk: 1}


def test_an_admin_may_hear_for_several_teams():
    first = admin_of(TeamFactory.create(), "a@example.org")
    second = MembershipFactory.create(user=first.user, role="admin")
    addresses = recipients.addresses(team_ids=[first.team_id, second.team_id], using="default")
    assert addresses == {first.team_id: ["a@example.org"], second.team_id: ["a@example.org"]}


@pytest.mark.parametrize(
    "email",
    [
        "",
        "nobody",
        "a@",
        "a b@example.org",
        "a@example.org\nBcc: b@example.org",
        '"a\x0bBcc:x@y"@example.com',  # valid to Django
        '"a\x1bb"@example.com',
    ],
)
def test_an_address_that_is_none_does_not_spoil_the_mail_for_the_others(email):
    """Rules 8 and 26: a team whose only admin has such an address counts as one that nobody can reach."""
    acme, lonely = TeamFactory.create(), TeamFactory.create()
    admin_of(acme, "a@example.org")
    broken = admin_of(acme, "later@example.org")
    MembershipFactory.create(team=lonely, user=broken.user, role="admin")
    User.objects.filter(pk=broken.user_id).update(email=email)

    addresses = recipients.addresses(team_ids=[acme.pk, lonely.pk], using="default")

    assert addresses == {acme.pk: ["a@example.org"]}
    assert recipients.counts(using="default") == {acme.pk: 1}
