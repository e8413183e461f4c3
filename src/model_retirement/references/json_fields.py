"""What the kinds of reference inside a JSON field have in common: they read and write what is under a key."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping, Sequence
from typing import Any

from model_retirement import sql, stored_json
from model_retirement.keys import Key
from model_retirement.references.changes import State
from model_retirement.references.kinds import Reference
from model_retirement.references.schema import require_plain_key


@dataclasses.dataclass(frozen=True)
class JsonFieldReference(Reference):
    """What is somewhere inside a JSON field. A path is plain keys with dots between them; empty for the whole field."""

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
