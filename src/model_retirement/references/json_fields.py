"""What the kinds of reference inside a JSON field have in common: they read and write what is under a key."""

from __future__ import annotations

import abc
import dataclasses
import functools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import JSONField

from model_retirement import sql, stored_json
from model_retirement.keys import Key, sql_key
from model_retirement.references.changes import State
from model_retirement.references.kinds import Reference
from model_retirement.references.pointing_field import FieldTypes
from model_retirement.references.schema import require_plain_key
from model_retirement.sql import Statement


@dataclasses.dataclass(frozen=True)
class JsonFieldReference(Reference):
    """What is somewhere inside a JSON field. A path is plain keys with dots between them; empty for the whole field."""

    @property
    def held_in(self) -> FieldTypes:
        return (JSONField,)

    def _values_at(self, paths: Mapping[str, str], *, row_ids: Sequence[Key], using: str) -> dict[Key, State]:
        """Lock rows and return what each holds under some paths.

        :param paths: by label
        """
        table, pk, column = self._names(using, self._column(self.field))
        values = ", ".join(sql.json_value(using, column, path) for path in paths.values())
        rows = sql.fetch(
            using,
            f"SELECT {pk}, {values} FROM {table} WHERE {sql.is_one_of(using, pk, row_ids)}"
            f" ORDER BY {pk}{sql.lock_clause(using)}",
            keys=[0],
        )
        # Thousands of rows hold the same few texts.
        loads = functools.cache(stored_json.loads)
        # A key that is gone is something else than a null.
        return {
            row_id: {label: loads(text) for label, text in zip(paths, texts, strict=True) if text is not None}
            for row_id, *texts in rows
        }

    def _restore_at(self, path: str, *, values: Mapping[Key, Any], using: str) -> None:
        """Give rows values under a path; those that get the same one together."""
        table, pk, column = self._names(using, self._column(self.field))
        rows: dict[str, list[Key]] = {}
        for row_id, value in values.items():
            rows.setdefault(stored_json.dumps(value), []).append(row_id)
        if len(rows) == 1:
            ((text, row_ids),) = rows.items()
            sql.execute(
                using,
                f"UPDATE {table} SET {column} = {sql.set_json_value(using, column, path, '%s')}"
                f" WHERE {sql.is_one_of(using, pk, row_ids)}",
                (text,),
            )
            return
        new_values = [(row_ids, stored_json.loads(text)) for text, row_ids in rows.items()]
        sql.update_json_values(
            using, table=table, pk=pk, column=column, key=path, kind=self.row_kind, values=new_values
        )


@dataclasses.dataclass(frozen=True)
class JsonReference(JsonFieldReference):
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

    def _current_values(self, keys: Sequence[str], *, row_ids: Sequence[Key], using: str) -> dict[Key, State]:
        return self._values_at({self.label_of(key): key for key in keys}, row_ids=row_ids, using=using)


@dataclasses.dataclass(frozen=True)
class JsonLinesReference(JsonFieldReference):
    """What may be in several places of a row's JSON, so that the database takes the field apart to find it."""

    @property
    def db_columns(self) -> set[tuple[str, str]]:
        return set()

    def pairs(self, *, model_ids: Iterable[Key], using: str, team_id: Key | None = None) -> Statement:
        _, pk, _ = self._names(using, "")
        of_team, params = self._of_team(f"t.{pk}", using=using, team_id=team_id)
        lines = self._lines(using, condition=of_team)
        wanted = sql.is_one_of(using, "model_id", model_ids)
        return f"SELECT DISTINCT row_id, model_id FROM ({lines}) l WHERE {wanted}", params

    def ids_without_row(
        self, table: str, *, using: str, team_id: Key | None = None, first: Key | None = None
    ) -> Statement:
        _, pk, _ = self._names(using, "")
        of_team, params = self._of_team(f"t.{pk}", using=using, team_id=team_id)
        rest = "" if first is None else f" AND t.{pk} >= {sql_key(first)}"
        return (
            f"SELECT DISTINCT row_id, model_id FROM ({self._lines(using, condition=f'{of_team}{rest}')}) l"
            f" WHERE model_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM {table} m WHERE m.{self._model_pk(using)} = model_id)",
            params,
        )

    def _lines(self, using: str, *, condition: str) -> str:
        """Return a query for ``row_id`` and ``model_id`` with a line for every value that may be an id.

        :param condition: to be added to others on the table as ``t``
        """
        table, pk, column = self._names(using, self._column(self.field))
        joined, model_id = self._ids(f"t.{column}", using=using)
        return f"SELECT t.{pk} AS row_id, {model_id} AS model_id FROM {table} t{joined} WHERE 1 = 1{condition}"

    @abc.abstractmethod
    def _ids(self, column: str, *, using: str) -> tuple[str, str]:
        """Return what is joined to the table for a line for every value, and the expression for the id of one."""
