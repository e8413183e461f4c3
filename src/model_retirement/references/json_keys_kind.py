"""The kind of reference that is the keys of a JSON object: limits by model, or settings for each, as ``{"91": {...}}``."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from model_retirement import sql, stored_json
from model_retirement.ids import stored_key
from model_retirement.keys import Key
from model_retirement.references.changes import AffectedKey, Change, Moves, Others, OthersOf, State, packed
from model_retirement.references.json_fields import JsonLinesReference
from model_retirement.references.schema import require_plain_key

_RENAMED = 2
"""What the journal says of a key that got another name: how it was spelled, and where it stood."""


@dataclasses.dataclass(frozen=True)
class JsonKeysReference(JsonLinesReference):
    """Ids that are the keys of an object in a JSON field, in any spelling of ``ids`` that is a text.

    What stands under a key moves with it. Where the model that takes the place has a key already, that one stays, and the
    other goes with all that is under it, as it does when it is cleared; the journal keeps it.

    :param key: where the object stands: a plain key, or several with dots between them; empty if it is the whole field
    :raises ValueError: if the key has other characters than letters, digits, ``_`` and ``-``
    """

    key: str = dataclasses.field(default="", kw_only=True)

    def __post_init__(self) -> None:
        for key in self.key.split(".") if self.key else ():
            require_plain_key(key, of=f"{self.model}.{self.field}")

    @property
    def label(self) -> str:
        return f"{self.model}.{self.field}{f'.{self.key}' if self.key else ''}[keys]"

    @property
    def reads_whole_table(self) -> bool:
        return True

    def _ids(self, column: str, *, using: str) -> tuple[str, str]:
        return sql.dialect(using).key_ids(column, self.key, kind=self.model_kind)

    def texts_read(self, *, moves: Moves, using: str) -> list[str]:
        column = sql.quote(using, self._column(self.field))
        return [*super().texts_read(moves=moves, using=using), sql.json_value(using, column, self.key)]

    def move(self, *, row_ids: Sequence[Key], moves: Moves, using: str) -> list[Change]:
        table, pk, column = self._names(using, self._column(self.field))
        groups = self._locked_groups(
            keys=[sql.json_value(using, column, self.key)], where=sql.is_one_of(using, pk, row_ids), using=using
        )
        changed: list[tuple[Key, Any, Any, list[Key], list[AffectedKey]]] = []
        values: list[tuple[list[Key], Any]] = []
        for (text,), group, affected in groups:
            held = stored_json.loads(text or "null")
            going = sorted(moves.targets.keys() & set(map(stored_key, held))) if isinstance(held, dict) else []
            for model_id in going:
                new = moves.targets[model_id]
                held, old_keys = _moved(held, model_id, new)
                changed.append((model_id, old_keys, new, group, affected))
            if going:
                values.append((group, held))
        sql.update_json_values(
            using, table=table, pk=pk, column=column, key=self.key, values=values, kind=self.row_kind
        )
        # A row's models have to be undone in the order in which they were moved.
        return sorted(packed(changed), key=lambda change: change.model_id)

    def current_values(self, *, label: str, row_ids: Sequence[Key], using: str) -> dict[Key, State]:
        return self._values_at({label: self.key}, row_ids=row_ids, using=using)

    def undone(self, *, change: Change, held: Mapping[Key, State], others: OthersOf) -> dict[Key, State]:
        back = {
            row_id: _undone(held.get(row_id, {}).get(self.label), change, others(row_id)) for row_id in change.row_ids
        }
        return {row_id: {self.label: value} for row_id, value in back.items() if value is not None}

    def moved_on_by(self, *, change: Change, held: State, others: Others) -> int | None:
        return others.moved_on(change)

    def restore_values(
        self, *, change: Change, held: Mapping[Key, State], values: Mapping[Key, State], using: str
    ) -> None:
        self._restore_at(self.key, values={row_id: state[self.label] for row_id, state in values.items()}, using=using)


def _moved(held: dict[str, Any], model_id: Key, new: Key | None) -> tuple[dict[str, Any], list[list[Any]]]:
    """Return an object without the keys of one model, and what became of each.

    :return: the object, and for each key how it was spelled, where it stood, and what was under it if that went, too
    """
    old_keys: list[list[Any]] = []
    for key in [key for key in held if stored_key(key) == model_id]:
        place = list(held).index(key)
        if new is None or new in map(stored_key, held):
            old_keys.append([key, place, held[key]])
            held = {other: value for other, value in held.items() if other != key}
        else:
            old_keys.append([key, place])
            held = _renamed(held, key, str(new))
    return held, old_keys


def _undone(held: Any, change: Change, others: Others) -> dict[str, Any] | None:
    """Return what an object becomes when a change of it is undone; None if that is not possible: all of it, or none.

    :param others: what other removals have done to the same object
    """
    if not isinstance(held, dict):
        return None
    back: dict[str, Any] = held
    old_keys = change.old_value
    if _would_have_been_first(change, others) and change.replacement_id in map(stored_key, held):
        # That there was a key already was the work of a removal that was undone.
        (key, place, *_), *rest = old_keys
        old_keys = [[key, place], *rest]
    for key, place, *gone in reversed(old_keys):
        now = next((other for other in back if stored_key(other) == stored_key(change.new_value)), None)
        if key in back or (now is None and not gone):
            return None
        back = _with_key(back, key, place, gone[0]) if gone else _renamed(back, str(now), key)
    # What a later removal took out since there was this key takes its place.
    dropped = (later for later in others.later if _took(later, change.replacement_id))
    if len(old_keys[0]) == _RENAMED and (first := next(dropped, None)) is not None:
        _, place, *gone = first.old_value[0]
        return _with_key(back, str(change.replacement_id), place, gone[0]) if gone else back
    return back


def _would_have_been_first(change: Change, others: Others) -> bool:
    """Return whether a change took a key out only because of what a removal had made that was undone since."""
    made = any(_is_renamed(earlier, change.replacement_id) for earlier in others.undone)
    return made and not any(_took(own, change.replacement_id) for own in others.own)


def _is_renamed(change: Change, new: Key | None) -> bool:
    return _took(change, new) and len(change.old_value[0]) == _RENAMED


def _took(change: Change, new: Key | None) -> bool:
    """Return whether a change has moved keys to a model, or taken them out because the model had one."""
    return change.replacement_id == new is not None


def _with_key(held: dict[str, Any], key: str, place: int, value: Any) -> dict[str, Any]:
    """Return an object with one more key at a place."""
    items = list(held.items())
    return dict([*items[:place], (key, value), *items[place:]])


def _renamed(held: dict[str, Any], key: str, new: str) -> dict[str, Any]:
    """Return an object with another key in the place of one."""
    return {new if other == key else other: value for other, value in held.items()}
