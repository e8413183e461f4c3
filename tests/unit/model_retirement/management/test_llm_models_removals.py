"""``llm_models removals``: every removal can be found again."""

from __future__ import annotations

import dataclasses
import datetime as dt
import io
import json

import pytest
from django.core.management import CommandError, call_command

from model_retirement.catalogue.declarations import Model
from model_retirement.management.presenters import summary as summary_words
from model_retirement.models import RemovalRun
from model_retirement.removal.summaries import ModelSummary, RemovalState, RemovalSummary
from tests.factories.assistants import AssistantFactory
from tests.factories.service_providers import LlmProviderModelFactory, delete_all_models
from tests.unit.model_retirement.removal.removals import plan_of, run_of

DAY = dt.datetime(2026, 11, 22, 20, 14, 3, tzinfo=dt.UTC)


def printed(*args: str) -> str:
    out = io.StringIO()
    call_command("llm_models", "removals", *args, stdout=out)
    return out.getvalue()


@pytest.fixture
def run(db) -> RemovalRun:
    delete_all_models()
    old = LlmProviderModelFactory.create(name="old")
    LlmProviderModelFactory.create(name="new")
    AssistantFactory.create(llm_provider_model=old)
    done = run_of(plan_of(("old", "new"), active=[Model("new", 16_000)]))
    assert done is not None
    return done


@pytest.mark.django_db
def test_there_may_be_none():
    assert printed() == "No removals here yet.\n"
    assert json.loads(printed("--format", "json")) == []


def test_all_are_listed_with_how_to_undo_them(run):
    """Rule 31."""
    RemovalRun.objects.create(triggered_by="by\x1b[31m hand")
    newest, ended = printed().split("\n\n")
    assert newest.startswith(f"Removal {run.pk + 1}: interrupted\n")
    assert "\x1b" not in newest
    assert ended.splitlines()[0] == f"Removal {run.pk}: finished"
    assert ended.splitlines()[2:] == [
        "  models: 1 of 1 removed: openai/old",
        "  references: 1 moved or cleared, 0 left",
        "  e-mails: 1 team not told yet",
        f"  `restore_removed_models {run.pk}` undoes it.",
    ]


def test_one_is_shown_with_its_models(run):
    assert printed(str(run.pk)).splitlines()[-2:] == [
        "  openai/old -> new: removed",
        "           1  assistants.Assistant.llm_provider_model",
    ]


def test_json_is_one_document(run):
    RemovalRun.objects.create(triggered_by="migrate")
    document = json.loads(printed("--format", "json"))
    assert [removal["run"] for removal in document] == [run.pk + 1, run.pk]
    assert document[1] == json.loads(printed(str(run.pk), "--format", "json"))
    assert (document[1]["state"], document[1]["references_moved"]) == ("finished", 1)
    assert document[1]["models"][0]["references_moved"] == {"assistants.Assistant.llm_provider_model": 1}
    assert document[1]["next_step"] == f"`restore_removed_models {run.pk}` undoes it."


@pytest.mark.parametrize(
    ("number", "words"), [("99", "There is no removal 99"), ("seven", "is not the number of a removal")]
)
def test_a_number_that_no_removal_has_is_refused(db, number, words):
    with pytest.raises(CommandError, match=words):
        printed(number)


OLD = ModelSummary(
    provider="openai",
    name="old",
    replacement=None,
    removed_at=None,
    restored_at=DAY,
    moved={"a.B.c": 1_200},
    left=3,
    left_alone=2,
)
REMOVAL = RemovalSummary(
    run=7,
    state=RemovalState.RESTORED,
    started_at=DAY,
    continued_at=DAY,
    finished_at=DAY,
    restored_at=DAY,
    journal_pruned_at=None,
    triggered_by="migrate",
    code_version="",
    models=(OLD, *(dataclasses.replace(OLD, name=name, moved={}, left=0, left_alone=0) for name in "abc")),
    messages={"sent": 2, "gave_up": 1},
    waiting_teams=0,
)


def test_what_a_restore_did_not_put_back_and_what_is_left_is_counted():
    assert list(summary_words.lines(REMOVAL, in_full=False, using="default")) == [
        "Removal 7: restored",
        "  started 2026-11-22 20:14:03 UTC, restored 2026-11-22 20:14:03 UTC, by migrate",
        "  models: 0 of 4 removed: openai/old, openai/a, openai/b and 1 more",
        "  references: 1,200 moved or cleared, 3 left, 2 not put back by the restore",
        "  e-mails: 1 gave up, 2 sent",
        "  It was undone, but for what was not put back.",
    ]
    assert list(summary_words.lines(REMOVAL, in_full=True, using="default"))[6:10] == [
        "  openai/old -> nothing: not removed, restored",
        "       1,200  a.B.c",
        "           3  left",
        "           2  not put back by the restore",
    ]


@pytest.mark.parametrize(
    ("state", "pruned", "words"),
    [
        (RemovalState.RUNNING, None, "A process is at work on it: wait for it to end."),
        (RemovalState.RESTORING, None, "A process is at work on it: wait for it to end."),
        (
            RemovalState.INTERRUPTED,
            None,
            "`remove_deprecated_models` resumes it; `restore_removed_models 7` undoes it.",
        ),
        (RemovalState.RESTORE_INTERRUPTED, None, "`restore_removed_models 7` resumes the restore."),
        (RemovalState.FINISHED, None, "`restore_removed_models 7` undoes it."),
        (
            RemovalState.FINISHED,
            DAY,
            "It cannot be undone any more: its journal was pruned on 2026-11-22 20:14:03 UTC.",
        ),
    ],
)
def test_how_each_is_undone_or_finished(state, pruned, words):
    removal = dataclasses.replace(REMOVAL, state=state, restored_at=None, journal_pruned_at=pruned)
    assert summary_words.next_step(removal, using="default") == words
    assert (
        "pruned" in "\n".join(summary_words.lines(removal, in_full=False, using="default")).partition("e-mails")[0]
    ) == bool(pruned)


def test_what_is_to_be_run_on_another_database_is_said_with_its_alias():
    away = dataclasses.replace(REMOVAL.models[0], removed_at=DAY, restored_at=None)
    removal = dataclasses.replace(REMOVAL, models=(away,))
    assert summary_words.next_step(removal, using="shard") == (
        "It was undone, but for openai/old: `restore_removed_models 7 --database shard` says why and tries again."
    )
