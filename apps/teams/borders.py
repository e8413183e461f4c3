"""The border between teams: nothing of one team is linked to something of another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import ValidationError


def refuse_foreign(*, team_id: int, linked: Mapping[str, Any]) -> None:
    """Check that what an object links to is of its own team. What it is called over there is not told.

    :param team_id: the object's team
    :param linked: field to the linked object, or None where nothing is linked
    :raises ValidationError: with a message per field that leads to another team
    """
    foreign = [field for field, other in linked.items() if other is not None and other.team_id != team_id]
    if foreign:
        raise ValidationError(dict.fromkeys(foreign, "This is another team's: choose one of the same team."))


def refuse_move(*, team_id: int, left_behind: Iterable[Any]) -> None:
    """Check that an object leaves nothing of another team behind that is linked to it.

    :param team_id: the team that the object is to be of
    :param left_behind: queries for what is linked to the object
    :raises ValidationError: on ``team``
    """
    if any(linked.exclude(team=team_id).exists() for linked in left_behind):
        raise ValidationError({"team": "Something of another team is linked to this: it cannot be of this team."})
