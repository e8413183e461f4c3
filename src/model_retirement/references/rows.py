"""Queries over the rows of a host's model, with their teams and whatever else is asked of them."""

from __future__ import annotations

from typing import Any

from django.db.models import F, Model, QuerySet, Subquery

from model_retirement.host_models import only_team
from model_retirement.keys import Key
from model_retirement.sql import Statement, compiled


def rows_of(model: type[Model], *, using: str, key: str = "pk", team: str | None = None, **values: str) -> Statement:
    """Return a query over all rows of a model, those that its manager hides included.

    Columns: ``r_id``, ``r_team`` if it is asked for, and ``r_<name>`` per value.

    :param key: what ``r_id`` is
    :param team: look-up path to the team; empty where rows belong to no team of their own, None to leave it out
    :param values: further look-up paths by name
    """
    queryset: QuerySet[Any, Any] = model._base_manager.using(using).order_by()  # noqa: SLF001  (documented by Django)
    columns: dict[str, Any] = {name: F(path) for name, path in {"id": key, **values}.items()}
    if team is not None:
        columns["team"] = F(f"{team}_id") if team else Subquery(only_team().using(using))
    return compiled(queryset.values(**{f"r_{name}": column for name, column in columns.items()}))


def of_team(model: type[Model], *, team: str, row_id: str, team_id: Key | None, using: str) -> Statement:
    """Return a condition on the expression for a row's id, to be added to others; nothing without a team.

    :param team: look-up path to the team; empty where rows belong to no team of their own
    """
    if team_id is None:
        return "", ()
    every_row: QuerySet[Any, Any] = model._base_manager.using(using).order_by()  # noqa: SLF001  (documented by Django)
    rows, params = compiled((every_row.filter(**{f"{team}_id": team_id}) if team else every_row).values("pk"))
    return f" AND {row_id} IN ({rows})", params
