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

from model_retirement.keys import Key
from model_retirement.models import ReferenceChange, RemovalRun, RemovedModel
from model_retirement.references import Change, Reference, Registry
from model_retirement.references.changes import Others, Past, PastRemoval, State
from model_retirement.removal import journal
from model_retirement.wording import Words

ROWS_AT_ONCE = 20_000
"""Rows whose present values are looked up together."""

CHANGED = "changed"
GONE = "gone"
_REMOVAL = "removal "

LeftAlone = dict[str, list[Key]]
"""Ids of rows by what stands in the way of an undo: ``gone``, ``changed``, or ``removal 7`` for a later one."""


def later_removal(obstacle: str) -> int | None:
    """Return the number of the later removal that an obstacle is; None if it is something else."""
    return int(obstacle.removeprefix(_REMOVAL)) if obstacle.startswith(_REMOVAL) else None


def by_obstacle(left_alone: LeftAlone) -> dict[str, list[Key]]:
    """Return the rows by what stands in the way in words: of later removals the last first, then all else."""
    by_words: dict[str, list[Key]] = {}
    for obstacle in sorted(left_alone, key=lambda obstacle: later_removal(obstacle) or 0, reverse=True):
        number = later_removal(obstacle)
        words = Words("changed or gone since") if number is None else Words("moved on by removal %(run)s", run=number)
        by_words.setdefault(words, []).extend(left_alone[obstacle])
    return by_words


class _Known:
    """An entry of the journal."""

    def __init__(self, entry: ReferenceChange) -> None:
        self.pk = entry.pk
        self.change = as_change(entry)
        self.run_id = entry.removed_model.run_id
        self.undone_at = entry.removed_model.restored_at
        self._undone = entry.left_alone_ids is not None
        self._left_alone = set(entry.left_alone_ids or ())

    def stands(self, row_id: Key) -> bool:
        """Return whether what it did to a row was not undone."""
        return not self._undone or row_id in self._left_alone

    def undone_after(self, run: RemovalRun) -> bool:
        """Return whether it was undone after a removal began."""
        return self.undone_at is not None and self.undone_at > run.started_at


@dataclasses.dataclass(frozen=True)
class History:
    """What was done to the rows of a removal that other removals have changed, too.

    :param entries: by reference and row, in their order
    :param targets: by removal, its models with what takes their place
    """

    run: RemovalRun
    entries: Mapping[Reference, Mapping[Key, Sequence[_Known]]]
    targets: Mapping[int, Mapping[Key, Key | None]]
    successors: Mapping[Key, Key | None]

    def of(self, reference: Reference, entry: ReferenceChange, row_id: Key) -> Others:
        """Return what the others have done to one row of an entry.

        What matters are changes of later removals that stand, and of earlier ones that were undone after this one began.
        """
        entries = self.entries.get(reference, {}).get(row_id, ())
        pointing = [known for known in entries if known.change.label != reference.main_label]
        own = [known for known in pointing if known.run_id == self.run.pk]
        later = [known for known in pointing if known.run_id > self.run.pk and known.stands(row_id)]
        earlier = [known for known in pointing if known.run_id < self.run.pk and not known.stands(row_id)]
        return Others(
            later=[known.change for known in later],
            own=[known.change for known in own if known.pk < entry.pk],
            own_undone=[known.change for known in reversed(own) if known.pk > entry.pk],
            undone=[known.change for known in reversed(earlier) if known.undone_after(self.run)],
            successors=self.successors,
            past=self._past(reference, row_id=row_id) if entries else None,
        )

    def beside_mains(self, reference: Reference) -> dict[Key, Past]:
        """Return by row the past of lists that the removal has not changed, but the main model beside them."""
        pasts: dict[Key, Past] = {}
        for row_id, entries in self.entries.get(reference, {}).items():
            own = {known.change.label for known in entries if known.run_id == self.run.pk}
            past = self._past(reference, row_id=row_id)
            if own == {reference.main_label} and past is not None:
                pasts[row_id] = past
        return pasts

    def _past(self, reference: Reference, *, row_id: Key) -> Past | None:
        row_entries, main_label = self.entries[reference][row_id], reference.main_label
        values = [known.change.old_value for known in row_entries if known.change.label != main_label]
        mains = [known.change.old_value for known in row_entries if known.change.label == main_label]
        removals: list[PastRemoval] = []
        for run_id, entries in itertools.groupby(row_entries, key=lambda known: known.run_id):
            stand = {known.stands(row_id) for known in entries}
            own = run_id == self.run.pk
            if len(stand) > 1 and not own:
                return None  # Part of it was undone.
            removals.append(PastRemoval(self.targets[run_id], stands=True in stand, own=own))
        later = {
            known.change.model_id
            for known in row_entries
            if known.run_id > self.run.pk and known.stands(row_id) and known.change.label != main_label
        }
        own_targets = self.targets[self.run.pk]
        moved_on = {model_id: new for model_id, new in own_targets.items() if new in later}
        return Past(values[0], main=tuple(mains[:1]), removals=removals, moved_on=moved_on)


def history(*, run: RemovalRun, removed: Sequence[RemovedModel], registry: Registry, using: str) -> History:
    """Return what was done to the rows of a removal that others have changed, too, where it matters to its undo."""
    changes = ReferenceChange.objects.using(using).select_related("removed_model")
    entries: dict[Reference, dict[Key, list[_Known]]] = {}
    labels, first = journal.of_others(run=run, using=using)
    for reference in registry:
        if labels.isdisjoint((*reference.pointing_labels, reference.main_label)):
            continue
        shared = journal.rows_shared_with_others(reference=reference, run=run, first=first, using=using)
        known = {pk: _Known(entry) for pk, entry in changes.in_bulk({pk for pk, _ in shared}).items()}
        for pk, row_id in shared:
            entries.setdefault(reference, {}).setdefault(row_id, []).append(known[pk])
    run_ids = {known.run_id for rows in entries.values() for row_entries in rows.values() for known in row_entries}
    return History(
        run=run,
        entries=entries,
        targets=_targets(run_ids, using=using) if run_ids else {},
        successors=_successors(removed, using=using),
    )


def _targets(run_ids: set[int], *, using: str) -> dict[int, dict[Key, Key | None]]:
    """Return the models of removals, with what takes their place."""
    targets: dict[int, dict[Key, Key | None]] = {}
    models = RemovedModel.objects.using(using).filter(run__in=run_ids)
    for run_id, model_id, replacement_id in models.values_list("run", "model_id", "replacement_id"):
        targets.setdefault(run_id, {})[model_id] = replacement_id
    return targets


def _successors(removed: Sequence[RemovedModel], *, using: str) -> dict[Key, Key | None]:
    """Return the models that took references over and were removed since, with what took their place."""
    successors: dict[Key, Key | None] = {}
    wanted = {model.replacement_id for model in removed if model.replacement_id is not None}
    while wanted:
        gone = RemovedModel.objects.using(using).filter(model_id__in=wanted, removed_at__isnull=False, restored_at=None)
        replacements = dict(gone.order_by("pk").values_list("model_id", "replacement_id"))
        successors |= replacements
        wanted = {new for new in replacements.values() if new is not None} - successors.keys()
    return {model_id: _end_of(model_id, successors) for model_id in successors}


def _end_of(model_id: Key, successors: Mapping[Key, Key | None]) -> Key | None:
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

    values: Mapping[Key, State]
    left_alone: LeftAlone


def undone(entry: ReferenceChange, *, reference: Reference, held: Mapping[Key, State], history: History) -> Outcome:
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
    ids_by_obstacle: LeftAlone = entry.left_alone
    return ids_by_obstacle


def preview(
    removed: list[RemovedModel], *, history: History, registry: Registry, using: str
) -> Iterator[tuple[ReferenceChange, LeftAlone]]:
    """Yield each journal entry with the rows that would be left alone; of entries that were undone already, that were."""
    written: dict[tuple[str, Key], State] = {}
    for entries in _together(removed, using=using):
        references = [registry.by_journal_label(entry.reference) for entry in entries]
        held = _current_values(list(zip(references, entries, strict=True)), using=using)
        for reference, entry in zip(references, entries, strict=True):
            if entry.left_alone_ids is not None:
                yield entry, left_alone(entry)
                continue
            if reference is None:
                yield entry, nothing_to_put_back(entry).left_alone
                continue
            states = held[reference, entry.reference]
            rows = {
                row_id: states[row_id] | written.get((reference.model, row_id), {})
                for row_id in entry.object_ids
                if row_id in states
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


def _current_values(
    entries: Sequence[tuple[Reference | None, ReferenceChange]], *, using: str
) -> dict[tuple[Reference, str], dict[Key, State]]:
    """Return what the rows of entries hold now, by reference and label; one query for each of these."""
    wanted: dict[tuple[Reference, str], set[Key]] = {}
    for reference, entry in entries:
        if reference is not None:
            wanted.setdefault((reference, entry.reference), set()).update(entry.object_ids)
    held: dict[tuple[Reference, str], dict[Key, State]] = {}
    for (reference, label), row_ids in wanted.items():
        with transaction.atomic(using=using):
            held[reference, label] = reference.current_values(label=label, row_ids=sorted(row_ids), using=using)
    return held
