"""Move references to many models at once: short transactions in primary-key order, then a sweep under a lock."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

from apps.data_migrations.phases import batch
from apps.service_providers.models import LlmProviderModel
from apps.service_providers.references import sql
from apps.service_providers.references.batching import collect_ids, retrying, short_transaction, slices
from apps.service_providers.references.kinds import Change, Moves, Reference
from apps.service_providers.references.registry import Registry

logger = logging.getLogger(__name__)

ROWS_PER_TIDYING = 30_000
"""Few enough that their pages are still at hand, and many enough that what was tidied before is not passed too often."""

Record = Callable[[Reference, list[Change]], None]
"""Called in the transaction that made the changes."""

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and how much there is in all."""


class ReferencesRemain(Exception):
    """References to a model came in that could not be moved; the model stays until the next run."""


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
) -> int:
    """Move every reference that points at one of the models now. Return the number of changed rows.

    :param batch_size: most rows in one transaction
    :param record: None if nobody wants to know what was changed; settings beside the ids stay then
    """
    move = partial(_move, moves=moves, using=using, record=record)
    moved = 0
    for reference in registry:
        ids = collect_ids(reference.pairs(model_ids=moves.targets, using=using), using=using)
        done = untidy = 0
        for rows in slices(ids, largest=batch_size):
            moved += _move_batch(partial(move, reference, rows=rows), label=reference.label, lease=lease, using=using)
            done += len(rows)
            untidy += len(rows)
            if untidy >= ROWS_PER_TIDYING or done == len(ids):
                reference.tidy_index(model_ids=moves.targets, using=using)
                untidy = 0
            progress(reference.label, done, len(ids))
    return moved


def _move_batch(move: Callable[[], int], *, label: str, lease: Lease, using: str) -> int:
    def work() -> int:
        with short_transaction(using):
            lease.renew()
            return move()

    with batch(logger, "batch moved", reference=label) as counts:
        counts["rows"] = moved = retrying(work, using=using)
    return moved


def _move(
    reference: Reference,
    *,
    rows: Sequence[int],
    moves: Moves,
    using: str,
    record: Record | None,
) -> int:
    if record is None:
        return reference.repoint(row_ids=rows, targets=moves.targets, using=using)
    changes = reference.move(row_ids=rows, moves=moves, using=using)
    record(reference, changes)
    return sum(len(change.row_ids) for change in changes if not change.label)


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
    list(
        LlmProviderModel.objects.using(using)
        .select_for_update()
        .filter(pk__in=moves.targets)
        .order_by("pk")
        .values("pk")
    )
    moved = 0
    late_rows = _pointing(registry=registry, moves=moves, using=using)
    for label, late in late_rows.items():
        moved += _move(registry[label], rows=late, moves=moves, using=using, record=record)
    if late_rows:
        for label, left in _pointing(registry=registry, moves=moves, using=using).items():
            raise ReferencesRemain(
                f"References in {label} still point at a model that is to go ({len(left)}); it was not removed. Run"
                " the command again; if it happens again, stop what keeps writing them."
            )
    return moved


def _pointing(*, registry: Registry, moves: Moves, using: str) -> dict[str, list[int]]:
    """Return the rows that point at one of the models, by label of the reference; one query."""
    statements = [(reference.label, *reference.pairs(model_ids=moves.targets, using=using)) for reference in registry]
    union = " UNION ALL ".join(f"SELECT '{label}' AS label, row_id FROM ({pairs}) p" for label, pairs, _ in statements)
    params = [value for _, _, values in statements for value in values]
    found: dict[str, list[int]] = {}
    for label, row_id in sql.fetch(using, f"SELECT DISTINCT label, row_id FROM ({union}) u ORDER BY 1, 2", params):
        found.setdefault(label, []).append(row_id)
    return found
