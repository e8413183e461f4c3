"""The kinds of reference that are ids inside a JSON field: under a key, and in a list."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from apps.service_providers.references import sql, stored_json
from apps.service_providers.references.ids import postgresql_id, sqlite_id, stored_id
from apps.service_providers.references.kinds import (
    Change,
    Concerned,
    LockedGroup,
    Moves,
    Others,
    OthersOf,
    ParameterMap,
    Reference,
    State,
    packed,
    tidy_index,
)
from apps.service_providers.references.lists import is_empty, list_steps, undone_list
from apps.service_providers.references.schema import is_list_sql, list_ids_sql, require_plain_key
from apps.service_providers.references.sql import Statement


@dataclasses.dataclass(frozen=True)
class JsonReference(Reference):
    """What is under one key of a JSON field.

    :param key: the key: letters, digits, ``_`` and ``-``
    :raises ValueError: if the key has other characters
    """

    key: str = dataclasses.field(kw_only=True)

    def __post_init__(self) -> None:
        require_plain_key(self.key, of=f"{self.model}.{self.field}")

    @property
    def label(self) -> str:
        return self.label_of(self.key)

    def label_of(self, key: str) -> str:
        """Return the name in the journal of what is under a key of the field."""
        return f"{self.model}.{self.field}.{key}"

    def _held(self, keys: Sequence[str], *, row_ids: Sequence[int], using: str) -> dict[int, State]:
        table, pk, column = self._names(using, self._column(self.field))
        values = ", ".join(sql.json_value(using, column, key) for key in keys)
        rows = sql.fetch(
            using,
            f"SELECT {pk}, {values} FROM {table} WHERE {sql.is_one_of(using, pk, row_ids)}"
            f" ORDER BY {pk}{sql.lock_clause(using)}",
        )
        labels = [self.label_of(key) for key in keys]
        # Thousands of rows hold the same few texts.
        loads = functools.cache(stored_json.loads)
        # A key that is gone is something else than a null.
        return {
            row_id: {label: loads(text) for label, text in zip(labels, texts, strict=True) if text is not None}
            for row_id, *texts in rows
        }

    def _put_back(self, key: str, *, values: Mapping[int, Any], using: str) -> None:
        """Give rows values under a key; those that get the same one together."""
        table, pk, column = self._names(using, self._column(self.field))
        rows: dict[str, list[int]] = {}
        for row_id, value in values.items():
            rows.setdefault(stored_json.dumps(value), []).append(row_id)
        if len(rows) == 1:
            ((text, row_ids),) = rows.items()
            sql.execute(
                using,
                f"UPDATE {table} SET {column} = {sql.set_json_value(using, column, key, '%s')}"
                f" WHERE {sql.is_one_of(using, pk, row_ids)}",
                (text,),
            )
            return
        new_values = [(row_ids, stored_json.loads(text)) for text, row_ids in rows.items()]
        sql.update_json_values(using, table=table, pk=pk, column=column, key=key, values=new_values)


@dataclasses.dataclass(frozen=True)
class JsonIdReference(JsonReference):
    """An id under one key of a JSON field, in any spelling of ``ids``.

    :param mirror: name of the generated column that holds the id as a number, with its index
    :param parameters_key: the key of the settings for the model, in the same field; empty if there are none
    :param lists: the lists beside the id whose ``main`` it is; the registry fills them in
    """

    mirror: str = dataclasses.field(kw_only=True)
    parameters_key: str = dataclasses.field(default="", kw_only=True)
    lists: tuple[JsonIdListReference, ...] = dataclasses.field(default=(), kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.parameters_key:
            require_plain_key(self.parameters_key, of=f"{self.model}.{self.field}")

    @property
    def parameters_label(self) -> str:
        """Name of the settings in the journal."""
        return self.label_of(self.parameters_key)

    @property
    def journal_labels(self) -> tuple[str, ...]:
        return (self.label, self.parameters_label)

    def held(self, *, label: str, row_ids: Sequence[int], using: str) -> dict[int, State]:
        keys = (self.key, self.parameters_key) if label == self.parameters_label else (self.key,)
        return self._held(keys, row_ids=row_ids, using=using)

    def undone(self, *, change: Change, held: Mapping[int, State], others: OthersOf) -> dict[int, State]:
        label = change.label or self.label
        old = {label: change.old_value}
        still = self._still_has_settings if label == self.parameters_label else self._still_points
        return {row_id: old for row_id in change.row_ids if row_id in held and still(held[row_id], change)}

    def _still_points(self, held: State, change: Change) -> bool:
        if self.label not in held:
            return False
        now = held[self.label]
        return stored_id(now) == change.new_value and (change.new_value is not None or is_empty(now))

    def _still_has_settings(self, held: State, change: Change) -> bool:
        # They come back with the model that they were made for, or not at all.
        beside = stored_id(held.get(self.label)) == change.replacement_id
        return beside and held.get(self.parameters_label) == change.new_value

    def put_back(self, *, change: Change, held: Mapping[int, State], values: Mapping[int, State], using: str) -> None:
        label = change.label or self.label
        key = self.parameters_key if label == self.parameters_label else self.key
        self._put_back(key, values={row_id: state[label] for row_id, state in values.items()}, using=using)

    @property
    def db_columns(self) -> set[tuple[str, str]]:
        return {(self.model_class._meta.db_table, self._column(self.mirror))}  # noqa: SLF001

    def pairs(self, *, model_ids: Iterable[int], using: str, team_id: int | None = None) -> Statement:
        table, pk, mirror = self._names(using, self._column(self.mirror))
        of_team, params = self._of_team(pk, using=using, team_id=team_id)
        return (
            f"SELECT {pk} AS row_id, {mirror} AS model_id FROM {table}"
            f" WHERE {self._points_at(model_ids, using=using)}{of_team}",
            params,
        )

    def every_id(self, *, using: str, team_id: int | None = None, above: int | None = None) -> Statement:
        table, pk, mirror = self._names(using, self._column(self.mirror))
        of_team, params = self._of_team(pk, using=using, team_id=team_id)
        rest = "" if above is None else f" AND {pk} > {int(above)}"
        return (
            f"SELECT {pk} AS row_id, {mirror} AS model_id FROM {table} WHERE {mirror} IS NOT NULL{of_team}{rest}",
            params,
        )

    def _points_at(self, model_ids: Iterable[int], *, using: str) -> str:
        """Return the condition that what is stored is the id of one of the models."""
        return sql.is_one_of(using, sql.quote(using, self._column(self.mirror)), model_ids)

    def tidy_index(self, *, model_ids: Iterable[int], using: str) -> None:
        table, _, mirror = self._names(using, self._column(self.mirror))
        tidy_index(table=table, column=mirror, model_ids=model_ids, using=using)

    def beside(self, other: Reference) -> Reference:
        if not isinstance(other, JsonIdListReference):
            return super().beside(other)
        return dataclasses.replace(self, lists=(*self.lists, other))

    def move(self, *, row_ids: Sequence[int], moves: Moves, using: str) -> list[Change]:
        table, pk, mirror = self._names(using, self._column(self.mirror))
        column = sql.quote(using, self._column(self.field))
        with_settings = bool(self.parameters_key and moves.parameter_maps)
        settings = sql.json_value(using, column, self.parameters_key) if with_settings else "NULL"
        groups = self._locked_groups(
            keys=[
                mirror,
                sql.json_value(using, column, self.key),
                settings,
                *(one.affected_list(moves=moves, using=using) for one in self.lists),
            ],
            where=f"{sql.is_one_of(using, pk, row_ids)} AND {self._points_at(moves.targets, using=using)}",
            using=using,
        )
        mapped = list(_mapped_settings(groups, moves.parameter_maps))
        remapped_ids = {row_id for _, _, _, group, _ in mapped for row_id in group}
        moved_alone = [row_id for _, group, _ in groups for row_id in group if row_id not in remapped_ids]
        in_lists = [
            change
            for place, one in enumerate(self.lists, start=3)
            for change in one.move_locked(
                ((held[0], held[place], group, concerned) for held, group, concerned in groups),
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
            values=[(group, new) for _, _, new, group, _ in mapped],
            base=self._moved(moves.targets, using=using, prefix="t."),
        )
        return [
            *packed(
                (held[0], stored_json.loads(held[1]), moves.targets[held[0]], group, concerned)
                for held, group, concerned in groups
            ),
            *packed(mapped, label=self.parameters_label),
            *in_lists,
        ]

    def repoint(self, *, row_ids: Sequence[int], targets: Mapping[int, int | None], using: str) -> int:
        table, pk, column = self._names(using, self._column(self.field))
        return sql.execute(
            using,
            f"UPDATE {table} SET {column} = {self._moved(targets, using=using)}"
            f" WHERE {sql.is_one_of(using, pk, row_ids)} AND {self._points_at(targets, using=using)}",
        )

    def _moved(self, targets: Mapping[int, int | None], *, using: str, prefix: str = "") -> str:
        """Return an expression for the field with the id replaced.

        :param prefix: the table's name in the statement, with its dot
        """
        mirror = f"{prefix}{sql.quote(using, self._column(self.mirror))}"
        column = f"{prefix}{sql.quote(using, self._column(self.field))}"
        return sql.set_json_value(using, column, self.key, sql.replaced(using, mirror, targets, value=_json_id))


def _json_id(new: int | None) -> str:
    return f"'{'null' if new is None else int(new)}'"


def _mapped_settings(
    groups: Iterable[LockedGroup], parameter_maps: Mapping[int, ParameterMap]
) -> Iterator[tuple[int, Any, Any, list[int], list[Concerned]]]:
    """Yield (model id, old settings, new settings, row ids, nothing) where not all settings suit the replacement."""
    for (model_id, _, text, *_), group, _ in groups:
        old = stored_json.loads(text) if text is not None and model_id in parameter_maps else None
        new = parameter_maps[model_id](old) if isinstance(old, dict) else None
        if new is not None:
            yield model_id, old, new, group, []


@dataclasses.dataclass(frozen=True)
class JsonIdListReference(JsonReference):
    """Ids in a list under one key of a JSON field, each in any spelling of ``ids``.

    :param main: the key of the main model's id in the same field, to which the list is what comes next: what a removal
        makes the main model leaves the list; empty if there is none
    :param member: the word for one of its models, for people
    """

    main: str = dataclasses.field(default="", kw_only=True)
    member: str = dataclasses.field(default="model", kw_only=True)

    @property
    def holds(self) -> str:
        return self.member

    def members(self, row_id: str, *, using: str) -> str:
        table, pk, column = self._names(using, self._column(self.field))
        postgresql = sql.is_postgresql(using)
        length = (
            f"jsonb_array_length(t.{column} -> '{self.key}')"
            if postgresql
            else f"json_array_length(t.{column}, '$.{self.key}')"
        )
        is_list = is_list_sql(f"t.{column}", self.key, postgresql=postgresql)
        return f"(SELECT CASE WHEN {is_list} THEN {length} ELSE 0 END FROM {table} t WHERE t.{pk} = {row_id})"

    @property
    def main_label(self) -> str:
        return self.label_of(self.main) if self.main else ""

    @property
    def taken_out_label(self) -> str:
        """Name in the journal of what left the list when the main model became the same; the list did not point there."""
        return f"{self.label}.beside_main"

    @property
    def journal_labels(self) -> tuple[str, ...]:
        return (self.label, self.taken_out_label) if self.main else (self.label,)

    @property
    def pointing_labels(self) -> tuple[str, ...]:
        return self.journal_labels

    def held(self, *, label: str, row_ids: Sequence[int], using: str) -> dict[int, State]:
        return self._held((self.key, self.main) if self.main else (self.key,), row_ids=row_ids, using=using)

    def undone(self, *, change: Change, held: Mapping[int, State], others: OthersOf) -> dict[int, State]:
        found: dict[int, State] = {}
        for row_id in change.row_ids:
            state = held.get(row_id, {})
            if isinstance(now := state.get(self.label), list):
                main = stored_id(state.get(self.main_label))
                back = undone_list(now, change=change, others=others(row_id), main=main)
                if back is not None:
                    found[row_id] = {self.label: back}
        return found

    def moved_on_by(self, *, change: Change, held: State, others: Others) -> int | None:
        return others.moved_on(change)

    def put_back(self, *, change: Change, held: Mapping[int, State], values: Mapping[int, State], using: str) -> None:
        self._put_back(self.key, values={row_id: state[self.label] for row_id, state in values.items()}, using=using)

    @property
    def db_columns(self) -> set[tuple[str, str]]:
        return set()

    def pairs(self, *, model_ids: Iterable[int], using: str, team_id: int | None = None) -> Statement:
        ids = list(model_ids)
        indexed = ""
        if sql.is_postgresql(using):
            wanted = ",".join(f"'{int(model_id)}'" for model_id in ids) or "NULL"
            column = sql.quote(using, self._column(self.field))
            indexed = f" AND {list_ids_sql(f't.{column}', self.key)} && ARRAY[{wanted}]::text[]"
        items, params = self._items(using=using, team_id=team_id, condition=indexed)
        return f"SELECT DISTINCT row_id, model_id FROM ({items}) i WHERE model_id IN ({sql.id_list(ids)})", params

    def every_id(self, *, using: str, team_id: int | None = None, above: int | None = None) -> Statement:
        _, pk, _ = self._names(using, "")
        rest = "" if above is None else f" AND t.{pk} > {int(above)}"
        items, params = self._items(using=using, team_id=team_id, condition=rest)
        return f"SELECT DISTINCT row_id, model_id FROM ({items}) i WHERE model_id IS NOT NULL", params

    def _items(self, *, using: str, team_id: int | None, condition: str) -> Statement:
        """Return a query for a line per element of the lists: ``row_id`` and ``model_id``, which is NULL for no id.

        :param condition: to be added to others on the table as ``t``
        """
        table, pk, column = self._names(using, self._column(self.field))
        of_team, params = self._of_team(f"t.{pk}", using=using, team_id=team_id)
        column = f"t.{column}"
        postgresql = sql.is_postgresql(using)
        has_list = is_list_sql(column, self.key, postgresql=postgresql)
        if postgresql:
            # The guard keeps the function from what is no list, whatever order the planner chooses.
            stored = f"{column} -> '{self.key}'"
            guarded = f"CASE WHEN jsonb_typeof({stored}) = 'array' THEN {stored} ELSE '[]' END"
            source = f"{table} t CROSS JOIN LATERAL jsonb_array_elements({guarded}) AS item(value)"
            model_id = postgresql_id("item.value")
        else:
            source = f"{table} t, json_each({column}, '$.{self.key}') AS item"
            model_id = sqlite_id(kind="item.type", value="item.atom", text=f"{column} -> item.fullkey")
        return (
            f"SELECT t.{pk} AS row_id, {model_id} AS model_id FROM {source} WHERE {has_list}{of_team}{condition}",
            params,
        )

    def move(self, *, row_ids: Sequence[int], moves: Moves, using: str) -> list[Change]:
        table, pk, column = self._names(using, self._column(self.field))
        resource, detail = self._concerned_columns(using)
        main = sql.json_value(using, column, self.main) if self.main else "NULL"
        locked = sql.fetch(
            using,
            f"SELECT {pk}, {main}, {sql.json_value(using, column, self.key)}, {resource}, {detail} FROM {table}"
            f" WHERE {sql.is_one_of(using, pk, row_ids)} ORDER BY {pk}{sql.lock_clause(using)}",
        )
        changes = self.move_locked(
            (
                (stored_id(stored_json.loads(main or "null")), text, [row_id], [(resource_id, part)])
                for row_id, main, text, resource_id, part in locked
            ),
            moves=moves,
            using=using,
        )
        return [dataclasses.replace(change, label="" if change.concerned else change.label) for change in changes]

    def affected_list(self, *, moves: Moves, using: str) -> str:
        """Return an expression for the list's JSON text where it may hold what goes or what takes its place, else NULL."""
        column = sql.quote(using, self._column(self.field))
        postgresql = sql.is_postgresql(using)
        affected = is_list_sql(column, self.key, postgresql=postgresql)
        if postgresql:
            ids = {*moves.targets, *moves.targets.values()} - {None}
            wanted = ",".join(f"'{model_id}'" for model_id in ids)
            affected += f" AND {list_ids_sql(column, self.key)} && ARRAY[{wanted}]::text[]"
        return f"CASE WHEN {affected} THEN {sql.json_value(using, column, self.key)} END"

    def move_locked(
        self, rows: Iterable[tuple[int | None, str | None, list[int], list[Concerned]]], *, moves: Moves, using: str
    ) -> list[Change]:
        """Move the lists of rows that are locked, before their main models move.

        :param rows: the main model's id, the list's JSON text, row ids, and what they concern
        """
        table, pk, column = self._names(using, self._column(self.field))
        moved: list[tuple[int, Any, Any, list[int], list[Concerned]]] = []
        taken_out: list[tuple[int, Any, Any, list[int], list[Concerned]]] = []
        new_lists: list[tuple[list[int], list[Any]]] = []
        for main, text, row_ids, concerned in rows:
            steps = list_steps(stored_json.loads(text or "null"), moves=moves, main=main)
            for step in steps:
                if any(stored_id(item) == step.model_id for item in step.before):
                    moved.append((*step, row_ids, concerned))
                else:
                    taken_out.append((*step, row_ids, []))
            if steps:
                new_lists.append((row_ids, steps[-1].after))
        sql.update_json_values(using, table=table, pk=pk, column=column, key=self.key, values=new_lists)
        changes = [*packed(moved, label=self.label), *packed(taken_out, label=self.taken_out_label)]
        # Rows share entries, and each row's steps have to stand in the order in which they were made.
        return sorted(changes, key=lambda change: change.model_id)
