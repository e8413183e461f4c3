"""This project's migrate: one at a time, and operations learn which migration they belong to."""

from __future__ import annotations

import contextlib
import io
import sqlite3
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.core.management.commands import migrate as django_migrate
from django.db import DatabaseError, OperationalError, connections, migrations

from model_retirement.contrib.migrate.management.commands import migrate
from model_retirement.data_migrations import run_once
from model_retirement.data_migrations.after_migrate import faking
from model_retirement.data_migrations.operations import applying
from tests.statements import before_statement


@pytest.fixture
def locked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    taken: list[str] = []

    @contextlib.contextmanager
    def lock(*, using: str, tell: Any) -> Iterator[None]:
        taken.append(using)
        yield
        taken.append("released")

    monkeypatch.setattr(migrate, "migrate_lock", lock)
    return taken


@pytest.mark.django_db
def test_it_takes_the_lock(locked: list[str]):
    """Rule 10: before it plans."""
    call_command("migrate", verbosity=0, stdout=io.StringIO())
    assert locked == ["default", "released"]


@pytest.mark.django_db
@pytest.mark.parametrize("option", ["--plan", "--check"])
def test_it_does_not_wait_to_tell_what_it_would_do(locked: list[str], option: str):
    out = io.StringIO()
    call_command("migrate", option, stdout=out)
    assert locked == []


@pytest.mark.django_db
@pytest.mark.parametrize("option", ["--plan", "--check"])
def test_what_waits_belongs_to_the_plan(no_records: None, option: str):
    assert call("--plan").endswith("No planned migration operations.\n")
    run_once.request(name="sample_atomic", requested_by="shop.0002", repeatable=False)
    line = "Data migrations that wait: sample_atomic\n"
    assert call(option).endswith(line) is (option == "--plan")


def call(*arguments: str) -> str:
    out = io.StringIO()
    call_command("migrate", *arguments, stdout=out)
    return out.getvalue()


@pytest.mark.django_db
def test_the_data_migrations_learn_that_nothing_is_done_but_recorded(
    locked: list[str], monkeypatch: pytest.MonkeyPatch
):
    seen: list[bool] = []
    monkeypatch.setattr(django_migrate.Command, "handle", lambda *_args, **_options: seen.append(faking.get()))
    for arguments in (["--fake"], []):
        call(*arguments)
    assert seen == [True, False]
    assert faking.get() is False


@pytest.mark.parametrize("action", ["apply", "unapply"])
def test_operations_learn_their_migration(action: str):
    command = migrate.Command(stdout=io.StringIO())
    command.verbosity = 0
    migration = migrations.Migration("0002_remove", "shop")
    command.migration_progress_callback(f"{action}_start", migration)
    assert applying.get() == "shop.0002_remove"
    command.migration_progress_callback(f"{action}_success", migration)
    assert applying.get() == ""


@pytest.mark.django_db
def test_a_database_that_cannot_be_reached_is_said_in_one_line(locked: list[str], monkeypatch: pytest.MonkeyPatch):
    def refuse() -> None:
        raise OperationalError("connection refused\nIs the server running?\n")

    monkeypatch.setattr(connections["default"], "ensure_connection", refuse)
    with pytest.raises(
        CommandError, match=r"^Database default cannot be reached: connection refused Is the server running\? "
    ):
        call_command("migrate", verbosity=0)
    assert locked == []
    with pytest.raises(
        CommandError, match=r"^Database default cannot be reached: .* running\? Check DATABASES in the settings\.$"
    ):
        call_command("migrate", verbosity=0, skip_checks=False)  # on the command line, the checks come first


@pytest.mark.django_db
def test_a_file_that_is_no_database_is_said_in_one_line(locked: list[str]):
    def refuse() -> None:
        raise DatabaseError("file is not a database")

    said = r"^The database said: file is not a database\. Check DATABASES in the settings\.$"
    with before_statement("SELECT", refuse), pytest.raises(CommandError, match=said):
        call_command("migrate", verbosity=0, skip_checks=False)
    assert locked == []


def failing(cause: Exception) -> contextlib.AbstractContextManager[None]:
    """Let Django's own migrate fail at its first statement, as Django passes on what a driver says."""

    def fail() -> None:
        raise OperationalError(str(cause)) from cause

    return before_statement("SELECT", fail)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "cause", [psycopg.errors.AdminShutdown("the server\nis going"), psycopg.OperationalError("the server\nis going")]
)
def test_a_connection_that_is_lost_is_said_in_one_line(cause: Exception):
    """Rule 10: and the next one goes on."""
    said = r"^The connection to database default was lost: the server is going\. Run `migrate` again: "
    with failing(cause), pytest.raises(CommandError, match=said):
        call_command("migrate", verbosity=0)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "cause", [psycopg.errors.LockNotAvailable("locked"), sqlite3.OperationalError("no such table")]
)
def test_what_an_operation_is_refused_for_keeps_its_traceback(cause: Exception):
    with failing(cause), pytest.raises(OperationalError):
        call_command("migrate", verbosity=0)
