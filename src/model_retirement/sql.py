"""The small pieces that statements are put together from; ``dialects`` has what the two databases spell differently.

Names come from model metadata and go through ``quote_name``; keys are integers or UUIDs and are written into the statement,
which spares the limits on the number of parameters; every other value is a parameter.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.db import connections
from django.db.models import Model, QuerySet

from model_retirement import stored_json
from model_retirement.dialects import Dialect, dialect_of
from model_retirement.keys import Key, KeyKind, read_key
from model_retirement.keys import id_list as id_list  # noqa: PLC0414  (it is one of the pieces)

Statement = tuple[str, tuple[Any, ...]]

ROWS_PER_FETCH = 2_000

VALUES_PER_STATEMENT = 32_000
"""Below the limit of SQLite as it comes (SQLITE_MAX_VARIABLE_NUMBER, https://sqlite.org/limits.html): 32,766."""


def dialect(using: str) -> Dialect:
    """Return what the database speaks."""
    return dialect_of(connections[using])


def quote(using: str, name: str) -> str:
    """Return the name of a table or column as SQL takes it."""
    return connections[using].ops.quote_name(name)


def literal(using: str, text: str) -> str:
    """Return a text as SQL has it, whether the statement has parameters or not."""
    return dialect(using).literal(text)


def is_one_of(using: str, column: str, ids: Iterable[Key]) -> str:
    """Return the condition that a column holds one of many ids; nothing holds one of none."""
    return dialect(using).is_one_of(column, ids)


def replaced(using: str, column: str, targets: Mapping[Key, Key | None], *, value: Callable[[Key | None], str]) -> str:
    """Return an expression for what takes the place of the id in a column.

    One branch per new value: databases look an id up in a long list, but try the branches of a CASE one by one.

    :param targets: old id to new id
    :param value: gives the expression for a new id
    """
    by_new: dict[Key | None, list[Key]] = {}
    for old, new in targets.items():
        by_new.setdefault(new, []).append(old)
    cases = " ".join(f"WHEN {is_one_of(using, column, olds)} THEN {value(new)}" for new, olds in by_new.items())
    return f"CASE {cases} END"


def collected(using: str, column: str) -> str:
    """Return an aggregate that collects a column's values as the text of a JSON list."""
    return dialect(using).collected(column)


def compiled(queryset: QuerySet[Any, Any]) -> Statement:
    """Return the SQL of a queryset and its parameters."""
    sql, params = queryset.query.get_compiler(queryset.db).as_sql()
    return sql, tuple(params)


def union_all(statements: Sequence[Statement]) -> Statement:
    """Return one query for the rows of several."""
    return " UNION ALL ".join(query for query, _ in statements), tuple(
        value for _, params in statements for value in params
    )


def values(rows: Iterable[Sequence[Any]]) -> str:
    """Return rows of expressions as a query."""
    return "VALUES " + ",".join(f"({','.join(map(str, row))})" for row in rows)


def lock_clause(using: str, *, of: str = "") -> str:
    """Return what makes a SELECT lock its rows; empty where that is not needed.

    :param of: the table whose rows are locked, if the query has several
    """
    return dialect(using).lock_clause(of=of)


def json_value(using: str, column: str, key: str) -> str:
    """Return an expression for the JSON text that is stored under a key, quotes of strings included.

    :param key: a plain key, or several with dots between them for one inside the other; empty for the whole column
    """
    return dialect(using).json_value(column, key)


def set_json_value(using: str, column: str, key: str, json_text: str) -> str:
    """Return an expression for a column with one key replaced, other keys untouched.

    :param key: as for :func:`json_value`
    :param json_text: an SQL expression for the new value's JSON text; it must not be NULL, or the column would be
    """
    return dialect(using).set_json_value(column, key, json_text)


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
            [stored_json.dumps(value) if isinstance(value, list) else value for row in part for value in row.values()],
        )


def fetch(using: str, sql: str, params: Sequence[Any] = (), *, keys: Sequence[int] = ()) -> list[tuple[Any, ...]]:
    """Run a query and return all its rows.

    :param keys: the places of columns that hold keys of the host's rows
    """
    with connections[using].cursor() as cursor:
        cursor.execute(sql, params or None)
        return _with_keys(list(cursor.fetchall()), keys)


def _with_keys(rows: list[tuple[Any, ...]], places: Sequence[int]) -> list[tuple[Any, ...]]:
    """Return rows with their keys as Python has them; most databases give them like this."""
    texts = {
        place for place in places if isinstance(next((row[place] for row in rows if row[place] is not None), None), str)
    }
    if not texts:
        return rows
    return [tuple(read_key(value) if place in texts else value for place, value in enumerate(row)) for row in rows]


def stream(
    using: str, sql: str, params: Sequence[Any] = (), *, keys: Sequence[int] = (), for_people: bool = False
) -> Iterator[tuple[Any, ...]]:
    """Run a query and yield its rows without holding them all.

    Call it inside ``dialect(using).streaming()``.

    :param keys: the places of columns that hold keys of the host's rows
    :param for_people: read text as ``Dialect.text_for_people`` does
    """
    reading = dialect(using).text_for_people if for_people else contextlib.nullcontext
    with connections[using].chunked_cursor() as cursor:
        with reading():
            cursor.execute(sql, params or None)
        while True:
            with reading():
                rows = cursor.fetchmany(ROWS_PER_FETCH)
            if not rows:
                return
            yield from _with_keys(rows, keys)


def update_json_values(
    using: str,
    *,
    table: str,
    pk: str,
    column: str,
    key: str,
    values: Sequence[tuple[Sequence[Key], Any]],
    base: str = "",
    kind: KeyKind | None = KeyKind.INTEGER,
) -> None:
    """Give rows new values under one key of a JSON column, in one statement.

    :param values: row ids with the new value of all of them, as Python data; each id once
    :param base: expression for the column with other changes already made; the table is ``t`` in it
    :param kind: what the ids of rows are
    """
    if not values:
        return
    database = dialect(using)
    given, rows = database.lists_of_ids(len(values), kind=kind)
    # Of the lists alone PostgreSQL would not know how few rows they name, and read the table.
    named = is_one_of(using, f"t.{pk}", (row_id for ids, _ in values for row_id in ids))
    execute(
        using,
        f"WITH given(ids, new) AS (VALUES {given}), v AS ({rows} ORDER BY 1) UPDATE {table} AS t"
        f" SET {column} = {set_json_value(using, base or f't.{column}', key, 'v.new')} FROM v WHERE t.{pk} = v.id AND {named}",
        [item for ids, value in values for item in (database.id_array(ids), stored_json.dumps(value))],
    )
