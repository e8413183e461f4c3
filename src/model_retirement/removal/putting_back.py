"""Undo one entry of the journal: what the database takes is put back, and what it does not take is written down with why."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Collection, Sequence
from functools import partial
from itertools import groupby
from typing import Protocol

from model_retirement import obstacles, sql
from model_retirement.batching import retrying, short_transaction
from model_retirement.keys import Key
from model_retirement.models import ReferenceChange
from model_retirement.references import Moves, Reference, Registry
from model_retirement.references.moving import Lease, announce
from model_retirement.removal import journal, refusals, undo
from model_retirement.removal.row_history import History, as_change
from model_retirement.removal.undo import Outcome

IGNORED = "it holds what it held although it was changed"

TRIES_TOGETHER = 2
"""Tries to write all rows of an entry at once, before they are looked at apart."""


class Write(Protocol):
    """Writes rows by a function that writes some of them, and returns those that were refused."""

    def __call__(
        self, write: Callable[[Sequence[Key]], object], items: Sequence[Key], *, using: str
    ) -> dict[Key, str]: ...


def tables_with_triggers(*, registry: Registry, using: str) -> set[str]:
    """Return the Django models of references whose tables have triggers of the host's; a query for each."""
    tables = {reference.model: reference.model_class._meta.db_table for reference in registry}  # noqa: SLF001
    return {model for model, table in tables.items() if sql.fetch(using, *sql.dialect(using).triggers(table))}


@dataclasses.dataclass(frozen=True, kw_only=True)
class PuttingBack:
    """What is the same for all entries of a journal that are undone.

    :param guarded: what :func:`tables_with_triggers` returns
    """

    guarded: Collection[str]
    history: History
    registry: Registry
    lease: Lease
    using: str

    def put_back(self, entry: ReferenceChange) -> None:
        """Undo an entry; once more if a row came in between, and then without the rows that the database refuses."""
        for _ in range(TRIES_TOGETHER):
            with contextlib.suppress(refusals.NotTaken):
                self._try(entry, refusals.together)
                return
        self._try(entry, refusals.refused)

    def _try(self, entry: ReferenceChange, write: Write) -> None:
        retrying(partial(self._put_back, entry, write), using=self.using)

    def _put_back(self, entry: ReferenceChange, write: Write) -> None:
        with short_transaction(self.using):
            self.lease.renew()
            reference = self.registry.by_journal_label(entry.reference)
            if entry.removed_model.model_id in self.history.standing:
                outcome = undo.nothing_to_put_back(entry, obstacle=obstacles.NO_MODEL)
            elif reference is None:
                outcome = undo.nothing_to_put_back(entry, obstacle=obstacles.GONE)
            else:
                outcome = self._written(entry, reference, write)
            entry.left_alone = outcome.left_alone
            entry.left_alone_ids = [row_id for row_id in entry.object_ids if row_id not in outcome.values]
            entry.save(using=self.using, update_fields=["left_alone", "left_alone_ids"])

    def _written(self, entry: ReferenceChange, reference: Reference, write: Write) -> Outcome:
        current_values = partial(reference.current_values, label=entry.reference, using=self.using)
        held = current_values(row_ids=entry.object_ids)
        outcome = undo.undone(entry, reference=reference, held=held, history=self.history, using=self.using)
        if not outcome.values:
            return outcome
        change = as_change(entry)

        def restore_values(row_ids: Sequence[Key]) -> None:
            values = {row_id: outcome.values[row_id] for row_id in row_ids}
            reference.restore_values(change=change, held=held, values=values, using=self.using)
            if reference.goes_with_model:
                _move_on(row_ids, owned=reference, history=self.history, registry=self.registry, using=self.using)

        left = write(restore_values, list(outcome.values), using=self.using)
        if reference.model in self.guarded:
            # A trigger may let a change pass and undo it.
            now = current_values(row_ids=[row_id for row_id in outcome.values if row_id not in left])
            same = (row_id for row_id in outcome.values if row_id not in left and now.get(row_id) == held.get(row_id))
            left |= {
                row_id: obstacles.refused(IGNORED) for row_id in same if outcome.values[row_id] != held.get(row_id)
            }
        done = undo.without(outcome, left)
        announce(reference, done.values, using=self.using)
        return done


def _move_on(row_ids: Sequence[Key], *, owned: Reference, history: History, registry: Registry, using: str) -> None:
    """Move what rows that are back hold of models that later removals have taken out, as those would have done."""
    for _, models in groupby(history.later, key=lambda model: model.run_id):
        removed = {model.model_id: model for model in models}
        moves = Moves({model_id: model.replacement_id for model_id, model in removed.items()})
        for reference in registry:
            if reference.model_class is owned.model_class and not reference.goes_with_model:
                changes = reference.move(row_ids=row_ids, moves=moves, using=using)
                # Teams have been told of that removal, so nothing of theirs is named.
                untold = [dataclasses.replace(change, affected=[]) for change in changes]
                journal.write(reference=reference, changes=untold, removed=removed, members={}, using=using)
