"""``prune_history``: what it prints, what it takes and what it refuses."""

from __future__ import annotations

import datetime as dt
import io
import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.utils import timezone

from model_retirement.history import PruneReport
from model_retirement.management.commands import prune_history
from model_retirement.models import ReferenceChange, RemovalRun, TeamMessage
from model_retirement.notices import outbox
from tests.factories.assistants import AssistantFactory
from tests.factories.service_providers import LlmProviderModelFactory, delete_all_models
from tests.factories.teams import MembershipFactory
from tests.statements import before_statement, raising
from tests.unit.model_retirement.removal.removals import plan_of, run_of

pytestmark = pytest.mark.django_db


def printed(*arguments: str, **options: Any) -> str:
    out = io.StringIO()
    call_command("prune_history", *arguments, stdout=out, **options)
    return out.getvalue()


@pytest.fixture
def runs(db: None) -> list[int]:
    """Two removals, of 200 and of 50 days ago, each told of in one mail."""
    delete_all_models()
    made = []
    for name, days in (("old", 200), ("older", 50)):
        team = MembershipFactory.create(role="admin").team
        AssistantFactory.create(team=team, llm_provider_model=LlmProviderModelFactory.create(name=name))
        run = run_of(plan_of(name))
        outbox.create_messages(using="default")
        then = timezone.now() - dt.timedelta(days=days)
        RemovalRun.objects.filter(pk=run.pk).update(finished_at=then)
        TeamMessage.objects.filter(run=run).update(status="sent", sent_at=then)
        made.append(run.pk)
    return made


def test_it_says_what_went_and_what_a_restore_may_need(runs):
    assert printed("--older-than", "30") == (
        f"Pruned the journal of removal {runs[0]}, 2 rows: no restore is possible without it.\n"
        "Pruned the addresses of 2 e-mails.\n"
        "Kept: journals of the last 90 days, which a restore may need (1 removal older than 30 days).\n"
    )
    assert printed("--older-than", "30").startswith("There is nothing to prune.\nKept: journals of the last 90 days")
    assert printed("--older-than", "90") == "There is nothing to prune.\n"


def test_a_dry_run_says_the_same_and_writes_nothing(runs):
    text = printed("--older-than=30", "--dry-run")
    assert text.startswith(f"Would prune the journal of removal {runs[0]}, 2 rows: ")
    assert "\nWould prune the addresses of 2 e-mails.\n" in text
    assert text.endswith("\n\nNothing was changed: this was a dry run.\n")
    assert ReferenceChange.objects.count() == 2
    assert not RemovalRun.objects.filter(journal_pruned_at__isnull=False).exists()
    assert not TeamMessage.objects.filter(recipients=[]).exists()


@pytest.mark.parametrize("dry_run", [True, False])
def test_json_is_one_document(runs, dry_run):
    arguments = ["--older-than", "30", "--format", "json", *(["--dry-run"] if dry_run else [])]
    assert json.loads(printed(*arguments)) == {
        "dry_run": dry_run,
        "emails_older_than_days": 30,
        "journals_older_than_days": 90,
        "removals": [runs[0]],
        "journal_rows": 2,
        "emails": 2,
        "kept": {"restorable_removals": 1, "unfinished_removals": []},
    }


def test_it_can_be_silent(runs):
    assert printed("--older-than", "30", verbosity=0) == ""
    assert ReferenceChange.objects.count() == 1


def test_many_removals_are_counted():
    report = PruneReport(
        days=200, runs=tuple(range(1, 13)), journal_rows=1234, messages=0, kept_restorable=0, kept_unfinished=(13, 14)
    )
    assert list(prune_history.as_lines(report, dry_run=False)) == [
        "Pruned the journal of removals 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 2 more, 1,234 rows: no restore is possible"
        " without it.",
        "Kept: the journal of removals 13, 14, not ended or just being restored.",
    ]


@pytest.mark.parametrize("days", ["0", "-1", "1.5", "soon", "²", "", "36501", "9" * 30])
def test_an_age_that_is_none_is_refused(days):
    with pytest.raises(CommandError, match="is not a number of days, 1 to 36500"):
        printed(f"--older-than={days}")


def test_an_age_is_asked_for():
    with pytest.raises(CommandError, match="the following arguments are required: --older-than"):
        printed()


def test_the_greatest_age_is_one_that_both_databases_can_count_back_to(runs):
    assert printed("--older-than", "36500") == "There is nothing to prune.\n"


def test_a_database_error_is_one_line():
    with (
        before_statement("SELECT", raising(OperationalError("disk full\nHINT: …"))),
        pytest.raises(CommandError, match=r"^prune_history: the database said: disk full$"),
    ):
        printed("--older-than", "30")


def test_an_interruption_is_one_line(capsys):
    interrupted = before_statement("SELECT .*model_retirement_removalrun", raising(KeyboardInterrupt()))
    with interrupted, pytest.raises(SystemExit) as ended:
        prune_history.Command().run_from_argv(["manage.py", "prune_history", "--older-than", "30"])
    assert ended.value.code == 1
    assert capsys.readouterr().err == "CommandError: Stopped. What was committed stays; run it again for the rest.\n"
