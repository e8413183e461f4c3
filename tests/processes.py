"""Databases for tests that start real processes: fresh, migrated, and gone afterwards.

On the SQLite leg a database is a file, on the PostgreSQL leg one of its own on the leg's server. Both are copied from a
template that is migrated once per test run, which takes a fraction of what ``migrate`` takes.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import shutil
import sqlite3
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest

import model_retirement
from tests import warm
from tests.warm import SECONDS, WarmProcess

__all__ = [
    "ENGINE",
    "ROOT",
    "SECONDS",
    "ProcessDatabase",
    "empty_process_database",
    "new_database",
    "process_database",
    "process_template",
    "wait_for",
]

ROOT = Path(__file__).resolve().parent.parent

ENGINE = Path(model_retirement.__file__).parent
"""Where Python imports the engine from: ``src/``, or where pip has put the wheel."""

PRODUCTION = {
    "DATABASE_URL": "sqlite://:memory:",
    "DJANGO_ALLOWED_HOSTS": "platform.example, www.platform.example,",
    "DJANGO_DEBUG": "false",
    "DJANGO_SECRET_KEY": "kq3x7Vw9" * 8,
    "EMAIL_URL": "smtp://mail.example",
    "SITE_URL": "https://platform.example",
}
"""An environment in which the platform starts for production."""


@dataclasses.dataclass
class ProcessDatabase:
    """One database and the processes that work on it.

    ``env`` is the environment of every process; change it to change what later ones get. ``root`` is the project that
    they run: this one, or a scratch copy of it.
    """

    url: str
    env: dict[str, str]
    root: Path = ROOT
    processes: list[WarmProcess] = dataclasses.field(default_factory=list)

    def start(self, *command: str, **env: str) -> WarmProcess:
        """Start ``manage.py COMMAND`` and return at once; the process is ended with the test.

        :param env: further environment variables
        """
        process = warm.processes().start(command, folder=self.root, env=self.env | env)
        self.processes.append(process)
        return process

    def finish(self, process: WarmProcess) -> subprocess.CompletedProcess[str]:
        """Wait for a started process and return how it ended."""
        stdout, stderr = process.communicate(timeout=SECONDS)
        return subprocess.CompletedProcess(process.args, process.wait(), stdout, stderr)

    def manage(self, *command: str, **env: str) -> subprocess.CompletedProcess[str]:
        """Run ``manage.py COMMAND`` to its end.

        :param env: further environment variables
        """
        return self.finish(self.start(*command, **env))

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query, through a connection that is no Django's."""
        with self.connect() as connection:
            return list(connection.execute(sql).fetchall())

    @contextlib.contextmanager
    def connect(self) -> Iterator[Any]:
        """Yield a connection that is no Django's; what it did is committed after the block."""
        if self.url.startswith("sqlite"):
            with contextlib.closing(sqlite3.connect(_path(self.url))) as connection, connection:
                yield connection
        else:
            with psycopg.connect(self.url) as server:
                yield server

    @property
    def now(self) -> str:
        """The database's clock, as an expression of its SQL that compares with the times that Django stores."""
        return "strftime('%Y-%m-%d %H:%M:%f', 'now')" if self.url.startswith("sqlite") else "now()"

    def close(self) -> None:
        """End what still runs."""
        for process in self.processes:
            process.kill()
            process.wait()


def wait_for(condition: Callable[[], object]) -> None:
    """Return as soon as the condition holds.

    :raises AssertionError: if it never does
    """
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


@pytest.fixture(scope="session")
def process_template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of a migrated database that is only copied."""
    folder = tmp_path_factory.mktemp("template")
    with _fresh(folder, template=None) as url:
        database = ProcessDatabase(url=url, env=_environment(url, folder))
        migrated = database.manage("migrate", "--verbosity=0", DJANGO_SETTINGS_MODULE="tests.pinned_settings")
        assert migrated.returncode == 0, migrated.stderr
        yield url


@pytest.fixture
def process_database(process_template: str, tmp_path: Path) -> Iterator[ProcessDatabase]:
    """A migrated database, empty but for what migrations write."""
    with new_database(tmp_path, template=process_template) as database:
        yield database


@pytest.fixture
def empty_process_database(tmp_path: Path) -> Iterator[ProcessDatabase]:
    """A database without a single table."""
    with new_database(tmp_path) as database:
        yield database


@contextlib.contextmanager
def new_database(folder: Path, *, template: str | None = None) -> Iterator[ProcessDatabase]:
    """Make a database, empty or copied from ``template``; end its processes and drop it afterwards.

    :param folder: where e-mails go, and what belongs to the database
    """
    with _fresh(folder, template=template) as url:
        database = ProcessDatabase(url=url, env=_environment(url, folder))
        try:
            yield database
        finally:
            database.close()


def _environment(url: str, folder: Path) -> dict[str, str]:
    return os.environ | {
        "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "tests.sample_app.settings",
        "EMAIL_URL": f"file://{folder / 'mail'}",
        "PYTHONPATH": str(folder),
        "LEASE_SECONDS": "30",
    }


@contextlib.contextmanager
def _fresh(folder: Path, *, template: str | None) -> Iterator[str]:
    """Make a database and drop it afterwards; yield its URL."""
    if os.environ.get("TEST_DATABASE", "sqlite") == "sqlite":
        path = folder / "processes.sqlite3"
        if template is not None:
            shutil.copy(_path(template), path)
        yield f"sqlite:///{path}"
        return
    server = os.environ["TEST_DATABASE_URL"]
    name = f"processes_{uuid.uuid4().hex[:12]}"
    source = f"TEMPLATE {_path(template)}" if template else ""
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name} {source}".encode())
        try:
            yield urlsplit(server)._replace(path=f"/{name}").geturl()
        finally:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def _path(url: str) -> str:
    return urlsplit(url).path.removeprefix("/")
