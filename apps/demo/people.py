"""The teams of the demo, their members and the staff user."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.hashers import make_password
from django.utils.text import slugify

from apps.demo.words import CITIES, FIRST_NAMES, LAST_NAMES, ORGANISATIONS
from apps.teams.models import Membership, Team
from apps.users.models import User

if TYPE_CHECKING:
    from random import Random

STAFF_EMAIL = "demo@example.org"
STAFF_PASSWORD = "demo"  # noqa: S105  # made for a demo on a developer's machine, and said so on the screen

# Which team, counted from 0, is the special one of its kind.
WITHOUT_ADMIN = 1
ONLY_INACTIVE_ADMIN = 2
MANY_ADMINS = 3
HOW_MANY_ADMINS = 64


def make_staff_user() -> User:
    """Create the superuser of the demo."""
    return User.objects.create_superuser(STAFF_EMAIL, STAFF_PASSWORD, first_name="Demo")


def make_teams(count: int) -> list[Team]:
    """Create so many teams, each with a name and a slug of its own."""
    return Team.objects.bulk_create(_named(position) for position in range(count))


def _named(position: int) -> Team:
    name, slug = ORGANISATIONS[position % len(ORGANISATIONS)]
    branch = position // len(ORGANISATIONS)
    if branch == 0:
        return Team(name=name, slug=slug)
    city, city_slug = CITIES[(branch - 1) % len(CITIES)]
    district = (branch - 1) // len(CITIES)
    if district == 0:
        return Team(name=f"{name}, {city}", slug=f"{slug}-{city_slug}")
    return Team(name=f"{name}, {city} {district + 1}", slug=f"{slug}-{city_slug}-{district + 1}")


def make_members(teams: list[Team], *, rng: Random) -> int:
    """Give every team its admins and members, and every fifth one the same consultant as an admin; return how many."""
    consultant = User(email="consultant@example.com", first_name="Robin", last_name="Byrne")
    consultant.password = make_password(None)
    users = [consultant]
    memberships = []
    for position, team in enumerate(teams):
        admins, members = _sizes(position, rng=rng)
        own = [_person(team, number, rng=rng) for number in range(admins + members)]
        users += own
        for number, user in enumerate(own):
            role = Membership.Role.ADMIN if number < admins else Membership.Role.MEMBER
            user.is_active = not (position == ONLY_INACTIVE_ADMIN and number < admins)
            memberships.append(Membership(user=user, team=team, role=role))
        if position % 5 == 0:
            memberships.append(Membership(user=consultant, team=team, role=Membership.Role.ADMIN))
    User.objects.bulk_create(users)
    Membership.objects.bulk_create(memberships)
    return len(users)


def _sizes(position: int, *, rng: Random) -> tuple[int, int]:
    members = rng.randint(1, 6)
    if position == MANY_ADMINS:
        return HOW_MANY_ADMINS, members
    ordinary = rng.randint(1, 4)
    return {WITHOUT_ADMIN: 0, ONLY_INACTIVE_ADMIN: 1}.get(position, ordinary), members


def _person(team: Team, number: int, *, rng: Random) -> User:
    first, last = rng.choice(FIRST_NAMES), rng.choice(LAST_NAMES)
    address = f"{slugify(first)}.{slugify(last)}{number}@{team.slug}.example.org"
    return User(email=address, first_name=first, last_name=last, password=make_password(None))
