"""The command: what it prints, what it refuses, when it runs and when it sends."""

from __future__ import annotations

import datetime as dt
import io
import json
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import OperationalError, transaction

from apps.service_providers.llm_service import default_models
from apps.teams.models import Team
from model_retirement.catalogue.declarations import Model
from model_retirement.data_migrations import pending, run_once
from model_retirement.data_migrations.models import CustomMigration
from model_retirement.models import TeamMessage, TeamNotice
from tests.factories.assistants import AssistantFactory
from tests.factories.chatbots import ChatbotFactory
from tests.factories.pipelines import NodeFactory
from tests.factories.service_providers import LlmProviderModelFactory, delete_all_models
from tests.integration.tenants import make_team
from tests.statements import CLAIM_OF_A_MESSAGE, before_statement, raising

COMMAND = "notify_deprecated_models"

SUMMARY = """\
1 team {would_be} told of 2 models.

  openai/old retires in 27 days, on 2026-12-22; new replaces it.
    At the 30-day stage: 1 team {to_be}told, 0 told before, 1 without a reachable admin.
    Warning: new reads at most 8,000 tokens, old read 8,192: long texts may not fit any more.
  openai/older is deprecated, without a date; nothing replaces it.
    Announced: 1 team {to_be}told, 0 told before.
  Used by nobody: openai/idle.

Teams without a reachable admin; tell them another way:
  solo: openai/old
"""

AGAIN = """\
There is nobody to tell.

  openai/old retires in 27 days, on 2026-12-22; new replaces it.
    At the 30-day stage: 0 teams {to_be}told, 1 told before, 1 without a reachable admin.
    Warning: new reads at most 8,000 tokens, old read 8,192: long texts may not fit any more.
  1 model in use whose teams have been told before.
  Used by nobody: openai/idle.

Teams without a reachable admin; tell them another way:
  solo: openai/old
"""

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def today(db):
    delete_all_models()
    CustomMigration.objects.all().delete()
    with time_machine.travel(dt.datetime(2026, 11, 25, 12, tzinfo=dt.UTC), tick=False):
        yield


@pytest.fixture(autouse=True)
def lists(monkeypatch):
    """Declare one model that stays and three that are deprecated."""
    models = [
        Model("new", 8_000),
        Model("older", 8_192, deprecated=True),
        Model("old", 8_192, deprecated=True, replacement="new", retires_on=dt.date(2026, 12, 22)),
        Model("idle", 8_192, deprecated=True, retires_on=dt.date(2026, 11, 25)),
    ]
    monkeypatch.setattr(default_models, "DEFAULT_LLM_PROVIDER_MODELS", {"openai": models})
    monkeypatch.setattr(default_models, "DELETED_MODELS", [])


@pytest.fixture
def acme() -> Team:
    return make_team("acme", admins=2)


@pytest.fixture
def tenants(acme: Team) -> None:
    """Two teams, one of which nobody can write to."""
    old, older, _ = (LlmProviderModelFactory.create(name=name) for name in ("old", "older", "idle"))
    AssistantFactory.create(team=acme, name="Helper", llm_provider_model=old)
    node = NodeFactory.create(pipeline__team=acme, pipeline__name="Flow", label="Answer", llm_provider_model=older)
    ChatbotFactory.create(team=acme, name="Triage", pipeline=node.pipeline)
    AssistantFactory.create(team=make_team("solo", admins=0), name="Alone", llm_provider_model=old)


def call(*args: str, **options: Any) -> str:
    out = io.StringIO()
    call_command(COMMAND, *args, stdout=out, **options)
    return out.getvalue()


def test_a_preview_says_who_would_be_told_and_writes_nothing(tenants, mailoutbox):
    """Rules 8 and 17."""
    text = SUMMARY.format(would_be="would be", to_be="to be ") + "\nNothing was changed: this was a dry run.\n"
    assert [call("--dry-run"), call("--dry-run")] == [text, text]
    assert not TeamNotice.objects.exists()
    assert not CustomMigration.objects.exists()
    assert mailoutbox == []


@pytest.mark.django_db(transaction=True)
def test_a_run_tells_the_teams_in_one_mail_each_and_the_next_one_nobody(tenants, acme):
    """Rule 9: one mail however many models."""
    assert call() == SUMMARY.format(would_be="was", to_be="") + "E-mails: 1 sent, 0 queued, 0 given up.\n"
    (sent,) = mail.outbox
    assert sent.to == ["acme-0@example.org", "acme-1@example.org"]
    assert sent.subject == "By 22 December 2026: 2 models that you use are switched off, old first (Acme)"
    assert TeamMessage.objects.get().notices.count() == 2
    assert CustomMigration.objects.get().runs.get().counts == {"models": 2, "teams": 1, "notices": 2}

    assert call("--dry-run") == AGAIN.format(to_be="to be ") + "\nNothing was changed: this was a dry run.\n"
    assert call() == AGAIN.format(to_be="")
    assert len(mail.outbox) == 1


def test_without_use_there_is_nobody_to_tell():
    assert call() == "There is nobody to tell.\n"
    LlmProviderModelFactory.create(name="old")
    assert call() == "There is nobody to tell.\n  Used by nobody: openai/old.\n"


@pytest.mark.parametrize(
    ("day", "stage"),
    [
        ("2026-12-15", "At the 7-day stage"),
        ("2026-12-17", "At the 7-day stage"),
        ("2026-12-22", "On the day"),
        ("2027-01-01", "On the day"),
    ],
)
def test_the_stage_is_named(tenants, day, stage):
    with time_machine.travel(dt.datetime.fromisoformat(day).replace(tzinfo=dt.UTC), tick=False):
        assert f"    {stage}: 1 team to be told" in call("--dry-run")


def test_two_teams(acme):
    older = LlmProviderModelFactory.create(name="older")
    for team in (acme, make_team("beta")):
        AssistantFactory.create(team=team, llm_provider_model=older)
    assert call().startswith("2 teams were told of 1 model.\n")


def test_verbose_names_each_team_with_its_resources_and_recipients(tenants, acme):
    text = call("--dry-run", "-v", "2")
    assistant, pipeline, chatbot = acme.assistants.get(), acme.pipelines.get(), acme.chatbots.get()
    alone = Team.objects.get(slug="solo").assistants.get()
    assert text.endswith(f"""
Acme (acme): 2 admins will be e-mailed.
  assistant {assistant.pk} Helper: openai/old
  chatbot {chatbot.pk} Triage: openai/older
  pipeline {pipeline.pk} Flow [Answer]: openai/older

Solo (solo): nobody will be e-mailed.
  assistant {alone.pk} Alone: openai/old

Nothing was changed: this was a dry run.
""")
    assert "Acme (acme): 2 admins are e-mailed." in call("-v", "2")


def test_verbosity_0_prints_nothing(tenants):
    assert call("--dry-run", "-v", "0") == ""
    assert call("-v", "0") == ""
    assert TeamNotice.objects.count() == 3


def test_json_is_one_document_and_nothing_else(tenants):
    expected: dict[str, Any] = {
        "dry_run": True,
        "today": "2026-11-25",
        "models": [
            {
                "provider": "openai",
                "name": "idle",
                "state": "deprecated",
                "replacement": None,
                "retires_on": "2026-11-25",
                "retires_on_is_earliest": False,
                "days_to_retirement": 0,
                "stage": "0",
                "teams": 0,
                "teams_told_before": 0,
                "teams_without_recipients": 0,
                "warnings": [],
            },
            {
                "provider": "openai",
                "name": "old",
                "state": "deprecated",
                "replacement": "new",
                "retires_on": "2026-12-22",
                "retires_on_is_earliest": False,
                "days_to_retirement": 27,
                "stage": "30",
                "teams": 1,
                "teams_told_before": 0,
                "teams_without_recipients": 1,
                "warnings": ["new reads at most 8,000 tokens, old read 8,192: long texts may not fit any more"],
            },
            {
                "provider": "openai",
                "name": "older",
                "state": "deprecated",
                "replacement": None,
                "retires_on": None,
                "retires_on_is_earliest": False,
                "days_to_retirement": None,
                "stage": "announced",
                "teams": 1,
                "teams_told_before": 0,
                "teams_without_recipients": 0,
                "warnings": [],
            },
        ],
        "teams": [
            {"slug": "acme", "name": "Acme", "models": ["openai/old", "openai/older"], "recipients": 2},
            {"slug": "solo", "name": "Solo", "models": ["openai/old"], "recipients": 0},
        ],
        "custom_models": [],
        "totals": {"models": 2, "teams": 1, "notices": 2, "teams_without_recipients": 1},
        "emails": None,
    }
    assert json.loads(call("--dry-run", "--format", "json")) == expected
    assert json.loads(call("--format", "json")) == {**expected, "dry_run": False}
    again = json.loads(call("--format", "json"))
    assert again["totals"] == {"models": 0, "teams": 0, "notices": 0, "teams_without_recipients": 1}
    assert [team["slug"] for team in again["teams"]] == ["solo"]


def test_json_has_the_resources_when_verbose(tenants, acme):
    first, _ = json.loads(call("--dry-run", "--format", "json", "-v", "2"))["teams"]
    assert [(resource["kind"], resource["name"], resource["models"]) for resource in first["resources"]] == [
        ("assistant", "Helper", ["openai/old"]),
        ("chatbot", "Triage", ["openai/older"]),
        ("pipeline", "Flow", ["openai/older"]),
    ]


def test_the_stages_come_from_the_settings(tenants, settings):
    settings.MODEL_RETIREMENT_NOTIFY_DAYS_BEFORE = [60, 28]
    assert "At the 28-day stage: 1 team to be told" in call("--dry-run")


def test_asked_for_by_a_migration_it_runs_once_and_from_a_timer_every_time(tenants, acme):
    run_once.request(name=COMMAND, requested_by="a migration", repeatable=True)
    for _ in range(2):
        pending.run_pending(using="default", triggered_by="migrate", stdout=io.StringIO())
    assert CustomMigration.objects.get().runs.count() == 1
    call()
    assert CustomMigration.objects.get().runs.count() == 2
    run_once.request(name=COMMAND, requested_by="another migration", repeatable=True)
    pending.run_pending(using="default", triggered_by="migrate", stdout=io.StringIO())
    assert CustomMigration.objects.get().runs.count() == 3


def test_it_can_be_marked_as_done_without_telling_anybody(tenants):
    assert call("--fake") == f"{COMMAND} is marked as applied; nothing was done.\n"
    assert json.loads(call("--fake", "--format", "json")) == {"faked": []}
    CustomMigration.objects.update(status=CustomMigration.Status.PENDING)
    assert json.loads(call("--fake", "--format", "json")) == {"faked": [COMMAND]}
    assert not TeamNotice.objects.exists()


def test_a_catalogue_that_cannot_be_read_tells_nobody(tenants, monkeypatch):
    monkeypatch.setattr(default_models, "DELETED_MODELS", ["old"])
    with pytest.raises(CommandError, match=r"DELETED_MODELS\[0\] is 'old', no removal"):
        call()
    assert not CustomMigration.objects.exists()


def test_a_replacement_that_is_none_tells_nobody(tenants, monkeypatch):
    """Rule 3."""
    models = {"openai": [Model("old", 1, deprecated=True, replacement="nope")]}
    monkeypatch.setattr(default_models, "DEFAULT_LLM_PROVIDER_MODELS", models)
    for args in ([], ["--dry-run"]):
        with pytest.raises(
            CommandError, match=r"^Nobody was told\. openai/old is replaced by openai/nope, which is not"
        ):
            call(*args)
    assert not TeamNotice.objects.exists()
    assert not CustomMigration.objects.exists()


def test_inside_somebody_elses_transaction_nothing_is_sent_before_the_commit(
    tenants, django_capture_on_commit_callbacks, mailoutbox
):
    """Rule 8."""
    with django_capture_on_commit_callbacks(execute=False) as callbacks, transaction.atomic():
        assert "E-mails" not in call()
        assert mailoutbox == []
    callbacks[-1]()
    assert len(mailoutbox) == 1


@pytest.mark.django_db(transaction=True)
def test_a_mail_server_that_is_down_changes_nothing(tenants, mail_is_down):
    """Rule 8: what could not be sent stays queued."""
    assert "E-mails: 0 sent, 1 queued, 0 given up.\nThe mail server cannot be used: " in call("-v", "2")
    assert TeamNotice.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_a_database_that_fails_while_mails_are_sent_keeps_no_report_back(tenants):
    """Rules 7 and 8."""
    out = io.StringIO()
    server_goes = before_statement(CLAIM_OF_A_MESSAGE, raising(OperationalError("the server is going")))
    with server_goes, pytest.raises(CommandError, match=r"made and recorded.* `send_team_notices` sends the rest"):
        call_command("notify_deprecated_models", stdout=out)
    assert out.getvalue()
    assert TeamNotice.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_a_process_that_dies_before_it_sends_loses_no_mail_and_doubles_none(tenants):
    """Rule 10: the notices are committed, and the next run sends them without writing them again."""
    with before_statement(CLAIM_OF_A_MESSAGE, raising(SystemExit())), pytest.raises(SystemExit):
        call()
    assert (TeamNotice.objects.count(), len(mail.outbox)) == (3, 0)
    call()
    assert (TeamNotice.objects.count(), len(mail.outbox)) == (3, 1)


def test_text_of_tenants_obeys_no_terminal(tenants, acme):
    Team.objects.filter(pk=acme.pk).update(name="Ac\x1b[31mme")
    assert "\x1b" not in call("--dry-run", "-v", "2")


def test_teams_own_models_of_the_same_name_are_listed(acme):
    """Rule 15: by the preview, by the run that tells their teams, and by every later one."""
    LlmProviderModelFactory.create(name="old")
    LlmProviderModelFactory.create(name="old", team=acme)
    listed = """
Custom models with the name of a deprecated one; their providers switch them off as well:
  openai/old of team acme
"""
    assert "1 team to be told" in (preview := call("--dry-run"))
    assert listed in preview
    assert listed in call()
    assert listed in call()
    document = json.loads(call("--format", "json"))
    assert document["custom_models"] == [{"model": "openai/old", "team": "acme"}]


@pytest.mark.django_db(transaction=True)
def test_a_retirement_that_is_called_off_is_told_once(tenants, acme, monkeypatch):
    """Rule 21: one mail, and no word in the runs after that."""
    call()
    models = [Model("new", 8_000), Model("old", 8_192), Model("older", 8_192, deprecated=True)]
    monkeypatch.setattr(default_models, "DEFAULT_LLM_PROVIDER_MODELS", {"openai": models})
    preview = call("--dry-run")
    assert (
        """
  openai/old is not deprecated any more; its retirement is called off.
    Called off: 1 team to be told, 0 told before.
"""
        in preview
    )
    call()
    (_, sent) = mail.outbox
    assert sent.subject == "Called off: old stays (Acme)"
    assert "We had told you that it retires on 22 December 2026. It does not." in " ".join(str(sent.body).split())
    assert "called off" not in call()
    assert len(mail.outbox) == 2
