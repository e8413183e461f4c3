"""Teams that nobody can be written to for: none of their admins is active and has a valid address."""

from __future__ import annotations

import dataclasses

from django.db.models import Count

from apps.service_providers.models import TeamNotice
from apps.service_providers.notices import recipients
from apps.teams.models import Team


@dataclasses.dataclass(frozen=True)
class UnreachableTeam:
    """One team.

    :param waiting: number of notices that wait until somebody can be written to
    """

    id: int
    slug: str
    name: str
    waiting: int


def teams(*, using: str) -> list[UnreachableTeam]:
    """Return the teams, those with most notices waiting first; three queries."""
    reached = recipients.counts(using=using)
    waiting = dict(
        TeamNotice.objects.using(using)
        .filter(message=None)
        .order_by()
        .values_list("team_id")
        .annotate(number=Count("pk"))
    )
    found = [
        UnreachableTeam(id=team_id, slug=slug, name=name, waiting=waiting.get(team_id, 0))
        for team_id, slug, name in Team.objects.using(using).values_list("pk", "slug", "name")
        if team_id not in reached
    ]
    return sorted(found, key=lambda team: (-team.waiting, team.name, team.id))
