"""SQL that PostgreSQL and SQLite spell differently, and the small pieces that statements are put together from.

Names come from model metadata and go through ``quote_name``; ids are integers and are written into the statement,
which spares the limits on the number of parameters; every other value is a parameter.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from django.db import connections
from django.db.models import Model, QuerySet

from model_retirement import stored_json

Statement = tuple[str, tuple[Any, ...]]

ROWS_PER_FETCH = 2_000

VALUES_PER_STATEMENT = 32_000
"""Below the limit of SQLite as it comes (SQLITE_MAX_VARIABLE_NUMBER, https://sqlite.org/limits.html): 32,766."""


def is_postgresql(using: str) -> bool:
    """Return whether the database is PostgreSQL; the other one is SQLite."""
    return connections[using].vendor == "postgresql"


def quote(using: str, name: str) -> str:
    """Return the name of a table or column as SQL takes it."""
    return connections[using].ops.quote_name(name)


def literal(using: str, text: str) -> str:
    """Return a text as SQL has it, whether the statement has parameters or not: a sign of percent is spelled out."""
    percent = "chr(37)" if is_postgresql(using) else "char(37)"
    return "({})".format(
        f" || {percent} || ".join(f"'{part.replace(chr(39), chr(39) * 2)}'" for part in text.split("%"))
    )


def id_list(ids: Iterable[int]) -> str:
    """Return ids as the inside of ``IN (...)``; an empty list matches nothing."""
    return ",".join(map(str, map(int, ids))) or "NULL"


def is_one_of(using: str, column: str, ids: Iterable[int]) -> str:
    """Return the condition that a column holds one of many ids; nothing holds one of none.

    PostgreSQL reads an array many times faster than it does a list of expressions.
    """
    if is_postgresql(using):
        return f"{column} = ANY ('{id_array(using, ids)}'::bigint[])"
    return f"{column} IN ({id_list(ids)})"


def replaced(using: str, column: str, targets: Mapping[int, int | None], *, value: Callable[[int | None], str]) -> str:
    """Return an expression for what takes the place of the id in a column.

    One branch per new value: databases look an id up in a long list, but try the branches of a CASE one by one.

    :param targets: old id to new id
    :param value: gives the expression for a new id
    """
    by_new: dict[int | None, list[int]] = {}
    for old, new in targets.items():
        by_new.setdefault(new, []).append(old)
    cases = " ".join(f"WHEN {is_one_of(using, column, olds)} THEN {value(new)}" for new, olds in by_new.items())
    return f"CASE {cases} END"


def collected(using: str, column: str) -> str:
    """Return an aggregate that collects a column's values as the text of a JSON list."""
    return f"json_agg({column})::text" if is_postgresql(using) else f"json_group_array({column})"


def compiled(queryset: QuerySet[Any, Any]) -> Statement:
    """Return the SQL of a queryset and its parameters."""
    sql, params = queryset.query.get_compiler(queryset.db).as_sql()
    return sql, tuple(params)


def union_all(statements: Sequence[Statement]) -> Statement:
    """Return one query for the rows of several."""
    return " UNION ALL ".join(query for query, _ in statements), tuple(
        value for _, params in statements for value in params
    )


def lock_clause(using: str, *, of: str = "") -> str:
    """Return what makes a SELECT lock its rows; SQLite locks the whole file when a transaction begins.

    :param of: the table whose rows are locked, if the query has several
    """
    if not is_postgresql(using):
        return ""
    return f" FOR NO KEY UPDATE OF {of}" if of else " FOR NO KEY UPDATE"


def json_value(using: str, column: str, key: str) -> str:
    """Return an expression for the JSON text that is stored under a key, quotes of strings included.

    :param key: a plain key, or several with dots between them for one inside the other; empty for the whole column
    """
    if not is_postgresql(using):
        return f"({column} -> '$.{key}')" if key else column
    inside = "".join(f" -> '{part}'" for part in key.split(".") if part)
    return f"({column}{inside})::text"


def set_json_value(using: str, column: str, key: str, json_text: str) -> str:
    """Return an expression for a column with one key replaced, other keys untouched.

    :param key: as for :func:`json_value`
    :param json_text: an SQL expression for the new value's JSON text; it must not be NULL, or the column would be
    """
    if not key:
        return f"({json_text})::jsonb" if is_postgresql(using) else f"json({json_text})"
    if is_postgresql(using):
        # In quotes, or the key null would be no key.
        path = ",".join(f'"{part}"' for part in key.split("."))
        return f"jsonb_set({column}, '{{{path}}}', ({json_text})::jsonb)"
    return f"json_set({column}, '$.{key}', json({json_text}))"


def execute(using: str, sql: str, params: Sequence[Any] = ()) -> int:
    """Run a statement and return the number of rows that it touched."""
    with connections[using].cursor() as cursor:
        cursor.execute(sql, params or None)
        return int(cursor.rowcount)


def insert(using: str, model: type[Model], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that hold large JSON: ``bulk_create`` would pack all of a column into one array, escaped twice.

    :param rows: values by field name, the same names in each
    """
    if not rows:
        return
    fields: list[Any] = [model._meta.get_field(name) for name in rows[0]]  # noqa: SLF001  (the documented Meta API)
    columns = ", ".join(quote(using, field.column) for field in fields)
    places = ", ".join(["%s"] * len(fields))
    step = VALUES_PER_STATEMENT // len(fields)
    for part in (rows[start : start + step] for start in range(0, len(rows), step)):
        execute(
            using,
            f"INSERT INTO {quote(using, model._meta.db_table)} ({columns})"  # noqa: SLF001
            f" VALUES {', '.join([f'({places})'] * len(part))}",
            [json.dumps(value) if isinstance(value, list) else value for row in part for value in row.values()],
        )


def is_text(using: str, expression: str) -> str:
    """Return SQLite's condition that a text can be read: it stores any bytes for text, and reading them is an error."""
    register(using, "is_utf8", _is_utf8, arguments=1)
    return f"is_utf8(CAST({expression} AS blob))"


def register(using: str, name: str, function: Callable[..., Any], *, arguments: int) -> None:
    """Let SQLite call a function of Python's in the statements of this connection."""
    connections[using].ensure_connection()
    connections[using].connection.create_function(name, arguments, function, deterministic=True)


def _is_utf8(value: bytes | None) -> bool:
    return value is None or value.decode(errors="ignore").encode() == value


@contextlib.contextmanager
def text_for_people(using: str) -> Iterator[None]:
    """Read text with a question mark for each byte that is none, instead of ending in an error.

    Only SQLite stores such bytes. What is read like this must not be written back.
    """
    if is_postgresql(using):
        yield
        return
    connections[using].ensure_connection()
    connection = connections[using].connection
    before = connection.text_factory
    connection.text_factory = partial(str, encoding="utf-8", errors="replace")
    try:
        yield
    finally:
        connection.text_factory = before


def fetch(using: str, sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """Run a query and return all its rows."""
    with connections[using].cursor() as cursor:
        cursor.execute(sql, params or None)
        return list(cursor.fetchall())


def stream(using: str, sql: str, params: Sequence[Any] = (), *, for_people: bool = False) -> Iterator[tuple[Any, ...]]:
    """Run a query and yield its rows without holding them all.

    On PostgreSQL call it inside a transaction: the cursor then lives on one server connection, behind a pooler too.

    :param for_people: read text as :func:`text_for_people` does
    """
    reading = partial(text_for_people, using) if for_people else contextlib.nullcontext
    with connections[using].chunked_cursor() as cursor:
        with reading():
            cursor.execute(sql, params or None)
        while True:
            with reading():
                rows = cursor.fetchmany(ROWS_PER_FETCH)
            if not rows:
                return
            yield from rows


def update_json_values(
    using: str,
    *,
    table: str,
    pk: str,
    column: str,
    key: str,
    values: Sequence[tuple[Sequence[int], Any]],
    base: str = "",
) -> None:
    """Give rows new values under one key of a JSON column, in one statement.

    :param values: row ids with the new value of all of them, as Python data; each id once
    :param base: expression for the column with other changes already made; the table is ``t`` in it
    """
    if not values:
        return
    if is_postgresql(using):
        given, rows = "(%s::bigint[], %s::jsonb)", "SELECT unnest(ids) AS id, new FROM given"
    else:
        given, rows = "(%s, %s)", "SELECT item.value AS id, new FROM given, json_each(ids) AS item"
    # Of the lists alone PostgreSQL would not know how few rows they name, and read the table.
    named = is_one_of(using, f"t.{pk}", (row_id for ids, _ in values for row_id in ids))
    execute(
        using,
        f"WITH given(ids, new) AS (VALUES {','.join([given] * len(values))}), v AS ({rows} ORDER BY 1) UPDATE {table} AS t"
        f" SET {column} = {set_json_value(using, base or f't.{column}', key, 'v.new')} FROM v WHERE t.{pk} = v.id AND {named}",
        [item for ids, value in values for item in (id_array(using, ids), stored_json.dumps(value))],
    )


def id_array(using: str, ids: Iterable[int]) -> str:
    """Return ids as the text of an array, or of a JSON list where there are no arrays."""
    listed = ",".join(map(str, map(int, ids)))
    return f"{{{listed}}}" if is_postgresql(using) else f"[{listed}]"
