"""Every row of a database, so that a test can say that nothing changed."""

from __future__ import annotations

from collections.abc import Collection
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
    return {table: sorted(database.query(f'SELECT * FROM "{table}"'), key=repr) for table in tables_of(database)}


def tables_of(database: ProcessDatabase) -> list[str]:
    """Return the names of a database's tables."""
    vendor = "sqlite" if database.url.startswith("sqlite") else "postgresql"
    return [str(name) for (name,) in database.query(_TABLES[vendor])]


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
