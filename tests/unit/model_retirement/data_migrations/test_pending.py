"""What waits, and running it."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable
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


WITH_OPTIONS = "limit=5, kind=node, archived=False, mail=True"


def ask_with(name: str = "limited", **options: Any) -> None:
    run_once.request(name=name, requested_by="shop.0002", repeatable=False, options=options)


def last_result(name: str) -> Any:
    """Return what the last attempt returned."""
    return CustomMigration.objects.get(name=name).runs.all()[0].result


def test_what_waits_runs_with_the_options_that_it_was_asked_for_with(limited: None):
    ask_with(limit=5)
    assert run_pending() == ["limited"]
    assert last_result("limited") == WITH_OPTIONS


def test_a_retry_has_the_options_too(limited: None):
    ask_with(limit=5)
    CustomMigration.objects.update(status=Status.FAILED)
    assert run_pending() == ["limited"]
    assert last_result("limited") == WITH_OPTIONS


def test_work_that_was_interrupted_is_taken_over_with_its_options(limited: None):
    ask_with(limit=5)
    CustomMigration.objects.update(status=Status.RUNNING, lease_expires_at=Now() - HOUR)
    assert run_pending() == ["limited"]
    assert last_result("limited") == WITH_OPTIONS


def test_options_that_a_command_takes_no_more_are_told_before_anything_is_claimed(limited: None):
    ask_with(limmit=5)
    with pytest.raises(DataMigrationFailed) as caught:
        run_pending()
    assert str(caught.value) == (
        'Data migration limited failed: RunDataMigration("limited"): limited has no option limmit; it takes limit, since,'
        " kind, tag, slugs, archived, mail, words. The next `migrate` or `custom_migrations run` tries again."
    )
    row = CustomMigration.objects.get()
    assert (row.status, row.runs.count()) == (Status.PENDING, 0)


@pytest.mark.parametrize(("own", "limit"), [({}, 5), ({"limit": 7}, 7)])
def test_a_unit_is_run_as_all_of_them_were_asked_for_unless_it_was_asked_for_itself(
    host_command: Callable[[str, str], None], own: dict[str, Any], limit: int
):
    host_command(
        "unit_by_unit",
        """
        from model_retirement.data_migrations.commands import IdempotentCommand

        class Command(IdempotentCommand):
            migration_name = "unit_by_unit"

            def add_arguments(self, parser):
                super().add_arguments(parser)
                parser.add_argument("--only", action="append", default=[])
                parser.add_argument("--limit", type=int)

            def perform_migration(self, dry_run=False, *, context):
                return f"{context.options['only']} {context.options['limit']}"
        """,
    )
    ask_with("unit_by_unit", limit=5)
    CustomMigration.objects.update(status=Status.APPLIED)
    ask_with("unit_by_unit:one", **own)
    out = io.StringIO()
    pending.run(name="unit_by_unit:one", using="default", triggered_by="x", stdout=out)
    assert out.getvalue() == f"unit_by_unit: applied: ['one'] {limit}.\n"


def test_a_record_whose_command_records_its_work_elsewhere_is_told(host_command: Callable[[str, str], None]):
    """It would be run by every migrate and never be settled."""
    host_command(
        "cleanup_nodes",
        """
        from model_retirement.data_migrations.commands import IdempotentCommand

        class Command(IdempotentCommand):
            migration_name = "2024_cleanup"
        """,
    )
    ask("cleanup_nodes")
    with pytest.raises(DataMigrationFailed) as caught:
        run_pending()
    assert str(caught.value) == (
        "Data migration cleanup_nodes failed: the command of that name records its work as 2024_cleanup. Run"
        " `custom_migrations run 2024_cleanup` if that is not done, and `custom_migrations mark cleanup_nodes` to settle"
        " this record."
    )
    assert run_once.statuses(prefix="", using="default") == {"cleanup_nodes": Status.PENDING}
