"""What is news to a team: what it has to hear of a model, compared with what it was told last.

The last notice that got into a message says what a team believes. The same replacement and date are one story, of which
each stage is told once. Another one, or the same after another, begins a new story: its notices follow the one that said
otherwise (``TeamNotice.follows``), which is part of the key by which they are told once. The questions go to the database
for all models and teams together, so that their number grows with neither.
"""

from __future__ import annotations

import dataclasses
import enum
import json
from collections.abc import Sequence
from functools import partial

from django.db import connections
from django.utils import timezone

from model_retirement import conf, sql
from model_retirement.host_models import llm_model, llm_models, team_model
from model_retirement.keys import Key, kind_of
from model_retirement.models import MessageNotice, TeamNotice
from model_retirement.notices import payload
from model_retirement.notices.payload import Payload, Resources
from model_retirement.notices.resources import lines_of, summarised
from model_retirement.notices.stages import CALLED_OFF, DeprecatedModel
from model_retirement.references import Registry
from model_retirement.references.usage import Pairs, pointing_now, resource_lines
from model_retirement.sql import Statement

EVENT = TeamNotice.Event.DEPRECATED

Pair = tuple[Key, Key]
"""Ids of a model and of a team that has to hear of it."""


class Standing(enum.Enum):
    """What a team that a model concerns has heard of the stage that the model is at."""

    UNTOLD = enum.auto()
    WAITING = enum.auto()
    """There is a notice, and nobody whom it could be sent to."""
    TOLD = enum.auto()


@dataclasses.dataclass(frozen=True)
class Heard:
    """What one team has heard of one model.

    :param follows: what its notice of today follows
    """

    standing: Standing
    follows: int


@dataclasses.dataclass(frozen=True)
class Namesake:
    """A team's own model with the name of one that is deprecated: its provider switches it off as well.

    :param model_id: the global model
    :param is_offered: the team may still choose it, so it is told even if nothing uses it
    """

    id: int
    team_id: Key
    team_slug: str
    model_id: Key
    is_offered: bool


def namesakes(models: Sequence[DeprecatedModel], *, using: str) -> tuple[Namesake, ...]:
    """Return teams' own models with the names of those that are deprecated."""
    ids = {(model.provider, model.name): model.id for model in models if not model.is_called_off}
    own = llm_models(using=using).filter(team__isnull=False, name__in={name for _, name in ids})
    rows = own.order_by("pk").values_list("pk", "team_id", f"team__{conf.team_slug()}", "type", "name", "deprecated")
    return tuple(
        Namesake(id=pk, team_id=team_id, team_slug=slug, model_id=ids[provider, name], is_offered=not deprecated)
        for pk, team_id, slug, provider, name, deprecated in rows
        if (provider, name) in ids
    )


def heard(
    models: Sequence[DeprecatedModel], *, own: Sequence[Namesake], registry: Registry, using: str
) -> dict[Pair, Heard]:
    """Return whom the models concern now, and what they have heard of it.

    :param own: the teams' own models of the same names
    """
    if not models:
        return {}
    tables, params = _asked(models, own=own, registry=registry, using=using)
    notice, notice_params = _notice_of(using=using)
    rows = sql.fetch(
        using,
        f"WITH {tables} SELECT a.model_id, a.team, a.follows, n.id IS NOT NULL, {_is_carried(using)}"
        f" FROM asked a JOIN due d ON d.model_id = a.model_id LEFT JOIN {notice}",
        (*params, *notice_params),
        keys=[0, 1],
    )
    return {
        (model_id, team_id): Heard(
            Standing.TOLD if sent else Standing.WAITING if written else Standing.UNTOLD, follows=follows
        )
        for model_id, team_id, follows, written, sent in rows
    }


def insert(
    models: Sequence[DeprecatedModel], *, own: Sequence[Namesake], registry: Registry, using: str
) -> frozenset[Pair]:
    """Insert the notices that are missing, all in one statement, and return whose they are."""
    tables, params = _asked(models, own=own, registry=registry, using=using)
    notice, notice_params = _notice_of(using=using)
    lines, lines_params = lines_of(
        _pairs(models, own=own, using=using), registry=registry, using=using, in_use_only=True
    )
    summaries, summaries_params = summarised(
        (
            f"SELECT l.*, r.own, r.model_id AS about FROM ({lines}) l JOIN named r ON r.row_id = l.model_id"
            " JOIN news w ON w.model_id = r.model_id AND w.team = l.team",
            lines_params,
        ),
        keys=["team", "about", "own"],
        registry=registry,
        using=using,
    )
    table = _notices(using)
    now = connections[using].ops.adapt_datetimefield_value(timezone.now())
    inserted = sql.fetch(
        using,
        f"""
        WITH {tables},
        news AS (SELECT a.* FROM asked a JOIN due d ON d.model_id = a.model_id LEFT JOIN {notice} WHERE n.id IS NULL),
        found AS ({summaries})
        INSERT INTO {table}
            (team_id, event, provider, name, stage, replacement, retires_on, follows, created_at, payload)
        SELECT w.team, %s, d.provider, d.name, d.stage, d.replacement, d.retires_on, w.follows,
            CAST(%s AS {sql.dialect(using).timestamp_type}), {_payload(using)}
        FROM news w JOIN due d ON d.model_id = w.model_id
        LEFT JOIN found r ON r.team = w.team AND r.about = w.model_id AND r.own = 0
        LEFT JOIN found o ON o.team = w.team AND o.about = w.model_id AND o.own = 1
        LEFT JOIN owners c ON c.team = w.team AND c.model_id = w.model_id
        LEFT JOIN {table} p ON p.id = w.changed WHERE true
        ON CONFLICT DO NOTHING
        RETURNING team_id, provider, name
        """,
        (*params, *notice_params, *summaries_params, EVENT.value, now),
        keys=[0],
    )
    ids = {(model.provider, model.name): model.id for model in models}
    return frozenset((ids[provider, name], team_id) for team_id, provider, name in inserted)


def _payload(using: str) -> str:
    """Return what a notice says beside its key: ``was`` is what it says otherwise than the one before, or null."""
    nothing = sql.dialect(using).read_json(f"'{json.dumps(Resources().as_json())}'")
    return payload.written(
        using,
        "d.payload",
        resources="r.found",
        own=f"CASE WHEN c.team IS NULL AND o.found IS NULL THEN NULL ELSE COALESCE(o.found, {nothing}) END",
        was=f"CASE WHEN p.id IS NULL THEN NULL ELSE {payload.written_told(using, 'p')} END",
    )


def _is_carried(using: str) -> str:
    """Return the condition that a message carries the notice ``n``."""
    carried = sql.quote(using, MessageNotice._meta.db_table)  # noqa: SLF001  (the documented Meta API)
    return f"EXISTS (SELECT 1 FROM {carried} carried WHERE carried.notice_id = n.id)"


def _asked(models: Sequence[DeprecatedModel], *, own: Sequence[Namesake], registry: Registry, using: str) -> Statement:
    """Return tables for a WITH clause; the last one is ``asked``: whom which model concerns, and how it goes on there.

    ``changed`` is the notice that said otherwise before, or NULL.
    """
    due, due_params = _due(models, using=using)
    lines, lines_params = _lines(models, own=own, registry=registry, using=using)
    table = _notices(using)
    model_key = partial(sql.dialect(using).typed_key, kind=kind_of(llm_model()))
    team_key = partial(sql.dialect(using).typed_key, kind=kind_of(team_model()))
    named = sql.values(
        [(model_key(model.id), model_key(model.id), 0) for model in models]
        + [(model_key(namesake.id), model_key(namesake.model_id), 1) for namesake in own]
    )
    owners = [(model_key(namesake.model_id), team_key(namesake.team_id)) for namesake in own if namesake.is_offered]
    same = f"(t.replacement = d.replacement AND (t.stage = %s) = (d.stage = %s) AND {_same_day('t')})"
    latest_of = "MAX(CASE WHEN n.event = '{}' THEN n.id END)".format
    return (
        f"""
        due AS ({due}),
        named (row_id, model_id, own) AS ({named}),
        owners (model_id, team) AS ({sql.values(sorted(set(owners)) or [(model_key(None), team_key(None))])}),
        heard AS (
            SELECT d.model_id, n.team_id AS team, {latest_of(EVENT.value)} AS id,
                {latest_of(TeamNotice.Event.REMOVED.value)} AS removed, {latest_of(TeamNotice.Event.RESTORED.value)} AS restored
            FROM {table} n JOIN due d ON n.provider = d.provider AND n.name = d.name
            WHERE {_is_carried(using)} GROUP BY d.model_id, n.team_id
        ),
        latest AS (
            SELECT h.model_id, h.team, h.removed, h.restored, n.id, n.stage, n.replacement, n.retires_on, n.payload,
                n.follows
            FROM heard h JOIN {table} n ON n.id = h.id
        ),
        concerned AS (
            SELECT r.model_id, l.team FROM ({lines}) l JOIN named r ON r.row_id = l.model_id
                JOIN due d ON d.model_id = r.model_id WHERE d.stage <> %s
            UNION SELECT o.model_id, o.team FROM owners o JOIN due d ON d.model_id = o.model_id
            UNION SELECT t.model_id, t.team FROM latest t JOIN due d ON d.model_id = t.model_id
                WHERE d.stage = %s AND t.stage <> %s
                AND (t.removed IS NULL OR t.removed < t.id OR t.removed < t.restored)
        ),
        asked AS (
            SELECT c.model_id, c.team, CASE WHEN t.id IS NULL OR {same} THEN NULL ELSE t.id END AS changed,
                CASE WHEN t.id IS NULL THEN 0 WHEN {same} THEN t.follows ELSE t.id END AS follows
            FROM concerned c JOIN due d ON d.model_id = c.model_id
            LEFT JOIN latest t ON t.model_id = c.model_id AND t.team = c.team
        )
        """,
        (*due_params, *lines_params, *([CALLED_OFF] * 7)),
    )


def _lines(models: Sequence[DeprecatedModel], *, own: Sequence[Namesake], registry: Registry, using: str) -> Statement:
    """Return a query for ``team`` and ``model_id`` of what is in use and points at the models; lines may repeat."""
    pairs = _pairs(models, own=own, using=using)
    arms = [
        resource_lines(
            reference=reference, resource_path=resource_path, pairs=pairs(reference), using=using, in_use_only=True
        )
        for reference in registry
        for resource_path in registry.resource_paths(reference)
    ]
    return sql.union_all([(f"SELECT team, model_id FROM ({query}) a", params) for query, params in arms])


def _pairs(models: Sequence[DeprecatedModel], *, own: Sequence[Namesake], using: str) -> Pairs:
    model_ids = [*(model.id for model in models if not model.is_listed), *(namesake.id for namesake in own)]
    return pointing_now(model_ids=model_ids, using=using)


def _due(models: Sequence[DeprecatedModel], *, using: str) -> Statement:
    """Return the models as a table: ``model_id``, what a notice is told once by, and what else it says to all teams."""
    dialect = sql.dialect(using)
    model_key = partial(dialect.typed_key, kind=kind_of(llm_model()))
    rows = " UNION ALL ".join(
        f"SELECT {model_key(model.id)} AS model_id, CAST(%s AS text) AS provider, CAST(%s AS text) AS name,"
        f" CAST(%s AS text) AS stage, CAST(%s AS text) AS replacement, CAST(%s AS {dialect.date_type}) AS retires_on,"
        f" {dialect.read_json('%s')} AS is_earliest, CAST(%s AS {dialect.stored_json_type}) AS payload"
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
            adapt(model.retires_on),
            json.dumps(model.retires_on_is_earliest),
            json.dumps(_said_to_all(model).as_json()),
        )
    )


def _said_to_all(model: DeprecatedModel) -> Payload:
    return Payload(
        warnings=model.warnings,
        retires_on_is_earliest=model.retires_on_is_earliest,
        move=model.move,
        announcement=model.announcement,
    )


def _notice_of(*, using: str) -> Statement:
    """Return the notice ``n`` of the row ``a`` of ``asked`` and the row ``d`` of its model, to be joined."""
    return (
        f"{_notices(using)} n ON n.team_id = a.team AND n.provider = d.provider AND n.name = d.name AND n.event = %s"
        " AND n.stage = d.stage AND n.replacement = d.replacement AND n.run_id IS NULL AND n.follows = a.follows"
        f" AND {_same_day('n')}",
        (EVENT.value,),
    )


def _same_day(notice: str) -> str:
    """Return whether a notice gives the day of ``d``; the earliest day is another one than the firm one."""
    return (
        f"COALESCE(CAST({notice}.retires_on AS text), '') = COALESCE(CAST(d.retires_on AS text), '') AND"
        f" COALESCE({payload.is_earliest(notice)}, 'false') = CAST(d.is_earliest AS text)"
    )


def _notices(using: str) -> str:
    return sql.quote(using, TeamNotice._meta.db_table)  # noqa: SLF001  (the documented Meta API)
