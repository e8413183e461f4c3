"""Who may read what is a team's: its pages and what the API tells of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apps.teams.models import Team

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from apps.users.models import User


def readable_teams(user: User) -> QuerySet[Team]:
    """Return the teams that a person may read: his own, and all for staff with the permission to view teams."""
    if user.is_staff and (user.has_perm("teams.view_team") or user.has_perm("teams.change_team")):
        return Team.objects.all()
    return Team.objects.filter(memberships__user=user)
