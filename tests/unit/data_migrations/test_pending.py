"""What waits, and running it."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import pytest
from django.core.management import CommandError
from django.db import DatabaseError
from django.db.models.functions import Now

from apps.teams.models import Team
from model_retirement.data_migrations import pending, run_once
from model_retirement.data_migrations.failures import DataMigrationFailed
from model_retirement.data_migrations.models import CustomMigration
from tests.sample_app import work
from tests.statements import before_statement, raising, without_table

Status = CustomMigration.Status
HOUR = dt.timedelta(hours=1)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_records")]


def ask(*names: str) -> None:
    for name in names:
        run_once.request(name=name, requested_by="shop.0002", repeatable=False)


def run_pending() -> list[str]:
    return pending.run_pending(using="default", triggered_by="migrate", stdout=io.StringIO())


@pytest.mark.parametrize(
    "name",
    [
        "sample_gone",  # no file
        "flush",  # a command, but no data migration
        "base",  # a module among the commands
    ],
)
def test_a_command_is_a_data_migration_or_missing(name: str):
    with pytest.raises(pending.CommandMissing, match=f"no command {name} that is a data migration"):
        pending.find_command(name)


def test_a_command_under_another_name_is_missing(sample_commands: dict[str, str], monkeypatch: pytest.MonkeyPatch):
    from tests.sample_app.management.commands import sample_atomic

    monkeypatch.setattr(sample_atomic.Command, "migration_name", "sample_renamed")
    with pytest.raises(pending.CommandMissing):
        pending.find_command("sample_atomic")


def test_what_waits_comes_in_the_order_in_which_it_was_asked_for():
    ask("sample_units", "sample_batched", "sample_atomic", "sample_units:one")
    for name, age in (("sample_atomic", 3), ("sample_units", 2), ("sample_batched", 1)):
        CustomMigration.objects.filter(name=name).update(requested_at=Now() - age * HOUR)
    assert pending.waiting(using="default") == ["sample_atomic", "sample_units", "sample_batched"]
    assert run_pending() == ["sample_atomic", "sample_units", "sample_batched"]
    assert pending.waiting(using="default") == []


@pytest.mark.parametrize(
    ("status", "waits"),
    [
        (Status.PENDING, True),
        (Status.FAILED, True),
        (Status.RUNNING, True),  # its process may have died
        (Status.APPLIED, False),
        (Status.FAKED, False),
    ],
)
def test_what_is_not_settled_waits(status: str, waits: bool):
    CustomMigration.objects.create(name="sample_atomic", status=status)
    assert pending.waiting(using="default") == ["sample_atomic"] * waits


def test_nothing_waits_without_tables():
    ask("sample_atomic")
    with without_table(CustomMigration):
        assert pending.waiting(using="default") == []


def test_a_failure_stops_those_behind_it(monkeypatch: pytest.MonkeyPatch):
    """Order matters: what comes later may rely on what failed."""
    ask("sample_atomic", "sample_batched", "sample_units")
    monkeypatch.setenv("SAMPLE_ERROR", "no luck")
    with pytest.raises(DataMigrationFailed) as caught:
        run_pending()
    assert str(caught.value) == (
        "Data migration sample_atomic failed: ValueError: no luck. Waiting behind it: sample_batched, sample_units."
        " See `custom_migrations show sample_atomic`; the next `migrate` or `custom_migrations run` tries again."
    )
    assert run_once.statuses(prefix="sample_b", using="default") == {"sample_batched": Status.PENDING}
    monkeypatch.delenv("SAMPLE_ERROR")
    assert run_pending() == ["sample_atomic", "sample_batched", "sample_units"]


def test_a_missing_command_is_an_error_that_says_what_to_do():
    ask("sample_gone")
    with pytest.raises(DataMigrationFailed, match="run `custom_migrations mark sample_gone`"):
        run_pending()
    run_once.mark(name="sample_gone", triggered_by="x", using="default")
    assert run_pending() == []


def test_what_is_asked_for_meanwhile_runs_too_and_nothing_runs_twice(monkeypatch: pytest.MonkeyPatch):
    def asks_for_more(*_args: Any, **_kwargs: Any) -> None:
        run_once.request(name="sample_repeatable", requested_by="x", repeatable=True)
        run_once.request(name="sample_units", requested_by="x", repeatable=True)

    ask("sample_repeatable")
    monkeypatch.setattr(work, "perform", asks_for_more)
    assert run_pending() == ["sample_repeatable", "sample_units"]


@pytest.mark.parametrize("status", [Status.PENDING, Status.FAILED])
def test_a_unit_that_waits_is_run_alone(status: str):
    """Rule 30."""
    CustomMigration.objects.create(name="sample_units", status=Status.APPLIED)
    CustomMigration.objects.create(name="sample_units:two", status=status)
    assert pending.waiting(using="default") == ["sample_units:two"]
    out = io.StringIO()
    assert pending.run_pending(using="default", triggered_by="x", stdout=out) == ["sample_units:two"]
    assert out.getvalue() == "sample_units: applied: due: two.\n"
    assert pending.waiting(using="default") == []


def test_a_unit_that_fails_stops_nothing_else(monkeypatch: pytest.MonkeyPatch):
    """Rule 30: nobody asked for the rest in the belief that it is done."""
    ask("sample_units:one", "sample_atomic:two", "sample_batched", "sample_units:two")
    with pytest.raises(DataMigrationFailed) as caught:
        run_pending()
    assert "sample_atomic:two failed: sample_atomic has no --only" in str(caught.value)
    assert run_once.statuses(prefix="", using="default") == {
        "sample_units": Status.APPLIED,
        "sample_units:one": Status.APPLIED,
        "sample_units:two": Status.APPLIED,
        "sample_atomic:two": Status.PENDING,
        "sample_batched": Status.APPLIED,
    }


@pytest.mark.parametrize("error", [KeyboardInterrupt("Stopped."), DatabaseError("the server is going")])
def test_what_stops_a_unit_from_outside_stops_all(error: BaseException):
    ask("sample_units:one", "sample_batched")
    with (
        pytest.raises(
            DataMigrationFailed, match=r"sample_units:one (failed|was interrupted).* behind it: sample_batched"
        ),
        before_statement('INSERT INTO "model_retirement_data_migrations_custommigrationrun"', raising(error)),
    ):
        run_pending()
    assert not CustomMigration.objects.filter(name="sample_batched", status=Status.APPLIED).exists()


def test_a_unit_is_run_by_its_command():
    out = io.StringIO()
    pending.run(name="sample_units:two", using="default", triggered_by="x", stdout=out)
    assert out.getvalue() == "sample_units: applied: due: two.\n"


def test_a_command_without_units_does_not_run_one():
    with pytest.raises(CommandError, match="sample_atomic has no --only, so two cannot be run by itself"):
        pending.run(name="sample_atomic:two", using="default", triggered_by="x")
    assert not Team.objects.exists()
