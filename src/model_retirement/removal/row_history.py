"""What several removals have done to the same rows, as far as the undo of one of them has to know."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Collection, Mapping, Sequence

from model_retirement.keys import Key
from model_retirement.models import ReferenceChange, RemovalRun, RemovedModel
from model_retirement.references import Change, Reference, Registry
from model_retirement.references.changes import Others, Past, PastRemoval
from model_retirement.removal import journal


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
    :param standing: models of the removal that do not come back
    :param went: by Django model of the rows, those that went with models of later removals, with the last of these
    :param later: the models that later removals have taken out, in their order
    """

    run: RemovalRun
    entries: Mapping[Reference, Mapping[Key, Sequence[_Known]]]
    targets: Mapping[int, Mapping[Key, Key | None]]
    successors: Mapping[Key, Key | None]
    standing: Collection[Key] = ()
    went: Mapping[str, Mapping[Key, int]] = dataclasses.field(default_factory=dict)
    later: Sequence[RemovedModel] = ()

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
        moved_on = {model_id: new for model_id, new in own_targets.items() if new in later or model_id in self.standing}
        return Past(values[0], main=tuple(mains[:1]), removals=removals, moved_on=moved_on)


def history(
    *,
    run: RemovalRun,
    removed: Sequence[RemovedModel],
    standing: Collection[Key],
    registry: Registry,
    using: str,
) -> History:
    """Return what was done to the rows of a removal that others have changed, too, where it matters to its undo.

    :param standing: keys of models that do not come back
    """
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
        standing=frozenset(standing),
        went=_went(run, registry=registry, using=using),
        later=_later(run, using=using),
    )


def _later(run: RemovalRun, *, using: str) -> list[RemovedModel]:
    models = RemovedModel.objects.using(using).filter(run__gt=run.pk, removed_at__isnull=False, restored_at=None)
    return list(models.order_by("run_id", "pk"))


def _went(run: RemovalRun, *, registry: Registry, using: str) -> dict[str, dict[Key, int]]:
    """Return rows that went with models of later removals, which have not brought them back."""
    models = {reference.label: reference.model for reference in registry if reference.goes_with_model}
    entries = ReferenceChange.objects.using(using).filter(removed_model__run__gt=run.pk, left_alone_ids__isnull=True)
    rows = entries.filter(reference__in=models).order_by("pk")
    run_by_row: dict[str, dict[Key, int]] = {}
    for label, row_ids, run_id in rows.values_list("reference", "object_ids", "removed_model__run"):
        run_by_row.setdefault(models[label], {}).update(dict.fromkeys(row_ids, run_id))
    return run_by_row


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
