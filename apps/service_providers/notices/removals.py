"""Notices of a removal and of its restore: one per team and model, made from the journal inside the database.

They are written in the transaction of the change that they tell of. A large removal concerns thousands of teams per
model, so the database groups the resources itself: one statement for all models that end together.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from django.db import connections
from django.utils import timezone

from apps.service_providers.models import RemovalRun, RemovedModel, TeamNotice
from apps.service_providers.notices.resources import by_kind, functions, json_text, stored_json, summarised
from apps.service_providers.references import Registry, sql
from apps.service_providers.references.sql import Statement
from apps.service_providers.references.usage import resource_lines
from apps.service_providers.removal import journal
from apps.service_providers.removal.parameters import changed_by_team

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
    resources = journal.affected_resources(removed=removed, registry=registry, using=using)
    found = summarised(resources, keys=KEYS, registry=registry, using=using)
    settings = changed_by_team(removed=removed, registry=registry, using=using)
    return _insert(
        TeamNotice.Event.REMOVED, found, run=run, removed=removed, warnings=warnings, settings=settings, using=using
    )


def write_restored(*, run: RemovalRun, removed: Sequence[RemovedModel], registry: Registry, using: str) -> int:
    """Write what each team will be told of models that are there again, from what was put back; return how many."""
    pairs = journal.restored_pairs(removed=removed, using=using)
    arms = [
        resource_lines(reference=reference, concern=concern, pairs=pairs(reference), using=using)
        for reference in registry
        for concern in registry.concerns(reference)
    ]
    lines, params = sql.union_all(arms)
    records = " ".join(f"WHEN {one.model_id} THEN {one.pk}" for one in removed)
    lines = f"SELECT l.*, CASE model_id {records} END AS removed_id FROM ({lines}) l"
    found = by_kind((lines, params), keys=KEYS, registry=registry, using=using)
    return _insert(TeamNotice.Event.RESTORED, found, run=run, removed=removed, warnings={}, settings=None, using=using)


def _insert(
    event: TeamNotice.Event,
    found: Statement,
    *,
    run: RemovalRun,
    removed: Sequence[RemovedModel],
    warnings: Mapping[int, Sequence[str]],
    settings: Statement | None,
    using: str,
) -> int:
    """Insert a notice per team and model; return how many.

    A team is told once: a notice of a try that was cut off says the same and stays.

    :param found: query for ``team``, ``removed_id`` and ``found``: the team's resources by kind
    :param settings: query for ``team``, ``removed_id`` and ``change``, JSON text, if settings have changed
    """
    make = functions(using).make
    table = sql.quote(using, TeamNotice._meta.db_table)  # noqa: SLF001  (the documented Meta API)
    models = sql.quote(using, RemovedModel._meta.db_table)  # noqa: SLF001  (the documented Meta API)
    told = {one.pk: json.dumps(warnings[one.model_id]) for one in removed if warnings.get(one.model_id)}
    cases = " ".join(f"WHEN {pk} THEN %s" for pk in told)
    warned = f"CASE m.id {cases} ELSE '[]' END" if told else "'[]'"
    changed, changed_params = _by_notice(settings, using=using)
    now = connections[using].ops.adapt_datetimefield_value(timezone.now())
    return sql.execute(
        using,
        f"""
        INSERT INTO {table}
            (team_id, run_id, event, provider, name, stage, replacement, retires_on, created_at, payload)
        SELECT r.team, {run.pk}, %s, m.provider, m.name, '', m.replacement, m.retires_on,
            CAST(%s AS {"timestamptz" if sql.is_postgresql(using) else "text"}),
            {make}('warnings', {json_text(using, warned)}, 'settings', {stored_json(using, "COALESCE(s.changed, '[]')")},
                'resources', {stored_json(using, "r.found")})
        FROM ({found[0]}) r JOIN {models} m ON m.id = r.removed_id
        LEFT JOIN ({changed}) s ON s.team = r.team AND s.removed_id = r.removed_id WHERE true
        ON CONFLICT DO NOTHING
        """,
        (event.value, now, *told.values(), *found[1], *changed_params),
    )


def _by_notice(settings: Statement | None, *, using: str) -> Statement:
    """Return a query for ``team``, ``removed_id`` and ``changed``: a JSON list of the changes."""
    query, params = settings or ("SELECT 0 AS team, 0 AS removed_id, '' AS change WHERE 1 = 0", ())
    collect = functions(using).collect
    return (
        f"SELECT team, removed_id, {collect}({json_text(using, 'change')}) AS changed"
        f" FROM (SELECT * FROM ({query}) c ORDER BY team, removed_id, change) o GROUP BY team, removed_id",
        params,
    )
