"""The rows of a database at one moment, to which it can be set back many times a second."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

import psycopg

from tests.processes import ProcessDatabase


class Snapshot(Protocol):
    """What a database held."""

    def put_back(self) -> None:
        """Give the database the rows that it had; nobody may be using it."""


@contextlib.contextmanager
def snapshot(database: ProcessDatabase, *, name: str) -> Iterator[Snapshot]:
    """Keep what the database holds now, under a name, for the length of the block."""
    if database.url.startswith("sqlite"):
        yield _FileCopy(Path(urlsplit(database.url).path.removeprefix("/")), name=name)
        return
    with psycopg.connect(database.url, autocommit=True) as connection:
        try:
            yield _TableCopies(connection, name=name)
        finally:
            connection.execute(f"DROP SCHEMA IF EXISTS {name} CASCADE".encode())


class _FileCopy:
    def __init__(self, path: Path, *, name: str) -> None:
        self._path = path
        self._copy = path.with_suffix(f".{name}")
        shutil.copy(path, self._copy)

    def put_back(self) -> None:
        # The journal of a process that was killed would be applied to the copy.
        self._path.with_name(f"{self._path.name}-journal").unlink(missing_ok=True)
        shutil.copy(self._copy, self._path)


class _TableCopies:
    """A copy of each table in a schema of its own; much faster than a copy of the database."""

    def __init__(self, connection: psycopg.Connection, *, name: str) -> None:
        self._connection = connection
        columns = connection.execute(
            "SELECT table_name, string_agg(format('%I', column_name), ', ' ORDER BY ordinal_position)"
            " FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)"
            " WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND is_generated = 'NEVER'"
            " GROUP BY table_name"
        ).fetchall()
        self._execute(
            f"CREATE SCHEMA {name}", *(f'CREATE TABLE {name}."{t}" AS TABLE public."{t}"' for t, _ in columns)
        )
        self._put_back = [
            "BEGIN",
            "SET CONSTRAINTS ALL DEFERRED",
            # TRUNCATE makes and unlinks files, which for so few rows takes ten times as long.
            *(f'DELETE FROM public."{table}"' for table, _ in columns),
            *(
                f'INSERT INTO public."{table}" ({names}) OVERRIDING SYSTEM VALUE SELECT {names} FROM {name}."{table}"'
                for table, names in columns
            ),
            "COMMIT",
        ]

    def put_back(self) -> None:
        self._execute(*self._put_back)

    def _execute(self, *statements: str) -> None:
        self._connection.execute(";".join(statements).encode())
