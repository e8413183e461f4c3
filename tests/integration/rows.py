"""Every row of a database, so that a test can say that nothing changed."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from django.db import connection

from tests.processes import ProcessDatabase

_TABLES = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name",
    "postgresql": "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename",
}

Rows = dict[str, list[tuple[Any, ...]]]


def of_database(database: ProcessDatabase) -> Rows:
    """Return all rows of all tables of a database that processes work on."""
    return {table: sorted((tuple(row.values()) for row in rows), key=repr) for table, rows in named(database).items()}


def named(database: ProcessDatabase) -> dict[str, list[dict[str, Any]]]:
    """Return the same with the values of each row by column."""
    vendor = "sqlite" if database.url.startswith("sqlite") else "postgresql"
    with database.connect() as connection:
        tables = [str(name) for (name,) in connection.execute(_TABLES[vendor]).fetchall()]
        return {table: list(_rows(connection, table)) for table in tables}


def _rows(connection: Any, table: str) -> Iterator[dict[str, Any]]:
    cursor = connection.execute(f'SELECT * FROM "{table}"')
    names = [column[0] for column in cursor.description]
    return (dict(zip(names, values, strict=True)) for values in cursor.fetchall())


def of_connection(*, without: Collection[str] = ()) -> Rows:
    """Return all rows of all tables of the test's own database.

    :param without: tables to leave out
    """
    with connection.cursor() as cursor:
        cursor.execute(_TABLES[connection.vendor])
        tables = [str(name) for (name,) in cursor.fetchall() if name not in without]
        rows: Rows = {}
        for table in tables:
            cursor.execute(f'SELECT * FROM "{table}"')
            rows[table] = sorted(cursor.fetchall(), key=repr)
    return rows
