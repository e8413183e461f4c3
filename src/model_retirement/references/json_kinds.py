"""The kind of reference that is an id under a key of a JSON field, with the lists that stand beside it."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from model_retirement import sql, stored_json
from model_retirement.ids import stored_key
from model_retirement.keys import Key, json_key, sql_key
from model_retirement.references import indexes
from model_retirement.references.changes import (
    AffectedKey,
    Change,
    LockedGroup,
    Moves,
    OthersOf,
    ParameterMap,
    State,
    packed,
)
from model_retirement.references.json_fields import JsonReference
from model_retirement.references.json_list_kinds import JsonIdListReference
from model_retirement.references.kinds import Reference
from model_retirement.references.lists import is_empty
from model_retirement.references.schema import ModelReferenceIndex, require_plain_key
from model_retirement.sql import Statement


@dataclasses.dataclass(frozen=True)
class JsonIdReference(JsonReference):
    """An id under one key of a JSON field, in any spelling of ``ids``.

    :param mirror: name of the generated column that holds the id as a number, with its index; empty if there is none: then
        a ``ModelReferenceIndex`` finds the rows, or, without that, the whole table is read
    :param parameters_key: the key of the settings for the model, in the same field; empty if there are none
    :param lists: the lists beside the id whose ``main`` it is; the registry fills them in
    """

    mirror: str = dataclasses.field(default="", kw_only=True)
    parameters_key: str = dataclasses.field(default="", kw_only=True)
    lists: tuple[JsonIdListReference, ...] = dataclasses.field(default=(), kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.parameters_key:
            require_plain_key(self.parameters_key, of=f"{self.model}.{self.field}")

    @property
    def missing_index(self) -> str:
        if self.mirror:
            return indexes.missing(self.model_class, self.mirror)
        wanted = ModelReferenceIndex(field=self.field, path=self.key, name=indexes.SOME_NAME)
        return indexes.missing_of_json(self.model_class, wanted)

    def _id(self, using: str, *, prefix: str = "") -> str:
        """Return an expression for the id that is stored.

        :param prefix: the table's name in the statement, with its dot
        """
        if self.mirror:
            return f"{prefix}{sql.quote(using, self._column(self.mirror))}"
        column = f"{prefix}{sql.quote(using, self._column(self.field))}"
        return f"({sql.dialect(using).stored_id(column, self.key, kind=self.model_kind)})"

    @property
    def parameters_label(self) -> str:
        return self.label_of(self.parameters_key) if self.parameters_key else ""

    def parameters(self, field: str, *, using: str) -> str:
        return sql.json_value(using, field, self.parameters_key)

    @property
    def journal_labels(self) -> tuple[str, ...]:
        return (self.label, self.parameters_label) if self.parameters_key else (self.label,)

    def current_values(self, *, label: str, row_ids: Sequence[Key], using: str) -> dict[Key, State]:
        keys = (self.key, self.parameters_key) if label == self.parameters_label else (self.key,)
        return self._current_values(keys, row_ids=row_ids, using=using)

    def undone(self, *, change: Change, held: Mapping[Key, State], others: OthersOf) -> dict[Key, State]:
        label = change.label or self.label
        old = {label: change.old_value}
        still = self._still_has_settings if label == self.parameters_label else self._still_points
        return {row_id: old for row_id in change.row_ids if row_id in held and still(held[row_id], change)}

    def _still_points(self, held: State, change: Change) -> bool:
        if self.label not in held:
            return False
        now = held[self.label]
        return stored_key(now) == stored_key(change.new_value) and (change.new_value is not None or is_empty(now))

    def _still_has_settings(self, held: State, change: Change) -> bool:
        # They come back with the model that they were made for, or not at all.
        beside = stored_key(held.get(self.label)) == change.replacement_id
        return beside and held.get(self.parameters_label) == change.new_value

    def restore_values(
        self, *, change: Change, held: Mapping[Key, State], values: Mapping[Key, State], using: str
    ) -> None:
        label = change.label or self.label
        key = self.parameters_key if label == self.parameters_label else self.key
        self._restore_at(key, values={row_id: state[label] for row_id, state in values.items()}, using=using)

    @property
    def db_columns(self) -> set[tuple[str, str]]:
        return {(self.model_class._meta.db_table, self._column(self.mirror))} if self.mirror else set()  # noqa: SLF001

    def pairs(self, *, model_ids: Iterable[Key], using: str, team_id: Key | None = None) -> Statement:
        table, pk, _ = self._names(using, "")
        of_team, params = self._of_team(pk, using=using, team_id=team_id)
        return (
            f"SELECT {pk} AS row_id, {self._id(using)} AS model_id FROM {table}"
            f" WHERE {self._points_at(model_ids, using=using)}{of_team}",
            params,
        )

    def ids_without_row(
        self, table: str, *, using: str, team_id: Key | None = None, first: Key | None = None
    ) -> Statement:
        rows, pk, _ = self._names(using, "")
        held = self._id(using)
        of_team, params = self._of_team(pk, using=using, team_id=team_id)
        rest = "" if first is None else f" AND {pk} >= {sql_key(first)}"
        return (
            f"SELECT {pk} AS row_id, {held} AS model_id FROM {rows} WHERE {held} IS NOT NULL"
            f" AND NOT EXISTS (SELECT 1 FROM {table} m WHERE m.{self._model_pk(using)} = {held}){of_team}{rest}",
            params,
        )

    def _points_at(self, model_ids: Iterable[Key], *, using: str) -> str:
        """Return the condition that what is stored is the id of one of the models."""
        return sql.is_one_of(using, self._id(using), model_ids)

    def vacuum_index(self, *, model_ids: Iterable[Key], using: str) -> None:
        if not self.reads_whole_table:
            table, _, _ = self._names(using, "")
            indexes.vacuum(table=table, column=self._id(using), model_ids=model_ids, using=using)

    def beside(self, other: Reference) -> Reference:
        if not isinstance(other, JsonIdListReference):
            return super().beside(other)
        return self if other in self.lists else dataclasses.replace(self, lists=(*self.lists, other))

    def texts_read(self, *, moves: Moves, using: str) -> list[str]:
        lists = [member_list.affected_list(moves=moves, using=using) for member_list in self.lists]
        return [*super().texts_read(moves=moves, using=using), self._settings_to_map(moves=moves, using=using), *lists]

    def _settings_to_map(self, *, moves: Moves, using: str) -> str:
        """Return an expression for the JSON text of the settings where the replacement may take others, else NULL."""
        if not self.parameters_key or not moves.parameter_maps:
            return "NULL"
        settings = self.parameters(sql.quote(using, self._column(self.field)), using=using)
        return f"CASE WHEN {self._points_at(moves.parameter_maps, using=using)} THEN {settings} END"

    def move(self, *, row_ids: Sequence[Key], moves: Moves, using: str) -> list[Change]:
        table, pk, column = self._names(using, self._column(self.field))
        groups = self._locked_groups(
            keys=[
                self._id(using),
                sql.json_value(using, column, self.key),
                self._settings_to_map(moves=moves, using=using),
                *(member_list.affected_list(moves=moves, using=using) for member_list in self.lists),
            ],
            ids=[0],
            where=f"{sql.is_one_of(using, pk, row_ids)} AND {self._points_at(moves.targets, using=using)}",
            using=using,
        )
        mapped = list(_mapped_settings(groups, moves.parameter_maps))
        remapped_ids = {row_id for _, _, _, group, _ in mapped for row_id in group}
        moved_alone = [row_id for _, group, _ in groups for row_id in group if row_id not in remapped_ids]
        in_lists = [
            change
            for place, member_list in enumerate(self.lists, start=3)
            for change in member_list.move_locked(
                ((held[0], held[place], group, affected) for held, group, affected in groups),
                moves=moves,
                using=using,
            )
        ]
        if moved_alone:
            self.repoint(row_ids=moved_alone, targets=moves.targets, using=using)
        sql.update_json_values(
            using,
            table=table,
            pk=pk,
            column=column,
            key=self.parameters_key,
            kind=self.row_kind,
            values=[(group, new) for _, _, new, group, _ in mapped],
            base=self._moved(moves.targets, using=using, prefix="t."),
        )
        return [
            *packed(
                (held[0], stored_json.loads(held[1]), moves.targets[held[0]], group, affected)
                for held, group, affected in groups
            ),
            *packed(mapped, label=self.parameters_label),
            *in_lists,
        ]

    def repoint(self, *, row_ids: Sequence[Key], targets: Mapping[Key, Key | None], using: str) -> int:
        table, pk, column = self._names(using, self._column(self.field))
        return sql.execute(
            using,
            f"UPDATE {table} SET {column} = {self._moved(targets, using=using)}"
            f" WHERE {sql.is_one_of(using, pk, row_ids)} AND {self._points_at(targets, using=using)}",
        )

    def _moved(self, targets: Mapping[Key, Key | None], *, using: str, prefix: str = "") -> str:
        """Return an expression for the field with the id replaced.

        :param prefix: the table's name in the statement, with its dot
        """
        column = f"{prefix}{sql.quote(using, self._column(self.field))}"
        new_id = sql.replaced(using, self._id(using, prefix=prefix), targets, value=_json_id)
        return sql.set_json_value(using, column, self.key, new_id)


def _json_id(new: Key | None) -> str:
    return f"'{json.dumps(json_key(new))}'"


def _mapped_settings(
    groups: Iterable[LockedGroup], parameter_maps: Mapping[Key, ParameterMap]
) -> Iterator[tuple[Key, Any, Any, list[Key], list[AffectedKey]]]:
    """Yield (model id, old settings, new settings, row ids, nothing) where not all settings suit the replacement."""
    for (model_id, _, text, *_), group, _ in groups:
        old = stored_json.loads(text) if text is not None else None
        new = parameter_maps[model_id](old) if isinstance(old, dict) else None
        if new is not None:
            yield model_id, old, new, group, []
