"""SQL that PostgreSQL and SQLite spell differently, and the small pieces that statements are put together from.

Names come from model metadata and go through ``quote_name``; ids are integers and are written into the statement,
which spares the limits on the number of parameters; every other value is a parameter.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.db import connections, transaction
from django.db.models import QuerySet

Statement = tuple[str, tuple[Any, ...]]

ROWS_PER_FETCH = 2_000


def is_postgresql(using: str) -> bool:
    """Return whether the database is PostgreSQL; the other one is SQLite."""
    return connections[using].vendor == "postgresql"


def quote(using: str, name: str) -> str:
    """Return the name of a table or column as SQL takes it."""
    return connections[using].ops.quote_name(name)


def id_list(ids: Iterable[int]) -> str:
    """Return ids as the inside of ``IN (...)``; an empty list matches nothing."""
    return ",".join(str(int(value)) for value in ids) or "NULL"


def compiled(queryset: QuerySet[Any, Any]) -> Statement:
    """Return the SQL of a queryset and its parameters."""
    sql, params = queryset.query.get_compiler(queryset.db).as_sql()
    return sql, tuple(params)


def lock_clause(using: str) -> str:
    """Return what makes a SELECT lock its rows; SQLite locks the whole file when a transaction begins."""
    return " FOR NO KEY UPDATE" if is_postgresql(using) else ""


def json_value(using: str, column: str, key: str) -> str:
    """Return an expression for the JSON text that is stored under a key, quotes of strings included."""
    return f"({column} -> '{key}')::text" if is_postgresql(using) else f"({column} -> '$.{key}')"


def set_json_value(using: str, column: str, key: str, json_text: str) -> str:
    """Return an expression for a column with one key replaced, other keys untouched.

    :param json_text: an SQL expression for the new value's JSON text; it must not be NULL, or the column would be
    """
    if is_postgresql(using):
        return f"jsonb_set({column}, '{{{key}}}', ({json_text})::jsonb)"
    return f"json_set({column}, '$.{key}', json({json_text}))"


def execute(using: str, sql: str, params: Sequence[Any] = ()) -> int:
    """Run a statement and return the number of rows that it touched."""
    with connections[using].cursor() as cursor:
        cursor.execute(sql, params or None)
        return int(cursor.rowcount)


def fetch(using: str, sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """Run a query and return all its rows."""
    with connections[using].cursor() as cursor:
        cursor.execute(sql, params or None)
        return list(cursor.fetchall())


def stream(using: str, sql: str, params: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
    """Run a query and yield its rows without holding them all.

    On PostgreSQL call it inside a transaction: the cursor then lives on one server connection, behind a pooler too.
    """
    with connections[using].chunked_cursor() as cursor:
        cursor.execute(sql, params or None)
        while rows := cursor.fetchmany(ROWS_PER_FETCH):
            yield from rows


def tidy_index(*, table: str, column: str, model_ids: Iterable[int], using: str) -> None:
    """Scan the index of a column up to the first row of each model that is still there."""
    if not is_postgresql(using):
        return
    with transaction.atomic(using=using):
        # Only an index scan drops dead entries, and statistics of before speak against one.
        execute(using, "SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
        fetch(
            using,
            f"SELECT (SELECT 1 FROM {table} WHERE {column} = wanted.id LIMIT 1)"
            f" FROM unnest(ARRAY[{id_list(model_ids)}]::bigint[]) AS wanted(id)",
        )
        # Inside somebody else's transaction the settings would stay.
        execute(using, "SET LOCAL enable_seqscan = on; SET LOCAL enable_bitmapscan = on")


def update_json_values(
    using: str, *, table: str, pk: str, column: str, key: str, values: dict[int, Any], base: str = ""
) -> None:
    """Give each row its own new value under one key of a JSON column, in one statement.

    :param values: row id to the new value as Python data
    :param base: expression for the column with other changes already made; the table is ``t`` in it
    """
    if not values:
        return
    rows = ",".join(["(%s, %s)"] * len(values))
    text = "v.new::text" if is_postgresql(using) else "v.new"
    execute(
        using,
        f"WITH v(id, new) AS (VALUES {rows}) UPDATE {table} AS t"
        f" SET {column} = {set_json_value(using, base or f't.{column}', key, text)} FROM v WHERE t.{pk} = v.id",
        [item for row_id, value in values.items() for item in (row_id, json.dumps(value))],
    )
