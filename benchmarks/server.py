"""Databases to measure on, that come and go on one server, and the processes that are measured."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import psycopg

Measured = dict[str, Any]


class Server:
    """Databases that come and go on one server."""

    def __init__(self, url: str) -> None:
        self._url = url

    def url(self, name: str) -> str:
        """Return the URL of a database."""
        base, _, query = self._url.partition("?")
        return f"{base.rpartition('/')[0]}/{name}" + (f"?{query}" if query else "")

    def recreate(self, name: str, *, template: str = "template1") -> str:
        """Make a database anew and return its URL."""
        self.drop(name)
        with psycopg.connect(self._url, autocommit=True) as server:
            server.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        with psycopg.connect(self.url(name), autocommit=True) as server:
            # What the copy left to be written is not part of the measurement.
            server.execute("CHECKPOINT")
        return self.url(name)

    def prepare(self, name: str, *, build: Callable[[str], None]) -> str:
        """Make a migrated database with data in it, and return its name.

        :param build: fills the database at a URL
        """
        url = self.recreate(name)
        manage = [sys.executable, "manage.py", "migrate", "-v", "0", "--skip-checks"]
        subprocess.run(manage, env={**os.environ, "DATABASE_URL": url}, check=True)
        build(url)
        return name

    def drop(self, name: str) -> None:
        """Take a database away, if it is there."""
        with psycopg.connect(self._url, autocommit=True) as server:
            server.execute(f"DROP DATABASE IF EXISTS {name}")


def with_wal(url: str, work: Callable[[], Measured]) -> Measured:
    """Return what was measured, and how many bytes the server has written to its log (WAL) meanwhile.

    A page that is written for the first time since a checkpoint goes there whole; :meth:`Server.recreate` makes one.
    """
    with psycopg.connect(url, autocommit=True) as server:
        (before,) = server.execute("SELECT pg_current_wal_lsn()").fetchall()[0]
        measured = work()
        (written,) = server.execute("SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), %s)", [before]).fetchall()[0]
    return measured | {"wal_bytes": int(written)}


def child(url: str, what: str) -> Measured:
    """Measure a part of the project in a process of its own.

    :param what: see :mod:`benchmarks.child`
    """
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.child", what],
        env={**os.environ, "DATABASE_URL": url, "EMAIL_URL": "dummy:"},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    measured: Measured = json.loads(done.stdout)
    return measured
