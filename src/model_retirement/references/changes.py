"""What is asked of references when they move, what they answer, and what undoing it has to know."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from model_retirement.keys import Key, read_keys

ParameterMap = Callable[[dict[str, Any]], dict[str, Any] | None]
"""Gives what a model's settings become for its replacement, or None if they stay as they are."""


@dataclasses.dataclass(frozen=True)
class Moves:
    """Where references go.

    :param targets: model id to the id that takes its place; None clears the reference
    :param parameter_maps: model id to what becomes of the settings that some references keep beside the id
    :param merge: models that become one stand in a list once; otherwise they stay as often as they are stored
    """

    targets: Mapping[Key, Key | None]
    parameter_maps: Mapping[Key, ParameterMap] = dataclasses.field(default_factory=dict)
    merge: bool = True


AffectedKey = tuple[Key, str]
"""Primary key of the resource that a row concerns, and which part of it the row is; empty if it is the resource."""


LockedGroup = tuple[tuple[Any, ...], list[Key], list[AffectedKey]]
"""What rows hold, their primary keys, and what each concerns."""


def locked_group(row: tuple[Any, ...], *, held: int) -> LockedGroup:
    """Return such a group of what a query gives.

    :param row: what the rows hold, and, as JSON lists, their keys, those of what they concern, and which parts they are
    :param held: number of columns for what they hold
    """
    row_ids, resource_ids, parts = map(json.loads, row[held:])
    return row[:held], read_keys(row_ids), list(zip(read_keys(resource_ids), parts, strict=True))


@dataclasses.dataclass(frozen=True)
class Change:
    """Rows that held the same value and now hold the same other value.

    :param model_id: the model that they pointed at
    :param old_value: what was stored, as Python data of the JSON (12 and "12" differ)
    :param new_value: what is stored now
    :param row_ids: primary keys of the rows
    :param affected: what each row concerns; empty for settings, whose rows are told of by their reference
    :param label: where it is stored, if that is not the reference itself but something beside it, such as settings
    :param replacement_id: the model that took its place, of changes from the journal
    :param run_id: the removal, of changes from the journal
    """

    model_id: Key
    old_value: Any
    new_value: Any
    row_ids: list[Key]
    affected: list[AffectedKey] = dataclasses.field(default_factory=list)
    label: str = ""
    replacement_id: Key | None = None
    run_id: int | None = None


State = dict[str, Any]
"""What a row holds, by names that are unique in its table; what is not stored at all is missing."""


@dataclasses.dataclass(frozen=True)
class PastRemoval:
    """A removal that has changed a row, in the order of time.

    :param targets: all models that it was to remove, with what takes their place
    :param stands: whether what it did to the row was not undone
    :param own: whether it is the one that is being undone
    """

    targets: Mapping[Key, Key | None]
    stands: bool
    own: bool


@dataclasses.dataclass(frozen=True)
class Past:
    """What the first of several removals found in a row, and the removals since.

    :param value: what the reference held
    :param main: the main model beside it, as it is stored; missing if none of them has changed it
    :param moved_on: the models of the removal that is being undone whose replacement a later one has moved on in this row;
        they are not put back
    """

    value: Any
    main: tuple[Any, ...]
    removals: Sequence[PastRemoval]
    moved_on: Mapping[Key, Key | None] = dataclasses.field(default_factory=dict)

    def until_own(self) -> Past:
        """Return the same without what came after the removal that is being undone."""
        own = next(place for place, removal in enumerate(self.removals) if removal.own)
        return dataclasses.replace(self, removals=self.removals[: own + 1])


@dataclasses.dataclass(frozen=True)
class Others:
    """What else was done to a row for which a change is to be undone, if several removals have changed it.

    :param later: changes of later removals that stand, in their order
    :param own: earlier changes of the same removal, in their order
    :param own_undone: its later changes, which were undone before this one, the last first
    :param undone: changes of earlier removals that were undone after this one, the last first
    :param successors: models that took references over and were removed since, with what took their place
    :param past: all of it from the first of these removals on; None if there is none, or if it is not known
    """

    later: Sequence[Change] = ()
    own: Sequence[Change] = ()
    own_undone: Sequence[Change] = ()
    undone: Sequence[Change] = ()
    successors: Mapping[Key, Key | None] = dataclasses.field(default_factory=dict)
    past: Past | None = None

    def moved_on(self, change: Change) -> int | None:
        """Return the removal that has moved on what a change had written; None if there is none."""
        run_ids = (later.run_id for later in self.later if later.model_id == change.replacement_id)
        return next(run_ids, None)


OthersOf = Callable[[Key], Others]
"""Gives what other removals have done to a row."""


def packed(
    changed: Iterable[tuple[Key, Any, Any, Sequence[Key], Sequence[AffectedKey]]], *, label: str = ""
) -> list[Change]:
    """Pack (model id, old value, new value, row ids, what they concern) into one change per value."""
    packed: dict[tuple[Key, str, str], Change] = {}
    for model_id, old, new, row_ids, affected in changed:
        key = (model_id, repr(old), repr(new))  # 12 and "12" differ
        if key not in packed:
            packed[key] = Change(model_id=model_id, old_value=old, new_value=new, row_ids=[], label=label)
        packed[key].row_ids.extend(row_ids)
        packed[key].affected.extend(affected)
    return list(packed.values())
