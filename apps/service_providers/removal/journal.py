"""The journal of a removal: what was changed, packed, and questions about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from apps.service_providers.models import AffectedResources, ReferenceChange, RemovalRun, RemovedModel
from apps.service_providers.references import Change, Reference, Registry, sql
from apps.service_providers.references.sql import Statement
from apps.service_providers.references.usage import Pairs, resource_lines


def write(
    *,
    reference: Reference,
    changes: Sequence[Change],
    removed: Mapping[int, RemovedModel],
    registry: Registry,
    using: str,
) -> None:
    """Write what a batch changed, and which resources that concerned, in the batch's own transaction.

    :param removed: model id to the model's record in the run
    """
    ReferenceChange.objects.using(using).bulk_create(
        ReferenceChange(
            removed_model=removed[change.model_id],
            reference=change.label or reference.label,
            old_value=change.old_value,
            new_value=change.new_value,
            object_ids=change.row_ids,
            object_count=len(change.row_ids),
        )
        for change in changes
    )
    _write_resources(reference=reference, changes=changes, removed=removed, registry=registry, using=using)


def _write_resources(
    *,
    reference: Reference,
    changes: Sequence[Change],
    removed: Mapping[int, RemovedModel],
    registry: Registry,
    using: str,
) -> None:
    moved = [f"({row_id},{change.model_id})" for change in changes if not change.label for row_id in change.row_ids]
    if not moved:
        return
    pairs = f"SELECT column1 AS row_id, column2 AS model_id FROM (VALUES {','.join(moved)}) v", ()
    arms = [
        resource_lines(reference=reference, concern=concern, pairs=pairs, using=using)
        for concern in registry.concerns(reference)
    ]
    lines = " UNION ALL ".join(arm for arm, _ in arms)
    records = " ".join(f"WHEN {change.model_id} THEN {removed[change.model_id].pk}" for change in changes)
    collected = (
        "jsonb_agg(jsonb_build_array(team, kind, id, name, detail))"
        if sql.is_postgresql(using)
        else "json_group_array(json_array(team, kind, id, name, detail))"
    )
    table = sql.quote(using, AffectedResources._meta.db_table)  # noqa: SLF001  (the documented Meta API)
    sql.execute(
        using,
        f"INSERT INTO {table} (removed_model_id, lines)"
        f" SELECT CASE model_id {records} END, {collected} FROM ({lines}) l GROUP BY model_id",
        tuple(value for _, params in arms for value in params),
    )


def recorded_lines(*, removed: RemovedModel, using: str) -> Statement:
    """Return a query for the resources that a run has concerned for one model: ``team, kind, id, name, detail``."""
    table = sql.quote(using, AffectedResources._meta.db_table)  # noqa: SLF001
    if sql.is_postgresql(using):
        columns = [f"item.value ->> {place}" for place in range(5)]
        items = "CROSS JOIN LATERAL jsonb_array_elements(a.lines) AS item(value)"
    else:
        columns = [f"json_extract(item.value, '$[{place}]')" for place in range(5)]
        items = "JOIN json_each(a.lines) AS item"
    team, kind, resource_id, name, detail = columns
    return (
        f"SELECT CAST({team} AS bigint) AS team, {kind} AS kind, CAST({resource_id} AS bigint) AS id, {name} AS name,"
        f" {detail} AS detail FROM {table} a {items} WHERE a.removed_model_id = {removed.pk}",
        (),
    )


def changed_pairs(*, run: RemovalRun, using: str, removed: RemovedModel | None = None) -> Pairs:
    """Return the pairs of everything that a run changed, or of what it changed for one model."""
    which = f"m.run_id = {run.pk}" if removed is None else f"m.id = {removed.pk}"

    def pairs(reference: Reference) -> Statement:
        query, params = _items(label=reference.label, which=which, using=using)
        return f"SELECT row_id, model_id FROM ({query}) items", params

    return pairs


def restored_pairs(*, removed: RemovedModel, using: str) -> Pairs:
    """Return the pairs of everything that a restore has put back for one model."""
    function = "jsonb_array_elements_text" if sql.is_postgresql(using) else "json_each"

    def pairs(reference: Reference) -> Statement:
        which = (
            f"m.id = {removed.pk} AND c.left_alone_ids IS NOT NULL"
            f" AND item.value NOT IN (SELECT value FROM {function}(c.left_alone_ids))"
        )
        query, params = _items(label=reference.label, which=which, using=using)
        return f"SELECT row_id, model_id FROM ({query}) items", params

    return pairs


def changes_by_team(
    *, reference: Reference, label: str, removed: RemovedModel, using: str
) -> list[tuple[int, ReferenceChange]]:
    """Return which changes under a label concern which team, by team id, for one model."""
    items, items_params = _items(label=label, which=f"m.id = {removed.pk}", using=using)
    rows, rows_params = reference.rows(using=using)
    found = sql.fetch(
        using,
        f"SELECT DISTINCT r.r_team, p.change_id FROM ({items}) p JOIN ({rows}) r ON r.r_id = p.row_id",
        (*items_params, *rows_params),
    )
    changes = ReferenceChange.objects.using(using).defer("object_ids").in_bulk({change_id for _, change_id in found})
    return sorted(((team_id, changes[change_id]) for team_id, change_id in found), key=lambda pair: pair[0])


def _items(*, label: str, which: str, using: str) -> Statement:
    """Return a query that unpacks the journal: ``row_id``, ``model_id`` and ``change_id``."""
    changes = sql.quote(using, ReferenceChange._meta.db_table)  # noqa: SLF001  (the documented Meta API)
    models = sql.quote(using, RemovedModel._meta.db_table)  # noqa: SLF001
    if sql.is_postgresql(using):
        items = "CROSS JOIN LATERAL jsonb_array_elements_text(c.object_ids) AS item(value)"
    else:
        items = "JOIN json_each(c.object_ids) AS item"
    return (
        f"SELECT CAST(item.value AS bigint) AS row_id, m.model_id AS model_id, c.id AS change_id FROM {models} m"
        f" JOIN {changes} c ON c.removed_model_id = m.id {items} WHERE c.reference = %s AND {which}",
        (label,),
    )
