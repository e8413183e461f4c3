"""Whole rows of a table, with columns that the engine does not know: kept as text, and put back as they were.

PostgreSQL writes every value as text and reads it again by itself, as a dump does, so numbers keep their digits, JSON its
null and its layout, and types that Django has no field for come back as they were. SQLite stores any of five types in any
column, so there each value is kept with its type.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from model_retirement import sql


def columns(table: str, *, using: str) -> dict[str, str]:
    """Return a table's columns, those left out that the database computes, with what stands for a value of each.

    :param table: its name, without quotes
    """
    if sql.is_postgresql(using):
        rows = sql.fetch(
            using,
            "SELECT attname, '%%s::' || format_type(atttypid, atttypmod) FROM pg_attribute"
            " WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum",
            (sql.quote(using, table),),
        )
    else:
        # Hidden 2 and 3 are generated columns (https://sqlite.org/pragma.html#pragma_table_xinfo).
        rows = sql.fetch(
            using, "SELECT name, '%%s' FROM pragma_table_xinfo(%s) WHERE hidden = 0 ORDER BY cid", (table,)
        )
    return dict(rows)


def values_sql(names: Iterable[str], *, prefix: str, using: str) -> list[str]:
    """Return expressions for the values of columns as :func:`kept` takes them.

    :param prefix: the table's name in the statement, with its dot
    """
    quoted = [f"{prefix}{sql.quote(using, name)}" for name in names]
    if sql.is_postgresql(using):
        return [f"{name}::text" for name in quoted]
    # As expressions: of a column Python would be given what Django makes of the type that it is declared with.
    return [f"CASE WHEN 1 THEN {name} END" for name in quoted]


def kept(names: Iterable[str], values: Sequence[Any], *, using: str) -> dict[str, Any]:
    """Return a row as JSON data."""
    typed = values if sql.is_postgresql(using) else map(_typed, values)
    return dict(zip(names, typed, strict=True))


def insert(table: str, rows: Iterable[Mapping[str, Any]], *, using: str) -> None:
    """Insert rows as they were kept, under their old keys."""
    known = columns(table, using=using)
    # A key that the database makes by itself is given here.
    overriding = "OVERRIDING SYSTEM VALUE " if sql.is_postgresql(using) else ""
    for row in rows:
        # A column that came since gets its default.
        wanted = {name: placeholder for name, placeholder in known.items() if name in row}
        listed = ", ".join(sql.quote(using, name).replace("%", "%%") for name in wanted)
        sql.execute(
            using,
            f"INSERT INTO {sql.quote(using, table)} ({listed}) {overriding}VALUES ({', '.join(wanted.values())})",
            [_untyped(row[name]) for name in wanted],
        )


def _typed(value: Any) -> Sequence[Any]:
    return ["blob", value.hex()] if isinstance(value, bytes) else ["value", value]


def _untyped(value: Sequence[Any] | None) -> Any:
    """Return a value as the database takes it; PostgreSQL takes the text, or NULL, as it is."""
    if value is None or isinstance(value, str):
        return value
    kind, held = value
    return bytes.fromhex(held) if kind == "blob" else held
