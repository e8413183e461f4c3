"""The lock that migrate takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections

from model_retirement.contrib.migrate.lock import migrate_lock as lock


@pytest.fixture
def sqlite_database(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[object], str]]:
    """Set up one more database, of a name that is given, and return its alias."""

    def set_up(name: object) -> str:
        settings: dict[str, Any] = {"ENGINE": "django.db.backends.sqlite3", "NAME": name, "OPTIONS": {}}
        monkeypatch.setitem(connections.settings, "another", connection.settings_dict | settings)
        return "another"

    yield set_up
    if "another" in connections:
        del connections["another"]  # so that the next one is made anew


@pytest.fixture
def lockable(sqlite_database: Callable[[object], str], tmp_path: Path) -> str:
    """The alias of the database; on the SQLite leg one in a file: the leg's own is in memory, for one process."""
    return sqlite_database(tmp_path / "db.sqlite3") if connection.vendor == "sqlite" else "default"


@pytest.mark.django_db
def test_a_second_one_waits_for_the_first(lockable: str):
    """Rule 10."""
    first = lock(using=lockable, tell=pytest.fail)
    lines: list[str] = []

    def end_the_first(line: str) -> None:
        lines.append(line)
        first.__exit__(None, None, None)

    first.__enter__()
    with lock(using=lockable, tell=end_the_first):
        pass
    assert lines == ["Another migrate is at work on this database; waiting for it to end."]


@pytest.mark.django_db
def test_it_is_free_after_an_error(lockable: str):
    for _ in range(2):
        with pytest.raises(ValueError, match="boom"), lock(using=lockable, tell=pytest.fail):
            raise ValueError("boom")


@pytest.mark.parametrize("name", [":memory:", "file:memorydb_default?mode=memory&cache=shared"])
def test_a_database_in_memory_needs_none(sqlite_database: Callable[[object], str], name: str):
    alias = sqlite_database(name)
    with lock(using=alias, tell=pytest.fail), lock(using=alias, tell=pytest.fail):
        pass


@pytest.mark.postgresql
@pytest.mark.django_db
def test_its_transaction_keeps_no_snapshot():
    """CREATE INDEX CONCURRENTLY in a migration would wait for it for ever."""
    with lock(using="default", tell=pytest.fail), connection.cursor() as cursor:
        cursor.execute(
            "SELECT a.backend_xmin IS NULL, a.state FROM pg_stat_activity a JOIN pg_locks l USING (pid)"
            " WHERE l.locktype = 'advisory' AND a.datname = current_database()"
        )
        assert cursor.fetchall() == [(True, "idle in transaction")]


@pytest.mark.postgresql
@pytest.mark.django_db
def test_whoever_waits_for_it_holds_no_transaction():
    """Behind a pooler it would keep a server connection from the one that is waited for."""
    states: list[tuple[str]] = []

    def look_and_end_the_first(_line: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT state FROM pg_stat_activity WHERE query = 'ROLLBACK' AND datname = current_database()"
            )
            states.extend(cursor.fetchall())
        first.__exit__(None, None, None)

    first = lock(using="default", tell=pytest.fail)
    first.__enter__()
    with lock(using="default", tell=look_and_end_the_first):
        assert states[0] == ("idle",)
