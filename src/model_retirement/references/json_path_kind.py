"""The kind of reference that is an id anywhere inside a JSON field, found by a path: in objects, in lists, under any key.

Both databases give a path the same meaning. The keys that it begins with and that both read alike lead to the part of the
field that is read and written; what comes after them is walked in Python, and, to find the rows, in SQL by PostgreSQL and in
a function of Python's by SQLite, whose own paths cannot name every key.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

from model_retirement import json_paths as paths
from model_retirement import sql, stored_json
from model_retirement.ids import stored_key
from model_retirement.json_paths import EACH, Place, Step
from model_retirement.keys import Key, json_key
from model_retirement.references import indexes
from model_retirement.references.changes import AffectedKey, Change, Moves, Others, OthersOf, State, packed
from model_retirement.references.json_fields import JsonLinesReference
from model_retirement.references.lists import is_empty
from model_retirement.references.schema import ModelReferenceIndex
from model_retirement.sql import Statement

LONGEST_LABEL = 200
"""The journal keeps no longer one."""


@dataclasses.dataclass(frozen=True)
class JsonPathReference(JsonLinesReference):
    """Ids in a JSON field to which a path leads, each in any spelling of ``ids``.

    An id that is cleared becomes null where it stands. For a list of nothing but ids, out of which it is to be taken,
    there is ``JsonIdListReference``.

    :param path: as ``json_paths`` has it
    :raises ValueError: if it cannot be read
    """

    path: str | tuple[Step, ...] = dataclasses.field(kw_only=True)

    def __post_init__(self) -> None:
        if len(self.label) > LONGEST_LABEL:
            raise ValueError(f"The path of {self.model}.{self.field} is too long: {self.label}")

    @cached_property
    def _steps(self) -> tuple[Step, ...]:
        return paths.parse(self.path, of=f"{self.model}.{self.field}")

    @cached_property
    def _part(self) -> str:
        """The path of the part of the field that is read and written."""
        return ".".join(paths.plain_beginning(self._steps))

    @cached_property
    def _inside(self) -> tuple[Step, ...]:
        """The steps from there."""
        return self._steps[len(paths.plain_beginning(self._steps)) :]

    @property
    def label(self) -> str:
        return f"{self.model}.{self.field}.{paths.written(self._steps)}"

    @property
    def missing_index(self) -> str:
        if self._inside:
            return ""
        wanted = ModelReferenceIndex(field=self.field, path=self._part, name=indexes.SOME_NAME)
        return indexes.missing_of_json(self.model_class, wanted)

    @property
    def reads_whole_table(self) -> bool:
        return bool(self._inside or self.missing_index)

    def pairs(self, *, model_ids: Iterable[Key], using: str, team_id: Key | None = None) -> Statement:
        if self._inside:
            return super().pairs(model_ids=model_ids, using=using, team_id=team_id)
        table, pk, column = self._names(using, self._column(self.field))
        of_team, params = self._of_team(f"t.{pk}", using=using, team_id=team_id)
        held = f"({sql.dialect(using).stored_id(f't.{column}', self._part, kind=self.model_kind)})"
        return (
            f"SELECT t.{pk} AS row_id, {held} AS model_id FROM {table} t"
            f" WHERE {sql.is_one_of(using, held, model_ids)}{of_team}",
            params,
        )

    def _ids(self, column: str, *, using: str) -> tuple[str, str]:
        return sql.dialect(using).ids_at(column, self._steps, kind=self.model_kind)

    def texts_read(self, *, moves: Moves, using: str) -> list[str]:
        column = sql.quote(using, self._column(self.field))
        return [*super().texts_read(moves=moves, using=using), sql.json_value(using, column, self._part)]

    def move(self, *, row_ids: Sequence[Key], moves: Moves, using: str) -> list[Change]:
        table, pk, column = self._names(using, self._column(self.field))
        groups = self._locked_groups(
            keys=[sql.json_value(using, column, self._part)], where=sql.is_one_of(using, pk, row_ids), using=using
        )
        changed: list[tuple[Key, Any, Any, list[Key], list[AffectedKey]]] = []
        values: list[tuple[list[Key], Any]] = []
        for (text,), group, affected in groups:
            value = stored_json.loads(text or "null")
            going: dict[Key, list[tuple[Place, Any]]] = {}
            for place, item in paths.members(value, self._inside):
                if (model_id := stored_key(item)) is not None and model_id in moves.targets:
                    going.setdefault(model_id, []).append((place, item))
            for model_id, members in going.items():
                new = moves.targets[model_id]
                changed.append((model_id, self._told(members), new, group, affected))
                for place, _ in members:
                    value = paths.with_item(value, place, json_key(new))
            if going:
                values.append((group, value))
        sql.update_json_values(
            using, table=table, pk=pk, column=column, key=self._part, values=values, kind=self.row_kind
        )
        return packed(changed)

    def _told(self, members: Sequence[tuple[Place, Any]]) -> Any:
        """Return what was stored as the journal keeps it: with its places, where a row may have several."""
        return [[list(place), item] for place, item in members] if EACH in self._steps else members[0][1]

    def _places(self, old_value: Any) -> list[tuple[Place, Any]]:
        """Return what was stored and where, of what the journal keeps."""
        if EACH in self._steps:
            return [(tuple(place), item) for place, item in old_value]
        return [(tuple(step for step in self._inside if step is not EACH), old_value)]

    def current_values(self, *, label: str, row_ids: Sequence[Key], using: str) -> dict[Key, State]:
        return self._values_at({label: self._part}, row_ids=row_ids, using=using)

    def undone(self, *, change: Change, held: Mapping[Key, State], others: OthersOf) -> dict[Key, State]:
        states: dict[Key, State] = {}
        for row_id in change.row_ids:
            state = held.get(row_id, {})
            if self.label in state and (back := self._back(state[self.label], change)) is not paths.MISSING:
                states[row_id] = {self.label: back}
        return states

    def _back(self, value: Any, change: Change) -> Any:
        """Return a stored part with what a change had replaced, or ``MISSING`` if it is not there any more: all or none."""
        for place, item in self._places(change.old_value):
            now = paths.item_at(value, place)
            if now is paths.MISSING or stored_key(now) != stored_key(change.new_value):
                return paths.MISSING
            if change.new_value is None and not is_empty(now):
                return paths.MISSING
            value = paths.with_item(value, place, item)
        return value

    def moved_on_by(self, *, change: Change, held: State, others: Others) -> int | None:
        return others.moved_on(change)

    def restore_values(
        self, *, change: Change, held: Mapping[Key, State], values: Mapping[Key, State], using: str
    ) -> None:
        self._restore_at(
            self._part, values={row_id: state[self.label] for row_id, state in values.items()}, using=using
        )
