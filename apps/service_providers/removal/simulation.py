"""What a restore would put back and what it would leave alone, from the journal and from what the rows hold now."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Iterator, Mapping
from typing import Any

from django.db import transaction

from apps.service_providers.models import ReferenceChange, RemovedModel
from apps.service_providers.references import Change, ManyToManyReference, Reference, Registry

ROWS_AT_ONCE = 20_000
"""Rows whose present values are looked up together."""


def as_change(entry: ReferenceChange) -> Change:
    """Return an entry of the journal as what moved it gave it."""
    return Change(
        model_id=entry.removed_model.model_id,
        old_value=entry.old_value,
        new_value=entry.new_value,
        row_ids=entry.object_ids,
        label=entry.reference,
        replacement_id=entry.removed_model.replacement_id,
    )


def matching(change: Change, held: Mapping[int, Any]) -> list[int]:
    """Return the rows that still hold what was written; ``held`` tells what they hold."""
    return [row_id for row_id in change.row_ids if row_id in held and held[row_id] == change.new_value]


def others(entry: ReferenceChange, put_back: list[int]) -> list[int]:
    """Return the rows of an entry that are not put back."""
    found = set(put_back)
    return [row_id for row_id in entry.object_ids if row_id not in found]


def left_alone(
    removed: list[RemovedModel], *, registry: Registry, using: str
) -> Iterator[tuple[ReferenceChange, list[int]]]:
    """Yield each journal entry with the ids that would be left alone.

    A list may have changed once per model: what an entry would put back is what the one before it in time compares with.
    """
    put_back: dict[tuple[Reference | None, int], Any] = {}
    for entries in _together(removed, using=using):
        changes = [(registry.by_journal_label(entry.reference), as_change(entry)) for entry in entries]
        for entry, (reference, change), found in zip(entries, changes, _held(changes, using=using), strict=True):
            held = {row: put_back.get((reference, row), found[row]) for row in change.row_ids if row in found}
            rows = matching(change, held)
            if isinstance(change.old_value, list):
                put_back |= {(reference, row_id): change.old_value for row_id in rows}
            yield entry, others(entry, rows)


def _together(removed: list[RemovedModel], *, using: str) -> Iterator[list[ReferenceChange]]:
    """Yield the journal backwards, so many entries at once that they name about ``ROWS_AT_ONCE`` rows.

    Lists have an entry per stored value, so that a query per entry would be thousands.
    """
    entries = ReferenceChange.objects.using(using).filter(removed_model__in=removed).select_related("removed_model")
    counts = list(entries.order_by("-pk").values_list("pk", "object_count"))
    while counts:
        rows = itertools.accumulate(count for _, count in counts)
        taken = max(sum(1 for _ in itertools.takewhile(lambda number: number <= ROWS_AT_ONCE, rows)), 1)
        yield list(entries.filter(pk__range=(counts[taken - 1][0], counts[0][0])).order_by("-pk"))
        counts = counts[taken:]


def _held(changes: list[tuple[Reference | None, Change]], *, using: str) -> list[dict[int, Any]]:
    """Return what the rows of each change hold now; changes that one query can tell about share one."""
    look_ups: dict[tuple[Any, ...], Change] = {}
    keys: list[tuple[Any, ...]] = []
    for reference, change in changes:
        key = _look_up(reference, change, taken=look_ups)
        keys.append(key)
        if known := look_ups.get(key):
            known.row_ids.extend(change.row_ids)
            if isinstance(reference, ManyToManyReference):
                known.old_value["links"].extend(change.old_value["links"])
        else:
            look_ups[key] = copy.deepcopy(change)
    held: dict[tuple[Any, ...], dict[int, Any]] = {}
    for key, change in look_ups.items():
        with transaction.atomic(using=using):
            held[key] = key[0].held(change=change, using=using) if key[0] else {}
    return [held[key] for key in keys]


def _look_up(
    reference: Reference | None, change: Change, *, taken: Mapping[tuple[Any, ...], Change]
) -> tuple[Any, ...]:
    """Return what changes have in common if one query can tell what the rows of all of them hold."""
    if not isinstance(reference, ManyToManyReference):
        is_beside = reference is not None and change.label != reference.label
        return reference, change.label, change.replacement_id if is_beside else None
    # No row twice: what is told of a row is one link. One that went is looked for by the model that it led to.
    led_to = change.model_id if change.new_value is None else None
    keys = ((reference, led_to, number) for number in itertools.count())
    return next(key for key in keys if key not in taken or not set(taken[key].row_ids) & set(change.row_ids))
