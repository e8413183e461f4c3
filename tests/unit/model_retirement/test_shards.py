"""Several databases: which ones are meant, what becomes of signals, and one report of all of them."""

from __future__ import annotations

import json
import os
import signal
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.test import override_settings

from model_retirement import sql
from model_retirement.data_migrations.models import CustomMigration
from model_retirement.management import shards
from model_retirement.management.presenters import shards as shard_words
from model_retirement.management.shards import Ended
from tests.statements import before_statement, raising, without_table

TOTALS = {"models": 1, "references": 5, "teams": 2, "notices": 2, "teams_without_recipients": 1, "money": None}
MONEY = {"before": 10.5, "after": None, "models_without_price": ["openai/b"]}
SENT = {"sent": 1, "queued": 0, "gave_up": 0, "mail_server": None}
REFUSED = {"sent": 0, "queued": 1, "gave_up": 0, "mail_server": "refused"}


def ended(alias: str, text: str = "", *, error: str = "") -> Ended:
    return Ended(alias=alias, error=error, output=text)


def document(run: int | None, **more: Any) -> str:
    return json.dumps(
        {
            "dry_run": False,
            "run": run,
            "runs": {"its own": run},
            "models": [{"name": f"model {run}"}],
            "teams": [],
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


def test_databases_are_those_that_were_typed_each_once():
    assert shards.chosen(None) == ["default"]
    assert shards.chosen("default") == ["default"]
    assert shards.chosen(["b", "a", "b"]) == ["b", "a"]


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
def test_where_a_database_leads_can_be_asked():
    ((follows, where),) = sql.fetch("default", sql.dialect("default").whereabouts)
    assert not follows
    assert isinstance(where, str)


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


def test_a_signal_is_passed_on_and_who_has_not_begun_does_not(monkeypatch):
    """Rule 10: the process says itself how it was stopped."""
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "tests.sample_app.settings")
    said: list[str] = []

    def tell(line: str) -> None:
        said.append(line)
        os.kill(os.getpid(), signal.SIGTERM)

    first, second = shards.run(["default", "other"], command="sample_waiting", arguments=[], tell=tell, at_once=1)
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
    merged = shard_words.as_json(documents)
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
    merged = shard_words.as_json([ended("a", error="gone"), ended("b", error="gone")])
    assert (merged["runs"], merged["totals"]["references"], merged["emails"]) == ({}, 0, None)
    assert merged["seconds"] == {}


def test_what_was_marked_is_one_list():
    marked = [ended("a", '{"faked": ["x", "y"]}'), ended("b", '{"faked": ["y"]}'), ended("c", error="gone")]
    assert shard_words.as_json(marked) == {"faked": ["x", "y"], "errors": {"c": "gone"}}


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


def test_the_last_line_says_what_is_left_to_do():
    failed = [ended("a", error="gone"), ended("b", error="gone")]
    assert shard_words.failure(failed, command="remove") == (
        "Failed on 2 of 2 databases. For the rest, run `remove --database a --database b`."
    )
    assert "The others are done." in shard_words.failure([*failed, ended("c")], command="remove")
