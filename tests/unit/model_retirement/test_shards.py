"""Several databases: which ones are meant, what becomes of signals, and one report of all of them."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import sys
from typing import Any
from unittest import mock

import dj_database_url
import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connections
from django.test import override_settings

from model_retirement import sql
from model_retirement.data_migrations.models import CustomMigration
from model_retirement.management import shards
from model_retirement.management.presenters import shards as shard_words
from model_retirement.management.presenters import together
from model_retirement.management.several import SeveralDatabases
from model_retirement.management.shards import Ended
from tests.statements import before_statement, raising, without_table

TOTALS = {"models": 1, "references": 5, "teams": 2, "notices": 2, "teams_without_recipients": 1, "money": None}
MONEY = {"before": 10.5, "after": None, "models_without_price": ["openai/b"]}
SENT = {"sent": 1, "queued": 0, "gave_up": 0, "mail_server": None}
REFUSED = {"sent": 0, "queued": 1, "gave_up": 0, "mail_server": "refused"}


def ended(alias: str, text: str = "", *, error: str = "") -> Ended:
    return Ended(alias=alias, error=error, output=text)


def removal_json(results: list[Ended]) -> dict[str, Any]:
    return shard_words.as_json(results, merged=together.removal)


def document(run: int | None, **more: Any) -> str:
    return json.dumps(
        {
            "dry_run": False,
            "run": run,
            "runs": {"its own": run},
            "models": [{"name": f"model {run}"}],
            "teams": [],
            "skipped": [],
            "totals": TOTALS,
            "emails": None,
            "seconds": {"plan": 0.1, "send": float(run or 0)},
            **more,
        }
    )


class NowhereElse:
    """A router by which the engine has its tables on one database."""

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return db != "default"


def test_databases_are_those_that_were_typed():
    assert shards.chosen(None) == ["default"]
    assert shards.chosen("default") == ["default"]
    assert shards.chosen(["b", "a"]) == ["b", "a"]


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        (["b", "a", "b"], "--database b is given 2 times: give each database once."),
        (["all", "a"], "--database all is every database that has the tables: give it alone."),
    ],
)
def test_a_database_that_is_meant_twice_is_refused(typed: list[str], why: str):
    """Whoever typed it meant another one, which would not be done."""
    with pytest.raises(CommandError, match=f"^{re.escape(why)}$"):
        shards.chosen(typed)


@pytest.mark.django_db
def test_all_databases_are_those_that_have_the_tables():
    assert shards.chosen(["all"]) == ["default"]
    with override_settings(DATABASE_ROUTERS=[NowhereElse()]), pytest.raises(CommandError, match="No database has the"):
        shards.chosen(["all"])


@pytest.mark.django_db
def test_of_all_databases_each_is_worked_on_once_and_none_that_follows_another(monkeypatch):
    """Totals would count twice what two aliases lead to; a replica takes no writes."""
    dialect = type(sql.dialect("default"))
    monkeypatch.setattr(dialect, "whereabouts", "SELECT 1 = 0, 'here'")
    assert shards.chosen(["all"], configured=["default", "default"]) == ["default"]
    monkeypatch.setattr(dialect, "whereabouts", "SELECT 1 = 1, 'here'")
    with pytest.raises(CommandError, match="No database has the tables"):
        shards.chosen(["all"])


@pytest.mark.django_db
def test_one_that_is_not_supported_is_among_all_databases_and_says_so(monkeypatch):
    monkeypatch.setattr(connections["default"], "vendor", "mysql")
    monkeypatch.setattr(connections["default"], "display_name", "MySQL")
    assert shards.chosen(["all"]) == ["default"]
    with pytest.raises(CommandError, match=r"^Database default is MySQL\."):
        call_command("send_team_notices", database=["all"])


@pytest.mark.django_db
def test_where_a_database_leads_can_be_asked():
    ((follows, where),) = sql.fetch("default", sql.dialect("default").whereabouts)
    assert not follows
    assert isinstance(where, str)


@pytest.mark.django_db(transaction=True)
def test_no_connection_stays_open_that_was_opened_to_look_for_databases():
    """It would be idle, and one of the server's, for as long as the processes work."""
    closed: list[str] = []
    connection = connections["default"]
    connection.ensure_connection()
    really_close = connection.close

    def close() -> None:
        closed.append("closed")
        really_close()

    with mock.patch.object(connection, "close", close):
        assert shards.chosen(["all"]) == ["default"]
        assert closed == []
        with mock.patch.object(connection, "connection", None):
            shards.chosen(["all"])
    assert closed == ["closed"]


@pytest.mark.django_db
def test_a_database_without_the_tables_is_not_among_all():
    with without_table(CustomMigration), pytest.raises(CommandError, match="No database has the tables"):
        shards.chosen(["all"])


@pytest.mark.django_db
def test_a_database_that_cannot_be_asked_is_among_all_and_fails_by_itself():
    with before_statement("SELECT .*(system_identifier|pragma_database_list)", raising(OperationalError("gone"))):
        assert shards.chosen(["all"]) == ["default"]


@pytest.mark.django_db
def test_no_process_is_started_within_a_transaction_that_it_could_not_see():
    with pytest.raises(CommandError, match="Call it outside of one, or with one database"):
        call_command("remove_deprecated_models", database=["default", "other"])


def run(aliases: list[str], **options: Any) -> list[Ended]:
    """Run a command that waits to be stopped, on databases that processes know by the names that these have here."""
    return shards.run(
        aliases,
        command="sample_waiting",
        arguments=[],
        **{"name_of": lambda _alias: dj_database_url.config()["NAME"]} | options,
    )


def test_a_signal_is_passed_on_and_who_has_not_begun_does_not(monkeypatch):
    """Rule 10: the process says itself how it was stopped."""
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "tests.sample_app.settings")
    said: list[str] = []

    def tell(line: str) -> None:
        said.append(line)
        os.kill(os.getpid(), signal.SIGTERM)

    first, second = run(["default", "other"], tell=tell, at_once=1)
    assert said == ["default: waiting"]
    assert first.error == "Stopped. What was committed stays; run it again for the rest."
    assert first.output == "hands over: True\n"
    assert second.error == shards.NOT_BEGUN


@pytest.mark.parametrize(
    ("returncode", "last", "error"),
    [
        (0, "whatever was said last", ""),
        (1, "CommandError: Nothing was removed.", "Nothing was removed."),
        (1, '{"level": "ERROR", "message": "CommandError: Nothing was removed."}', "Nothing was removed."),
        (1, "{'no': 'JSON'}", "{'no': 'JSON'}"),
        (3, "", "Ended with exit status 3."),
        (1, "ModuleNotFoundError: No module named 'settings'", "ModuleNotFoundError: No module named 'settings'"),
        (-9, "", "Ended by SIGKILL. What was committed stays; the next run resumes it when its claim has ended."),
    ],
)
def test_why_a_process_failed_is_one_line(returncode: int, last: str, error: str):
    assert shards.reason(returncode, last) == error


def test_lines_of_a_log_as_json_stay_what_they_are():
    assert shards.named("12 of 30", alias="other") == "other: 12 of 30"
    assert shards.named('{"message": "batch moved"}', alias="other") == '{"message": "batch moved"}'


def test_one_document_lists_what_each_database_lists_and_adds_up_what_they_count():
    documents = [
        ended("a", document(1, totals=TOTALS | {"money": MONEY}, emails=REFUSED, failed=[{"name": "odd"}])),
        ended("b", document(2, totals=TOTALS | {"money": MONEY}, emails=SENT, resumes={"run": 2})),
        ended("c", document(None)),
        ended("d", error="gone"),
    ]
    merged = removal_json(documents)
    assert (merged["run"], merged["runs"], merged["errors"]) == (None, {"a": 1, "b": 2, "c": None}, {"d": "gone"})
    assert merged["resumes"] == {"b": {"run": 2}}
    assert merged["models"][1] == {"database": "b", "name": "model 2"}
    assert merged["failed"] == [{"database": "a", "name": "odd"}]
    assert merged["totals"] == {
        "models": 3,
        "references": 15,
        "teams": 6,
        "notices": 6,
        "teams_without_recipients": 3,
        "money": {"before": 21.0, "after": None, "models_without_price": ["openai/b"]},
    }
    assert merged["emails"] == {"sent": 1, "queued": 1, "gave_up": 0, "mail_server": "refused"}
    assert merged["seconds"] == {"plan": 0.1, "send": 2.0}


def test_one_document_is_made_where_every_database_failed():
    merged = removal_json([ended("a", error="gone"), ended("b", error="gone")])
    assert (merged["runs"], merged["totals"]["references"], merged["emails"]) == ({}, 0, None)
    assert merged["seconds"] == {}


def test_a_document_that_was_not_printed_to_its_end_is_left_out():
    """A process that is killed, or a disk that is full, must not take the report of the others with it."""
    merged = removal_json([ended("a", document(1)), ended("b", document(2)[:40], error="killed"), ended("c", "7")])
    assert (merged["runs"], merged["errors"]) == ({"a": 1}, {"b": "killed"})


def test_what_was_marked_is_one_list():
    marked = [ended("a", '{"faked": ["x", "y"]}'), ended("b", '{"faked": ["y"]}'), ended("c", error="gone")]
    assert removal_json(marked) == {"faked": ["x", "y"], "errors": {"c": "gone"}}


def test_text_has_each_database_under_its_name_and_ends_with_what_is_in_all():
    sums = json.dumps({"totals": TOTALS, "emails": REFUSED})
    text = [ended("a", f"Moved.\n{sums}\n"), ended("b", f"Moved, too.\n{sums}\n"), ended("c", error="gone")]
    assert list(shard_words.lines(text)) == [
        "Database a:",
        "Moved.",
        "",
        "Database b:",
        "Moved, too.",
        "",
        "2 databases together: 2 models, 10 references, 4 teams, 4 notices.",
        "  2 teams without a reachable admin.",
        "  E-mails: 0 sent, 2 queued, 0 given up.",
    ]
    assert list(shard_words.lines([ended("a", "Marked.\n")])) == ["Database a:", "Marked.", ""]
    cut_off = ended("a", f"Moved.\n{sums[:20]}", error="killed")
    assert list(shard_words.lines([cut_off])) == ["Database a:", "Moved.", sums[:20], ""]


def test_the_last_line_says_what_is_left_to_do():
    failed = [ended("a", error="gone"), ended("b", error="gone")]
    assert shard_words.failure(failed, command="remove", dry_run=False) == (
        "Failed on 2 of 2 databases. For the rest, run `remove --database a --database b`."
    )
    with_another = [*failed, ended("c")]
    assert "The others are done." in shard_words.failure(with_another, command="remove", dry_run=False)
    assert "done" not in shard_words.failure(with_another, command="remove --dry-run", dry_run=True)


def test_what_counts_nothing_but_e_mails_is_told_of_in_text():
    sums = shard_words.sums_line({"teams_without_recipients": 1}, emails=SENT)
    assert list(shard_words.lines([ended("a", sums), ended("b", sums)])) == [
        "2 databases together:",
        "  2 teams without a reachable admin.",
        "  E-mails: 2 sent, 0 queued, 0 given up.",
    ]


NOTIFIED = {
    "dry_run": True,
    "today": "2026-11-30",
    "models": [{"name": "gpt-4"}],
    "teams": [{"slug": "both"}],
    "custom_models": [],
    "totals": {"models": 1, "teams": 1, "notices": 1, "teams_without_recipients": 0},
    "emails": None,
}
SENDING = {"failed": 0, "teams_without_recipients": ["both"], **SENT}
PRUNED = {
    "dry_run": False,
    "emails_older_than_days": 9,
    "journals_older_than_days": 90,
    "removals": [1],
    "journal_rows": 3,
    "emails": 2,
    "kept": {"restorable_removals": 1, "unfinished_removals": [7]},
}


@pytest.mark.parametrize(
    ("merged", "document", "together_is"),
    [
        (
            together.notification,
            NOTIFIED,
            {
                **NOTIFIED,
                "models": [{"database": "a", "name": "gpt-4"}, {"database": "b", "name": "gpt-4"}],
                "teams": [{"database": "a", "slug": "both"}, {"database": "b", "slug": "both"}],
                "totals": {"models": 2, "teams": 2, "notices": 2, "teams_without_recipients": 0},
            },
        ),
        (together.notification, {"faked": ["x"]}, {"faked": ["x"]}),
        (
            together.sending,
            SENDING,
            {
                "sent": 2,
                "failed": 0,
                "queued": 0,
                "gave_up": 0,
                "mail_server": None,
                "teams_without_recipients": [{"database": "a", "team": "both"}, {"database": "b", "team": "both"}],
            },
        ),
        (
            together.pruning,
            PRUNED,
            {
                **PRUNED,
                "removals": [{"database": "a", "run": 1}, {"database": "b", "run": 1}],
                "journal_rows": 6,
                "emails": 4,
                "kept": {
                    "restorable_removals": 2,
                    "unfinished_removals": [{"database": "a", "run": 7}, {"database": "b", "run": 7}],
                },
            },
        ),
    ],
)
def test_other_commands_have_one_document_as_well(merged: Any, document: dict[str, Any], together_is: dict[str, Any]):
    results = [ended(alias, json.dumps(document)) for alias in ("a", "b")]
    assert shard_words.as_json(results, merged=merged) == together_is
    nothing = shard_words.as_json([ended("a", error="gone")], merged=merged)
    assert nothing["errors"] == {"a": "gone"}
    assert nothing.keys() - {"errors"} == merged({}).keys()


@pytest.mark.parametrize("name", ["notify_deprecated_models", "prune_history", "remove_deprecated_models"])
def test_a_process_is_given_what_was_typed_and_so_is_who_has_to_do_the_rest(name: str, capsys, monkeypatch):
    """Without its options the command for the rest would remove models that nobody asked for."""
    typed = {
        "notify_deprecated_models": ["--wait", "0"],
        "prune_history": ["--older-than", "9", "--dry-run"],
        "remove_deprecated_models": ["--only", "openai/a b", "--only", "openai/b", "--no-send", "-v", "2"],
    }[name]
    given: list[list[str]] = []

    def failing(aliases: list[str], *, command: str, arguments: list[str], **_options: Any) -> list[Ended]:
        given.append([command, *arguments])
        return [ended(alias, error="gone") for alias in aliases]

    monkeypatch.setattr(shards, "run", failing)
    monkeypatch.setattr(shards, "chosen", lambda _typed: ["a", "b"])
    with pytest.raises(CommandError) as error:
        call_command(name, *typed)
    as_typed = {
        "notify_deprecated_models": "--wait=0.0",
        "prune_history": "--older-than=9 --dry-run",
        "remove_deprecated_models": "--verbosity=2 '--only=openai/a b' --only=openai/b --no-send",
    }[name]
    assert sorted(given[0]) == sorted([name, *shlex.split(as_typed)])
    last = str(error.value).partition("run `")[2]
    assert sorted(shlex.split(last.rstrip("`."))) == sorted([*given[0], "--database", "a", "--database", "b"])


def test_a_process_that_cannot_be_started_is_a_line_among_the_others(monkeypatch):
    """No memory or too many processes on this machine: what the others have done is still told."""
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    (alone,) = run(["default"], tell=print)
    assert re.fullmatch(r"No process could be started: .*No such file.*/nowhere/python.*", alone.error)


def test_a_process_whose_settings_have_another_database_there_does_nothing(monkeypatch):
    """A test of a host has a test database, which a process of its own does not know: it would work on the real one."""
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "tests.sample_app.settings")
    (alone,) = run(["default"], tell=print, name_of=lambda _alias: "test_platform")
    assert re.fullmatch(
        r"Nothing was done: this alias leads to \S+, and to test_platform where the command was called, as in a test,"
        r" whose databases other processes do not know\. Call it there with one database at a time\.",
        alone.error,
    )
    assert alone.output == ""


def test_why_a_process_failed_is_known_whatever_it_writes_afterwards(monkeypatch, tmp_path):
    """A library may warn when the process ends, in whatever bytes."""
    program = tmp_path / "python"
    program.write_text("#!/bin/sh\necho 'CommandError: refused' >&2\nprintf 'bl\\350se\\n' >&2\nexit 1\n")
    program.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(program))
    said: list[str] = []
    (alone,) = run(["default"], tell=said.append)
    assert (alone.error, said) == ("refused", ["default: bl\\xe8se"])


def test_a_command_for_several_databases_says_how_their_documents_become_one():
    with pytest.raises(NotImplementedError, match="must provide a merged"):
        SeveralDatabases().merged({})
