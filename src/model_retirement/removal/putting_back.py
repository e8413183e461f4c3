"""Undo one entry of the journal: what the database takes is put back, and what it does not take is written down with why."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Sequence
from functools import partial
from itertools import groupby

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

Write = Callable[[Callable[[Sequence[Key]], object], Sequence[Key]], dict[Key, str]]
"""Writes rows by a function that writes some of them, and returns those that were refused."""


def tables_with_triggers(*, registry: Registry, using: str) -> set[str]:
    """Return the Django models of references whose tables have triggers of the host's; a query for each."""
    tables = {reference.model: reference.model_class._meta.db_table for reference in registry}  # noqa: SLF001
    return {model for model, table in tables.items() if sql.fetch(using, *sql.dialect(using).triggers(table))}


def put_back(
    entry: ReferenceChange,
    *,
    standing: Collection[Key],
    guarded: Collection[str],
    history: History,
    registry: Registry,
    lease: Lease,
    using: str,
) -> None:
    """Undo an entry; once more if a row came in between, and then without the rows that the database refuses.

    :param standing: keys of models that do not come back
    :param guarded: what :func:`tables_with_triggers` returns
    """
    work = partial(
        _put_back,
        entry,
        standing=standing,
        guarded=guarded,
        history=history,
        registry=registry,
        lease=lease,
        using=using,
    )
    for last in (False, True):
        try:
            retrying(partial(work, write=partial(refusals.together, using=using)), using=using)
        except refusals.NotTaken:
            if last:
                retrying(partial(work, write=partial(refusals.refused, using=using)), using=using)
        else:
            break


def _put_back(
    entry: ReferenceChange,
    *,
    write: Write,
    standing: Collection[Key],
    guarded: Collection[str],
    history: History,
    registry: Registry,
    lease: Lease,
    using: str,
) -> None:
    with short_transaction(using):
        lease.renew()
        reference = registry.by_journal_label(entry.reference)
        if entry.removed_model.model_id in standing:
            outcome = undo.nothing_to_put_back(entry, obstacle=obstacles.NO_MODEL)
        elif reference is None:
            outcome = undo.nothing_to_put_back(entry, obstacle=obstacles.GONE)
        else:
            outcome = _written(
                entry,
                reference=reference,
                write=write,
                guarded=guarded,
                history=history,
                registry=registry,
                using=using,
            )
        entry.left_alone = outcome.left_alone
        entry.left_alone_ids = [row_id for row_id in entry.object_ids if row_id not in outcome.values]
        entry.save(using=using, update_fields=["left_alone", "left_alone_ids"])


def _written(
    entry: ReferenceChange,
    *,
    reference: Reference,
    write: Write,
    guarded: Collection[str],
    history: History,
    registry: Registry,
    using: str,
) -> Outcome:
    current_values = partial(reference.current_values, label=entry.reference, using=using)
    held = current_values(row_ids=entry.object_ids)
    outcome = undo.undone(entry, reference=reference, held=held, history=history, using=using)
    if not outcome.values:
        return outcome
    change = as_change(entry)

    def restore_values(row_ids: Sequence[Key]) -> None:
        values = {row_id: outcome.values[row_id] for row_id in row_ids}
        reference.restore_values(change=change, held=held, values=values, using=using)
        if reference.goes_with_model:
            _move_on(row_ids, owned=reference, history=history, registry=registry, using=using)

    left = write(restore_values, list(outcome.values))
    if reference.model in guarded:
        # A trigger may let a change pass and undo it.
        now = current_values(row_ids=[row_id for row_id in outcome.values if row_id not in left])
        same = (row_id for row_id in outcome.values if row_id not in left and now.get(row_id) == held.get(row_id))
        left |= {row_id: obstacles.refused(IGNORED) for row_id in same if outcome.values[row_id] != held.get(row_id)}
    done = undo.without(outcome, left)
    announce(reference, done.values, using=using)
    return done


def _move_on(row_ids: Sequence[Key], *, owned: Reference, history: History, registry: Registry, using: str) -> None:
    """Move what rows that are back hold of models that later removals have taken out, as those would have done."""
    members = {reference.label: reference.holds for reference in registry}
    for _, models in groupby(history.later, key=lambda model: model.run_id):
        removed = {model.model_id: model for model in models}
        moves = Moves({model_id: model.replacement_id for model_id, model in removed.items()})
        for reference in registry:
            if reference.model_class is owned.model_class and not reference.goes_with_model:
                changes = reference.move(row_ids=row_ids, moves=moves, using=using)
                # Teams have been told of that removal.
                untold = [dataclasses.replace(change, affected=[]) for change in changes]
                journal.write(reference=reference, changes=untold, removed=removed, members=members, using=using)
