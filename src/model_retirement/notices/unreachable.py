"""Teams without a reachable admin: none of their admins is active and has a valid address.

Whom a channel of the host's own reaches shows only when something is delivered: then it is the teams whose notices wait.
"""

from __future__ import annotations

import dataclasses

from django.db.models import Count

from model_retirement import host_models, sql
from model_retirement.keys import Key
from model_retirement.models import TeamNotice
from model_retirement.notices import recipients
from model_retirement.platform import host_delivers


@dataclasses.dataclass(frozen=True)
class UnreachableTeam:
    """One team.

    :param waiting: number of notices that wait until somebody can be written to
    """

    id: Key
    slug: str
    name: str
    waiting: int


def teams(*, using: str) -> list[UnreachableTeam]:
    """Return the teams, those with most notices waiting first; three queries."""
    reached = recipients.counts(using=using)
    waiting = dict(
        TeamNotice.objects.using(using)
        .filter(messages=None)
        .order_by()
        .values_list("team_id")
        .annotate(number=Count("pk"))
    )
    named = host_models.teams(using=using).values_list("pk", "shown_slug", "shown_name")
    with sql.dialect(using).text_for_people():
        unreachable_teams = [
            UnreachableTeam(id=team_id, slug=slug, name=name, waiting=waiting.get(team_id, 0))
            for team_id, slug, name in named
            if team_id not in reached and (team_id in waiting or not host_delivers())
        ]
    return sorted(unreachable_teams, key=lambda team: (-team.waiting, team.name, team.id))
