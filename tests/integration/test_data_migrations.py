"""Data migrations and ``migrate`` as real processes, on a database of their own."""

from __future__ import annotations

import contextlib
import fcntl
import json
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connection

from model_retirement.contrib.migrate.lock import KEY
from tests.integration import rows
from tests.processes import ROOT, ProcessDatabase, wait_for

ADD_MOTTO = """
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("{app}", "{last}"), ("sample_app", "0001_ask")]
    operations = [migrations.AddField("{model}", "motto", models.CharField(max_length=50, default="forward"))]
"""
INLINE = """
from django.db import migrations

from model_retirement.data_migrations.operations import RunDataMigration


class Migration(migrations.Migration):
    dependencies = [("model_retirement_data_migrations", "0001_initial"), ("teams", "0001_initial")]
    operations = [RunDataMigration("sample_atomic", run="inline"), RunDataMigration("{second}")]
"""
MAKE_TEST_DATABASE = """
import json
from django.db import connection
name = connection.settings_dict["NAME"]
connection.creation.create_test_db(verbosity=0, autoclobber=True)
from model_retirement.data_migrations.models import CustomMigration
print(json.dumps(dict(CustomMigration.objects.filter(name__startswith="sample").values_list("name", "status"))))
connection.creation.destroy_test_db(name, verbosity=0)
"""


def records(database: ProcessDatabase) -> dict[str, dict[str, Any]]:
    """Return what is recorded of the sample commands, by name."""
    rows = database.query(
        "SELECT m.name, m.status, m.requested_by, count(r.id) FROM model_retirement_data_migrations_custommigration m"
        " LEFT JOIN model_retirement_data_migrations_custommigrationrun r ON r.migration_id = m.id"
        " WHERE m.name LIKE 'sample%' GROUP BY m.id, m.name, m.status, m.requested_by ORDER BY m.name"
    )
    return {name: {"status": status, "requested_by": by, "runs": runs} for name, status, by, runs in rows}


def attempts(database: ProcessDatabase) -> dict[str, int]:
    """Return the number of attempts at every data migration, units left out."""
    rows = database.query(
        "SELECT m.name, count(r.id) FROM model_retirement_data_migrations_custommigration m"
        " LEFT JOIN model_retirement_data_migrations_custommigrationrun r ON r.migration_id = m.id"
        " WHERE m.name NOT LIKE '%:%' GROUP BY m.name"
    )
    return dict(rows)


def traces(database: ProcessDatabase, name: str) -> int:
    """Return how often the work of a sample command was done."""
    return int(database.query(f"SELECT count(*) FROM teams_team WHERE slug LIKE '{name}-%'")[0][0])


ENDLESS = {"SAMPLE_BATCHES": "1000000", "SAMPLE_SECONDS": "0.05"}


def is_running(database: ProcessDatabase, name: str) -> Callable[[], bool]:
    """Return a condition: the data migration has been claimed, and it has done something."""
    sql = f"SELECT count(*) FROM model_retirement_data_migrations_custommigration WHERE name = '{name}' AND status = 'running'"
    return lambda: database.query(sql) == [(1,)] and traces(database, name) > 0


@pytest.fixture
def later_columns(tmp_path: Path) -> dict[str, str]:
    """The environment of a release whose last migrations add a column to teams and to the records themselves."""
    records = import_module("model_retirement.data_migrations.migrations")
    for app, model, migrations in (
        ("teams", "team", ROOT / "apps/teams/migrations"),
        ("model_retirement_data_migrations", "custommigration", Path(str(records.__file__)).parent),
    ):
        later = tmp_path / f"later_{app}"
        shutil.copytree(migrations, later)
        last = (later / "max_migration.txt").read_text().strip()
        (later / "9999_motto.py").write_text(ADD_MOTTO.format(app=app, last=last, model=model))
        (later / "max_migration.txt").write_text("9999_motto\n")
    return {
        "SAMPLE_MIGRATION_MODULES": (
            "teams=later_teams,model_retirement_data_migrations=later_model_retirement_data_migrations"
        ),
        "SAMPLE_LATER_COLUMN": "yes",
    }


@pytest.fixture
def inline(tmp_path: Path) -> Path:
    """A package of migrations for the sample app, of which the test writes the first."""
    package = tmp_path / "inline"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "max_migration.txt").write_text("0001_ask\n")
    return package / "0001_ask.py"


def test_a_fresh_database_migrates_from_zero(empty_process_database: ProcessDatabase):
    """Rule 11: what migrations ask for runs when all of them have been applied, in order, and only once."""
    migrated = empty_process_database.manage("migrate")
    assert migrated.returncode == 0, migrated.stderr
    assert "sample_atomic, sample_batched" in migrated.stdout
    known = records(empty_process_database)
    assert {name: record["status"] for name, record in known.items()} == {
        "sample_atomic": "applied",
        "sample_batched": "applied",
    }
    assert known["sample_atomic"]["requested_by"] == "sample_app.0001_ask"
    assert empty_process_database.manage("migrate").returncode == 0
    assert traces(empty_process_database, "sample_atomic") == 1
    assert records(empty_process_database)["sample_atomic"]["runs"] == 1


def test_a_fresh_database_migrates_from_zero_after_a_later_column(
    empty_process_database: ProcessDatabase, later_columns: dict[str, str]
):
    """Rule 11: live models have columns that the database gets only after the data migration was asked for."""
    migrated = empty_process_database.manage("migrate", **later_columns)
    assert migrated.returncode == 0, migrated.stderr
    for app in ("teams", "model_retirement_data_migrations"):
        assert migrated.stdout.index("sample_app.0001_ask") < migrated.stdout.index(f"{app}.9999_motto")
    assert empty_process_database.query("SELECT DISTINCT motto FROM teams_team") == [("forward",)]
    assert traces(empty_process_database, "sample_atomic") == 1


def test_a_partial_migrate_leaves_data_migrations_waiting(
    process_database: ProcessDatabase, later_columns: dict[str, str]
):
    """Rule 11: as long as a schema migration is missing, nothing runs, and it is said."""
    process_database.env |= later_columns
    partial = process_database.manage("migrate", "sample_app")
    assert partial.returncode == 0, partial.stderr
    assert "Data migrations wait for a complete `migrate`: sample_atomic, sample_batched" in partial.stdout
    assert traces(process_database, "sample_atomic") == 0
    assert process_database.manage("migrate").returncode == 0
    assert traces(process_database, "sample_atomic") == 1


def test_a_partial_migrate_that_completes_the_schema_runs_what_waits(
    process_database: ProcessDatabase, later_columns: dict[str, str]
):
    """Rule 11: complete is complete, whichever app is named."""
    process_database.env |= later_columns
    for app in ("sample_app", "teams"):
        partial = process_database.manage("migrate", app)
        assert "Data migrations wait for a complete `migrate`: sample_atomic, sample_batched" in partial.stdout
    last = process_database.manage("migrate", "model_retirement_data_migrations")
    assert last.returncode == 0, last.stderr
    assert "Running data migrations: sample_atomic, sample_batched" in last.stdout
    assert traces(process_database, "sample_atomic") == 1


def test_going_back_and_forth_repeats_only_what_may_be_repeated(process_database: ProcessDatabase):
    """Rule 11: a migration that is applied a second time asks a second time."""
    process_database.manage("migrate")
    before = attempts(process_database)
    assert process_database.manage("migrate", "sample_app", "zero").returncode == 0
    back = process_database.manage("migrate", "service_providers", "0001")
    assert back.returncode == 0, back.stderr
    assert "Running data migrations" not in back.stdout
    partial = process_database.manage("migrate", "sample_app", "0001")
    assert partial.returncode == 0, partial.stderr
    assert "Running data migrations" not in partial.stdout
    assert attempts(process_database) == before
    forth = process_database.manage("migrate")
    assert forth.returncode == 0, forth.stderr
    asked_for = "notify_deprecated_models, promote_custom_models, remove_deprecated_models"
    assert f"Running data migrations: {asked_for}\n" in forth.stdout
    after = attempts(process_database)
    assert {name for name in after if after[name] != before[name]} == {
        "notify_deprecated_models",
        "promote_custom_models",
        "remove_deprecated_models",
    }


def test_going_back_behind_the_records_themselves(process_database: ProcessDatabase):
    gone = process_database.manage("migrate", "model_retirement_data_migrations", "zero")
    assert gone.returncode == 0, gone.stderr
    assert process_database.manage("custom_migrations", "list").returncode == 1
    back = process_database.manage("migrate")
    assert back.returncode == 0, back.stderr
    assert "sample_atomic: applied: 1 teams." in back.stdout


def test_a_plan_tells_what_would_run_and_runs_nothing(process_database: ProcessDatabase):
    asked = process_database.manage("migrate", "--plan")
    assert asked.returncode == 0, asked.stderr
    assert "Run data migration sample_atomic when the schema is complete" in asked.stdout
    assert records(process_database) == {}
    process_database.manage("migrate", SAMPLE_ERROR="not yet")
    before = rows.of_database(process_database)
    waiting = process_database.manage("migrate", "--plan")
    assert waiting.returncode == 0, waiting.stderr
    assert waiting.stdout.endswith("Data migrations that wait: sample_atomic, sample_batched\n")
    assert rows.of_database(process_database) == before


def test_fake_runs_nothing_and_asks_for_nothing(process_database: ProcessDatabase):
    """What is faked is not done: neither the migration nor what it would have asked for."""
    faked = process_database.manage("migrate", "sample_app", "--fake")
    assert faked.returncode == 0, faked.stderr
    assert "Applying sample_app.0001_ask... FAKED" in faked.stdout
    assert process_database.manage("migrate").returncode == 0
    assert records(process_database) == {}


def test_fake_leaves_alone_what_waits(process_database: ProcessDatabase):
    process_database.manage("migrate", SAMPLE_ERROR="not yet")
    faked = process_database.manage("migrate", "--fake")
    assert faked.returncode == 0, faked.stderr
    assert "Data migrations wait for a `migrate` without --fake: sample_atomic, sample_batched.\n" in faked.stdout
    assert traces(process_database, "sample_atomic") == 0
    assert process_database.manage("migrate").returncode == 0
    assert traces(process_database, "sample_atomic") == 1


def test_run_syncdb_runs_what_waits(process_database: ProcessDatabase):
    process_database.manage("migrate", SAMPLE_ERROR="not yet")
    synced = process_database.manage("migrate", "--run-syncdb")
    assert synced.returncode == 0, synced.stderr
    assert "Synchronizing apps without migrations" in synced.stdout
    assert traces(process_database, "sample_atomic") == traces(process_database, "sample_batched") == 1


def test_a_test_database_gets_its_own_data_migrations(process_database: ProcessDatabase):
    """Django's test runner makes a second database; what it runs there is recorded there."""
    made = process_database.manage("shell", "--no-imports", "--command", MAKE_TEST_DATABASE)
    assert made.returncode == 0, made.stderr
    assert json.loads(made.stdout) == {"sample_atomic": "applied", "sample_batched": "applied"}
    assert records(process_database) == {}


def test_flush_runs_nothing(process_database: ProcessDatabase):
    process_database.manage("migrate", SAMPLE_ERROR="not yet")
    assert process_database.manage("flush", "--noinput").returncode == 0
    assert traces(process_database, "sample_atomic") == 0
    assert records(process_database) == {}


def test_going_back_withdraws_what_has_not_run(process_database: ProcessDatabase):
    process_database.manage("migrate", SAMPLE_ERROR="not yet")
    assert list(records(process_database)) == ["sample_atomic", "sample_batched"]
    assert process_database.manage("migrate", "sample_app", "zero").returncode == 0
    # The failed one has begun, so its history stays; the one behind it is gone.
    assert {name: record["status"] for name, record in records(process_database).items()} == {"sample_atomic": "failed"}


def test_a_failure_stops_the_ones_behind_it_and_the_next_migrate_goes_on(process_database: ProcessDatabase):
    """Rule 10: migrate ends with status 1 and one line; the schema stays; the next one finishes."""
    failed = process_database.manage("migrate", SAMPLE_ERROR="no luck")
    assert failed.returncode == 1
    # Warnings of system checks come first.
    assert "sample_atomic failed: ValueError: no luck" in failed.stderr.splitlines()[-1]
    assert "Traceback" not in failed.stderr
    assert "Waiting behind it: sample_batched" in failed.stderr
    assert traces(process_database, "sample_atomic") == 0
    assert records(process_database)["sample_batched"]["status"] == "pending"
    assert process_database.manage("migrate").returncode == 0
    assert traces(process_database, "sample_atomic") == traces(process_database, "sample_batched") == 1
    shown = process_database.manage("custom_migrations", "show", "sample_atomic").stdout
    assert "attempts: 2" in shown
    assert "ValueError: no luck" in shown


def test_inline_runs_before_the_next_operation(process_database: ProcessDatabase, inline: Path):
    """Work that later operations rely on is done in the migration's own transaction."""
    inline.write_text(INLINE.format(second="sample_gone"))
    process_database.env |= {"SAMPLE_MIGRATION_MODULES": "sample_app=inline"}
    migrated = process_database.manage("migrate")
    assert migrated.returncode == 1
    assert "there is no command sample_gone" in migrated.stderr
    assert "custom_migrations mark sample_gone" in migrated.stderr
    assert records(process_database)["sample_atomic"]["status"] == "applied"
    marked = process_database.manage("custom_migrations", "mark", "sample_gone")
    assert marked.returncode == 0, marked.stderr
    assert process_database.manage("migrate").returncode == 0
    assert traces(process_database, "sample_atomic") == 1


def test_a_failing_inline_data_migration_takes_its_migration_with_it(process_database: ProcessDatabase, inline: Path):
    inline.write_text(INLINE.format(second="sample_batched"))
    process_database.env |= {"SAMPLE_MIGRATION_MODULES": "sample_app=inline"}
    failed = process_database.manage("migrate", SAMPLE_ERROR="no luck")
    assert failed.returncode == 1
    assert "no luck" in failed.stderr
    assert records(process_database) == {}
    assert process_database.manage("migrate").returncode == 0
    assert traces(process_database, "sample_atomic") == 1


@contextlib.contextmanager
def migrate_lock_held(database: ProcessDatabase) -> Iterator[None]:
    """Hold the lock of ``migrate`` within the block, so that those that start meanwhile begin at the same moment."""
    if connection.vendor == "postgresql":
        with database.connect() as server:
            server.execute("SELECT pg_advisory_xact_lock(%s)", [KEY])
            yield
        return
    with Path(f"{urlsplit(database.url).path.removeprefix('/')}.migrate-lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@pytest.mark.parametrize("processes", [2, 4])
def test_many_migrates_at_once_end_well(empty_process_database: ProcessDatabase, processes: int):
    """Rule 10: Django's own migrate dies with a traceback here."""
    with migrate_lock_held(empty_process_database):
        started = [empty_process_database.start("migrate") for _ in range(processes)]
        wait_for(lambda: all("waiting for it to end" in process.standard_error() for process in started))
    ended = [empty_process_database.finish(process) for process in started]
    assert [process.returncode for process in ended] == [0] * processes, [process.stderr for process in ended]
    assert traces(empty_process_database, "sample_atomic") == traces(empty_process_database, "sample_batched") == 1
    assert {record["runs"] for record in records(empty_process_database).values()} == {1}


@pytest.mark.parametrize(("name", "processes"), [("sample_atomic", 4), ("sample_batched", 2)])
def test_many_processes_do_the_work_once(process_database: ProcessDatabase, processes: int, name: str):
    """Rule 10: all end with status 0; one did it, the others found it done."""
    started = [process_database.start(name, SAMPLE_SECONDS="0.5") for _ in range(processes)]
    ended = [process_database.finish(process) for process in started]
    assert [process.returncode for process in ended] == [0] * processes, [process.stderr for process in ended]
    assert sum("applied: 1 teams" in process.stdout for process in ended) == 1
    assert sum("was applied on" in process.stdout for process in ended) == processes - 1
    assert traces(process_database, name) == 1


def test_one_transaction_work_may_outlast_its_lease(process_database: ProcessDatabase, tmp_path: Path):
    """Rule 10: the claim's row is locked until the work is committed, so nobody takes it over meanwhile."""
    process_database.env["LEASE_SECONDS"] = "3"
    begun, gate = tmp_path / "begun", tmp_path / "gate"
    first = process_database.start("sample_atomic", SAMPLE_BEGUN=str(begun), SAMPLE_GATE=str(gate))
    wait_for(begun.exists)
    over = f"SELECT count(*) FROM model_retirement_data_migrations_custommigration WHERE lease_expires_at < {process_database.now}"
    wait_for(lambda: process_database.query(over) == [(1,)])
    waiting = process_database.start("sample_atomic")
    if connection.vendor == "postgresql":
        wait_for(lambda: "Waiting for it to end" in waiting.standard_error())
    else:
        time.sleep(1)  # SQLite keeps it from asking; it has tried by then, or finds the work done
    gate.touch()
    assert process_database.finish(first).returncode == 0
    second = process_database.finish(waiting)
    assert second.returncode == 0, second.stderr
    assert "was applied on" in second.stdout
    assert traces(process_database, "sample_atomic") == 1


def test_wait_0_gives_up_at_once_and_names_the_holder(process_database: ProcessDatabase):
    holder = process_database.start("sample_batched", **ENDLESS)
    wait_for(is_running(process_database, "sample_batched"))
    refused = process_database.manage("sample_batched", "--wait", "0")
    assert refused.returncode == 1
    assert len(refused.stderr.splitlines()) == 1
    assert "is held by sample_batched on " in refused.stderr
    assert f"process {holder.pid}, since 2" in refused.stderr
    shown = process_database.manage("custom_migrations", "show", "sample_batched").stdout
    assert f"process {holder.pid}, since 2" in shown
    marked = process_database.manage("custom_migrations", "mark", "sample_batched")
    assert marked.returncode == 1
    assert "is held by" in marked.stderr


@pytest.mark.parametrize("name", ["sample_atomic", "sample_batched"])
def test_a_killed_holder_is_taken_over_when_its_lease_has_ended(
    process_database: ProcessDatabase, name: str, tmp_path: Path
):
    """Rule 10: after kill -9 the next run does the work; the attempt that was interrupted says so."""
    process_database.env["LEASE_SECONDS"] = "1"
    begun = tmp_path / "begun"
    holder = process_database.start(name, SAMPLE_BEGUN=str(begun), **ENDLESS)
    wait_for(begun.exists)
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    before = traces(process_database, name)
    second = process_database.manage(name)
    assert second.returncode == 0, second.stderr
    assert "applied: 1 teams" in second.stdout
    assert traces(process_database, name) == before + 1
    assert (before > 0) == (name == "sample_batched")
    shown = json.loads(process_database.manage("custom_migrations", "show", name, "--format", "json").stdout)
    assert [attempt["status"] for attempt in shown["attempts"]] == ["succeeded", "lost"]
    assert shown["attempts"][1]["finished_at"] is None


@pytest.mark.parametrize(("name", "signum"), [("sample_atomic", signal.SIGTERM), ("sample_batched", signal.SIGINT)])
def test_a_signal_ends_a_run_with_one_line(
    process_database: ProcessDatabase, signum: signal.Signals, name: str, tmp_path: Path
):
    begun = tmp_path / "begun"
    holder = process_database.start(name, SAMPLE_BEGUN=str(begun), **ENDLESS)
    wait_for(begun.exists)
    holder.send_signal(signum)
    ended = process_database.finish(holder)
    assert ended.returncode == 1
    assert len(ended.stderr.splitlines()) == 1
    assert f"Stopped by {signum.name}" in ended.stderr
    assert records(process_database)[name]["status"] == "failed"
    assert (traces(process_database, name) > 0) == (name == "sample_batched")


@pytest.mark.postgresql
def test_a_cut_connection_is_one_line_and_the_next_run_finishes(process_database: ProcessDatabase):
    holder = process_database.start("sample_batched", **ENDLESS)
    wait_for(is_running(process_database, "sample_batched"))
    process_database.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    ended = process_database.finish(holder)
    assert ended.returncode == 1
    assert len(ended.stderr.splitlines()) == 1
    assert "the database said" in ended.stderr
    # The failure was recorded over a new connection, so nobody has to wait for the lease.
    assert records(process_database)["sample_batched"]["status"] == "failed"
    assert process_database.manage("sample_batched", "--wait", "0").returncode == 0


def test_a_command_before_the_first_migrate_says_what_to_do(empty_process_database: ProcessDatabase):
    for command in (["sample_atomic"], ["custom_migrations", "list"]):
        refused = empty_process_database.manage(*command)
        assert refused.returncode == 1
        assert refused.stderr.splitlines() == [
            "CommandError: Database default has no tables for data migrations yet. Run `migrate` first."
        ]


def test_bad_input_is_one_line_and_status_1(process_database: ProcessDatabase):
    for command in (["sample_atomic", "--frobnicate"], ["custom_migrations", "run", "sample_atomik"]):
        refused = process_database.manage(*command)
        assert refused.returncode == 1
        assert len(refused.stderr.splitlines()) == 1
        assert refused.stderr.startswith("CommandError: ")
    assert records(process_database) == {}
