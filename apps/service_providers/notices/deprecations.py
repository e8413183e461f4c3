"""Notices of deprecation: which teams use a deprecated model and have not heard of it at the stage that it is at.

What is told once is decided by the key of ``TeamNotice``: a stage of one model with one replacement and one date. The
questions go to the database for all models and teams together, so that their number grows with neither.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import enum
import json
import logging
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence

from django.db import connections, transaction
from django.utils import timezone

from apps.data_migrations.phases import phase
from apps.service_providers.models import TeamNotice
from apps.service_providers.notices import outbox
from apps.service_providers.notices.resources import by_kind, functions, json_text, stored_json
from apps.service_providers.notices.stages import DeprecatedModel
from apps.service_providers.references import Registry, sql
from apps.service_providers.references.sql import Statement
from apps.service_providers.references.usage import (
    AffectedResource,
    pointing_now,
    resource_lines,
    stream_resources,
)
from apps.service_providers.removal.report import TeamReport, team_reports

logger = logging.getLogger(__name__)

EVENT = TeamNotice.Event.DEPRECATED

Pair = tuple[int, int]
"""Ids of a model and of a team that uses it."""


class Standing(enum.Enum):
    """What a team that uses a model has heard of the stage that the model is at."""

    UNTOLD = enum.auto()
    WAITING = enum.auto()
    """There is a notice, and nobody whom it could be sent to."""
    TOLD = enum.auto()


@dataclasses.dataclass(frozen=True)
class ModelReport:
    """One deprecated model.

    :param teams: number of teams that are to be, or were, told now
    :param told_before: number of teams that use it and had heard of this stage before
    :param unreachable: number of teams that have to hear of it and have no reachable admin
    """

    model: DeprecatedModel
    teams: int
    told_before: int
    unreachable: int

    def __str__(self) -> str:
        return str(self.model)


@dataclasses.dataclass(frozen=True)
class NotificationReport:
    """Who has to hear, or has just heard, of which deprecated models.

    :param models: every deprecated model, used or not; those that retire first come first
    :param teams: the teams that have to hear of something; one that nobody can be reached of stays among them
    :param pairs: who has to hear of what
    """

    today: dt.date
    models: tuple[ModelReport, ...]
    teams: tuple[TeamReport, ...]
    pairs: frozenset[Pair] = dataclasses.field(repr=False)

    @property
    def told(self) -> tuple[TeamReport, ...]:
        """The teams that are to be, or were, told now."""
        return tuple(team for team in self.teams if team.recipients)

    @property
    def unreachable(self) -> tuple[TeamReport, ...]:
        """The teams that have to be told another way."""
        return tuple(team for team in self.teams if not team.recipients)

    @property
    def notices(self) -> int:
        """Number of notices that are to be, or were, sent now: one per team and model."""
        return sum(one.teams for one in self.models)

    @property
    def counts(self) -> dict[str, int]:
        """What is told, by kind."""
        models = sum(one.teams > 0 for one in self.models)
        return {"models": models, "teams": len(self.told), "notices": self.notices}

    @property
    def names(self) -> dict[int, str]:
        """Model id to ``provider/name``."""
        return {one.model.id: str(one.model) for one in self.models}

    def resources(self, *, registry: Registry, using: str) -> Iterator[AffectedResource]:
        """Yield what the teams use the models for, by team, without holding it all."""
        pairs = pointing_now(model_ids={model_id for model_id, _ in self.pairs}, using=using)
        # PostgreSQL's cursors live as long as a transaction; SQLite would keep all writers out for as long.
        with transaction.atomic(using=using) if sql.is_postgresql(using) else contextlib.nullcontext():
            for found in stream_resources(registry=registry, pairs=pairs, using=using, in_use_only=True):
                model_ids = tuple(one for one in found.model_ids if (one, found.team_id) in self.pairs)
                if model_ids:
                    yield dataclasses.replace(found, model_ids=model_ids)


def preview(*, models: Sequence[DeprecatedModel], registry: Registry, today: dt.date, using: str) -> NotificationReport:
    """Report who would be told of what; writes nothing."""
    standings = _standings(models, registry=registry, using=using)
    news = frozenset(pair for pair, standing in standings.items() if standing is not Standing.TOLD)
    return _report(models, standings=standings, pairs=news, today=today, using=using)


def notify(*, models: Sequence[DeprecatedModel], registry: Registry, today: dt.date, using: str) -> NotificationReport:
    """Write and address a notice for every team that has not heard of a model at its stage, and report it.

    Called inside a transaction. A notice that nobody could be reached with goes when it is out of date.
    """
    with phase(logger, "notices") as counts:
        standings = _standings(models, registry=registry, using=using)
        _drop_outdated(models, using_now=standings, using=using)
        news = frozenset(pair for pair, standing in standings.items() if standing is Standing.WAITING)
        if Standing.UNTOLD in standings.values():
            news |= _insert(models, registry=registry, using=using)
        counts["notices"] = len(news)
        outbox.address(using=using, event=EVENT)
    return _report(models, standings=standings, pairs=news, today=today, using=using)


def _report(
    models: Sequence[DeprecatedModel],
    *,
    standings: Mapping[Pair, Standing],
    pairs: frozenset[Pair],
    today: dt.date,
    using: str,
) -> NotificationReport:
    names = {model.id: str(model) for model in models}
    by_team: dict[int, list[str]] = {}
    for model_id, team_id in pairs:
        by_team.setdefault(team_id, []).append(names[model_id])
    teams = team_reports({team_id: tuple(sorted(found)) for team_id, found in by_team.items()}, using=using)
    reachable = {team.id for team in teams if team.recipients}
    told = Counter(model_id for model_id, team_id in pairs if team_id in reachable)
    unreachable = Counter(model_id for model_id, team_id in pairs if team_id not in reachable)
    before = Counter(model_id for (model_id, _), standing in standings.items() if standing is Standing.TOLD)
    return NotificationReport(
        today=today,
        models=tuple(ModelReport(model, told[model.id], before[model.id], unreachable[model.id]) for model in models),
        teams=teams,
        pairs=pairs,
    )


def _standings(models: Sequence[DeprecatedModel], *, registry: Registry, using: str) -> dict[Pair, Standing]:
    """Return who uses what now, and what they have heard of it."""
    if not models:
        return {}
    lines, lines_params = _lines(models, registry=registry, using=using)
    due, due_params = _due(models, using=using)
    notice, notice_params = _notice_of(using=using)
    found = sql.fetch(
        using,
        f"WITH due AS ({due}) SELECT u.model_id, u.team, n.id IS NOT NULL, n.message_id IS NOT NULL"
        f" FROM (SELECT DISTINCT model_id, team FROM ({lines}) l) u JOIN due d ON d.model_id = u.model_id"
        f" LEFT JOIN {notice}",
        (*due_params, *lines_params, *notice_params),
    )
    return {
        (model_id, team_id): Standing.TOLD if sent else Standing.WAITING if written else Standing.UNTOLD
        for model_id, team_id, written, sent in found
    }


def _lines(models: Sequence[DeprecatedModel], *, registry: Registry, using: str) -> Statement:
    """Return a query for what is in use and points at the models; lines may repeat."""
    pairs = pointing_now(model_ids=[model.id for model in models], using=using)
    arms = [
        resource_lines(reference=reference, concern=concern, pairs=pairs(reference), using=using, in_use_only=True)
        for reference in registry
        for concern in registry.concerns(reference)
    ]
    return " UNION ALL ".join(arm for arm, _ in arms), tuple(value for _, params in arms for value in params)


def _due(models: Sequence[DeprecatedModel], *, using: str) -> Statement:
    """Return the models as a table: ``model_id``, what a notice is told once by, and what else it says as JSON."""
    date = "date" if sql.is_postgresql(using) else "text"
    rows = " UNION ALL ".join(
        f"SELECT {model.id} AS model_id, CAST(%s AS text) AS provider, CAST(%s AS text) AS name,"
        f" CAST(%s AS text) AS stage, CAST(%s AS text) AS replacement, CAST(%s AS {date}) AS retires_on,"
        f" {json_text(using, '%s')} AS warnings, {json_text(using, '%s')} AS is_earliest"
        for model in models
    )
    adapt = connections[using].ops.adapt_datefield_value
    return rows, tuple(
        value
        for model in models
        for value in (
            model.provider,
            model.name,
            model.stage,
            model.replacement,
            adapt(model.life.retires_on),
            json.dumps(model.warnings),
            json.dumps(model.life.retires_on_is_earliest),
        )
    )


def _notice_of(*, using: str) -> Statement:
    """Return the notice ``n`` of a team ``u.team`` and the row ``d`` of a model at its stage, to be joined."""
    table = sql.quote(using, TeamNotice._meta.db_table)  # noqa: SLF001  (the documented Meta API)
    return (
        f"{table} n ON n.team_id = u.team AND n.provider = d.provider AND n.name = d.name AND n.event = %s"
        " AND n.stage = d.stage AND n.replacement = d.replacement AND n.run_id IS NULL"
        " AND COALESCE(CAST(n.retires_on AS text), '') = COALESCE(CAST(d.retires_on AS text), '')",
        (EVENT.value,),
    )


def _insert(models: Sequence[DeprecatedModel], *, registry: Registry, using: str) -> frozenset[Pair]:
    """Insert the notices that are missing, all in one statement, and return whose they are."""
    lines, lines_params = _lines(models, registry=registry, using=using)
    due, due_params = _due(models, using=using)
    notice, notice_params = _notice_of(using=using)
    untold = f"SELECT u.* FROM ({lines}) u JOIN due d ON d.model_id = u.model_id LEFT JOIN {notice} WHERE n.id IS NULL"
    resources, params = by_kind(
        (untold, (*lines_params, *notice_params)), keys=["team", "model_id"], registry=registry, using=using
    )
    make = functions(using).make
    table = sql.quote(using, TeamNotice._meta.db_table)  # noqa: SLF001
    now = connections[using].ops.adapt_datetimefield_value(timezone.now())
    inserted = sql.fetch(
        using,
        f"""
        WITH due AS ({due})
        INSERT INTO {table} (team_id, event, provider, name, stage, replacement, retires_on, created_at, payload)
        SELECT r.team, %s, d.provider, d.name, d.stage, d.replacement, d.retires_on,
            CAST(%s AS {"timestamptz" if sql.is_postgresql(using) else "text"}),
            {make}('warnings', {stored_json(using, "d.warnings")}, 'settings', {json_text(using, "'[]'")},
                'retires_on_is_earliest', {stored_json(using, "d.is_earliest")},
                'resources', {stored_json(using, "r.found")})
        FROM ({resources}) r JOIN due d ON d.model_id = r.model_id WHERE true
        ON CONFLICT DO NOTHING
        RETURNING team_id, provider, name
        """,
        (*due_params, EVENT.value, now, *params),
    )
    ids = {(model.provider, model.name): model.id for model in models}
    return frozenset((ids[provider, name], team_id) for team_id, provider, name in inserted)


def _drop_outdated(models: Sequence[DeprecatedModel], *, using_now: Collection[Pair], using: str) -> None:
    """Delete notices that nobody has been told of yet and that are not true any more.

    The team has moved on, the model is at another stage, or it is gone. What somebody has been told stays for ever.
    """
    waiting = TeamNotice.objects.using(using).filter(event=EVENT, run=None, message=None)
    by_id = {model.id: model for model in models}
    current = {_key(by_id[model_id], team_id) for model_id, team_id in using_now}
    keys = waiting.values_list("pk", "team_id", "provider", "name", "stage", "replacement", "retires_on")
    outdated = [pk for pk, *key in keys if tuple(key) not in current]
    # A sender may be addressing one of them at this moment: then it is told, and stays.
    waiting.filter(pk__in=outdated).delete()


def _key(model: DeprecatedModel, team_id: int) -> tuple[object, ...]:
    return (team_id, model.provider, model.name, model.stage, model.replacement, model.life.retires_on)
