"""What the undo of a removal puts back and what it leaves alone, from the journal and from what the rows hold now.

The restore and its preview ask here alike. The restore asks entry by entry and writes what comes out; the preview asks for
many entries at once, and what an entry would write is what the ones before it in time find.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from django.db import transaction

from model_retirement.models import ReferenceChange, RemovalRun, RemovedModel
from model_retirement.references import Change, Reference, Registry
from model_retirement.references.changes import Others, State
from model_retirement.removal import journal

ROWS_AT_ONCE = 20_000
"""Rows whose present values are looked up together."""

CHANGED = "changed"
GONE = "gone"
_REMOVAL = "removal "

LeftAlone = dict[str, list[int]]
"""Ids of rows by what stands in the way of an undo: ``gone``, ``changed``, or ``removal 7`` for a later one."""


def later_removal(obstacle: str) -> int | None:
    """Return the number of the later removal that an obstacle is; None if it is something else."""
    return int(obstacle.removeprefix(_REMOVAL)) if obstacle.startswith(_REMOVAL) else None


def by_obstacle(left_alone: LeftAlone) -> dict[str, list[int]]:
    """Return the rows by what stands in the way in words: of later removals the last first, then all else."""
    by_words: dict[str, list[int]] = {}
    for obstacle in sorted(left_alone, key=lambda one: later_removal(one) or 0, reverse=True):
        number = later_removal(obstacle)
        words = "changed or gone since" if number is None else f"moved on by removal {number}"
        by_words.setdefault(words, []).extend(left_alone[obstacle])
    return by_words


@dataclasses.dataclass(frozen=True)
class History:
    """What else was done to the rows of a removal that other removals have changed, too.

    :param changes: by label of the reference and row, in their order: when it was written, and the change
    """

    run_id: int
    changes: Mapping[tuple[str, int], Sequence[tuple[int, Change]]]
    successors: Mapping[int, int | None]

    def of(self, reference: Reference, entry: ReferenceChange, row_id: int) -> Others:
        """Return what they have done to one row of an entry."""
        found = self.changes.get((reference.label, row_id), ())
        own = [(written, change) for written, change in found if change.run_id == self.run_id]
        other = [(written, change) for written, change in found if change.run_id != self.run_id]
        return Others(
            later=[change for written, change in other if written > entry.pk],
            own=[change for written, change in own if written < entry.pk],
            own_undone=[change for written, change in reversed(own) if written > entry.pk],
            undone=[change for written, change in reversed(other) if written < entry.pk],
            successors=self.successors,
        )


def history(*, run: RemovalRun, removed: Sequence[RemovedModel], registry: Registry, using: str) -> History:
    """Return what other removals have done to the rows of one, where it matters to an undo of this one.

    That are changes of later removals that stand, and of earlier ones that were undone after this one began.
    """
    entries = ReferenceChange.objects.using(using).select_related("removed_model")
    changes: dict[tuple[str, int], list[tuple[int, Change]]] = {}
    labels = journal.labels_of_others(run=run, using=using)
    for reference in registry:
        if labels.isdisjoint(reference.pointing_labels):
            continue
        shared = journal.rows_shared_with_others(reference=reference, run=run, using=using)
        known = {pk: _Known(entry) for pk, entry in entries.in_bulk({pk for pk, _ in shared}).items()}
        for pk, row_id in shared:
            if known[pk].matters(row_id, run_id=run.pk):
                changes.setdefault((reference.label, row_id), []).append((pk, known[pk].change))
    return History(run_id=run.pk, changes=changes, successors=_successors(removed, using=using))


class _Known:
    """An entry of the journal."""

    def __init__(self, entry: ReferenceChange) -> None:
        self.entry = entry
        self.change = as_change(entry)
        self._left_alone = set(entry.left_alone_ids or ())

    def matters(self, row_id: int, *, run_id: int) -> bool:
        """Return whether what it did to a row matters to the undo of a removal."""
        if self.change.run_id == run_id:
            return True
        stands = self.entry.left_alone_ids is None or row_id in self._left_alone
        return stands == (self.change.run_id is not None and self.change.run_id > run_id)


def _successors(removed: Sequence[RemovedModel], *, using: str) -> dict[int, int | None]:
    """Return the models that took references over and were removed since, with what took their place."""
    successors: dict[int, int | None] = {}
    wanted = {model.replacement_id for model in removed if model.replacement_id is not None}
    while wanted:
        gone = RemovedModel.objects.using(using).filter(model_id__in=wanted, removed_at__isnull=False, restored_at=None)
        found = dict(gone.order_by("pk").values_list("model_id", "replacement_id"))
        successors |= found
        wanted = {new for new in found.values() if new is not None} - successors.keys()
    return {model_id: _end_of(model_id, successors) for model_id in successors}


def _end_of(model_id: int, successors: Mapping[int, int | None]) -> int | None:
    """Return the last one of a chain of models that took each other's place."""
    new = successors[model_id]
    return _end_of(new, successors) if new is not None and new in successors else new


def as_change(entry: ReferenceChange) -> Change:
    """Return an entry of the journal as what moved it gave it."""
    return Change(
        model_id=entry.removed_model.model_id,
        old_value=entry.old_value,
        new_value=entry.new_value,
        row_ids=entry.object_ids,
        label=entry.reference,
        replacement_id=entry.removed_model.replacement_id,
        run_id=entry.removed_model.run_id,
    )


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What the undo of one entry comes to.

    :param values: what becomes of the rows that can be put back
    :param left_alone: the other rows, by what stands in the way
    """

    values: Mapping[int, State]
    left_alone: LeftAlone


def undone(entry: ReferenceChange, *, reference: Reference, held: Mapping[int, State], history: History) -> Outcome:
    """Return what the undo of an entry comes to.

    :param held: what its rows hold now; those that are gone are missing
    """
    change = as_change(entry)
    others = partial(history.of, reference, entry)
    values = reference.undone(change=change, held=held, others=others)
    left_alone: LeftAlone = {}
    for row_id in change.row_ids:
        if row_id not in values:
            obstacle = GONE
            if row_id in held:
                run_id = reference.moved_on_by(change=change, held=held[row_id], others=others(row_id))
                obstacle = CHANGED if run_id is None else f"{_REMOVAL}{run_id}"
            left_alone.setdefault(obstacle, []).append(row_id)
    return Outcome(values, left_alone)


def nothing_to_put_back(entry: ReferenceChange) -> Outcome:
    """Return what the undo of an entry comes to whose reference is not declared any more."""
    return Outcome({}, {GONE: list(entry.object_ids)})


def left_alone(entry: ReferenceChange) -> LeftAlone:
    """Return the rows of an entry that its undo has left alone; journals of before did not say what stood in the way."""
    if entry.left_alone is None:
        return {CHANGED: entry.left_alone_ids} if entry.left_alone_ids else {}
    found: LeftAlone = entry.left_alone
    return found


def preview(
    removed: list[RemovedModel], *, history: History, registry: Registry, using: str
) -> Iterator[tuple[ReferenceChange, LeftAlone]]:
    """Yield each journal entry with the rows that would be left alone; of entries that were undone already, that were."""
    written: dict[tuple[str, int], State] = {}
    for entries in _together(removed, using=using):
        references = [registry.by_journal_label(entry.reference) for entry in entries]
        held = _held(list(zip(references, entries, strict=True)), using=using)
        for reference, entry in zip(references, entries, strict=True):
            if entry.left_alone_ids is not None:
                yield entry, left_alone(entry)
                continue
            if reference is None:
                yield entry, nothing_to_put_back(entry).left_alone
                continue
            found = held[reference, entry.reference]
            rows = {
                row_id: found[row_id] | written.get((reference.model, row_id), {})
                for row_id in entry.object_ids
                if row_id in found
            }
            outcome = undone(entry, reference=reference, held=rows, history=history)
            for row_id, state in outcome.values.items():
                before = written.get((reference.model, row_id))
                written[reference.model, row_id] = state if before is None else before | state
            yield entry, outcome.left_alone


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


def _held(
    entries: Sequence[tuple[Reference | None, ReferenceChange]], *, using: str
) -> dict[tuple[Reference, str], dict[int, State]]:
    """Return what the rows of entries hold now, by reference and label; one query for each of these."""
    wanted: dict[tuple[Reference, str], set[int]] = {}
    for reference, entry in entries:
        if reference is not None:
            wanted.setdefault((reference, entry.reference), set()).update(entry.object_ids)
    held: dict[tuple[Reference, str], dict[int, State]] = {}
    for (reference, label), row_ids in wanted.items():
        with transaction.atomic(using=using):
            held[reference, label] = reference.held(label=label, row_ids=sorted(row_ids), using=using)
    return held
