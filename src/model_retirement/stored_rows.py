"""Whole rows of a table, with columns that the engine does not know: read as JSON, and put back as they were.

PostgreSQL writes every value as text and reads it again by itself, as a dump does, so numbers keep their digits, JSON its
null and its layout, and types that Django has no field for come back as they were. SQLite stores any of five types in any
column, so there each value is kept with its type.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from model_retirement import sql


def columns(table: str, *, using: str) -> dict[str, str]:
    """Return a table's columns, those left out that the database computes, with what stands for a value of each.

    :param table: its name, not quoted
    """
    return dict(sql.fetch(using, *sql.dialect(using).stored_columns(table)))


def insert(table: str, rows: Iterable[Mapping[str, Any]], *, using: str) -> None:
    """Insert rows as ``Dialect.whole_row`` gave them, under their old keys.

    :param table: its name, not quoted
    """
    known = columns(table, using=using)
    given_key = sql.dialect(using).given_key
    for row in rows:
        # A column that came since gets its default.
        wanted = {name: placeholder for name, placeholder in known.items() if name in row}
        # A statement with parameters takes a sign of percent twice.
        listed = ", ".join(sql.quote(using, name).replace("%", "%%") for name in wanted)
        sql.execute(
            using,
            f"INSERT INTO {sql.quote(using, table)} ({listed}) {given_key}VALUES ({', '.join(wanted.values())})",
            [as_stored(row[name]) for name in wanted],
        )


def as_stored(kept: Sequence[Any] | None) -> Any:
    """Return a value as the database takes it; PostgreSQL takes the text, or NULL, as it is."""
    if kept is None or isinstance(kept, str):
        return kept
    kind, value = kept
    readers: dict[str, Callable[[Any], Any]] = {"blob": bytes.fromhex, "float": float}
    return readers[kind](value) if kind in readers else value
