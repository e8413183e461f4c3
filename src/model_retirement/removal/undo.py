"""What the undo of a removal puts back and what it leaves alone, from the journal and from what the rows hold now.

The restore and its preview ask here alike. The restore asks entry by entry and writes what comes out; the preview asks for
many entries at once, and what an entry would write is what the ones before it in time find.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial

from django.db import transaction

from model_retirement import obstacles
from model_retirement.host_models import models_of_the_table
from model_retirement.keys import Key
from model_retirement.models import ReferenceChange, RemovedModel
from model_retirement.obstacles import LeftAlone
from model_retirement.references import Reference, Registry
from model_retirement.references.changes import State
from model_retirement.removal.row_history import History, as_change

ROWS_AT_ONCE = 20_000
"""Rows whose present values are looked up together."""


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What the undo of one entry comes to.

    :param values: what becomes of the rows that can be put back
    :param left_alone: the other rows, by what stands in the way
    """

    values: Mapping[Key, State]
    left_alone: LeftAlone


def undone(
    entry: ReferenceChange,
    *,
    reference: Reference,
    held: Mapping[Key, State],
    history: History,
    coming: Collection[Key] = (),
    using: str,
) -> Outcome:
    """Return what the undo of an entry comes to.

    :param held: what its rows hold now; those that are gone are missing
    :param coming: keys of models that come back and may not be there yet
    """
    change = as_change(entry)
    others = partial(history.of, reference, entry)
    possible = reference.undone(change=change, held=held, others=others)
    # What rows that come back hold of models that went since is moved as soon as they are there.
    known = {*coming, *(model.model_id for model in history.later)}
    values, standing = reference.takeable(change=change, values=possible, coming=known, using=using)
    left_alone: LeftAlone = {}
    for row_id in change.row_ids:
        if row_id not in values:
            obstacle = standing.get(row_id, obstacles.GONE)
            went_with = history.went.get(reference.model, {}).get(row_id)
            if went_with is not None and obstacle == obstacles.GONE:
                obstacle = obstacles.moved_on(went_with)
            if row_id in held and row_id not in standing:
                run_id = reference.moved_on_by(change=change, held=held[row_id], others=others(row_id))
                obstacle = obstacles.CHANGED if run_id is None else obstacles.moved_on(run_id)
            left_alone.setdefault(obstacle, []).append(row_id)
    return Outcome(values, left_alone)


def nothing_to_put_back(entry: ReferenceChange, *, obstacle: str) -> Outcome:
    """Return what the undo of an entry comes to whose model is not back, or whose reference is not declared any more."""
    return Outcome({}, {obstacle: list(entry.object_ids)})


def without(outcome: Outcome, refused: Mapping[Key, str]) -> Outcome:
    """Return an outcome without rows that the database has refused.

    :param refused: these rows, with what stands in the way
    """
    left_alone = {obstacle: list(row_ids) for obstacle, row_ids in outcome.left_alone.items()}
    for row_id, obstacle in refused.items():
        left_alone.setdefault(obstacle, []).append(row_id)
    return Outcome({row_id: state for row_id, state in outcome.values.items() if row_id not in refused}, left_alone)


def left_alone(entry: ReferenceChange) -> LeftAlone:
    """Return the rows of an entry that its undo has left alone; journals of before did not say what stood in the way."""
    if entry.left_alone is None:
        return {obstacles.CHANGED: entry.left_alone_ids} if entry.left_alone_ids else {}
    ids_by_obstacle: LeftAlone = entry.left_alone
    return ids_by_obstacle


def preview(
    removed: list[RemovedModel],
    *,
    history: History,
    registry: Registry,
    using: str,
) -> Iterator[tuple[ReferenceChange, LeftAlone]]:
    """Yield each journal entry with the rows that would be left alone; of entries that were undone already, that were."""
    coming = {model.model_id for model in removed} - set(history.standing)
    # Rows that point at models may be models themselves.
    labels = [model._meta.label for model in models_of_the_table()]  # noqa: SLF001  (the documented Meta API)
    written: dict[tuple[str, Key], State] = {(label, model_id): {} for label in labels for model_id in coming}
    for entries in _together(removed, using=using):
        references = [registry.by_journal_label(entry.reference) for entry in entries]
        held = _current_values(list(zip(references, entries, strict=True)), using=using)
        for reference, entry in zip(references, entries, strict=True):
            if entry.left_alone_ids is not None and not is_open_again(entry, coming=coming):
                yield entry, left_alone(entry)
            elif entry.removed_model.model_id not in coming:
                yield entry, nothing_to_put_back(entry, obstacle=obstacles.NO_MODEL).left_alone
            elif reference is None:
                yield entry, nothing_to_put_back(entry, obstacle=obstacles.GONE).left_alone
            else:
                rows = _rows_as_written(entry, held[reference, entry.reference], reference=reference, written=written)
                outcome = undone(entry, reference=reference, held=rows, history=history, coming=coming, using=using)
                yield entry, _without_rows_of_before(outcome, reference=reference, written=written)
                for row_id, state in outcome.values.items():
                    before = written.get((reference.model, row_id))
                    written[reference.model, row_id] = state if before is None else before | state


def _rows_as_written(
    entry: ReferenceChange,
    held: Mapping[Key, State],
    *,
    reference: Reference,
    written: Mapping[tuple[str, Key], State],
) -> dict[Key, State]:
    """Return what the rows of an entry would hold."""
    return {
        row_id: held[row_id] | written.get((reference.model, row_id), {})
        for row_id in entry.object_ids
        if row_id in held
    }


def _without_rows_of_before(
    outcome: Outcome, *, reference: Reference, written: Mapping[tuple[str, Key], State]
) -> LeftAlone:
    """Return what is left alone, without rows that are gone and would have come back whole: they would be as they were."""
    gone = [row_id for row_id in outcome.left_alone.get(obstacles.GONE, ()) if (reference.model, row_id) not in written]
    others = {obstacle: row_ids for obstacle, row_ids in outcome.left_alone.items() if obstacle != obstacles.GONE}
    return others | {obstacles.GONE: gone} if gone else others


def is_open_again(entry: ReferenceChange, *, coming: Collection[Key]) -> bool:
    """Return whether an entry was left alone because its model had not come back, and the model comes now."""
    return entry.removed_model.model_id in coming and obstacles.NO_MODEL in (entry.left_alone or ())


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
