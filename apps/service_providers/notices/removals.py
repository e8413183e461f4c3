"""Notices of a removal and of its restore: one per team and model, made from the journal inside the database.

They are written in the transaction of the change that they tell of. A large removal concerns thousands of teams per
model, so the database groups the resources itself: one statement per model.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from django.db import connections
from django.utils import timezone

from apps.service_providers.models import RemovalRun, RemovedModel, TeamNotice
from apps.service_providers.notices.resources import by_kind, functions, json_text, stored_json
from apps.service_providers.references import Registry, sql
from apps.service_providers.references.sql import Statement
from apps.service_providers.references.usage import resource_lines
from apps.service_providers.removal import journal
from apps.service_providers.removal.parameters import SettingChange, changed_by_team
from apps.service_providers.removal.plan import PlannedModel

_NOTICES_PER_UPDATE = 1_000


def write_removed(
    *, run: RemovalRun, removed: RemovedModel, model: PlannedModel, registry: Registry, using: str
) -> None:
    """Write what each affected team will be told of one removed model, from what was done."""
    lines = journal.recorded_lines(removed=removed, using=using)
    event = TeamNotice.Event.REMOVED
    _insert(event, lines, run=run, removed=removed, warnings=model.warnings, registry=registry, using=using)
    told = TeamNotice.objects.using(using).filter(run=run, event=event, provider=removed.provider, name=removed.name)
    if settings := changed_by_team(removed=removed, registry=registry, using=using):
        _write_settings(dict(told.values_list("team_id", "pk")), settings, using=using)


def write_restored(*, run: RemovalRun, removed: RemovedModel, registry: Registry, using: str) -> None:
    """Write what each team will be told of one model that is there again, from what was put back."""
    pairs = journal.restored_pairs(removed=removed, using=using)
    arms = [
        resource_lines(reference=reference, concern=concern, pairs=pairs(reference), using=using)
        for reference in registry
        for concern in registry.concerns(reference)
    ]
    lines = " UNION ALL ".join(arm for arm, _ in arms), tuple(value for _, params in arms for value in params)
    event = TeamNotice.Event.RESTORED
    _insert(event, lines, run=run, removed=removed, warnings=(), registry=registry, using=using)


def _write_settings(notices: Mapping[int, int], settings: Mapping[int, list[SettingChange]], *, using: str) -> None:
    """Add to the notices, given by team id, which settings have changed."""
    table, pk, payload = _names(using)
    values = {
        notices[team_id]: [[change.name, change.becomes] for change in changes]
        for team_id, changes in settings.items()
        if team_id in notices
    }
    ids = list(values)
    for start in range(0, len(ids), _NOTICES_PER_UPDATE):
        chunk = {notice_id: values[notice_id] for notice_id in ids[start : start + _NOTICES_PER_UPDATE]}
        sql.update_json_values(using, table=table, pk=pk, column=payload, key="settings", values=chunk)


def _names(using: str) -> tuple[str, str, str]:
    return sql.quote(using, TeamNotice._meta.db_table), sql.quote(using, "id"), sql.quote(using, "payload")  # noqa: SLF001


def _insert(
    event: TeamNotice.Event,
    lines: Statement,
    *,
    run: RemovalRun,
    removed: RemovedModel,
    warnings: Sequence[str],
    registry: Registry,
    using: str,
) -> None:
    """Insert a notice per team: its resources by kind, how many there are, and the first ones with their details.

    A team is told once: a notice of a try that was cut off says the same and stays.

    :param lines: query for ``team, kind, id, name, detail``; lines may repeat
    """
    resources, params = by_kind(lines, keys=["team"], registry=registry, using=using)
    make, _, _ = functions(using)
    postgresql = sql.is_postgresql(using)
    table, _, payload = _names(using)
    operations = connections[using].ops
    now = operations.adapt_datetimefield_value(timezone.now())
    sql.execute(
        using,
        f"""
        INSERT INTO {table}
            (team_id, run_id, event, provider, name, stage, replacement, retires_on, created_at, {payload})
        SELECT team, {run.pk}, %s, %s, %s, '', %s, CAST(%s AS {"date" if postgresql else "text"}),
            CAST(%s AS {"timestamptz" if postgresql else "text"}),
            {make}('warnings', {json_text(using, "%s")}, 'settings', {json_text(using, "'[]'")},
                'resources', {stored_json(using, "found")})
        FROM ({resources}) r WHERE true
        ON CONFLICT DO NOTHING
        """,
        (
            event.value,
            removed.provider,
            removed.name,
            removed.replacement,
            operations.adapt_datefield_value(removed.retires_on),
            now,
            json.dumps(warnings),
            *params,
        ),
    )
