"""The lock that migrate takes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections

from apps.data_migrations.management import migrate_lock
from apps.data_migrations.management.migrate_lock import migrate_lock as lock


@pytest.fixture
def lockable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """On the SQLite leg a database in a file: the leg's own is in memory, for one process."""
    if connection.vendor == "sqlite":
        file = connection.copy()
        file.settings_dict["NAME"] = tmp_path / "db.sqlite3"
        monkeypatch.setattr(migrate_lock, "connections", {"default": file})


@pytest.mark.django_db
def test_a_second_one_waits_for_the_first(lockable: None, monkeypatch: pytest.MonkeyPatch):
    """Rule 10."""
    first = lock(using="default", tell=pytest.fail)
    told: list[str] = []
    waits: list[float] = []

    def the_first_ends_at_last(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 3:
            first.__exit__(None, None, None)

    monkeypatch.setattr("time.sleep", the_first_ends_at_last)
    first.__enter__()
    with lock(using="default", tell=told.append):
        # PostgreSQL notices a closed connection a moment later.
        assert len(waits) >= 3
    assert told == ["Another migrate is at work on this database; waiting for it to end."]


@pytest.mark.django_db
def test_it_is_free_after_an_error(lockable: None):
    for _ in range(2):
        with pytest.raises(ValueError, match="boom"), lock(using="default", tell=pytest.fail):
            raise ValueError("boom")


@pytest.mark.parametrize("name", [":memory:", "file:memorydb_default?mode=memory&cache=shared"])
def test_a_database_in_memory_needs_none(monkeypatch: pytest.MonkeyPatch, name: str):
    from django.db.backends.sqlite3.base import DatabaseWrapper

    settings: dict[str, Any] = connections.settings["default"] | {"NAME": name, "OPTIONS": {}}
    monkeypatch.setattr(migrate_lock, "connections", {"default": DatabaseWrapper(settings)})
    with lock(using="default", tell=pytest.fail), lock(using="default", tell=pytest.fail):
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
def test_whoever_waits_for_it_holds_no_transaction(monkeypatch: pytest.MonkeyPatch):
    """Behind a pooler it would keep a server connection from the one that is waited for."""
    states: list[tuple[str]] = []

    def look_and_end_the_first(_seconds: float) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT state FROM pg_stat_activity WHERE query = 'ROLLBACK' AND datname = current_database()"
            )
            states.extend(cursor.fetchall())
        first.__exit__(None, None, None)

    monkeypatch.setattr("time.sleep", look_and_end_the_first)
    first = lock(using="default", tell=pytest.fail)
    first.__enter__()
    with lock(using="default", tell=lambda _line: None):
        assert states[0] == ("idle",)
