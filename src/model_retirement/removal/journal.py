"""The journal of a removal: what was changed, packed, and questions about it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from django.db.models import Q, Sum

from model_retirement import sql, stored_json
from model_retirement.host_models import llm_model
from model_retirement.keys import Key, kind_of
from model_retirement.models import AffectedResources, ReferenceChange, RemovalRun, RemovedModel
from model_retirement.references import Change, Reference, Registry
from model_retirement.references.usage import Pairs
from model_retirement.sql import Statement


def _model_id(using: str) -> str:
    """Return the key that a model's row had."""
    return sql.dialect(using).key_of_json("m.model_id", kind=kind_of(llm_model()))


def _row_id(reference: Reference, *, using: str) -> str:
    """Return the key of a row that an element of the journal is."""
    return sql.dialect(using).key_of_element("item.value", kind=reference.row_kind)


def write(
    *,
    reference: Reference,
    changes: Sequence[Change],
    removed: Mapping[Key, RemovedModel],
    members: Mapping[str, str],
    using: str,
) -> None:
    """Write what a batch changed, and which resources that affected, in the batch's own transaction.

    :param removed: model id to the model's record in the run
    :param members: label of each reference to the word for one of its models; empty where it holds one
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
    affected: dict[Key, dict[tuple[Any, str, str], None]] = {}
    for change in changes:
        if change.affected:
            member = members[change.label or reference.label]
            lines = ((resource_id, part, member) for resource_id, part in change.affected)
            affected.setdefault(change.model_id, {}).update(dict.fromkeys(lines))
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


def changed_rows(*, removed: Iterable[RemovedModel], using: str) -> dict[Key, int]:
    """Return by model id how many rows the journal has, each as often as it was changed; a model without is missing."""
    changes = ReferenceChange.objects.using(using).filter(removed_model__in=removed).order_by()
    return dict(changes.values_list("removed_model__model_id").annotate(Sum("object_count")))


def moved_references(*, run_ids: Collection[int], registry: Registry, using: str) -> dict[int, int]:
    """Return by run how many references it has moved or cleared, as long as its journal is there; one without is missing."""
    labels = [reference.label for reference in registry]  # under other labels are the settings beside them
    changes = ReferenceChange.objects.using(using).filter(removed_model__run__in=run_ids, reference__in=labels)
    return dict(changes.order_by().values_list("removed_model__run").annotate(Sum("object_count")))


def changed_pairs(*, run: RemovalRun, using: str) -> Pairs:
    """Return the pairs of everything that a run changed for the models that it removed.

    Of a model that stays, because of a row that cannot be changed, teams are told when it goes.
    """
    which = f"m.run_id = {run.pk} AND m.removed_at IS NOT NULL"

    def pairs(reference: Reference) -> Statement:
        query, params = _items(reference, label=reference.label, which=which, using=using)
        return f"SELECT row_id, model_id FROM ({query}) items", params

    return pairs


def restored_pairs(*, removed: Sequence[RemovedModel], using: str) -> Pairs:
    """Return the pairs of everything that a restore has put back for some models."""
    left_alone = sql.dialect(using).elements("c.left_alone_ids")

    def pairs(reference: Reference) -> Statement:
        which = (
            f"m.id IN ({sql.id_list(model.pk for model in removed)}) AND c.left_alone_ids IS NOT NULL"
            f" AND item.value NOT IN (SELECT value FROM {left_alone})"
        )
        query, params = _items(reference, label=reference.label, which=which, using=using)
        return f"SELECT row_id, model_id FROM ({query}) items", params

    return pairs


def of_others(*, run: RemovalRun, using: str) -> tuple[set[str], int]:
    """Return under which labels other removals have written what matters to an undo of one, and the first of all.

    What matters was written later, or was undone after this one began. Without any, the first is this one.
    """
    others = ReferenceChange.objects.using(using).exclude(removed_model__run=run).order_by()
    matters = Q(removed_model__run__gt=run.pk) | Q(removed_model__restored_at__gt=run.started_at)
    written = set(others.filter(matters).values_list("reference", "removed_model__run").distinct())
    return {label for label, _ in written}, min([run.pk, *(run_id for _, run_id in written)])


def rows_shared_with_others(*, reference: Reference, run: RemovalRun, first: int, using: str) -> list[tuple[int, int]]:
    """Return what was written about rows of one reference that a removal and others have changed.

    With what was written about the main model beside a list, if the list was changed, too.

    :param first: the first of the others
    :returns: id of the entry and id of the row, in the order in which it was written
    """
    labels = reference.pointing_labels
    beside = (*labels, reference.main_label) if reference.main_label else labels
    row_id = _row_id(reference, using=using)
    columns = f"c.id AS change_id, {row_id} AS row_id, c.reference AS label, m.run_id AS run_id"
    every = _unpacked(columns, which=f"m.run_id >= {first}", labels=_places(beside), using=using)
    return sql.fetch(
        using,
        f"WITH every AS MATERIALIZED ({every}), shared AS (SELECT row_id FROM every GROUP BY row_id"
        f" HAVING COUNT(*) FILTER (WHERE run_id = {run.pk}) > 0 AND COUNT(*) FILTER (WHERE run_id <> {run.pk}) > 0"
        f" AND COUNT(*) FILTER (WHERE label IN ({_places(labels)})) > 0)"
        " SELECT change_id, row_id FROM every WHERE row_id IN (SELECT row_id FROM shared) ORDER BY 1, 2",
        (*beside, *labels),
        keys=[1],
    )


def _places(values: Sequence[str]) -> str:
    return ", ".join(["%s"] * len(values))


def _unpacked(columns: str, *, which: str, labels: str, using: str) -> str:
    changes = sql.quote(using, ReferenceChange._meta.db_table)  # noqa: SLF001  (the documented Meta API)
    models = sql.quote(using, RemovedModel._meta.db_table)  # noqa: SLF001
    items = sql.dialect(using).elements("c.object_ids")
    return (
        f"SELECT {columns} FROM {models} m JOIN {changes} c ON c.removed_model_id = m.id CROSS JOIN {items}"
        f" WHERE {which} AND c.reference IN ({labels})"
    )


def has_left_alone(*, removed: Sequence[RemovedModel], using: str) -> bool:
    """Return whether a restore has left something alone for some models."""
    changes = ReferenceChange.objects.using(using).filter(removed_model__in=removed)
    return changes.filter(left_alone__isnull=False).exclude(left_alone={}).exists()


def left_alone_pairs(*, removed: Sequence[RemovedModel], patterns: Sequence[str], using: str) -> Pairs:
    """Return the pairs of everything that a restore has left alone for some models, settings included.

    :param patterns: what stood in the way, each for LIKE
    """
    dialect = sql.dialect(using)
    objects, items = dialect.members("c.left_alone", name="why"), dialect.elements("why.value")
    changes = sql.quote(using, ReferenceChange._meta.db_table)  # noqa: SLF001  (the documented Meta API)
    models = sql.quote(using, RemovedModel._meta.db_table)  # noqa: SLF001

    def pairs(reference: Reference) -> Statement:
        labels = reference.journal_labels
        return (
            f"WITH items AS MATERIALIZED (SELECT DISTINCT {_row_id(reference, using=using)} AS row_id,"
            f" {_model_id(using)} AS model_id"
            f" FROM {models} m JOIN {changes} c ON c.removed_model_id = m.id CROSS JOIN {objects}"
            f" CROSS JOIN {items} WHERE m.id IN ({sql.id_list(model.pk for model in removed)})"
            f" AND ({' OR '.join(['why.key LIKE %s'] * len(patterns))}) AND c.reference IN ({_places(labels)}))"
            " SELECT row_id, model_id FROM items",
            (*patterns, *labels),
        )

    return pairs


def shortened_rows(*, reference: Reference, removed: Sequence[RemovedModel], using: str) -> Statement:
    """Return a query for ``row_id`` and ``removed_id``: rows in which a list has fewer models than before.

    Removed models went without a replacement, or became one with others.
    """
    places = _places(reference.pointing_labels)
    which = f"m.id IN ({sql.id_list(model.pk for model in removed)}) AND {_is_shorter(using)}"
    columns = f"{_row_id(reference, using=using)} AS row_id, m.id AS removed_id"
    return _unpacked(columns, which=which, labels=places, using=using), reference.pointing_labels


def has_shortened(*, reference: Reference, removed: Sequence[RemovedModel], using: str) -> bool:
    """Return whether there are such rows."""
    query, params = shortened_rows(reference=reference, removed=removed, using=using)
    return bool(sql.fetch(using, f"{query} LIMIT 1", params))


def _is_shorter(using: str) -> str:
    """Return the condition that an entry took models out: its list is shorter, its links are gone."""
    kind, length = sql.dialect(using).json_kind, sql.dialect(using).json_length
    return (
        f"CASE WHEN {kind}(c.new_value) = 'array'"
        f" THEN {length}(c.new_value) < {length}(c.old_value) ELSE {kind}(c.new_value) = 'null' END"
    )


def teams_of_changes(*, reference: Reference, label: str, removed: Sequence[RemovedModel], using: str) -> Statement:
    """Return a query for ``team`` and ``change_id``: whom the changes under a label concern, for some models."""
    which = f"m.id IN ({sql.id_list(model.pk for model in removed)})"
    items, items_params = _items(reference, label=label, which=which, using=using)
    rows, rows_params = reference.rows(using=using)
    return (
        f"SELECT DISTINCT r.r_team AS team, p.change_id FROM ({items}) p JOIN ({rows}) r ON r.r_id = p.row_id",
        (*items_params, *rows_params),
    )


def _items(reference: Reference, *, label: str, which: str, using: str) -> Statement:
    """Return a query that unpacks the journal: ``row_id``, ``model_id`` and ``change_id``."""
    row_id = _row_id(reference, using=using)
    columns = f"{row_id} AS row_id, {_model_id(using)} AS model_id, c.id AS change_id"
    return (
        # First of all: PostgreSQL would look the rows up in a young table once per entry of the journal.
        f"WITH items AS MATERIALIZED ({_unpacked(columns, which=which, labels='%s', using=using)})"
        " SELECT row_id, model_id, change_id FROM items",
        (label,),
    )
