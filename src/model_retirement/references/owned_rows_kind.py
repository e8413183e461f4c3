"""The kind of reference that is rows which belong to a model and go with it, such as its prices or who may use it."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from model_retirement import row_obstacles, sql, stored_rows
from model_retirement.host_models import llm_model, team_model
from model_retirement.keys import Key, kind_of, sql_key
from model_retirement.references import indexes
from model_retirement.references.changes import Change, Moves, OthersOf, State
from model_retirement.references.kinds import Reference
from model_retirement.references.pointing_field import FOREIGN_KEY, FieldTypes
from model_retirement.references.registry import Resource, ResourcePath
from model_retirement.sql import Statement


class OwnedRows(Reference):
    """Rows with a foreign key to the model that they belong to. They are deleted with it, and come back with its undo.

    They are nobody's use of the model: no team hears of them. Nothing else may point at them.

    :param place: the foreign key, such as ``billing.Price.model``
    """

    def __init__(self, place: str) -> None:
        model, _, field = place.rpartition(".")
        kind = model.rpartition(".")[2].lower()
        super().__init__(model, field, "", ResourcePath(Resource(kind, model, team="", name="pk")))

    @property
    def held_in(self) -> FieldTypes:
        return FOREIGN_KEY

    @property
    def goes_with_model(self) -> bool:
        return True

    @property
    def missing_index(self) -> str:
        return indexes.missing(self.model_class, self.field)

    def rows(self, *, using: str, **values: str) -> Statement:
        query, params = super().rows(using=using, **values)
        named = ", ".join(f"r_{name}" for name in ("id", *values))
        nobody = sql.dialect(using).typed_key(None, kind=kind_of(team_model()))
        return f"SELECT {named}, {nobody} AS r_team FROM ({query}) o", params

    def pairs(self, *, model_ids: Iterable[Key], using: str, team_id: Key | None = None) -> Statement:
        table, pk, column = self._names(using, self._column(self.field))
        nobodys = "" if team_id is None else " AND 1 = 0"
        return (
            f"SELECT {pk} AS row_id, {column} AS model_id FROM {table}"
            f" WHERE {sql.is_one_of(using, column, model_ids)}{nobodys}",
            (),
        )

    def texts_read(self, *, moves: Moves, using: str) -> list[str]:
        names = (sql.quote(using, name) for name in self._columns(using))
        return [f"CASE WHEN typeof({name}) = 'text' THEN {name} END" for name in names]

    def move(self, *, row_ids: Sequence[Key], moves: Moves, using: str) -> list[Change]:
        table, pk, column = self._names(using, self._column(self.field))
        whole_row, params = sql.dialect(using).whole_row(self._columns(using))
        locked = sql.fetch(
            using,
            f"SELECT m.{pk}, m.{column}, {whole_row} FROM {table} m WHERE {sql.is_one_of(using, f'm.{pk}', row_ids)}"
            f" AND {sql.is_one_of(using, f'm.{column}', moves.targets)} ORDER BY 1{sql.lock_clause(using)}",
            params,
            keys=[0, 1],
        )
        changes: dict[Key, Change] = {}
        for row_id, model_id, row in locked:
            change = changes.setdefault(model_id, Change(model_id, old_value=[], new_value=None, row_ids=[]))
            change.old_value.append(json.loads(row))
            change.row_ids.append(row_id)
        self._delete([row_id for row_id, *_ in locked], using=using)
        return list(changes.values())

    def repoint(self, *, row_ids: Sequence[Key], targets: Mapping[Key, Key | None], using: str) -> int:
        """Give the rows to what takes the model's place, for nobody writes down what they were; without that they go."""
        query, params = self.pairs(model_ids=targets, using=using)
        wanted = sql.is_one_of(using, "row_id", row_ids)
        pairs = sql.fetch(using, f"SELECT row_id, model_id FROM ({query}) p WHERE {wanted}", params, keys=[0, 1])
        table, pk, column = self._names(using, self._column(self.field))
        for model_id, new in targets.items():
            rows = [row_id for row_id, held in pairs if held == model_id]
            if new is None:
                self._delete(rows, using=using)
            else:
                sql.execute(
                    using, f"UPDATE {table} SET {column} = {sql_key(new)} WHERE {sql.is_one_of(using, pk, rows)}"
                )
        return len(pairs)

    def current_values(self, *, label: str, row_ids: Sequence[Key], using: str) -> dict[Key, State]:
        table, pk, column = self._names(using, self._column(self.field))
        rows = sql.fetch(
            using,
            f"SELECT {pk}, {column} FROM {table} WHERE {sql.is_one_of(using, pk, row_ids)}"
            f" ORDER BY {pk}{sql.lock_clause(using)}",
            keys=[0, 1],
        )
        return {row_id: {label: model_id} for row_id, model_id in rows}

    def undone(self, *, change: Change, held: Mapping[Key, State], others: OthersOf) -> dict[Key, State]:
        rows = zip(change.row_ids, change.old_value, strict=True)
        return {row_id: {self.label: row} for row_id, row in rows if row_id not in held}

    def takeable(
        self, *, change: Change, values: Mapping[Key, State], coming: Collection[Key], using: str
    ) -> tuple[Mapping[Key, State], Mapping[Key, str]]:
        looked = row_obstacles.look(
            model=self.model_class,
            rows={row_id: state[self.label] for row_id, state in values.items()},
            coming={llm_model()._meta.db_table: coming},  # noqa: SLF001  (the documented Meta API)
            using=using,
        )
        return {row_id: {self.label: row} for row_id, row in looked.rows.items()}, looked.obstacles

    def restore_values(
        self, *, change: Change, held: Mapping[Key, State], values: Mapping[Key, State], using: str
    ) -> None:
        table = self.model_class._meta.db_table  # noqa: SLF001  (the documented Meta API)
        stored_rows.insert(table, (state[self.label] for state in values.values()), using=using)

    def _columns(self, using: str) -> list[str]:
        return list(stored_rows.columns(self.model_class._meta.db_table, using=using))  # noqa: SLF001

    def _delete(self, row_ids: Sequence[Key], *, using: str) -> None:
        table, pk, _ = self._names(using, "")
        if row_ids:
            sql.execute(using, f"DELETE FROM {table} WHERE {sql.is_one_of(using, pk, row_ids)}")


def pointing_at_owned(reference: Reference) -> list[Any]:
    """Return the fields of other models that point at rows which go with a model: they would be left with nothing."""
    relations: Any = reference.model_class._meta.get_fields(include_hidden=True)  # noqa: SLF001
    return [relation.field for relation in relations if relation.auto_created and not relation.concrete]
