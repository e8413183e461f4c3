"""Notices of a removal and of its restore: one per team and model, made from the journal inside the database.

They are written in the transaction of the change that they tell of. A large removal concerns thousands of teams per
model, so the database groups the resources itself: one statement for all models that end together.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from django.db import connections
from django.utils import timezone

from model_retirement import sql
from model_retirement.models import RemovalRun, RemovedModel, TeamNotice
from model_retirement.notices.resources import by_kind, functions, json_text, stored_json, summarised
from model_retirement.references import Registry
from model_retirement.references.usage import Pairs, resource_lines
from model_retirement.removal import journal, undo
from model_retirement.removal.merged import merged_lists
from model_retirement.removal.parameters import changed_by_team
from model_retirement.sql import Statement

KEYS = ("team", "removed_id")


def write_removed(
    *,
    run: RemovalRun,
    removed: Sequence[RemovedModel],
    warnings: Mapping[int, Sequence[str]],
    registry: Registry,
    using: str,
) -> int:
    """Write what each affected team will be told of removed models, from what was done; return the number of notices.

    :param warnings: model id to what people should know of the replacement
    """
    if not registry.resources:
        return 0  # nothing that is declared concerns a team
    resources = journal.affected_resources(removed=removed, registry=registry, using=using)
    found = summarised(resources, keys=KEYS, registry=registry, using=using)
    more: dict[str, Statement] = {}
    if settings := changed_by_team(removed=removed, registry=registry, using=using):
        more["settings"] = _collected(settings, using=using)
    if merged := merged_lists(removed=removed, registry=registry, using=using):
        more["merged"] = merged
    return _insert(TeamNotice.Event.REMOVED, found, run=run, removed=removed, warnings=warnings, more=more, using=using)


def write_restored(*, run: RemovalRun, removed: Sequence[RemovedModel], registry: Registry, using: str) -> int:
    """Write what each team will be told of models that are there again; return how many notices.

    From what was put back, and from what was not: a team is told of what it has changed itself if there is something else
    to tell it, and of what later removals have moved on in any case.
    """
    if not registry.resources:
        return 0
    back = _by_kind(
        journal.restored_pairs(removed=removed, using=using), removed=removed, registry=registry, using=using
    )
    if not journal.has_left_alone(removed=removed, using=using):
        return _insert(TeamNotice.Event.RESTORED, back, run=run, removed=removed, warnings={}, more={}, using=using)
    obstacles = {"moved_on": "removal %", "changed": undo.CHANGED}
    left_alone = {
        name: _by_kind(
            journal.left_alone_pairs(removed=removed, obstacle=obstacle, using=using),
            removed=removed,
            registry=registry,
            using=using,
        )
        for name, obstacle in obstacles.items()
    }
    nothing = json_text(using, "'{}'")
    told = (
        f"WITH back AS MATERIALIZED ({back[0]}), moved_on AS MATERIALIZED ({left_alone['moved_on'][0]})"
        f" SELECT team, removed_id, found FROM back UNION ALL SELECT team, removed_id, {nothing}"
        " FROM moved_on WHERE (team, removed_id) NOT IN (SELECT team, removed_id FROM back)",
        (*back[1], *left_alone["moved_on"][1]),
    )
    return _insert(TeamNotice.Event.RESTORED, told, run=run, removed=removed, warnings={}, more=left_alone, using=using)


def _by_kind(pairs: Pairs, *, removed: Sequence[RemovedModel], registry: Registry, using: str) -> Statement:
    arms = [
        resource_lines(reference=reference, resource_path=resource_path, pairs=pairs(reference), using=using)
        for reference in registry
        for resource_path in registry.resource_paths(reference)
    ]
    lines, params = sql.union_all(arms)
    records = " ".join(f"WHEN {one.model_id} THEN {one.pk}" for one in removed)
    lines = f"SELECT l.*, CASE model_id {records} END AS removed_id FROM ({lines}) l"
    return by_kind((lines, params), keys=KEYS, registry=registry, using=using)


def _insert(
    event: TeamNotice.Event,
    found: Statement,
    *,
    run: RemovalRun,
    removed: Sequence[RemovedModel],
    warnings: Mapping[int, Sequence[str]],
    more: Mapping[str, Statement],
    using: str,
) -> int:
    """Insert a notice per team and model; return how many.

    A team is told once: a notice of a try that was interrupted says the same and stays.

    :param found: query for ``team``, ``removed_id`` and ``found``: the team's resources by kind
    :param more: what else there is to tell: name in the payload to a query like that
    """
    make = functions(using).make
    table = sql.quote(using, TeamNotice._meta.db_table)  # noqa: SLF001  (the documented Meta API)
    models = sql.quote(using, RemovedModel._meta.db_table)  # noqa: SLF001  (the documented Meta API)
    told = {one.pk: json.dumps(warnings[one.model_id]) for one in removed if warnings.get(one.model_id)}
    cases = " ".join(f"WHEN {pk} THEN %s" for pk in told)
    warned = f"CASE m.id {cases} ELSE '[]' END" if told else "'[]'"
    nothing = json_text(using, "'[]'")
    more = {"settings": (f"SELECT 0 AS team, 0 AS removed_id, {nothing} AS found WHERE 1 = 0", ()), **more}
    payload = "".join(f", '{name}', {stored_json(using, f'COALESCE({name}.found, {nothing})')}" for name in more)
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
        SELECT r.team, {run.pk}, %s, m.provider, m.name, '', m.replacement, m.retires_on,
            CAST(%s AS {"timestamptz" if sql.is_postgresql(using) else "text"}),
            {make}('warnings', {json_text(using, warned)}, 'resources', {stored_json(using, "r.found")}{payload})
        FROM ({found[0]}) r JOIN {models} m ON m.id = r.removed_id {joined} WHERE true
        ON CONFLICT DO NOTHING
        """,
        (event.value, now, *told.values(), *found[1], *(value for _, params in more.values() for value in params)),
    )


def _collected(settings: Statement, *, using: str) -> Statement:
    """Return a query for ``team``, ``removed_id`` and ``found``: a JSON list of the settings that changed."""
    query, params = settings
    collect = functions(using).collect
    return (
        f"SELECT team, removed_id, {collect}({json_text(using, 'change')}) AS found"
        f" FROM (SELECT * FROM ({query}) c ORDER BY team, removed_id, change) o GROUP BY team, removed_id",
        params,
    )
