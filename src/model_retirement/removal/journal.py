"""The journal of a removal: what was changed, packed, and questions about it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from django.db.models import Q, Sum

from model_retirement import sql, stored_json
from model_retirement.models import AffectedResources, ReferenceChange, RemovalRun, RemovedModel
from model_retirement.references import Change, Reference, Registry, Resource, ResourcePath
from model_retirement.references.changes import AffectedKey
from model_retirement.references.rows import rows_of
from model_retirement.references.usage import Pairs, named_rows
from model_retirement.sql import Statement

_MODEL_ID = "CAST(m.model_id AS bigint)"
"""The key that a model's row had, as the number that both databases make of the JSON value."""


def write(*, reference: Reference, changes: Sequence[Change], removed: Mapping[int, RemovedModel], using: str) -> None:
    """Write what a batch changed, and which resources that affected, in the batch's own transaction.

    :param removed: model id to the model's record in the run
    """
    sql.insert(
        using,
        ReferenceChange,
        [
            {
                "removed_model": removed[change.model_id].pk,
                "reference": change.label or reference.label,
                "old_value": stored_json.dumps(change.old_value),
                "new_value": stored_json.dumps(change.new_value),
                "object_ids": change.row_ids,
                "object_count": len(change.row_ids),
            }
            for change in changes
        ],
    )
    affected: dict[int, dict[AffectedKey, None]] = {}
    for change in changes:
        if change.affected:
            affected.setdefault(change.model_id, {}).update(dict.fromkeys(change.affected))
    sql.insert(
        using,
        AffectedResources,
        [
            {
                "removed_model": removed[model_id].pk,
                "resource": reference.resource_path.resource.model,
                "lines": list(lines),
            }
            for model_id, lines in affected.items()
        ],
    )


def changed_rows(*, removed: Iterable[RemovedModel], using: str) -> dict[int, int]:
    """Return by model id how many rows the journal has, each as often as it was changed; a model without is missing."""
    changes = ReferenceChange.objects.using(using).filter(removed_model__in=removed).order_by()
    return dict(changes.values_list("removed_model__model_id").annotate(Sum("object_count")))


def moved_references(*, run_ids: Collection[int], registry: Registry, using: str) -> dict[int, int]:
    """Return by run how many references it has moved or cleared, as long as its journal is there; one without is missing."""
    labels = [reference.label for reference in registry]  # under other labels are the settings beside them
    changes = ReferenceChange.objects.using(using).filter(removed_model__run__in=run_ids, reference__in=labels)
    return dict(changes.order_by().values_list("removed_model__run").annotate(Sum("object_count")))


def affected_resources(*, removed: Sequence[RemovedModel], registry: Registry, using: str) -> Statement:
    """Return a query for the resources that a run has affected for some models, each once.

    Columns: ``team``, ``removed_id``, ``kind_no`` (the place of the kind in ``registry.resources``), ``id``, ``name`` as
    it is now, and ``details``: a JSON list, or null where there is nothing to say.
    """
    numbers = {resource: number for number, resource in enumerate(registry.resources)}
    by_resource = {
        reference.resource_path.resource: reference for reference in registry if not reference.goes_with_model
    }
    nothing = "CAST(NULL AS json)" if sql.is_postgresql(using) else "NULL"
    told: list[str] = []
    arms: list[str] = []
    params: list[Any] = []
    above_params: list[Any] = []
    for resource, reference in by_resource.items():
        name = f"told_{numbers[resource]}"
        query, values = _told(reference, removed=removed, using=using)
        told.append(f"{name} AS ({query})")
        params += values
        arms.append(f"SELECT team, removed_id, {numbers[resource]} AS kind_no, id, name, details FROM {name}")
        for owner in registry.owners(resource):
            rows, values = _above(resource, owner=owner, using=using)
            above_params += values
            arms.append(
                f"SELECT t.team, t.removed_id, {numbers[owner.resource]}, r.id, r.name, {nothing}"
                # What belongs to another team is none of this one's; forms refuse such a link, and old data may have one.
                f" FROM {name} t JOIN ({rows}) r ON r.below = t.id AND r.team = t.team"
            )
    return f"WITH {', '.join(told)} {' UNION ALL '.join(arms)}", (*params, *above_params)


def _told(reference: Reference, *, removed: Sequence[RemovedModel], using: str) -> Statement:
    """Return the same for the resources of one kind that references concern directly."""
    table = sql.quote(using, AffectedResources._meta.db_table)  # noqa: SLF001  (the documented Meta API)
    if sql.is_postgresql(using):
        resource_id, part = "item.value ->> 0", "item.value ->> 1"
        items = "CROSS JOIN LATERAL jsonb_array_elements(a.lines) AS item(value)"
        collect = "json_agg"
    else:
        resource_id, part = "json_extract(item.value, '$[0]')", "json_extract(item.value, '$[1]')"
        items = "JOIN json_each(a.lines) AS item"
        collect = "json_group_array"
    resource_path = ResourcePath(reference.resource_path.resource)
    (rows, params), name = named_rows(reference.resources, resource_path=resource_path, using=using)
    return (
        f"SELECT r.r_team AS team, p.removed_id, r.r_id AS id, {name} AS name, p.details FROM ("
        f"SELECT removed_id, resource_id, {collect}(DISTINCT part) FILTER (WHERE part <> '') AS details FROM ("
        f"SELECT a.removed_model_id AS removed_id, CAST({resource_id} AS bigint) AS resource_id, {part} AS part"
        f" FROM {table} a {items} WHERE a.removed_model_id IN ({sql.id_list(one.pk for one in removed)})"
        f" AND a.resource = %s) i GROUP BY removed_id, resource_id) p JOIN ({rows}) r ON r.r_id = p.resource_id",
        (resource_path.resource.model, *params),
    )


def _above(resource: Resource, *, owner: ResourcePath, using: str) -> Statement:
    """Return a query for the resources above those of one kind: ``below``, ``team``, ``id`` and ``name``."""
    foreign_key: Any = resource.model_class._meta.get_field(owner.path)  # noqa: SLF001
    rows = partial(rows_of, owner.resource.model_class, key=foreign_key.field.attname, team=owner.resource.team)
    (query, params), name = named_rows(rows, resource_path=ResourcePath(owner.resource), using=using)
    return f"SELECT r.r_id AS below, r.r_team AS team, r.r_resource AS id, {name} AS name FROM ({query}) r", params


def changed_pairs(*, run: RemovalRun, using: str, removed: RemovedModel | None = None) -> Pairs:
    """Return the pairs of everything that a run changed, or of what it changed for one model."""
    which = f"m.run_id = {run.pk}" if removed is None else f"m.id = {removed.pk}"

    def pairs(reference: Reference) -> Statement:
        query, params = _items(label=reference.label, which=which, using=using)
        return f"SELECT row_id, model_id FROM ({query}) items", params

    return pairs


def restored_pairs(*, removed: Sequence[RemovedModel], using: str) -> Pairs:
    """Return the pairs of everything that a restore has put back for some models."""
    function = "jsonb_array_elements_text" if sql.is_postgresql(using) else "json_each"

    def pairs(reference: Reference) -> Statement:
        which = (
            f"m.id IN ({sql.id_list(one.pk for one in removed)}) AND c.left_alone_ids IS NOT NULL"
            f" AND item.value NOT IN (SELECT value FROM {function}(c.left_alone_ids))"
        )
        query, params = _items(label=reference.label, which=which, using=using)
        return f"SELECT row_id, model_id FROM ({query}) items", params

    return pairs


def of_others(*, run: RemovalRun, using: str) -> tuple[set[str], int]:
    """Return under which labels other removals have written what matters to an undo of one, and the first of all.

    What matters was written later, or was undone after this one began. Without any, the first is this one.
    """
    others = ReferenceChange.objects.using(using).exclude(removed_model__run=run).order_by()
    matters = Q(removed_model__run__gt=run.pk) | Q(removed_model__restored_at__gt=run.started_at)
    found = set(others.filter(matters).values_list("reference", "removed_model__run").distinct())
    return {label for label, _ in found}, min([run.pk, *(run_id for _, run_id in found)])


def rows_shared_with_others(*, reference: Reference, run: RemovalRun, first: int, using: str) -> list[tuple[int, int]]:
    """Return what was written about rows of one reference that a removal and others have changed.

    With what was written about the main model beside a list, if the list was changed, too.

    :param first: the first of the others
    :returns: id of the entry and id of the row, in the order in which it was written
    """
    labels = reference.pointing_labels
    beside = (*labels, reference.main_label) if reference.main_label else labels
    columns = "c.id AS change_id, CAST(item.value AS bigint) AS row_id, c.reference AS label, m.run_id AS run_id"
    every = _unpacked(columns, which=f"m.run_id >= {first}", labels=_places(beside), using=using)
    return sql.fetch(
        using,
        f"WITH every AS MATERIALIZED ({every}), shared AS (SELECT row_id FROM every GROUP BY row_id"
        f" HAVING COUNT(*) FILTER (WHERE run_id = {run.pk}) > 0 AND COUNT(*) FILTER (WHERE run_id <> {run.pk}) > 0"
        f" AND COUNT(*) FILTER (WHERE label IN ({_places(labels)})) > 0)"
        " SELECT change_id, row_id FROM every WHERE row_id IN (SELECT row_id FROM shared) ORDER BY 1, 2",
        (*beside, *labels),
    )


def _places(values: Sequence[str]) -> str:
    return ", ".join(["%s"] * len(values))


def _unpacked(columns: str, *, which: str, labels: str, using: str) -> str:
    changes = sql.quote(using, ReferenceChange._meta.db_table)  # noqa: SLF001  (the documented Meta API)
    models = sql.quote(using, RemovedModel._meta.db_table)  # noqa: SLF001
    if sql.is_postgresql(using):
        items = "CROSS JOIN LATERAL jsonb_array_elements_text(c.object_ids) AS item(value)"
    else:
        items = "JOIN json_each(c.object_ids) AS item"
    return (
        f"SELECT {columns} FROM {models} m JOIN {changes} c ON c.removed_model_id = m.id {items}"
        f" WHERE {which} AND c.reference IN ({labels})"
    )


def has_left_alone(*, removed: Sequence[RemovedModel], using: str) -> bool:
    """Return whether a restore has left something alone for some models."""
    changes = ReferenceChange.objects.using(using).filter(removed_model__in=removed)
    return changes.exclude(left_alone=None).exclude(left_alone={}).exists()


def left_alone_pairs(*, removed: Sequence[RemovedModel], obstacle: str, using: str) -> Pairs:
    """Return the pairs of everything that a restore has left alone for some models, settings included.

    :param obstacle: pattern (LIKE) of what stood in the way
    """
    objects, items = "json_each", "json_each(why.value) AS item"
    if sql.is_postgresql(using):
        objects, items = "jsonb_each", "jsonb_array_elements_text(why.value) AS item(value)"
    changes = sql.quote(using, ReferenceChange._meta.db_table)  # noqa: SLF001  (the documented Meta API)
    models = sql.quote(using, RemovedModel._meta.db_table)  # noqa: SLF001

    def pairs(reference: Reference) -> Statement:
        labels = reference.journal_labels
        return (
            f"WITH items AS MATERIALIZED (SELECT DISTINCT CAST(item.value AS bigint) AS row_id, {_MODEL_ID} AS model_id"
            f" FROM {models} m JOIN {changes} c ON c.removed_model_id = m.id CROSS JOIN {objects}(c.left_alone) AS why"
            f" CROSS JOIN {items} WHERE m.id IN ({sql.id_list(one.pk for one in removed)})"
            f" AND why.key LIKE %s AND c.reference IN ({_places(labels)}))"
            " SELECT row_id, model_id FROM items",
            (obstacle, *labels),
        )

    return pairs


def merged_rows(*, reference: Reference, removed: Sequence[RemovedModel], using: str) -> Statement:
    """Return a query for ``row_id`` and ``removed_id``: rows in which removed models became one with others."""
    places = _places(reference.pointing_labels)
    which = f"m.id IN ({sql.id_list(one.pk for one in removed)}) AND {_has_merged(using)}"
    columns = "CAST(item.value AS bigint) AS row_id, m.id AS removed_id"
    return _unpacked(columns, which=which, labels=places, using=using), reference.pointing_labels


def has_merged(*, reference: Reference, removed: Sequence[RemovedModel], using: str) -> bool:
    """Return whether there are such rows."""
    query, params = merged_rows(reference=reference, removed=removed, using=using)
    return bool(sql.fetch(using, f"{query} LIMIT 1", params))


def _has_merged(using: str) -> str:
    """Return the condition that an entry took models out in favour of one that is there: its list is shorter, its links are gone."""
    if sql.is_postgresql(using):
        kind, length = "jsonb_typeof", "jsonb_array_length"
    else:
        kind, length = "json_type", "json_array_length"
    return (
        f"m.replacement_id IS NOT NULL AND CASE WHEN {kind}(c.new_value) = 'array'"
        f" THEN {length}(c.new_value) < {length}(c.old_value) ELSE {kind}(c.new_value) = 'null' END"
    )


def teams_of_changes(*, reference: Reference, label: str, removed: Sequence[RemovedModel], using: str) -> Statement:
    """Return a query for ``team`` and ``change_id``: whom the changes under a label concern, for some models."""
    which = f"m.id IN ({sql.id_list(one.pk for one in removed)})"
    items, items_params = _items(label=label, which=which, using=using)
    rows, rows_params = reference.rows(using=using)
    return (
        f"SELECT DISTINCT r.r_team AS team, p.change_id FROM ({items}) p JOIN ({rows}) r ON r.r_id = p.row_id",
        (*items_params, *rows_params),
    )


def _items(*, label: str, which: str, using: str) -> Statement:
    """Return a query that unpacks the journal: ``row_id``, ``model_id`` and ``change_id``."""
    columns = f"CAST(item.value AS bigint) AS row_id, {_MODEL_ID} AS model_id, c.id AS change_id"
    return (
        # First of all: PostgreSQL would look the rows up in a young table once per entry of the journal.
        f"WITH items AS MATERIALIZED ({_unpacked(columns, which=which, labels='%s', using=using)})"
        " SELECT row_id, model_id, change_id FROM items",
        (label,),
    )
