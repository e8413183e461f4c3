"""What one team is told about the models that it uses: where each stands in its life, and what points at it."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

from model_retirement.abstract import usable_by
from model_retirement.catalogue.lifecycle import Lifecycle, State
from model_retirement.catalogue.view import Catalogue
from model_retirement.host_models import llm_models
from model_retirement.keys import Key
from model_retirement.lifecycle import Lifecycles
from model_retirement.references import Registry
from model_retirement.references.team_usage import TeamResource, TeamUsage, by_team, first_resources
from model_retirement.token_limits import with_token_limit


@dataclasses.dataclass(frozen=True)
class UsedModel:
    """A model that a team uses.

    :param token_limit: the context window in tokens that applies to the team; 0 if it is not known
    :param is_custom: the team's own; the catalogue says nothing about it
    :param replacement: name of the model that takes its place when it is removed; None for nothing
    :param references: label of a reference to the number of the team's rows that point at the model
    :param resources: kind of resource to the number of the team's own
    """

    id: int
    provider: str
    name: str
    token_limit: int
    is_custom: bool
    state: State
    deprecated_on: dt.date | None
    retires_on: dt.date | None
    retires_on_is_earliest: bool
    replacement: str | None
    references: dict[str, int]
    resources: dict[str, int]


def used_by(
    team: Any, *, registry: Registry, catalogue: Catalogue, today: dt.date, using: str, model_id: Key | None = None
) -> list[UsedModel]:
    """Return the models that the team uses, by provider and name; a constant number of queries.

    :param today: the day in UTC
    :param model_id: only this one
    """
    usable = with_token_limit(usable_by(llm_models(using=using), team=team.pk), team=team.pk)
    usable = usable.order_by("type", "name", "team")
    if model_id is not None:
        usable = usable.filter(pk=model_id)
    rows = list(usable)
    used = {
        use.model_id: use
        for use in by_team(registry=registry, model_ids=[row.pk for row in rows], team_id=team.pk, using=using)
    }
    lifecycles = Lifecycles(today=today, catalogue=catalogue)
    return [
        _used(row, lifecycle=lifecycles.of(row, team_id=team.pk), use=used[row.pk]) for row in rows if row.pk in used
    ]


def resources_of(team: Any, *, model_id: Key, registry: Registry, at_most: int, using: str) -> list[TeamResource]:
    """Return what of the team points at the model, by kind and id.

    :param at_most: so many of each kind
    """
    return first_resources(registry=registry, model_id=model_id, team_id=team.pk, at_most=at_most, using=using)


def _used(row: Any, *, lifecycle: Lifecycle, use: TeamUsage) -> UsedModel:
    return UsedModel(
        id=row.pk,
        provider=row.type,
        name=row.name,
        token_limit=row.token_limit or 0,
        is_custom=row.team_id is not None,
        state=lifecycle.state,
        deprecated_on=lifecycle.deprecated_on,
        retires_on=lifecycle.retires_on,
        retires_on_is_earliest=lifecycle.retires_on_is_earliest,
        replacement=lifecycle.replacement or None,
        references=use.references,
        resources=use.resources,
    )
