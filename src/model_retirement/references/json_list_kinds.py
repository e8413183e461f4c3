"""The kind of reference that is ids in a list inside a JSON field."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from model_retirement import sql, stored_json
from model_retirement.ids import stored_key
from model_retirement.keys import Key, sql_key
from model_retirement.references import indexes
from model_retirement.references.changes import AffectedKey, Change, Moves, Others, OthersOf, Past, State, packed
from model_retirement.references.json_fields import JsonReference
from model_retirement.references.lists import list_after, list_steps, means_the_same, undone_list
from model_retirement.references.schema import JsonIdListIndex
from model_retirement.sql import Statement


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
    def missing_index(self) -> str:
        wanted = JsonIdListIndex(field=self.field, key=self.key, name=indexes.SOME_NAME)
        return indexes.missing_of_json(self.model_class, wanted)

    @property
    def holds(self) -> str:
        return self.member

    def members(self, row_id: str, *, using: str) -> str:
        table, pk, column = self._names(using, self._column(self.field))
        dialect = sql.dialect(using)
        is_list, length = (ask(f"t.{column}", self.key) for ask in (dialect.has_list, dialect.list_length))
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

    def current_values(self, *, label: str, row_ids: Sequence[Key], using: str) -> dict[Key, State]:
        return self._current_values((self.key, self.main) if self.main else (self.key,), row_ids=row_ids, using=using)

    def undone(self, *, change: Change, held: Mapping[Key, State], others: OthersOf) -> dict[Key, State]:
        states: dict[Key, State] = {}
        for row_id in change.row_ids:
            state = held.get(row_id, {})
            if isinstance(now := state.get(self.label), list):
                main = stored_key(state.get(self.main_label))
                back = undone_list(now, change=change, others=others(row_id), main=main)
                if back is not None:
                    states[row_id] = {self.label: back}
        return states

    def moved_on_by(self, *, change: Change, held: State, others: Others) -> int | None:
        return others.moved_on(change)

    def restore_values(
        self, *, change: Change, held: Mapping[Key, State], values: Mapping[Key, State], using: str
    ) -> None:
        self._restore_at(self.key, values={row_id: state[self.label] for row_id, state in values.items()}, using=using)

    def restore_beside_main(self, *, pasts: Mapping[Key, Past], using: str) -> list[Key]:
        values: dict[Key, Any] = {}
        for row_id, state in self.current_values(label=self.label, row_ids=list(pasts), using=using).items():
            main = stored_key(state.get(self.main_label))
            items, main_then = list_after(pasts[row_id], own=False, main=main)
            as_done, _ = list_after(pasts[row_id], own=True, main=main)
            now = state.get(self.label)
            if isinstance(now, list) and main == main_then and means_the_same(now, as_done):
                values[row_id] = items
        self._restore_at(self.key, values=values, using=using)
        return list(values)

    @property
    def db_columns(self) -> set[tuple[str, str]]:
        return set()

    def pairs(self, *, model_ids: Iterable[Key], using: str, team_id: Key | None = None) -> Statement:
        ids = list(model_ids)
        dialect = sql.dialect(using)
        indexed = dialect.list_may_hold(f"t.{sql.quote(using, self._column(self.field))}", self.key, ids)
        items, params = self._items(using=using, team_id=team_id, condition=indexed)
        read = f"SELECT row_id, {dialect.item_id(kind=self.model_kind)} AS model_id FROM ({items}) i"
        return f"SELECT DISTINCT row_id, model_id FROM ({read}) r WHERE model_id IN ({sql.id_list(ids)})", params

    def ids_without_row(
        self, table: str, *, using: str, team_id: Key | None = None, first: Key | None = None
    ) -> Statement:
        _, pk, _ = self._names(using, "")
        rest = "" if first is None else f" AND t.{pk} >= {sql_key(first)}"
        # Reading is what costs, and nearly every element is the id of a row as it is usually stored: comparing finds those.
        dialect, model_pk = sql.dialect(using), self._model_pk(using)
        usual = dialect.item_is_id_in(table, pk=model_pk)
        items, params = self._items(using=using, team_id=team_id, condition=f"{rest} AND NOT {usual}")
        return (
            # Without MATERIALIZED the databases would read each element before they compare it.
            f"WITH unusual AS MATERIALIZED ({items}),"
            f" readings AS MATERIALIZED (SELECT row_id, {dialect.item_id(kind=self.model_kind)} AS model_id FROM unusual)"
            " SELECT DISTINCT row_id, model_id FROM readings WHERE model_id IS NOT NULL"
            f" AND NOT EXISTS (SELECT 1 FROM {table} m WHERE m.{model_pk} = model_id)",
            params,
        )

    def _items(self, *, using: str, team_id: Key | None, condition: str) -> Statement:
        """Return a query for a line per element of the lists: ``row_id`` and what ``Dialect.item_id`` reads.

        :param condition: to be added to others on the table as ``t`` and the element as ``item``
        """
        table, pk, column = self._names(using, self._column(self.field))
        of_team, params = self._of_team(f"t.{pk}", using=using, team_id=team_id)
        column = f"t.{column}"
        dialect = sql.dialect(using)
        has_list = dialect.has_list(column, self.key)
        elements, element = dialect.list_items(column, self.key)
        return (
            f"SELECT t.{pk} AS row_id, {element} FROM {table} t{elements} WHERE {has_list}{of_team}{condition}",
            params,
        )

    def texts_read(self, *, moves: Moves, using: str) -> list[str]:
        return [*super().texts_read(moves=moves, using=using), *self._main_and_list(using)]

    def _main_and_list(self, using: str) -> tuple[str, str]:
        """Return expressions for the JSON texts of the main model's id and of the list."""
        column = sql.quote(using, self._column(self.field))
        main = sql.json_value(using, column, self.main) if self.main else "NULL"
        return main, sql.json_value(using, column, self.key)

    def move(self, *, row_ids: Sequence[Key], moves: Moves, using: str) -> list[Change]:
        table, pk, _ = self._names(using, "")
        resource, detail = self._affected_columns(using)
        main, listed = self._main_and_list(using)
        locked = sql.fetch(
            using,
            f"SELECT {pk}, {main}, {listed}, {resource}, {detail} FROM {table}"
            f" WHERE {sql.is_one_of(using, pk, row_ids)} ORDER BY {pk}{sql.lock_clause(using)}",
            keys=[0, 3],
        )
        changes = self.move_locked(
            (
                (stored_key(stored_json.loads(main or "null")), text, [row_id], [(resource_id, part)])
                for row_id, main, text, resource_id, part in locked
            ),
            moves=moves,
            using=using,
        )
        return [dataclasses.replace(change, label="" if change.affected else change.label) for change in changes]

    def affected_list(self, *, moves: Moves, using: str) -> str:
        """Return an expression for the list's JSON text where it may hold what goes or what takes its place, else NULL."""
        column = sql.quote(using, self._column(self.field))
        dialect = sql.dialect(using)
        ids = [model_id for model_id in {*moves.targets, *moves.targets.values()} if model_id is not None]
        affected = f"{dialect.has_list(column, self.key)}{dialect.list_may_hold(column, self.key, ids)}"
        return f"CASE WHEN {affected} THEN {sql.json_value(using, column, self.key)} END"

    def move_locked(
        self, rows: Iterable[tuple[Key | None, str | None, list[Key], list[AffectedKey]]], *, moves: Moves, using: str
    ) -> list[Change]:
        """Move the lists of rows that are locked, before their main models move.

        :param rows: the main model's id, the list's JSON text, row ids, and what they concern
        """
        table, pk, column = self._names(using, self._column(self.field))
        moved: list[tuple[Key, Any, Any, list[Key], list[AffectedKey]]] = []
        taken_out: list[tuple[Key, Any, Any, list[Key], list[AffectedKey]]] = []
        new_lists: list[tuple[list[Key], list[Any]]] = []
        for main, text, row_ids, affected in rows:
            steps = list_steps(stored_json.loads(text or "null"), moves=moves, main=main)
            for step in steps:
                if any(stored_key(item) == step.model_id for item in step.before):
                    moved.append((*step, row_ids, affected))
                else:
                    taken_out.append((*step, row_ids, []))
            if steps:
                new_lists.append((row_ids, steps[-1].after))
        sql.update_json_values(
            using, table=table, pk=pk, column=column, key=self.key, kind=self.row_kind, values=new_lists
        )
        changes = [*packed(moved, label=self.label), *packed(taken_out, label=self.taken_out_label)]
        # Rows share entries, and each row's steps have to stand in the order in which they were made.
        return sorted(changes, key=lambda change: change.model_id)
