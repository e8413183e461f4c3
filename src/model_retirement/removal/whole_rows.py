"""The whole row of a model, with columns of the host that the engine does not know: kept before it goes, and put back.

PostgreSQL writes every value as text and reads it again by itself, as a dump does, so numbers keep their digits, JSON its
null and its layout, and types that Django has no field for come back as they were. SQLite stores any of five types in any
column, so there each value is kept with its type.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from model_retirement import sql
from model_retirement.host_models import llm_model
from model_retirement.models import RemovedModel


def keep(*, removed: Iterable[RemovedModel], using: str) -> None:
    """Write the rows of models into their records; call it in the transaction that deletes them."""
    records = {record.model_id: record for record in removed}
    wanted = sql.is_one_of(using, f"m.{_primary_key(using)}", records)
    kept = sql.quote(using, RemovedModel._meta.db_table)  # noqa: SLF001  (the documented Meta API)
    whole_row, params = sql.dialect(using).whole_row(list(_columns(using)))
    sql.execute(
        using,
        f"UPDATE {kept} AS r SET whole_row = {whole_row} FROM {_table(using)} AS m"
        f" WHERE {wanted} AND CAST(r.model_id AS bigint) = m.{_primary_key(using)}"
        f" AND {sql.is_one_of(using, 'r.id', [record.pk for record in records.values()])}",
        params,
    )


def bring_back(*, removed: Iterable[RemovedModel], using: str) -> None:
    """Insert the rows that records hold, under their old keys."""
    columns = _columns(using)
    given_key = sql.dialect(using).given_key
    for record in removed:
        kept = json.loads(record.whole_row)
        # A column that came since gets its default.
        known = {name: placeholder for name, placeholder in columns.items() if name in kept}
        listed = ", ".join(_quoted(using, name) for name in known)
        sql.execute(
            using,
            f"INSERT INTO {_table(using)} ({listed}) {given_key}VALUES ({', '.join(known.values())})",
            [_untyped(kept[name]) for name in known],
        )


def _untyped(kept: Sequence[Any] | None) -> Any:
    """Return a value as the database takes it; PostgreSQL takes the text, or NULL, as it is."""
    if kept is None or isinstance(kept, str):
        return kept
    kind, value = kept
    return bytes.fromhex(value) if kind == "blob" else value


def _table(using: str) -> str:
    return sql.quote(using, llm_model()._meta.db_table)  # noqa: SLF001  (the documented Meta API)


def _primary_key(using: str) -> str:
    meta: Any = llm_model()._meta  # noqa: SLF001
    return sql.quote(using, meta.pk.column)


def _quoted(using: str, name: str) -> str:
    """Return the name of a column as a statement with parameters takes it."""
    return sql.quote(using, name).replace("%", "%%")


def _columns(using: str) -> dict[str, str]:
    """Return the table's columns, those left out that the database computes, with what stands for a value of each."""
    table = llm_model()._meta.db_table  # noqa: SLF001
    return dict(sql.fetch(using, *sql.dialect(using).stored_columns(table)))
