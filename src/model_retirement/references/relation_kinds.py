"""The kind of reference that is a foreign key; ``many_to_many_kind`` has the other relation of Django's."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence

from model_retirement import sql
from model_retirement.keys import Key, read_key, sql_key
from model_retirement.references import indexes
from model_retirement.references.changes import Change, Moves, OthersOf, State, packed
from model_retirement.references.kinds import Reference
from model_retirement.references.pointing_field import FOREIGN_KEY, FieldTypes
from model_retirement.sql import Statement


@dataclasses.dataclass(frozen=True)
class ForeignKeyReference(Reference):
    """A nullable foreign key, hidden relations included."""

    @property
    def held_in(self) -> FieldTypes:
        return FOREIGN_KEY

    @property
    def missing_index(self) -> str:
        return indexes.missing(self.model_class, self.field)

    def vacuum_index(self, *, model_ids: Iterable[Key], using: str) -> None:
        table, _, column = self._names(using, self._column(self.field))
        indexes.vacuum(table=table, column=column, model_ids=model_ids, using=using)

    def pairs(self, *, model_ids: Iterable[Key], using: str, team_id: Key | None = None) -> Statement:
        table, pk, column = self._names(using, self._column(self.field))
        of_team, params = self._of_team(pk, using=using, team_id=team_id)
        return (
            f"SELECT {pk} AS row_id, {column} AS model_id FROM {table} WHERE {sql.is_one_of(using, column, model_ids)}{of_team}",
            params,
        )

    def move(self, *, row_ids: Sequence[Key], moves: Moves, using: str) -> list[Change]:
        _, pk, column = self._names(using, self._column(self.field))
        groups = self._locked_groups(
            keys=[column],
            ids=[0],
            where=f"{sql.is_one_of(using, pk, row_ids)} AND {sql.is_one_of(using, column, moves.targets)}",
            using=using,
        )
        if locked := [row_id for _, group, _ in groups for row_id in group]:
            self.repoint(row_ids=locked, targets=moves.targets, using=using)
        return packed((old, old, moves.targets[old], group, affected) for (old,), group, affected in groups)

    def repoint(self, *, row_ids: Sequence[Key], targets: Mapping[Key, Key | None], using: str) -> int:
        table, pk, column = self._names(using, self._column(self.field))
        new_id = sql.replaced(using, column, targets, value=sql_id)
        return sql.execute(
            using,
            f"UPDATE {table} SET {column} = CAST({new_id} AS {sql.dialect(using).key_types[self.model_kind]})"
            f" WHERE {sql.is_one_of(using, pk, row_ids)} AND {sql.is_one_of(using, column, targets)}",
        )

    def current_values(self, *, label: str, row_ids: Sequence[Key], using: str) -> dict[Key, State]:
        table, pk, column = self._names(using, self._column(self.field))
        query = f"SELECT {pk}, {column} FROM {table} WHERE {sql.is_one_of(using, pk, row_ids)}"
        rows = sql.fetch(using, f"{query} ORDER BY {pk}{sql.lock_clause(using)}", keys=[0, 1])
        return {row_id: {label: model_id} for row_id, model_id in rows}

    def undone(self, *, change: Change, held: Mapping[Key, State], others: OthersOf) -> dict[Key, State]:
        old = {self.label: change.old_value}
        new = read_key(change.new_value)
        return {row_id: old for row_id in change.row_ids if row_id in held and held[row_id][self.label] == new}

    def restore_values(
        self, *, change: Change, held: Mapping[Key, State], values: Mapping[Key, State], using: str
    ) -> None:
        table, pk, column = self._names(using, self._column(self.field))
        sql.execute(
            using,
            f"UPDATE {table} SET {column} = {sql_key(read_key(change.old_value))} WHERE {sql.is_one_of(using, pk, values)}",
        )


def sql_id(new: Key | None) -> str:
    """Return what takes an id's place as a statement has it."""
    return "NULL" if new is None else sql_key(new)
