"""IdempotentCommand: what every data migration can do."""

from __future__ import annotations

import io
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.db.models.functions import Now

from apps.teams.models import Team
from model_retirement.data_migrations import commands as base
from model_retirement.data_migrations import finding, run_once
from model_retirement.data_migrations.claims import lease
from model_retirement.data_migrations.models import CustomMigration, CustomMigrationRun
from model_retirement.data_migrations.project_command import ProjectCommand
from tests.sample_app import work
from tests.sample_app.management.commands import sample_atomic
from tests.statements import before_statement, raising, without_table

Status = CustomMigration.Status
KINDS = ["sample_atomic", "sample_batched", "sample_repeatable"]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_records")]


def call(name: str, *args: str, **options: Any) -> str:
    out = io.StringIO()
    call_command(name, *args, stdout=out, **options)
    return out.getvalue()


def row(name: str) -> CustomMigration:
    return CustomMigration.objects.get(name=name)


@pytest.mark.parametrize("name", KINDS)
def test_the_work_is_done_recorded_and_told(name: str):
    assert call(name) == f"{name}: applied: 1 teams.\n"
    assert Team.objects.count() == 1
    assert row(name).status == Status.APPLIED
    run = row(name).runs.get()
    assert (run.counts, run.triggered_by) == ({"teams": 1}, name)


@pytest.mark.parametrize("name", ["sample_atomic", "sample_batched"])
def test_done_work_is_one_line_and_no_error(name: str):
    call(name)
    assert f"{name} was applied on " in call(name)
    assert Team.objects.count() == 1
    assert call(name, verbosity=0) == ""
    call(name, "--force")
    assert Team.objects.count() == 2


def test_a_repeatable_one_runs_whenever_a_person_says_so_and_once_per_request():
    """Rule 1: no force."""
    call("sample_repeatable")
    call("sample_repeatable")
    assert Team.objects.count() == 2
    call("sample_repeatable", pending_only=True)
    assert Team.objects.count() == 2


@pytest.mark.parametrize("name", KINDS)
def test_a_dry_run_previews_and_writes_nothing(name: str):
    """Rule 17: also if the author of the command forgot, and also if everything is applied."""
    assert call(name, "--dry-run") == f"{name}: would do: 1 teams.\n"
    assert not CustomMigration.objects.exists()
    assert not Team.objects.exists()
    call(name)
    assert "would do" in call(name, "--dry-run")
    assert Team.objects.count() == row(name).runs.count() == 1


def test_fake_and_dry_run_exclude_each_other():
    """Rule 17."""
    with pytest.raises(CommandError, match="--fake and --dry-run exclude each other"):
        call("sample_atomic", "--fake", "--dry-run")
    assert not CustomMigration.objects.exists()


def test_fake_records_without_doing():
    assert call("sample_atomic", "--fake") == "sample_atomic is marked as applied; nothing was done.\n"
    assert row("sample_atomic").status == Status.FAKED
    assert row("sample_atomic").runs.get().status == CustomMigrationRun.Status.FAKED
    assert "was marked as applied on" in call("sample_atomic")
    assert not Team.objects.exists()


def test_faking_what_is_applied_is_one_line():
    call("sample_atomic")
    assert "was applied on" in call("sample_atomic", "--fake")
    assert row("sample_atomic").status == Status.APPLIED


@pytest.mark.parametrize(("name", "left"), [("sample_atomic", 0), ("sample_batched", 1)])
def test_an_error_is_one_line_and_the_next_run_tries_again(monkeypatch: pytest.MonkeyPatch, name: str, left: int):
    monkeypatch.setenv("SAMPLE_ERROR", "no luck\nwith a second line")
    with pytest.raises(CommandError) as caught:
        call(name)
    assert str(caught.value) == (
        f"{name} failed: ValueError: no luck. See `custom_migrations show {name}`; the next run tries again."
    )
    assert row(name).status == Status.FAILED
    assert "with a second line" in row(name).runs.get().error
    assert Team.objects.count() == left
    monkeypatch.delenv("SAMPLE_ERROR")
    call(name)
    assert row(name).status == Status.APPLIED


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (CommandError("no such replacement"), "no such replacement"),
        (
            DatabaseError("deadlock detected\nDETAIL: …"),
            "sample_atomic: the database said: deadlock detected",
        ),
        (DatabaseError(), "sample_atomic: the database said: no message"),
        (run_once.LeaseLost("sample_atomic"), "sample_atomic was taken over"),
        (KeyboardInterrupt(), "Stopped. The next run does the rest."),
        (run_once.Interrupted(15), "Stopped by SIGTERM."),
    ],
)
def test_what_went_wrong_is_one_line(monkeypatch: pytest.MonkeyPatch, error: BaseException, line: str):
    def fail(*_args: Any, **_kwargs: Any) -> None:
        raise error

    monkeypatch.setattr(work, "perform", fail)
    with pytest.raises(CommandError) as caught:
        call("sample_atomic")
    assert str(caught.value).startswith(line)
    assert "\n" not in str(caught.value)
    assert row("sample_atomic").status == Status.FAILED


def test_who_does_not_want_to_wait_is_told_who_holds_it():
    CustomMigration.objects.create(
        name="sample_atomic",
        status=Status.RUNNING,
        lease_token=uuid.uuid4(),
        lease_holder="migrate on pod-7, process 42",
        leased_at=Now(),
        lease_expires_at=Now() + lease(),
    )
    with pytest.raises(CommandError, match="held by migrate on pod-7, process 42"):
        call("sample_atomic", "--wait", "0")


@pytest.mark.parametrize(("verbosity", "lines"), [(0, 0), (1, 1)])
def test_who_waits_says_for_whom_on_standard_error(verbosity: int, lines: int):
    made = CustomMigration.objects.create(
        name="sample_atomic",
        status=Status.RUNNING,
        lease_token=uuid.uuid4(),
        lease_holder="migrate on pod-7, process 42",
        leased_at=Now(),
        lease_expires_at=Now() + lease(),
    )
    err = io.StringIO()
    second_look = 'SELECT .* FROM "model_retirement_data_migrations_custommigration"'  # each look is a try to claim, and who holds it
    left = {"status": Status.FAILED, "lease_token": None, "lease_expires_at": None}
    with before_statement(second_look, lambda: CustomMigration.objects.update(**left), number=3):
        call("sample_atomic", verbosity=verbosity, stderr=err)
    printed = err.getvalue().splitlines()
    assert len(printed) == lines
    assert all(f"{made.name} is held by migrate on pod-7, process 42" in line for line in printed)


@pytest.mark.parametrize("seconds", ["-1", "nan", "inf", "soon"])
def test_wait_takes_seconds(seconds: str):
    with pytest.raises(CommandError, match="wait"):
        call("sample_atomic", f"--wait={seconds}")


@pytest.mark.django_db(transaction=True)
def test_without_tables_it_says_what_to_do():
    another = before_statement("SELECT", raising(DatabaseError("no such table: another")))
    with another, pytest.raises(CommandError, match="no such table: another"):
        call("sample_atomic")
    with without_table(CustomMigration), pytest.raises(CommandError, match="Run `migrate` first"):
        call("sample_atomic")


@pytest.mark.parametrize(
    ("statement", "is_told"),
    [
        ("SELECT motto FROM teams_team", True),
        ("INSERT INTO teams_team (motto) VALUES (1)", True),
        ("SELECT motto FROM teams_motto", True),
        ("SELECT motto motto motto", False),
    ],
)
def test_where_the_schema_is_not_complete_it_says_what_to_do(
    host_command: Callable[[str, str], None], statement: str, is_told: bool
):
    """As within a migration of a host's own, on a database that later migrations have yet to change."""
    host_command(
        "too_early",
        f"""
        from django.db import connection
        from model_retirement.data_migrations.commands import IdempotentCommand

        class Command(IdempotentCommand):
            migration_name = "too_early"

            def perform_migration(self, dry_run=False):
                connection.cursor().execute("{statement}")
        """,
    )
    with pytest.raises(CommandError) as caught, transaction.atomic():
        call("too_early")
    line = str(caught.value)
    assert line.startswith("too_early: the database said: ")
    assert "\n" not in line
    assert is_told == line.endswith(
        ". It was called inside a transaction, as within a migration, where not all tables and columns are there yet: ask for"
        ' it with RunDataMigration("too_early"), or call it when `migrate` has ended.'
    )


@pytest.mark.postgresql  # a database in memory would be gone with its connection
@pytest.mark.django_db(transaction=True)
def test_a_lost_connection_does_not_hide_what_went_wrong():
    """The question whether there are tables would be asked over the connection that is gone."""
    operator = connection.copy()
    lost = connection.connection.info.backend_pid

    def end_it() -> None:
        with operator.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 60000)", [lost])

    with (
        before_statement("SELECT", end_it),
        pytest.raises(CommandError, match=r"^sample_atomic: the database said: (?!.*migrate)"),
    ):
        call("sample_atomic")
    operator.close()
    assert CustomMigration.objects.count() == 0
    assert connection.connection.info.backend_pid != lost


def test_units_by_themselves_leave_the_request_for_the_others():
    """A removal of one model must not settle the request to remove all."""
    run_once.request(name="sample_units", requested_by="shop.0002", repeatable=True)
    assert call("sample_units", "--only", "one") == "sample_units: applied: due: one.\n"
    assert run_once.statuses(prefix="sample_units", using="default") == {
        "sample_units": Status.PENDING,
        "sample_units:one": Status.APPLIED,
    }
    assert call("sample_units", pending_only=True) == "sample_units: applied: due: two.\n"
    assert row("sample_units").status == Status.APPLIED


def test_everything_works_inside_somebody_elses_transaction():
    with transaction.atomic():
        call("sample_atomic")
        transaction.set_rollback(True)
    assert not CustomMigration.objects.exists()
    assert not Team.objects.exists()


def test_a_command_without_work_says_so():
    class Workless(base.IdempotentCommand):
        migration_name = "workless"

    with pytest.raises(CommandError, match="must provide a perform_migration"):
        call_command(Workless())


def test_the_command_line_is_what_triggered_the_run(monkeypatch: pytest.MonkeyPatch):
    command = finding.find_command("sample_units")
    monkeypatch.setattr("django.db.connections.close_all", lambda: None)
    command.run_from_argv(["manage.py", "sample_units", "--only", "one", "--verbosity", "0"])
    assert row("sample_units").runs.get().triggered_by == "sample_units --only one --verbosity 0"


@pytest.mark.parametrize(
    ("argv", "line"),
    [
        (["--frobnicate"], "unrecognized arguments: --frobnicate"),
        (["--database", "gone"], "argument --database: invalid choice: 'gone'"),
        (["--wait=-1"], "argument --wait: '-1' is not a number of seconds, 0 or more"),
        (["--wait=soon"], "'soon' is not a number of seconds, 0 or more. See `python manage.py sample_atomic --help`."),
    ],
)
def test_a_wrong_command_line_is_one_line_and_status_1(capsys: pytest.CaptureFixture[str], argv: list[str], line: str):
    command = finding.find_command("sample_atomic")
    with pytest.raises(SystemExit) as ended:
        command.run_from_argv(["manage.py", "sample_atomic", *argv])
    assert ended.value.code == 1
    printed = capsys.readouterr().err
    assert line in printed
    assert len(printed.splitlines()) == 1


def test_a_database_that_is_away_is_one_line_and_status_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    class Away(ProjectCommand):
        def handle(self, **_options: Any) -> None:
            raise DatabaseError("connection refused\nIs the server running?")

    command = Away()
    monkeypatch.setattr("django.db.connections.close_all", lambda: None)
    with pytest.raises(SystemExit) as ended:
        command.run_from_argv(["manage.py", "anything"])
    assert ended.value.code == 1
    assert capsys.readouterr().err.startswith("CommandError: The database said: connection refused. ")


def test_bad_input_of_a_person_claims_nothing():
    """A failed attempt would be tried again by every ``migrate``, with nothing that ``migrate`` could mend."""

    class Picky(sample_atomic.Command):
        def validate_options(self, options: Any) -> None:
            raise CommandError("no such unit")

    with pytest.raises(CommandError, match="no such unit"):
        call_command(Picky())
    assert not CustomMigration.objects.exists()
    call_command(Picky(), pending_only=True, stdout=io.StringIO())
    assert row("sample_atomic").status == Status.APPLIED


def test_traceback_raises_the_error_of_a_wrong_command_line():
    command = finding.find_command("sample_atomic")
    with pytest.raises(CommandError, match="frobnicate"):
        command.run_from_argv(["manage.py", "sample_atomic", "--frobnicate", "--traceback"])


def test_tables_are_neither_cut_nor_wrapped_off_a_terminal_and_text_stays_text():
    out = io.StringIO()
    command = ProjectCommand(stdout=out)
    command.console.print("[bold]ft:fire:" + "x" * 5_000)
    assert out.getvalue() == "[bold]ft:fire:" + "x" * 5_000 + "\n"


def test_tables_fit_a_terminal(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("COLUMNS", "40")
    command = ProjectCommand(stdout=io.StringIO(), force_color=True)
    assert command.console.width == 40
