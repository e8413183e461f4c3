"""Several databases: a process for each, one report, each team one message from the database where it lives."""

from __future__ import annotations

import json
import os
import re
import signal

import pytest

from tests.integration.two_shards import END_LEASE, MOVED, REMOVE, Shards, assistants_locked, worker
from tests.processes import wait_for


def test_all_databases_are_previewed_and_done_with_one_report(shards: Shards):
    """Rules 7, 9 and 22: sums of all, and of each entry its database; each can be undone alone."""
    text = shards.default.manage(*REMOVE, "--dry-run", "-v", "2").stdout
    assert text.index("Database default:\n") < text.index("Acme (acme): 1 admin will be e-mailed.")
    assert text.index("Database other:\n") < text.index("Beta (beta): 1 admin will be e-mailed.")
    assert text.endswith("2 databases together: 4 models, 400 references, 4 teams, 8 notices.\n")

    done = shards.default.manage("remove_deprecated_models", "--database=other", "--database=default", "--format=json")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert (document["run"], document["runs"]) == (None, {"other": 1, "default": 1})
    assert document["totals"] == {
        "models": 4,
        "references": 400,
        "teams": 4,
        "notices": 8,
        "teams_without_recipients": 0,
        "money": None,
    }
    assert document["emails"] == {"sent": 4, "queued": 0, "gave_up": 0, "mail_server": None}
    teams = [(team["database"], team["slug"]) for team in document["teams"]]
    assert teams == [("other", "beta"), ("other", "both"), ("default", "acme"), ("default", "both")]
    shards.assert_done_once()

    restored = shards.default.manage("restore_removed_models", "1", "--database", "other")
    assert restored.returncode == 0, restored.stderr
    models = "SELECT count(*) FROM service_providers_llmprovidermodel WHERE name = 'gpt-4-0613'"
    assert (shards.default.query(models), shards.other.query(models)) == ([(0,)], [(1,)])


@pytest.mark.postgresql
def test_of_two_processes_on_all_databases_each_database_is_done_once(shards: Shards):
    """Rules 9 and 10: whoever comes first to a database does its work, the other one waits and finds it done."""
    processes = [shards.default.start(*REMOVE) for _ in range(2)]
    ended = [shards.default.finish(process) for process in processes]
    assert [done.returncode for done in ended] == [0, 0], [done.stderr for done in ended]
    said = "".join(done.stdout for done in ended)
    assert said.count("2 models were removed, 2 teams concerned.") == 2
    shards.assert_done_once()


@pytest.mark.postgresql
def test_a_killed_database_is_resumed_alone(shards: Shards):
    """Rule 10: what befalls one database reaches no other, and one line says what to do."""
    with assistants_locked(shards.other):
        process = shards.default.start(*REMOVE)
        started = "SELECT count(*) FROM model_retirement_removalrun"
        wait_for(lambda: shards.other.query(started) == [(1,)])
        os.kill(worker(shards.other), signal.SIGKILL)
        done = shards.default.finish(process)
    assert done.returncode == 1
    assert "Database default:\n2 models were removed" in done.stdout
    assert done.stderr.splitlines()[-2:] == [
        "other: Ended by SIGKILL. What was committed stays; the next run resumes it when its claim has ended.",
        "CommandError: Failed on 1 of 2 databases. The others are done. For the rest, run"
        " `remove_deprecated_models --database other`.",
    ]
    with shards.other.connect() as connection:
        connection.execute(END_LEASE.format(now=shards.other.now))
    alone = shards.default.manage("remove_deprecated_models", "--database", "other")
    assert alone.returncode == 0, alone.stderr
    assert "This was removal 1. `restore_removed_models 1 --database other` undoes it.\n" in alone.stdout
    shards.assert_done_once()


@pytest.mark.postgresql
def test_who_is_asked_to_end_lets_each_database_finish_its_batch(shards: Shards):
    """Rule 10: the signal is passed on once, and each process says how far it is."""
    with assistants_locked(shards.default), assistants_locked(shards.other):
        process = shards.default.start(*REMOVE, "--batch-size=1", "--format=json", LOG_FORMAT="json")
        assert worker(shards.default) != worker(shards.other)
    wait_for(lambda: all(database.query(MOVED) > [(0,)] for database in (shards.default, shards.other)))
    process.send_signal(signal.SIGTERM)
    done = shards.default.finish(process)
    assert done.returncode == 1
    assert {json.loads(line).get("database") for line in done.stderr.splitlines()} == {"default", "other", None}
    errors = json.loads(done.stdout)["errors"]
    assert [
        re.fullmatch(
            r"Stopped by SIGTERM\. Removal 1 was interrupted: so far \d+ references? moved or cleared, 0 of 2 models"
            rf" removed\. To undo it, run `restore_removed_models 1{option}`\. The next run resumes it\.",
            errors[alias],
        )
        for alias, option in (("default", ""), ("other", " --database other"))
    ].count(None) == 0
    resumed = shards.default.manage(*REMOVE, "-v", "0")
    assert (resumed.returncode, resumed.stdout, resumed.stderr) == (0, "", "")
    shards.assert_done_once()
