"""What a removal makes of a stored list of ids, and what its undo makes of that: values in, values out."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Any, NamedTuple

from model_retirement import stored_json
from model_retirement.ids import stored_key
from model_retirement.keys import Key, json_key
from model_retirement.references.changes import Change, Moves, Others, Past


class ListStep(NamedTuple):
    """What the removal of one model made of a list.

    :param model_id: the model
    :param before: the list, or what the steps before this one had made of it
    """

    model_id: Key
    before: list[Any]
    after: list[Any]


def list_steps(stored: Any, *, moves: Moves, main: Key | None = None) -> list[ListStep]:
    """Return how a stored list changes, one step per model, each on the one before it.

    Models that become one leave it in the list once, where the first of them stood, and not at all if it is the main
    model beside the list: a fallback that has failed already is none. What a person had stored twice stays twice.
    Steps are in the order of the models' ids, which is the same for all lists.

    :param stored: what is stored; what is not a list has no steps
    :param main: the main model beside the list, as it is before it moves; None if there is none
    """
    if not isinstance(stored, list):
        return []
    held = {model_id for item in stored if (model_id := stored_key(item)) is not None}
    becomes = None if main is None else moves.targets.get(main, main)
    going = moves.targets.keys() & held
    if moves.merge and main is not None and main in moves.targets and becomes in held:
        going |= {main}
    steps: list[ListStep] = []
    before = stored
    for model_id in sorted(going):
        new = moves.targets[model_id]
        if new is None or (moves.merge and new == becomes):
            leaving = {model_id, new} if model_id == main else {model_id}
            after = [item for item in before if stored_key(item) not in leaving - {None}]
        elif moves.merge:
            after = list(_merged(before, model_id, new))
        else:
            after = [json_key(new) if stored_key(item) == model_id else item for item in before]
        steps.append(ListStep(model_id, before, after))
        before = after
    return steps


def _merged(items: list[Any], old: Key, new: Key) -> Iterator[Any]:
    """Yield a list in which one model has become another one; the first of the two stays, as often as it is there."""
    first: Key | None = None
    for item in items:
        model_id = stored_key(item)
        if model_id not in (old, new):
            yield item
        elif first in (None, model_id):
            first = model_id
            yield json_key(new) if model_id == old else item


def undone_list(held: list[Any], *, change: Change, others: Others, main: Key | None) -> list[Any] | None:
    """Return what a list becomes when one removal of a model is undone, or None if that is not possible.

    Elements that moved on stay as they are, and those that the removal replaced or took out come back at their place.
    All of them do or none: where the model that took their place has gone, there is no place for them.

    :param held: the list as it is now
    :param others: what other removals have done to the same list
    :param main: the main model beside the list, as it is now
    """
    if change.replacement_id in _ids(change.new_value) - _ids(held) and others.moved_on(change) is not None:
        return None
    if others.past is not None and (replayed := _replayed(held, others.past, main=main)) is not None:
        return replayed
    laters = [_as_if_without(later, others.own_undone, main=main) for later in others.later]
    now = held
    for later in reversed(laters):
        if (without := _without(now, later)) is not None:
            now = without
    back = _without(now, _as_if_never(change, others, main=main))
    if back is None:
        back = _without(now, change)
    if back is None:
        return None
    for later in others.later:
        back = _redone(back, later, main=main)
    return _moved(back, Moves(others.successors), main=main)


def _replayed(held: list[Any], past: Past, *, main: Key | None) -> list[Any] | None:
    """Return what a list would be if one removal had never been, or None if somebody else has changed the row, too.

    It holds the result already where a later entry of the same removal has been undone, which is as well.
    """
    result, main_without = list_after(past, own=False, main=main)
    as_done, _ = list_after(past, own=True, main=main)
    _, main_of_own = list_after(past.until_own(), own=True, main=main)
    if main not in (main_without, main_of_own):
        return None  # The main model has moved on since and is not put back.
    return result if means_the_same(held, result) or means_the_same(held, as_done) else None


def list_after(past: Past, *, own: bool, main: Key | None) -> tuple[list[Any], Key | None]:
    """Return a list and the main model beside it as they are if nobody but the removals that stand has changed them.

    :param own: with what the removal did that is being undone
    :param main: the main model as it is now; None if there is none
    """
    items: list[Any] = past.value
    main = stored_key(past.main[0]) if past.main else main
    for removal in past.removals:
        stands = own if removal.own else removal.stands
        targets = removal.targets if stands else past.moved_on if removal.own else {}
        items = _moved(items, Moves(targets), main=main)
        main = None if main is None else targets.get(main, main)
    return items, main


def means_the_same(items: list[Any], others: list[Any]) -> bool:
    """Return whether two lists hold the same, however it is spelled."""
    return _keys(items) == _keys(others)


def _as_if_never(change: Change, others: Others, *, main: Key | None) -> Change:
    """Return a change of a list as it would have been without earlier removals that were undone since."""
    if not others.undone:
        return change
    first, *rest = (*others.own, change)
    seen = _as_if_without(first, others.undone, main=main)
    for own in rest:
        seen = dataclasses.replace(own, old_value=seen.new_value, new_value=_redone(seen.new_value, own, main=main))
    return seen


def _as_if_without(change: Change, undone: Sequence[Change], *, main: Key | None) -> Change:
    """Return a change of a list as it would have been without some that came before it, the last of these first."""
    before = change.old_value
    for earlier in undone:
        if (without := _without(before, earlier)) is not None:
            before = without
    return dataclasses.replace(change, old_value=before, new_value=_redone(before, change, main=main))


def _without(now: list[Any], change: Change) -> list[Any] | None:
    return _put_back(now, change.old_value, change.new_value, change=change)


def _redone(items: list[Any], change: Change, *, main: Key | None) -> list[Any]:
    """Return what a removal would have made of another list."""
    was_main = change.replacement_id in _ids(change.old_value) - _ids(change.new_value)
    moves = Moves({change.model_id: change.replacement_id})
    return _moved(items, moves, main=change.model_id if was_main else main)


def _moved(items: list[Any], moves: Moves, *, main: Key | None) -> list[Any]:
    steps = list_steps(items, moves=moves, main=main)
    return steps[-1].after if steps else items


def _put_back(now: list[Any], before: list[Any], after: list[Any], *, change: Change) -> list[Any] | None:
    """Return a list with what was made of one part of it undone; None if that part is not there any more.

    :param now: the list as it is
    :param before: what it was
    :param after: what was made of it
    """
    keys, keys_now = _keys(after), _keys(now)
    if [key for key in keys if key] == [key for key in keys_now if key]:
        return before
    if change.replacement_id in _ids(after) and change.replacement_id not in _ids(now):
        return None
    places, taken = _places(keys, keys_now)
    added = {key for place, key in enumerate(keys_now) if place not in taken}
    back: list[list[Any]] = [[item] for item in now]
    first: list[Any] = []
    anchor: list[Any] = first
    for item, place_after in _origins(before, after, change=change):
        if place_after is None:
            if _key(item) not in added:
                anchor.append(item)
        elif (place := places.get(place_after)) is not None:
            anchor = back[place]
            if place in taken:
                anchor[0] = item
    return [*first, *(item for items in back for item in items)]


def _origins(before: list[Any], after: list[Any], *, change: Change) -> Iterator[tuple[Any, int | None]]:
    """Yield each item of before with its place in what was made of the list; None if it was taken out."""
    place = 0
    for item in before:
        became = after[place] if place < len(after) else None
        replaced = stored_key(item) == change.model_id and stored_key(became) == change.replacement_id is not None
        if place < len(after) and (replaced or _key(item) == _key(became)):
            yield item, place
            place += 1
        else:
            yield item, None


def _places(before: list[str], now: list[str]) -> tuple[dict[int, int], set[int]]:
    """Return where items of a list stand now, and which of these places hold the same; others stand in their stead."""
    start = 0
    while start < min(len(before), len(now)) and before[start] == now[start]:
        start += 1
    end = 0
    while end < min(len(before), len(now)) - start and before[-1 - end] == now[-1 - end]:
        end += 1
    places = {place: place for place in range(start)}
    places |= {len(before) - 1 - place: len(now) - 1 - place for place in range(end)}
    same = set(places.values())
    matcher = SequenceMatcher(None, before[start : len(before) - end], now[start : len(now) - end], autojunk=False)
    for kind, first, last, first_now, last_now in matcher.get_opcodes():
        if kind == "equal" or (kind == "replace" and last - first == last_now - first_now):
            pairs = zip(range(first + start, last + start), range(first_now + start, last_now + start), strict=True)
            places |= pairs
            same |= set(range(first_now + start, last_now + start)) if kind == "equal" else set()
    for place, key in enumerate(before):
        if places.get(place) not in same and (moved := _first(key, now, but=same)) is not None:
            places[place] = moved
            same.add(moved)
    return places, same


def _first(key: str, now: list[str], *, but: set[int]) -> int | None:
    """Return the first place of what somebody has put elsewhere in the list."""
    return next((place for place, other in enumerate(now) if other == key and place not in but), None)


def _keys(items: list[Any]) -> list[str]:
    return [_key(item) for item in items]


def _key(item: Any) -> str:
    """Return what an item means: editors write an id as a number, whatever it was, and leave out what is empty."""
    if (model_id := stored_key(item)) is not None:
        return str(model_id)
    return "" if is_empty(item) else stored_json.dumps(item)


def is_empty(value: Any) -> bool:
    """Return whether a value says that there is no model: null, or the empty text of old editors."""
    return value is None or (isinstance(value, str) and not value.strip())


def _ids(items: list[Any]) -> set[Key | None]:
    return {stored_key(item) for item in items} - {None}
