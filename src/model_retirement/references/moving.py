"""Move references to many models at once: short transactions in primary-key order, then a sweep under a lock."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Protocol

from model_retirement import signals, sql
from model_retirement.batching import TRIES, collect_ids, retrying, short_transaction, slices
from model_retirement.host_models import llm_models
from model_retirement.keys import Key
from model_retirement.phases import batch
from model_retirement.references.changes import Change, Moves
from model_retirement.references.kinds import Reference
from model_retirement.references.odd_rows import OF_A_ROW, OddRow, is_of_a_row, reason_of
from model_retirement.references.registry import Registry
from model_retirement.replicas import WITHOUT_PAUSE, Pace

logger = logging.getLogger(__name__)

ROWS_PER_VACUUM = 30_000
"""Few enough that their pages are still at hand, and many enough that what was vacuumed before is not passed too often."""

Record = Callable[[Reference, list[Change]], None]
"""Called in the transaction that made the changes."""

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and how much there is in all."""


NOT_CHANGED = "it still points there after it was changed"

TRIES_OF_PARTS = 3
"""Tries for a part of a batch that failed as a whole after all of its own."""


@dataclasses.dataclass(frozen=True)
class MovedRows:
    """What became of the rows that pointed.

    :param rows: number of rows that were changed
    :param odd: the rows that could not be
    """

    rows: int
    odd: tuple[OddRow, ...]


class NotChanged(ValueError):
    """Rows still point at a model although they were changed: the database has put back what they held."""


class ReferencesRemain(Exception):
    """References to a model came in that could not be moved; the model stays until the next run."""

    def __init__(self, message: str, *, odd: Sequence[OddRow] = ()) -> None:
        self.odd = tuple(odd)
        super().__init__(message)


class Lease(Protocol):
    """The claim under which the work is done."""

    @property
    def triggered_by(self) -> str:
        """What started the work, for people."""

    @property
    def renew(self) -> Callable[[], None]:
        """What prolongs the claim; called first in every transaction, it raises LeaseLost if another process took over."""


def move_all(
    *,
    registry: Registry,
    moves: Moves,
    lease: Lease,
    using: str,
    batch_size: int,
    record: Record | None,
    progress: Progress = lambda _label, _done, _total: None,
    pace: Pace = WITHOUT_PAUSE,
) -> MovedRows:
    """Move every reference that points at one of the models now, all but the rows that cannot be read or written.

    :param batch_size: most rows in one transaction
    :param record: None if nobody wants to know what was changed; settings beside the ids stay then
    :param pace: what is waited for between two batches; nothing if left out
    """
    move = partial(_move_for_good, moves=moves, using=using, record=record)
    moved = 0
    odd: list[OddRow] = []
    for reference in registry:
        pairs = reference.pairs(model_ids=moves.targets, using=using)
        ids = collect_ids(pairs, kind=reference.row_kind, using=using)
        done = since_vacuum = 0
        for rows in slices(ids, largest=batch_size, clock=pace.clock):
            pace.wait()
            moved += _move_batch(partial(move, reference), reference.label, rows, lease=lease, using=using, odd=odd)
            done += len(rows)
            since_vacuum += len(rows)
            if since_vacuum >= ROWS_PER_VACUUM or done == len(ids):
                reference.vacuum_index(model_ids=moves.targets, using=using)
                since_vacuum = 0
            progress(reference.label, done, len(ids))
    return MovedRows(rows=moved, odd=tuple(odd))


def _move_batch(
    move: Callable[..., int],
    label: str,
    rows: Sequence[Key],
    *,
    lease: Lease,
    using: str,
    odd: list[OddRow],
    tries: int = TRIES,
) -> int:
    """Move rows in one transaction; where a row is in the way, halve them until it stands alone, and go past it.

    :param odd: gets the rows that could not be moved
    """

    def work() -> int:
        with short_transaction(using):
            lease.renew()
            return move(rows=rows)

    try:
        with batch(logger, "batch moved", reference=label) as counts:
            counts["rows"] = moved = retrying(work, using=using, tries=tries)
    except OF_A_ROW as error:
        if not is_of_a_row(error):
            raise
        if len(rows) == 1:
            odd.append(OddRow(label, rows[0], reason_of(error)))
            return 0
    else:
        return moved
    half = len(rows) // 2
    return sum(
        _move_batch(move, label, part, lease=lease, using=using, odd=odd, tries=TRIES_OF_PARTS)
        for part in (rows[:half], rows[half:])
    )


def _move(
    reference: Reference,
    *,
    rows: Sequence[Key],
    moves: Moves,
    using: str,
    record: Record | None,
) -> int:
    if record is None:
        # What was moved is not written down, so it has to be looked up before, for those who want to know.
        heard = signals.is_heard(reference.model_class)
        row_ids = _still_pointing(reference, rows=rows, moves=moves, using=using) if heard else []
        moved = reference.repoint(row_ids=rows, targets=moves.targets, using=using)
        announce(reference, row_ids, using=using)
        return moved
    changes = reference.move(row_ids=rows, moves=moves, using=using)
    record(reference, changes)
    announce(reference, (row_id for change in changes for row_id in change.row_ids), using=using)
    return sum(len(change.row_ids) for change in changes if change.affected or reference.goes_with_model)


def announce(reference: Reference, row_ids: Iterable[Key], *, using: str) -> None:
    """Let the host hear of rows that were written, once the present transaction is committed."""
    signals.announce_moved(model=reference.model_class, reference=reference.label, row_ids=row_ids, using=using)


def _move_for_good(
    reference: Reference, *, rows: Sequence[Key], moves: Moves, using: str, record: Record | None
) -> int:
    """Move rows and look whether they have moved: a trigger may let a change pass and undo it.

    :raises NotChanged: if a row still points; what the journal says of it must not be committed
    """
    moved = _move(reference, rows=rows, moves=moves, using=using, record=record)
    if _still_pointing(reference, rows=rows, moves=moves, using=using, limit=" LIMIT 1"):
        raise NotChanged(NOT_CHANGED)
    return moved


def _still_pointing(
    reference: Reference, *, rows: Sequence[Key], moves: Moves, using: str, limit: str = ""
) -> list[int]:
    """Return which of some rows point at one of the models.

    :param limit: clause for the number of rows that are enough
    """
    pairs, params = reference.pairs(model_ids=moves.targets, using=using)
    still = f"SELECT row_id FROM ({pairs}) p WHERE {sql.is_one_of(using, 'row_id', rows)}{limit}"
    return [row_id for (row_id,) in sql.fetch(using, still, params, keys=[0])]


def lock_and_sweep(
    *,
    registry: Registry,
    moves: Moves,
    using: str,
    record: Record | None,
) -> int:
    """Lock the models' rows, move what came in since the batches passed, and make sure that nothing is left.

    Return the number of changed rows. Writers of new references wait for the lock, and are refused once the caller's transaction has deleted the rows.

    :raises ReferencesRemain: if something is left
    """
    list(llm_models(using=using).select_for_update().filter(pk__in=moves.targets).order_by("pk").values("pk"))
    moved = 0
    late_rows = _pointing(registry=registry, moves=moves, using=using)
    for label, late in late_rows.items():
        moved += _move(registry[label], rows=late, moves=moves, using=using, record=record)
    if late_rows and (left := _pointing(registry=registry, moves=moves, using=using)):
        odd = [OddRow(label, row_id, NOT_CHANGED) for label, row_ids in left.items() for row_id in row_ids]
        raise ReferencesRemain(
            f"References in {', '.join(left)} still point at a model that is to go ({len(odd)}); it was not removed. Run"
            " the command again; if it happens again, stop what keeps writing them.",
            odd=odd,
        )
    return moved


def _pointing(*, registry: Registry, moves: Moves, using: str) -> dict[str, list[Key]]:
    """Return the rows that point at one of the models, by label of the reference; one query."""
    statements = [(reference.label, *reference.pairs(model_ids=moves.targets, using=using)) for reference in registry]
    row_id = registry.shared_row_id("row_id", using=using)
    union = " UNION ALL ".join(
        f"SELECT {sql.literal(using, label)} AS label, {row_id} AS row_id FROM ({pairs}) p"
        for label, pairs, _ in statements
    )
    params = [value for _, _, values in statements for value in values]
    row_ids: dict[str, list[Key]] = {}
    query = f"SELECT DISTINCT label, row_id FROM ({union}) u ORDER BY 1, 2"
    for label, row_id in sql.fetch(using, query, params, keys=[1]):
        row_ids.setdefault(label, []).append(row_id)
    return row_ids
