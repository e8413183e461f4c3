"""Queries over the rows of a host's model, with their teams and whatever else is asked of them."""

from __future__ import annotations

from typing import Any

from django.db.models import F, Model, QuerySet, Subquery

from model_retirement.host_models import only_team
from model_retirement.keys import Key
from model_retirement.sql import Statement, compiled

TEAM_ITSELF = "pk"
"""The way to the team of rows that are teams themselves."""


def rows_of(model: type[Model], *, using: str, key: str = "pk", team: str | None = None, **values: str) -> Statement:
    """Return a query over all rows of a model, those that its manager hides included.

    Columns: ``r_id``, ``r_team`` if it is asked for, and ``r_<name>`` per value.

    :param key: what ``r_id`` is
    :param team: look-up path to the team: ``pk`` where the rows are the teams, empty where rows belong to no team of their
        own; None to leave it out
    :param values: further look-up paths by name
    """
    queryset: QuerySet[Any, Any] = model._base_manager.using(using).order_by()  # noqa: SLF001  (documented by Django)
    columns: dict[str, Any] = {name: F(path) for name, path in {"id": key, **values}.items()}
    if team is not None:
        columns["team"] = F(team_key(team)) if team else Subquery(only_team().using(using))
    return compiled(queryset.values(**{f"r_{name}": column for name, column in columns.items()}))


def of_team(model: type[Model], *, team: str, row_id: str, team_id: Key | None, using: str) -> Statement:
    """Return a condition on the expression for a row's id, to be added to others; nothing without a team.

    :param team: look-up path to the team; empty where rows belong to no team of their own
    """
    if team_id is None:
        return "", ()
    every_row: QuerySet[Any, Any] = model._base_manager.using(using).order_by()  # noqa: SLF001  (documented by Django)
    rows, params = compiled((every_row.filter(**{team_key(team): team_id}) if team else every_row).values("pk"))
    return f" AND {row_id} IN ({rows})", params


def team_key(path: str) -> str:
    """Return the look-up path to the key of the team that a path leads to."""
    return path if _leads_to_row_itself(path) else f"{path}_id"


def team_field(path: str, field: str) -> str:
    """Return the look-up path to a field of the team that a path leads to."""
    return f"{path.removesuffix(TEAM_ITSELF)}{field}" if _leads_to_row_itself(path) else f"{path}__{field}"


def _leads_to_row_itself(path: str) -> bool:
    return path.rpartition("__")[2] == TEAM_ITSELF


def team_beyond(path: str, team: str, *, otherwise: str) -> str:
    """Return the way to the team from what a path leads to, of a way that begins at the row itself.

    :param otherwise: the way of what the path leads to, for a row with a way of its own beside it
    """
    if not (path and team) or team.startswith(f"{path}__"):
        return team.removeprefix(f"{path}__")
    return TEAM_ITSELF if team == path else otherwise


def may_be_null(model: type[Model], path: str) -> bool:
    """Return whether a look-up path may lead to nothing from some row of a model."""
    reached: Any = model
    for name in path.split("__") if path else ():
        field = reached._meta.pk if name == "pk" else reached._meta.get_field(name)  # noqa: SLF001  (the documented Meta API)
        if field.null:
            return True
        reached = field.related_model
    return False
