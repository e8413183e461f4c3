"""Several databases when something goes wrong: what befalls one reaches no other, and whoever typed it hears of all."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.test_unread_output import run
from tests.integration.two_shards import END_LEASE, MOVED, REMOVE, Shards, assistants_locked, worker
from tests.processes import ProcessDatabase, new_database, wait_for

FINISHED = "SELECT count(*) FROM model_retirement_removalrun WHERE finished_at IS NOT NULL"
SENT = "SELECT count(*) FROM model_retirement_teammessage WHERE status = 'sent'"
DONE = "2 models were removed, 2 teams concerned."

WITHOUT_REPLACEMENT = """
DELETE FROM service_providers_llmprovidermodel WHERE type = 'openai' AND name = 'gpt-4.1'
"""


def is_running(pid: int) -> bool:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, 0)
        return True
    return False


@pytest.mark.postgresql
@pytest.mark.parametrize("log_format", ["text", "json"])
def test_databases_are_done_although_the_process_that_started_them_is_killed(shards: Shards, log_format: str):
    """Rule 10: whoever tells of them is gone, and so is what they write to; the work goes on to its end."""
    with assistants_locked(shards.default), assistants_locked(shards.other):
        parent = shards.default.start(*REMOVE, "--batch-size=1", LOG_FORMAT=log_format)
        workers = [worker(shards.default), worker(shards.other)]
        parent.kill()
        parent.wait()
    wait_for(lambda: not any(map(is_running, workers)))
    shards.assert_done_once()


@pytest.mark.postgresql
def test_databases_whose_processes_are_killed_with_their_parent_are_resumed_together(shards: Shards):
    """Rule 10: the machine is gone."""
    with assistants_locked(shards.default), assistants_locked(shards.other):
        parent = shards.default.start(*REMOVE, "--batch-size=1")
        workers = [worker(shards.default), worker(shards.other)]
    wait_for(lambda: all(database.query(MOVED) > [(0,)] for database in (shards.default, shards.other)))
    for pid in (*workers, parent.pid):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    parent.wait()
    wait_for(lambda: not any(map(is_running, workers)))
    for database in (shards.default, shards.other):
        with database.connect() as connection:
            connection.execute(END_LEASE.format(now=database.now))
    resumed = shards.default.manage(*REMOVE)
    assert resumed.returncode == 0, resumed.stderr
    shards.assert_done_once()


@pytest.mark.postgresql
def test_ctrl_c_ends_each_database_after_its_batch(shards: Shards):
    """Rule 10: each says how far it is, and a second run does the rest."""
    with assistants_locked(shards.default), assistants_locked(shards.other):
        process = shards.default.start(*REMOVE, "--batch-size=1")
        assert worker(shards.default) != worker(shards.other)
    wait_for(lambda: all(database.query(MOVED) > [(0,)] for database in (shards.default, shards.other)))
    process.send_signal(signal.SIGINT)
    done = shards.default.finish(process)
    assert (done.returncode, done.stdout) == (1, "")
    *_, first, second, last = done.stderr.splitlines()
    assert first.startswith("default: Stopped by SIGINT. Removal 1 was interrupted: so far ")
    assert second.startswith("other: Stopped by SIGINT. Removal 1 was interrupted: so far ")
    assert last == (
        "CommandError: Failed on 2 of 2 databases. For the rest, run"
        " `remove_deprecated_models --batch-size=1 --database default --database other`."
    )
    assert shards.default.manage(*REMOVE, "-v", "0").returncode == 0
    shards.assert_done_once()


def unreachable(database: ProcessDatabase) -> dict[str, str]:
    """Return the environment in which nobody reaches the other database."""
    if database.url.startswith("sqlite"):
        return {"OTHER_DATABASE_URL": "sqlite:////nowhere/other.sqlite3"}
    return {"OTHER_DATABASE_URL": "postgresql://nobody:secret@127.0.0.1:1/other"}


@pytest.mark.parametrize("name", ["remove_deprecated_models", "send_team_notices"])
def test_a_server_that_is_down_fails_alone_and_is_named(shards: Shards, name: str):
    """The others are done; without its server nobody can say whether there is work."""
    done = shards.default.manage(name, "--database", "all", "--format", "json", **unreachable(shards.other))
    assert done.returncode == 1
    first, last = done.stderr.splitlines()
    assert first.startswith((f"other: {name}: the database said: ", "other: The database said: "))
    assert "secret" not in done.stderr
    assert last == (
        f"CommandError: Failed on 1 of 2 databases. The others are done. For the rest, run"
        f" `{name} --format=json --database other`."
    )
    document = json.loads(done.stdout)
    assert document["errors"].keys() == {"other"}
    assert shards.default.query(FINISHED) == [(1 if name == "remove_deprecated_models" else 0,)]


def test_a_database_without_the_tables_that_is_named_fails_alone(shards: Shards, tmp_path: Path):
    """It is none of all; who names it hears what is missing."""
    (tmp_path / "empty").mkdir()
    with new_database(tmp_path / "empty") as empty:
        env = {"OTHER_DATABASE_URL": empty.url}
        for name in ("notify_deprecated_models", "send_team_notices"):
            done = shards.default.manage(name, "--database=default", "--database=other", "-v", "0", **env)
            assert (done.returncode, done.stdout) == (1, "")
            line = "Database other has no tables for data migrations yet. Run `migrate` first."
            assert done.stderr.splitlines()[0] == f"other: {line}"
        alone = shards.default.manage("send_team_notices", "--database=all", **env)
    assert (alone.returncode, alone.stdout) == (0, "There is nothing to send.\n"), alone.stderr


def test_a_database_that_lacks_the_replacement_is_refused_alone(shards: Shards):
    """Rule 3: nothing is changed there, the others are done, and what it lacks can be brought there."""
    with shards.other.connect() as connection:
        connection.execute(WITHOUT_REPLACEMENT)
    preview = shards.default.manage(*REMOVE, "--dry-run")
    assert preview.returncode == 1
    assert preview.stderr.splitlines()[-1] == (
        "CommandError: Failed on 1 of 2 databases. For the rest, run `remove_deprecated_models --dry-run --database other`."
    )
    done = shards.default.manage(*REMOVE)
    assert done.returncode == 1
    assert f"Database default:\n{DONE}" in done.stdout
    refused, last = done.stderr.splitlines()
    assert refused.startswith(
        "other: Nothing was removed. openai/gpt-4-turbo: its replacement gpt-4.1 is not in the table;"
    )
    assert "run `migrate --database other` or `llm_models sync --database other` first" in refused
    assert last.endswith("The others are done. For the rest, run `remove_deprecated_models --database other`.")
    assert shards.other.query("SELECT count(*) FROM model_retirement_removalrun") == [(0,)]
    assert shards.default.query(FINISHED) == [(1,)]

    assert shards.default.manage("llm_models", "sync", "--database", "other").returncode == 0
    rest = shards.default.manage("remove_deprecated_models", "--database", "other")
    assert rest.returncode == 0, rest.stderr
    shards.assert_done_once()


def test_a_database_without_the_models_has_nothing_to_do_there(shards: Shards):
    """A shard that was made later never had them."""
    with shards.other.connect() as connection:
        connection.execute("DELETE FROM assistants_assistant")
        connection.execute("DELETE FROM service_providers_llmprovidermodel WHERE name IN ('gpt-4-0613', 'gpt-4-turbo')")
    done = shards.default.manage(*REMOVE)
    assert done.returncode == 0, done.stderr
    assert f"Database default:\n{DONE}" in done.stdout
    assert "Database other:\nThere is nothing to do: of " in done.stdout
    assert "2 databases together: 2 models, 200 references, 2 teams, 4 notices.\n" in done.stdout


@pytest.mark.parametrize("reader", ["{} -v 2 2>&1 | true", "{} --format json | head -3"])
def test_all_databases_are_done_although_nobody_reads_of_it(shards: Shards, reader: str):
    """Rule 31: the exit status is that of the work."""
    status, done = run(shards.default, reader.format("manage remove_deprecated_models --database all"))
    assert (status, done.stderr) == (0, "")
    shards.assert_done_once()


def test_whatever_the_encoding_of_a_terminal_the_report_is_read(shards: Shards):
    """A process writes what its parent reads, not what the parent writes."""
    with shards.other.connect() as connection:
        connection.execute("UPDATE teams_team SET name = 'Zoë' WHERE slug = 'beta'")
    done = subprocess.run(
        [sys.executable, "manage.py", *REMOVE, "--dry-run", "-v", "2"],
        env=shards.default.env | {"PYTHONIOENCODING": "latin-1", "FORCE_COLOR": "1"},
        cwd=shards.default.root,
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert "Zoë (beta): 1 admin will be e-mailed.".encode("latin-1") in done.stdout
