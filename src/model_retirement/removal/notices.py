"""Notices of a removal and of its restore: one per team and model, made from the journal inside the database.

They are written in the transaction of the change that they tell of. A large removal concerns thousands of teams per
model, so the database groups the resources itself: one statement for all models that end together.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from django.db import connections
from django.utils import timezone

from model_retirement import obstacles, sql
from model_retirement.keys import Key, sql_key
from model_retirement.models import RemovalRun, RemovedModel, TeamNotice
from model_retirement.notices import payload
from model_retirement.notices.payload import Payload
from model_retirement.notices.resources import COLUMNS, lines_of, summarised
from model_retirement.references import Registry
from model_retirement.references.usage import Pairs
from model_retirement.removal import affected, journal
from model_retirement.removal.parameters import changed_by_team
from model_retirement.sql import Statement

KEYS = ("team", "removed_id")


def write_removed(
    *,
    run: RemovalRun,
    removed: Sequence[RemovedModel],
    said: Mapping[Key, Payload],
    registry: Registry,
    using: str,
) -> int:
    """Write what each affected team will be told of removed models, from what was done; return the number of notices.

    :param said: model id to what all its teams are told of it
    """
    if not registry.resources:
        return 0  # nothing that is declared concerns a team
    lines = _by_name(affected.lines_of(removed=removed, registry=registry, using=using), removed=removed, rest=COLUMNS)
    summary = summarised(lines, keys=KEYS, registry=registry, using=using)
    more: dict[str, Statement] = {}
    if settings := changed_by_team(removed=removed, registry=registry, using=using):
        more["settings"] = _collected(_by_name(settings, removed=removed, rest="change"), using=using)
    return _insert(TeamNotice.Event.REMOVED, summary, run=run, removed=removed, said=said, more=more, using=using)


def write_restored(*, run: RemovalRun, removed: Sequence[RemovedModel], registry: Registry, using: str) -> int:
    """Write what each team will be told of models that are there again; return how many notices.

    From what was put back, and from what was not: a team is told of what it has changed itself if there is something else
    to tell it, and of what is not back through no act of its own in any case.
    """
    if not registry.resources:
        return 0
    back = _summarised(
        journal.restored_pairs(removed=removed, using=using), removed=removed, registry=registry, using=using
    )
    if not journal.has_left_alone(removed=removed, using=using):
        return _insert(TeamNotice.Event.RESTORED, back, run=run, removed=removed, said={}, more={}, using=using)
    left_alone = {
        name: _summarised(
            journal.left_alone_pairs(removed=removed, patterns=patterns, using=using),
            removed=removed,
            registry=registry,
            using=using,
        )
        for name, patterns in {"moved_on": obstacles.STAYS_WHERE_IT_IS, "changed": (obstacles.CHANGED,)}.items()
    }
    nothing = sql.dialect(using).null_json
    summary = (
        f"WITH back AS MATERIALIZED ({back[0]}), moved_on AS MATERIALIZED ({left_alone['moved_on'][0]})"
        f" SELECT team, removed_id, found FROM back UNION ALL SELECT team, removed_id, {nothing}"
        " FROM moved_on WHERE (team, removed_id) NOT IN (SELECT team, removed_id FROM back)",
        (*back[1], *left_alone["moved_on"][1]),
    )
    return _insert(TeamNotice.Event.RESTORED, summary, run=run, removed=removed, said={}, more=left_alone, using=using)


def _first_of_name(removed: Sequence[RemovedModel]) -> dict[int, int]:
    """Return the record that stands for each: several rows of one name are one model to a team (rule 16)."""
    first: dict[str, int] = {}
    return {model.pk: first.setdefault(str(model), model.pk) for model in removed}


def _by_name(lines: Statement, *, removed: Sequence[RemovedModel], rest: str) -> Statement:
    """Return a query for ``team``, ``removed_id`` and the rest, in which one record stands for all of its name.

    :param lines: the same with each record for itself
    """
    others = {pk: first for pk, first in _first_of_name(removed).items() if pk != first}
    if not others:
        return lines
    query, params = lines
    records = " ".join(f"WHEN {pk} THEN {first}" for pk, first in others.items())
    record = f"CASE removed_id {records} ELSE removed_id END AS removed_id"
    return f"SELECT DISTINCT team, {record}, {rest} FROM ({query}) n", params


def _summarised(pairs: Pairs, *, removed: Sequence[RemovedModel], registry: Registry, using: str) -> Statement:
    lines, params = lines_of(pairs, registry=registry, using=using)
    first = _first_of_name(removed)
    records = " ".join(f"WHEN {sql_key(model.model_id)} THEN {first[model.pk]}" for model in removed)
    lines = f"SELECT l.*, CASE model_id {records} END AS removed_id FROM ({lines}) l"
    return summarised((lines, params), keys=KEYS, registry=registry, using=using)


def _insert(
    event: TeamNotice.Event,
    summary: Statement,
    *,
    run: RemovalRun,
    removed: Sequence[RemovedModel],
    said: Mapping[Key, Payload],
    more: Mapping[str, Statement],
    using: str,
) -> int:
    """Insert a notice per team and model; return how many.

    A team is told once: a notice of a try that was interrupted says the same and stays.

    :param summary: query for ``team``, ``removed_id`` and ``found``: the team's resources
    :param said: model id to what all its teams are told of it
    :param more: what else each team is told: field of the payload to a query like that
    """
    dialect = sql.dialect(using)
    table = sql.quote(using, TeamNotice._meta.db_table)  # noqa: SLF001  (the documented Meta API)
    models = sql.quote(using, RemovedModel._meta.db_table)  # noqa: SLF001  (the documented Meta API)
    same = sql.values([(record.pk, f"CAST(%s AS {dialect.stored_json_type})") for record in removed])
    texts = [json.dumps(said.get(record.model_id, Payload()).as_json()) for record in removed]
    facts = {"resources": "r.found", **{name: f"{name}.found" for name in more}}
    joined = " ".join(
        f"LEFT JOIN ({query}) {name} ON {name}.team = r.team AND {name}.removed_id = r.removed_id"
        for name, (query, _) in more.items()
    )
    now = connections[using].ops.adapt_datetimefield_value(timezone.now())
    return sql.execute(
        using,
        f"""
        INSERT INTO {table}
            (team_id, run_id, event, provider, name, stage, replacement, retires_on, created_at, payload)
        WITH said (id, payload) AS ({same})
        SELECT r.team, {run.pk}, %s, m.provider, m.name, '', m.replacement, m.retires_on,
            CAST(%s AS {dialect.timestamp_type}),
            {payload.written(using, "said.payload", **facts)}
        FROM ({summary[0]}) r JOIN {models} m ON m.id = r.removed_id JOIN said ON said.id = m.id {joined} WHERE true
        ON CONFLICT DO NOTHING
        """,
        (*texts, event.value, now, *summary[1], *(value for _, params in more.values() for value in params)),
    )


def _collected(settings: Statement, *, using: str) -> Statement:
    """Return a query for ``team``, ``removed_id`` and ``found``: a JSON list of the settings that changed."""
    query, params = settings
    dialect = sql.dialect(using)
    return (
        f"SELECT team, removed_id, {dialect.json_collect}({dialect.read_json('change')}) AS found"
        f" FROM (SELECT * FROM ({query}) c ORDER BY team, removed_id, change) o GROUP BY team, removed_id",
        params,
    )
