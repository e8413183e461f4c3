"""The command: what it prints, what it takes, what it refuses, and when it sends."""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import json
import logging
import re
import signal
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection, migrations, transaction
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import ProjectState

from apps.pipelines.models import MODEL_ID_KEY, MODEL_PARAMETERS_KEY, Node
from apps.service_providers.llm_service import default_models
from apps.service_providers.models import LlmProviderModel
from apps.teams.models import Team
from model_retirement.catalogue.declarations import Deleted, Model
from model_retirement.catalogue.parameters import GPT5Parameters
from model_retirement.data_migrations import pending, run_once
from model_retirement.data_migrations.failures import DataMigrationFailed
from model_retirement.data_migrations.models import CustomMigration, CustomMigrationRun
from model_retirement.management.presenters import delivery as delivery_words
from model_retirement.models import RemovalRun, RemovedModel, TeamMessage, TeamNotice
from model_retirement.notices.outbox import Delivery
from tests.factories.assistants import AssistantFactory
from tests.factories.chatbots import ChatbotFactory
from tests.factories.pipelines import NodeFactory, PipelineFactory
from tests.factories.service_providers import LlmProviderModelFactory, delete_all_models
from tests.factories.teams import MembershipFactory, TeamFactory
from tests.integration import rows
from tests.integration.tenants import make_team
from tests.statements import CLAIM_OF_A_MESSAGE, SWEEP, before_statement, raising
from tests.unit.model_retirement import adapters

COMMAND = "remove_deprecated_models"
UNIT = f"{COMMAND}:openai/"

SUMMARY = """\
2 models {would_be} removed, 2 teams concerned.
2 references {move} to a replacement.
1 reference {clear}: what used only those models does not work until its team chooses another one.

  openai/old: 2 references {to_be}repointed to new, 2 teams.
           2  assistants.Assistant.llm_provider_model
    Warning: new reads at most 8,000 tokens, old read 8,192: long texts may not fit any more.
  openai/older: 1 reference {to_be}cleared, 1 team.
           1  pipelines.Node.params.llm_provider_model_id

Custom models with the name of a removed one; they are the teams' own and stay:
  openai/old of team beta

Teams without a reachable admin; tell them another way:
  solo: openai/old
"""

PLANNED = {"would_be": "would be", "to_be": "to be ", "move": "would move", "clear": "would be cleared"}
DONE = {"would_be": "were", "to_be": "", "move": "moved", "clear": "cleared"}

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def empty_tables(db):
    delete_all_models()
    CustomMigration.objects.all().delete()


@pytest.fixture(autouse=True)
def lists(monkeypatch):
    """Declare one model that stays and two that go."""
    monkeypatch.setattr(default_models, "DEFAULT_LLM_PROVIDER_MODELS", {"openai": [Model("new", 8_000)]})
    monkeypatch.setattr(default_models, "DELETED_MODELS", [("openai", "old", "new"), ("openai", "older")])


@pytest.fixture
def acme() -> Team:
    return make_team("acme", admins=2)


@pytest.fixture
def tenants(acme: Team) -> None:
    """Three teams: one with two admins, one with none, one whose own model has the name of a removed one."""
    old, older = (LlmProviderModelFactory.create(name=name) for name in ("old", "older"))
    LlmProviderModelFactory.create(name="new", max_token_limit=8_000)
    AssistantFactory.create(team=acme, name="Helper", llm_provider_model=old)
    node = NodeFactory.create(pipeline__team=acme, pipeline__name="Flow", label="Answer", llm_provider_model=older)
    ChatbotFactory.create(team=acme, name="Triage", pipeline=node.pipeline)
    AssistantFactory.create(team=make_team("solo", admins=0), name="Alone", llm_provider_model=old)
    LlmProviderModelFactory.create(team=make_team("beta"), name="old")


RECORDS = {"model_retirement_data_migrations_custommigration", "model_retirement_data_migrations_custommigrationrun"}
"""An attempt that was refused is one on record."""


def call(*args: str, **options: Any) -> str:
    out = io.StringIO()
    call_command(COMMAND, *args, stdout=out, **options)
    return out.getvalue()


def names() -> set[str]:
    return set(LlmProviderModel.objects.filter(team=None).values_list("name", flat=True))


def records() -> dict[str, str]:
    return dict(CustomMigration.objects.values_list("name", "status"))


def test_a_preview_says_what_would_happen_and_what_needs_a_person(tenants):
    """Rules 8, 15 and 17: teams without a reachable admin and custom models of the same name are listed."""
    assert call("--dry-run") == (SUMMARY.format(**PLANNED) + "\nNothing was changed: this was a dry run.\n")
    assert names() == {"old", "older", "new"}
    assert records() == {}
    assert not RemovalRun.objects.exists()


def test_a_removal_says_what_was_done(tenants):
    """Rule 7."""
    text = call()
    run = RemovalRun.objects.get()
    assert text == (
        SUMMARY.format(**DONE) + f"\nThis was removal {run.pk}. `restore_removed_models {run.pk}` undoes it.\n"
    )
    assert names() == {"new"}
    assert records() == {COMMAND: "applied", f"{UNIT}old": "applied", f"{UNIT}older": "applied"}
    assert CustomMigration.objects.get(name=COMMAND).runs.get().counts == {
        "models": 2, "references": 3, "teams": 2, "notices": 3
    }  # fmt: skip


DAY = dt.date(2026, 12, 22)


@pytest.fixture
def dated(monkeypatch, tenants):
    """The provider retires the first of the two models; today is 27 days before that."""
    removals = [Deleted("openai", "old", "new", retires_on=DAY), ("openai", "older")]
    monkeypatch.setattr(default_models, "DELETED_MODELS", removals)
    with time_machine.travel(dt.datetime(2026, 11, 25, 12, tzinfo=dt.UTC), tick=False):
        yield


def test_the_days_to_retirement_are_in_plan_and_report(dated):
    line = "\n    It retires in 27 days, on 2026-12-22.\n"
    assert call("--dry-run").count(line) == 1
    assert call().count(line) == 1
    assert RemovedModel.objects.get(name="old").retires_on == DAY
    days = TeamNotice.objects.filter(name="old").values_list("retires_on", flat=True)
    assert set(days) == {DAY}
    assert TeamNotice.objects.get(name="older").retires_on is None


@pytest.mark.parametrize("args", [["--dry-run"], []])
def test_the_days_to_retirement_are_in_the_document(dated, args):
    old, older = document(*args)["models"]
    assert (old["retires_on"], old["days_to_retirement"]) == ("2026-12-22", 27)
    assert (older["retires_on"], older["days_to_retirement"]) == (None, None)


def test_one_model_was_removed():
    LlmProviderModelFactory.create(name="older")
    assert call().startswith("1 model was removed, 0 teams concerned.\n\n  Used by nobody: openai/older.\n")


def test_many_models_that_nobody_uses_are_counted(monkeypatch):
    removals = [("openai", f"idle-{number}") for number in range(7)]
    monkeypatch.setattr(default_models, "DELETED_MODELS", removals)
    for _, name in removals:
        LlmProviderModelFactory.create(name=name)
    assert "\n  7 more models are used by nobody; `--format json` names them.\n" in call()


def test_verbose_names_each_team_with_its_resources_and_recipients(tenants, acme):
    text = call("--dry-run", "-v", "2")
    assistant, pipeline, chatbot = acme.assistants.get(), acme.pipelines.get(), acme.chatbots.get()
    alone = Team.objects.get(slug="solo").assistants.get()
    assert text.startswith(SUMMARY.format(**PLANNED))
    assert text.endswith(f"""
Acme (acme): 2 admins will be e-mailed.
  assistant {assistant.pk} Helper: openai/old
  chatbot {chatbot.pk} Triage: openai/older
  pipeline {pipeline.pk} Flow [Answer]: openai/older

Solo (solo): nobody will be e-mailed.
  assistant {alone.pk} Alone: openai/old

Nothing was changed: this was a dry run.
""")


def test_verbose_tells_the_same_of_what_was_done(tenants):
    """Rule 7: the details come from the journal, for by now nothing points at the models any more."""
    planned = call("--dry-run", "-v", "2").partition("Acme (acme)")[2].partition("Nothing")[0]
    done = call("-v", "2").partition("Acme (acme)")[2].partition("This was")[0]
    assert planned.replace("nobody will be", "nobody is").replace("will be", "are") == done
    assert "Helper" in done


def test_a_line_with_many_nodes_counts_the_rest(acme):
    older = LlmProviderModelFactory.create(name="older")
    pipeline = PipelineFactory.create(team=acme, name="Flow")
    for number in range(7):
        NodeFactory.create(pipeline=pipeline, label=f"Node {number}", llm_provider_model=older)
    assert "Flow [Node 0, Node 1, Node 2, Node 3, Node 4 and 2 more]: openai/older" in call("--dry-run", "-v", "2")


def test_verbosity_0_prints_nothing(tenants):
    assert call("--dry-run", "-v", "0") == ""
    assert call("-v", "0") == ""
    assert names() == {"new"}
    assert call("--fake", "-v", "0") == ""


def document(*args: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(call("--format", "json", *args))
    assert set(content.pop("seconds")) == {"plan", "execute", "send"}
    return content


@pytest.mark.parametrize("args", [["--dry-run"], []])
def test_an_interrupted_removal_is_not_closed_without_what_it_had_moved(tenants, monkeypatch, args):
    """Rules 7 and 10: its entry has left the list since. One line, exit status 1, and nothing changed."""
    ends_the_model = 'DELETE FROM "service_providers_llmprovidermodel"'
    with before_statement(ends_the_model, raising(KeyboardInterrupt())), pytest.raises(CommandError, match="Stopped"):
        call("--no-send")
    run = RemovalRun.objects.get()
    before = rows.of_connection(without=RECORDS)
    monkeypatch.setattr(default_models, "DELETED_MODELS", [("openai", "older")])
    with pytest.raises(
        CommandError, match=rf"^Nothing was removed\. Removal {run.pk} was interrupted while .* openai/old "
    ):
        call(*args)
    assert rows.of_connection(without=RECORDS) == before
    run.refresh_from_db()
    assert run.finished_at is None


ENDS_A_MODEL = 'DELETE FROM "service_providers_llmprovidermodel"'


def test_who_stops_a_removal_hears_its_number_how_far_it_is_and_how_it_goes_on(tenants):
    """Rule 31."""
    with (
        before_statement(ENDS_A_MODEL, raising(run_once.Interrupted(signal.SIGINT))),
        pytest.raises(CommandError) as stopped,
    ):
        call("--no-send")
    run = RemovalRun.objects.get()
    so_far = (
        f"Removal {run.pk} was interrupted: so far 3 references moved or cleared, 0 of 2 models removed. To undo it,"
        f" run `restore_removed_models {run.pk}`."
    )
    assert str(stopped.value) == f"Stopped by SIGINT. {so_far} The next run resumes it."
    preview = call("--dry-run").splitlines()
    assert preview[:3] == [
        so_far,
        "What follows is left to do, by the next run.",
        "2 models would be removed, 0 teams concerned.",
    ]
    assert document("--dry-run")["resumes"] == {
        "run": run.pk, "references": 3, "removed": 0, "models": 2, "is_running": False
    }  # fmt: skip
    assert "resumes" not in document("--no-send")


def test_a_preview_while_a_removal_runs_says_so(tenants):
    with before_statement(ENDS_A_MODEL, raising(run_once.Interrupted(signal.SIGINT))), pytest.raises(CommandError):
        call("--no-send")
    run = RemovalRun.objects.get()
    with run_once.attempt(name=COMMAND, using="default", triggered_by="a test", force=True):
        first = call("--dry-run").splitlines()[0]
    assert first == f"Removal {run.pk} is running: so far 3 references moved or cleared, 0 of 2 models removed."


def test_what_waits_and_is_stopped_is_told_once_with_its_name_and_once_with_what_to_do(tenants):
    run_once.request(name=COMMAND, requested_by="a migration", repeatable=True)
    stop = before_statement(ENDS_A_MODEL, raising(run_once.Interrupted(signal.SIGTERM)))
    with stop, pytest.raises(DataMigrationFailed) as failed:
        pending.run_pending(using="default", triggered_by="migrate", verbosity=0)
    run = RemovalRun.objects.get()
    assert str(failed.value) == (
        f"Data migration {COMMAND} was interrupted: Stopped by SIGTERM. Removal {run.pk} was interrupted: so far 3"
        " references moved or cleared, 0 of 2 models removed. To undo it, run"
        f" `restore_removed_models {run.pk}`. The next `migrate` or `custom_migrations run` resumes it."
    )


def test_a_removal_that_is_stopped_before_it_has_begun_has_no_number(tenants):
    stop = before_statement('INSERT INTO "model_retirement_removalrun"', raising(KeyboardInterrupt()))
    with stop, pytest.raises(CommandError, match=r"^Stopped\. The next run does the rest\.$"):
        call()


@pytest.mark.django_db(transaction=True)
def test_json_tells_what_became_of_the_mails(tenants, mail_is_down):
    assert document("--dry-run")["emails"] is None
    emails = document()["emails"]
    assert emails.pop("mail_server").startswith("ConnectionRefusedError")
    assert emails == {"sent": 0, "queued": 1, "gave_up": 0}


def test_json_is_one_document_and_nothing_else(tenants):
    """The shape of design.md, section 8, and what later parts added to it."""
    unknown = {"money": None, "capabilities_lost": None}
    expected = {
        "dry_run": True,
        "emails": None,
        "run": None,
        "runs": {"default": None},
        "models": [
            {
                "provider": "openai",
                "name": "old",
                "replacement": "new",
                "action": "repoint",
                "retires_on": None,
                "days_to_retirement": None,
                "references": {"assistants.Assistant.llm_provider_model": 2},
                "teams": 2,
                "warnings": ["new reads at most 8,000 tokens, old read 8,192: long texts may not fit any more"],
                "move": {
                    "price_in": {"before": None, "after": None, "ratio": None},
                    "price_out": {"before": None, "after": None, "ratio": None},
                    "context_window": {"before": None, "after": None},
                    "capabilities_lost": None,
                    "teams_that_use_lost": None,
                    "recommended": None,
                    "replacement_retires_on": None,
                    "replacement_retires_on_is_earliest": False,
                    "replacement_days_to_retirement": None,
                },
                "money": None,
                "parameters": [],
            },
            {
                "provider": "openai",
                "name": "older",
                "replacement": None,
                "action": "clear",
                "retires_on": None,
                "days_to_retirement": None,
                "references": {"pipelines.Node.params.llm_provider_model_id": 1},
                "teams": 1,
                "warnings": [],
                "move": None,
                "money": None,
                "parameters": [],
            },
        ],
        "teams": [
            {"slug": "acme", "name": "Acme", "models": ["openai/old", "openai/older"], "recipients": 2, **unknown},
            {"slug": "solo", "name": "Solo", "models": ["openai/old"], "recipients": 0, **unknown},
        ],
        "skipped": [],
        "custom_models_left_alone": [{"provider": "openai", "name": "old", "team": "beta"}],
        "totals": {
            "models": 2,
            "references": 3,
            "teams": 2,
            "notices": 3,
            "teams_without_recipients": 1,
            "money": None,
        },
    }
    assert document("--dry-run") == expected
    done = document("--verbosity", "0")
    run = RemovalRun.objects.get().pk
    assert done == expected | {"dry_run": False, "run": run, "runs": {"default": run}}
    skipped = [{"provider": "openai", "name": name, "reason": "not in the table"} for name in ("old", "older")]
    assert document()["skipped"] == skipped


def test_settings_that_the_replacement_does_not_take_are_told(acme, monkeypatch):
    """Rule 13."""
    replacement = Model("new", 8_192, parameters=GPT5Parameters)
    monkeypatch.setattr(default_models, "DEFAULT_LLM_PROVIDER_MODELS", {"openai": [replacement]})
    old = LlmProviderModelFactory.create(name="old")
    LlmProviderModelFactory.create(name="new")
    params = {MODEL_ID_KEY: old.pk, MODEL_PARAMETERS_KEY: {"temperature": 0.2}}
    NodeFactory.create_batch(2, pipeline__team=acme, params=params)
    line = "           2  setting temperature is dropped\n"
    assert line in call("--dry-run")
    assert document("--dry-run")["models"][0]["parameters"] == [{"setting": "temperature", "becomes": None, "rows": 2}]
    assert line in call()
    assert {node.params[MODEL_PARAMETERS_KEY].get("temperature") for node in Node.objects.all()} == {None}


@pytest.fixture
def priced(monkeypatch, settings, tenants) -> None:
    """Prices, what models can do, and what the two teams with an old model used last month."""
    settings.MODEL_RETIREMENT_PLATFORM = f"{adapters.__name__}.Metered"
    old = LlmProviderModel.objects.get(team=None, name="old")
    teams = Team.objects.order_by("pk")
    usage = [(team.pk, old.pk, tokens, 1_000_000) for team, tokens in zip(teams, [100_000_000, 0], strict=False)]
    monkeypatch.setattr(adapters.Metered, "usage", usage)
    monkeypatch.setattr(adapters.Metered, "capabilities", [(usage[0][0], old.pk, "vision")])
    facts = {
        "openai/old": {"price_in": 10, "price_out": 30, "context_window": 8_192, "capabilities": ["tools", "vision"]},
        "openai/new": {"price_in": 2.5, "price_out": 33, "context_window": 8_000, "capabilities": ["tools"]},
    }
    monkeypatch.setattr(default_models, "MODEL_FACTS", facts, raising=False)


def test_a_preview_says_what_moves_mean_and_what_teams_pay(priced):
    """Rule 28."""
    text = call("--dry-run", "-v", "2")
    assert "\nAll moves together: $1,060 a month becomes $316 a month.\n" in text
    assert (
        "    A million tokens cost $2.50 in place of $10 (75 % less) to read and $33 in place of $30 (10 % more) to write.\n"
        "    The context window has 8,000 tokens in place of 8,192.\n"
        "    new lacks what old has: vision.\n"
        "    1 team uses vision.\n"
        "    $1,060 a month becomes $316 a month.\n"
    ) in text
    assert (
        "\nAcme (acme): nobody will be e-mailed.\n  $1,030 a month becomes $283 a month.\n  Uses vision of openai/old, which new lacks.\n"
        in text
    )
    assert "\nSolo (solo): nobody will be e-mailed.\n  $30 a month becomes $33 a month.\n" in text
    done = call("-v", "2")
    assert "A million tokens cost" in done
    assert "a month" not in done


def test_json_says_what_moves_mean_and_what_teams_pay(priced):
    content = document("--dry-run")
    assert content["models"][0]["move"] == {
        "price_in": {"before": 10, "after": 2.5, "ratio": 0.25},
        "price_out": {"before": 30, "after": 33, "ratio": 1.1},
        "context_window": {"before": 8192, "after": 8000},
        "capabilities_lost": ["vision"],
        "teams_that_use_lost": {"vision": 1},
        "recommended": None,
        "replacement_retires_on": None,
        "replacement_retires_on_is_earliest": False,
        "replacement_days_to_retirement": None,
    }
    everybody = {"before": 1060, "after": 316, "models_without_price": []}
    assert content["models"][0]["money"] == content["totals"]["money"] == everybody
    vision = [{"model": "openai/old", "capabilities": ["vision"]}]
    assert [team["capabilities_lost"] for team in content["teams"]] == [vision, []]
    assert [team["money"] for team in content["teams"]] == [
        {"before": 1030, "after": 283, "models_without_price": []},
        {"before": 30, "after": 33, "models_without_price": []},
    ]


def test_a_price_that_nobody_says_is_not_invented(priced, monkeypatch):
    monkeypatch.setattr(default_models, "MODEL_FACTS", {"openai/new": {"price_in": 10, "price_out": 30}})
    assert "    The price of openai/old is not known.\n" in call("--dry-run")
    unknown = {"before": None, "after": None, "models_without_price": ["openai/old"]}
    assert document("--dry-run")["totals"]["money"] == unknown


def test_a_dearer_replacement_is_refused_in_one_line_and_nothing_changes(priced, settings, monkeypatch):
    """Rule 28: until its entry accepts it. The preview says it, too."""
    settings.MODEL_RETIREMENT_MAX_PRICE_INCREASE = 5
    for args in (["--dry-run"], []):
        with pytest.raises(CommandError) as refusal:
            call(*args)
        assert str(refusal.value) == (
            "Nothing was removed. openai/old is replaced by openai/new, which is more than the 5 % dearer that the platform "
            "allows. A million tokens cost $2.50 in place of $10 (75 % less) to read and $33 in place of $30 (10 % more) "
            "to write. Name a cheaper replacement, or write accept_price_increase=True in the entry of openai/old."
        )
    assert names() == {"old", "older", "new"}
    assert not RemovalRun.objects.exists()
    assert "1 model was removed" in call("--only", "openai/older")

    accepted = Deleted("openai", "old", "new", accept_price_increase=True)
    monkeypatch.setattr(default_models, "DELETED_MODELS", [accepted])
    assert "1 model was removed" in call()


def test_json_has_resources_only_when_verbose(tenants, acme):
    teams = document("--dry-run", "-v", "2")["teams"]
    assistant, pipeline, chatbot = acme.assistants.get(), acme.pipelines.get(), acme.chatbots.get()
    assert teams[0]["resources"] == [
        {
            "kind": "assistant",
            "id": assistant.pk,
            "name": "Helper",
            "details": [],
            "url": f"http://localhost:8000/a/acme/assistants/{assistant.pk}/",
            "models": ["openai/old"],
        },
        {
            "kind": "chatbot",
            "id": chatbot.pk,
            "name": "Triage",
            "details": [],
            "url": f"http://localhost:8000/a/acme/chatbots/{chatbot.pk}/",
            "models": ["openai/older"],
        },
        {
            "kind": "pipeline",
            "id": pipeline.pk,
            "name": "Flow",
            "details": ["Answer"],
            "url": f"http://localhost:8000/a/acme/pipelines/{pipeline.pk}/",
            "models": ["openai/older"],
        },
    ]
    assert [team["slug"] for team in teams] == ["acme", "solo"]


def test_fake_records_without_doing_and_the_entry_stays_closed(tenants):
    assert call("--fake") == "Marked as removed without doing it: openai/old, openai/older.\n"
    assert names() == {"old", "older", "new"}
    assert records() == {COMMAND: "faked", f"{UNIT}old": "faked", f"{UNIT}older": "faked"}
    text = call()
    assert text.startswith("There is nothing to do: of 2 models on the list, only closed ones are left.\n")
    opens = "`custom_migrations unmark remove_deprecated_models:PROVIDER/NAME` opens it again"
    assert f"Left as they are, marked as done by hand; {opens}:\n  openai/old, openai/older\n" in text
    assert names() == {"old", "older", "new"}
    assert call("--fake") == "Marked as removed without doing it: nothing, all of them are recorded.\n"


def test_fake_as_json(tenants):
    assert json.loads(call("--fake", "--format", "json", "--only", "openai/old")) == {"faked": ["openai/old"]}
    assert records() == {f"{UNIT}old": "faked"}


def test_fake_and_dry_run_exclude_each_other(tenants):
    """Rule 17."""
    with pytest.raises(CommandError, match="--fake and --dry-run exclude each other"):
        call("--fake", "--dry-run")
    assert records() == {}


def test_force_removes_what_was_faked(tenants):
    call("--fake")
    assert call("--dry-run", "--force").startswith("2 models would be removed")
    assert call("--force").startswith("2 models were removed")
    assert names() == {"new"}


def test_only_removes_what_is_named_and_leaves_the_request_open(tenants):
    run_once.request(name=COMMAND, requested_by="a migration", repeatable=True)
    assert call("--only", "openai/older").startswith("1 model was removed")
    assert names() == {"old", "new"}
    assert records() == {COMMAND: "pending", f"{UNIT}older": "applied"}


def bring_back(name: str, *, team: Team) -> LlmProviderModel:
    """Make a row again, as a rolled back release does, and use it."""
    model = LlmProviderModelFactory.create(name=name)
    AssistantFactory.create(team=team, llm_provider_model=model)
    return model


@pytest.mark.django_db(transaction=True)
def test_what_is_opened_by_name_is_removed_alone_and_its_teams_alone_are_told(tenants, acme):
    """Rule 30: not the other 36 models of the list, which nobody had asked for."""
    call("--only", "openai/old")
    mail.outbox.clear()
    bring_back("old", team=make_team("late"))
    call_command("custom_migrations", "unmark", f"{UNIT}old", stdout=io.StringIO())
    assert records() == {COMMAND: "applied", f"{UNIT}old": "pending"}
    out = io.StringIO()
    call_command("custom_migrations", "run", stdout=out)
    assert out.getvalue().startswith("1 model was removed, 1 team concerned.\n")
    assert names() == {"older", "new"}
    assert [mailed.to for mailed in mail.outbox] == [["late-0@example.org"]]
    assert records() == {COMMAND: "applied", f"{UNIT}old": "applied"}
    call_command("custom_migrations", "run", stdout=out)
    assert out.getvalue().endswith("No data migration waits.\n")


def test_a_removal_of_one_model_that_is_interrupted_is_finished_alone(tenants):
    """Rules 10 and 30: nobody has asked for the rest of the list."""
    LlmProviderModelFactory.create(name="third")
    stop = raising(KeyboardInterrupt("Stopped."))
    with (
        pytest.raises(CommandError, match="Stopped"),
        before_statement('DELETE FROM "service_providers_llmprovidermodel"', stop),
    ):
        call("--only", "openai/old")
    assert records() == {COMMAND: "applied", f"{UNIT}old": "failed"}
    assert pending.waiting(using="default") == [f"{UNIT}old"]
    pending.run_pending(using="default", triggered_by="migrate", verbosity=0)
    assert names() == {"older", "new", "third"}
    assert RemovalRun.objects.get().finished_at is not None
    assert records() == {COMMAND: "applied", f"{UNIT}old": "applied"}


def test_an_interrupted_removal_of_one_model_does_not_stop_that_of_another(tenants):
    """Rule 30: each goes to its own end, whichever is finished first."""
    stop = raising(KeyboardInterrupt("Stopped."))
    with (
        pytest.raises(CommandError, match="Stopped"),
        before_statement('DELETE FROM "service_providers_llmprovidermodel"', stop),
    ):
        call("--only", "openai/old")
    assert call("--only", "openai/older").startswith("1 model was removed")
    first, second = RemovalRun.objects.order_by("id")
    assert (first.finished_at, second.finished_at is not None) == (None, True)
    assert call("--only", "openai/old").startswith("1 model was removed")
    first.refresh_from_db()
    assert first.finished_at is not None
    assert [str(model) for run in (first, second) for model in run.models.all()] == ["openai/old", "openai/older"]


def test_a_removal_of_all_takes_over_what_several_interrupted_ones_have_left(tenants):
    """Rule 10: no run is left that has nothing to do any more."""
    stop = raising(KeyboardInterrupt("Stopped."))
    for name in ("old", "older"):
        with (
            pytest.raises(CommandError, match="Stopped"),
            before_statement('DELETE FROM "service_providers_llmprovidermodel"', stop),
        ):
            call("--only", f"openai/{name}")
    assert call().startswith("2 models were removed")
    assert not RemovalRun.objects.filter(finished_at=None).exists()
    assert {removed.run for removed in RemovedModel.objects.all()} == {RemovalRun.objects.earliest("id")}


def test_an_opened_entry_that_has_left_the_list_waits_and_stops_no_migrate(tenants, monkeypatch):
    call("--only", "openai/older")
    run_once.unmark(name=f"{UNIT}older", triggered_by="a person", using="default")
    monkeypatch.setattr(default_models, "DELETED_MODELS", [("openai", "old", "new")])
    out = io.StringIO()
    assert pending.run_pending(using="default", triggered_by="migrate", stdout=out) == [f"{UNIT}older"]
    assert out.getvalue() == "openai/older: not in DELETED_MODELS, so nothing is removed until it is listed again.\n"
    pending.run_pending(using="default", triggered_by="migrate", stdout=out, verbosity=0)
    assert out.getvalue().count("\n") == 1
    assert records()[f"{UNIT}older"] == "pending"
    assert names() == {"old", "new"}


def test_a_restore_that_fails_does_not_ask_for_a_removal(tenants):
    """Rule 30: the next `migrate` would remove whatever else is listed."""
    call("--only", "openai/old")
    with (
        pytest.raises(CommandError, match="Stopped"),
        before_statement('INSERT INTO "service_providers_llmprovidermodel"', raising(KeyboardInterrupt("Stopped."))),
    ):
        call_command("restore_removed_models", str(RemovalRun.objects.get().pk))
    assert pending.waiting(using="default") == []
    assert CustomMigrationRun.objects.filter(status="failed", migration__name=COMMAND).count() == 1


WRONG = [
    pytest.param([Model("other", 1)], [("openai", "other")], id="in both lists"),
    pytest.param([], [("openai", "other"), ("openai", "other")], id="listed twice"),
    pytest.param([], [("openai", "other", "nowhere")], id="unknown replacement"),
    pytest.param([], [("openai", "other", "other")], id="a circle"),
    pytest.param([], [("openai", 3)], id="no name"),
    pytest.param(["no model"], [], id="no model"),
    pytest.param([Model("other", 0)], [], id="a limit out of range"),
]


@pytest.mark.parametrize(("models", "removals"), WRONG)
@pytest.mark.parametrize("way", ["only", "run", "unmark", "fake"])
def test_an_error_about_another_entry_does_not_stop_one(tenants, monkeypatch, models, removals, way):
    """Rule 30."""
    other = LlmProviderModelFactory.create(name="other")
    entries = [("openai", "old", "new"), *removals]
    monkeypatch.setattr(default_models, "DEFAULT_LLM_PROVIDER_MODELS", {"openai": [Model("new", 8_000), *models]})
    monkeypatch.setattr(default_models, "DELETED_MODELS", entries)
    with pytest.raises(CommandError):
        call("--dry-run")
    CustomMigration.objects.create(name=f"{UNIT}old", status="pending" if way == "unmark" else "applied")
    match way:
        case "only":
            assert call("--dry-run", "--only", "openai/old").startswith("1 model would be removed")
            call("--only", "openai/old")
        case "run":
            call_command("custom_migrations", "run", f"{UNIT}old", stdout=io.StringIO())
        case "unmark":
            call_command("custom_migrations", "run", stdout=io.StringIO())
        case "fake":
            assert call("--fake", "--only", "openai/old") == "Marked as removed without doing it: openai/old.\n"
    assert names() == {"older", "new", other.name} | ({"old"} if way == "fake" else set())


def test_what_is_refused_by_hand_is_not_tried_again_by_migrate(tenants):
    """A typing error must not ask for the removal of everything that is listed."""
    with pytest.raises(CommandError) as refused:
        call("--only", "openai/gpt4")
    assert str(refused.value) == (
        "openai/gpt4: not in DELETED_MODELS. Give PROVIDER/NAME as listed there, such as openai/old."
    )
    assert records() == {}
    assert pending.waiting(using="default") == []


def test_what_is_refused_on_request_is_recorded_and_waits(tenants, monkeypatch):
    """Rule 3: the next `migrate` tries again, when the catalogue is right."""
    monkeypatch.setattr(default_models, "DELETED_MODELS", [("openai", "old", "missing")])
    run_once.request(name=COMMAND, requested_by="a migration", repeatable=True)
    with pytest.raises(DataMigrationFailed, match=r"Nothing was removed\. openai/old is replaced by"):
        pending.run_pending(using="default", triggered_by="migrate", verbosity=0)
    assert records() == {COMMAND: "failed"}
    assert "openai/missing" in CustomMigration.objects.get().runs.get().error
    assert names() == {"old", "older", "new"}
    monkeypatch.setattr(default_models, "DELETED_MODELS", [("openai", "old", "new")])
    pending.run_pending(using="default", triggered_by="migrate", verbosity=0)
    assert names() == {"older", "new"}


def test_references_that_keep_coming_in_are_one_line(tenants):
    def use_it() -> None:
        AssistantFactory.create(llm_provider_model=LlmProviderModel.objects.get(team=None, name="old"))

    # The two that end together, and then the one that it is about.
    with contextlib.ExitStack() as late:
        for number in range(1, 5):
            late.enter_context(before_statement(SWEEP, use_it, number=number))
        late.enter_context(pytest.raises(CommandError, match=r"^openai/old: not removed, because of rows that .*$"))
        call()
    assert names() == {"old", "new"}


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "many", "²", ""])
def test_a_batch_size_that_is_no_number_of_rows(text):
    with pytest.raises(CommandError, match="is not a positive integer"):
        call(f"--batch-size={text}")


@pytest.mark.parametrize(("size", "batches"), [("1", [1, 1, 1]), ("7", [1, 2])])
def test_the_batch_size_is_handed_on(tenants, caplog, size, batches):
    caplog.set_level(logging.INFO)
    call("--batch-size", size)
    moved: list[Any] = [line for line in caplog.records if line.message == "batch moved"]
    assert [line.rows for line in moved] == batches


def test_nothing_is_declared(monkeypatch):
    monkeypatch.setattr(default_models, "DELETED_MODELS", [])
    assert call("--dry-run") == "There is nothing to remove.\n\nNothing was changed: this was a dry run.\n"
    assert call() == "There is nothing to remove.\n"


def test_inside_a_transaction_mails_are_sent_only_after_commit(tenants, django_capture_on_commit_callbacks):
    """Rule 8."""
    with django_capture_on_commit_callbacks(execute=True):
        with transaction.atomic():
            call()
        assert mail.outbox == []
        assert TeamNotice.objects.filter(messages=None).count() == 3
    (sent,) = mail.outbox
    assert sent.subject.endswith(": 2 models are removed, choose others (Acme)")
    assert sorted(sent.to) == ["acme-0@example.org", "acme-1@example.org"]
    assert TeamMessage.objects.get().status == TeamMessage.Status.SENT


def test_inside_a_transaction_no_send_leaves_the_mails_to_others(tenants, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        call("--no-send")
    assert mail.outbox == []
    assert TeamNotice.objects.count() == 3


def test_inside_a_transaction_that_is_rolled_back_nothing_is_sent_or_kept(tenants, django_capture_on_commit_callbacks):
    """Rule 8: a team never hears of a removal that did not happen."""
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        call()
        transaction.set_rollback(True)
    assert mail.outbox == []
    assert names() == {"old", "older", "new"}
    assert not TeamNotice.objects.exists()
    assert records() == {}


@pytest.mark.django_db(transaction=True)
def test_a_migration_of_a_host_may_call_it_as_a_plain_command(tenants):
    """All of it is in the migration's transaction, so a run of it that died has left nothing behind."""

    def retire(_apps: Any, editor: BaseDatabaseSchemaEditor) -> None:
        call_command(COMMAND, database=editor.connection.alias, stdout=io.StringIO())
        assert names() == {"new"}
        if not tries:
            tries.append("first")
            raise KeyboardInterrupt

    def migrate() -> None:
        with connection.schema_editor(atomic=True) as editor:
            migrations.RunPython(retire).database_forwards("shop", editor, ProjectState(), ProjectState())
            assert mail.outbox == []

    tries: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        migrate()
    assert (names(), records(), mail.outbox) == ({"old", "older", "new"}, {}, [])
    migrate()
    assert names() == {"new"}
    assert records() == dict.fromkeys([COMMAND, f"{UNIT}old", f"{UNIT}older"], "applied")
    assert len(mail.outbox) == 1


def test_a_run_once_framework_of_the_host_may_call_it_as_a_plain_command(tenants, monkeypatch):
    """The host's record is of its own request; which models have gone is the engine's to know."""
    records_of_the_host: set[str] = set()

    def run_once_of_the_host(name: str) -> None:
        if name not in records_of_the_host:
            call_command(COMMAND, stdout=io.StringIO())
            records_of_the_host.add(name)

    for _ in range(2):
        run_once_of_the_host("2024_03_retire")
    assert names() == {"new"}
    assert RemovalRun.objects.count() == 1
    LlmProviderModelFactory.create(name="next")
    monkeypatch.setattr(default_models, "DELETED_MODELS", [("openai", "old", "new"), ("openai", "next")])
    run_once_of_the_host("2024_05_retire")
    assert names() == {"new"}
    assert RemovalRun.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_each_team_gets_one_mail_and_a_repeat_sends_none(tenants):
    """Rule 9."""
    assert call().endswith("E-mails: 1 sent, 0 queued, 0 given up.\n")
    assert len(mail.outbox) == 1
    assert call() == "There is nothing to do: of 2 models on the removal list, none is in the table.\n"
    assert len(mail.outbox) == 1


@pytest.mark.django_db(transaction=True)
def test_no_send_leaves_the_mails_in_the_queue_and_says_so(tenants):
    assert call("--no-send").endswith(
        "E-mails: 0 sent, 1 queued, 0 given up.\n`send_team_notices` sends what is queued.\n"
    )
    assert mail.outbox == []
    assert TeamMessage.objects.get().status == TeamMessage.Status.QUEUED


@pytest.mark.django_db(transaction=True)
def test_a_mail_server_that_is_down_stops_no_removal(tenants, mail_is_down):
    """Rule 8: the change stands, the mail waits, and the exit status does not depend on the mail server."""
    text = call()
    assert "E-mails: 0 sent, 1 queued, 0 given up." in text
    assert "The mail server cannot be used: ConnectionRefusedError: Connection refused" in text
    assert names() == {"new"}
    assert TeamMessage.objects.get().status == TeamMessage.Status.QUEUED


@pytest.mark.django_db(transaction=True)
def test_a_database_that_fails_while_mails_are_sent_keeps_no_report_back(tenants):
    """Rules 7 and 8."""
    out = io.StringIO()
    server_goes = before_statement(CLAIM_OF_A_MESSAGE, raising(OperationalError("the server is going")))
    with (
        server_goes,
        pytest.raises(
            CommandError, match=r"made and recorded.* the server is going\. `send_team_notices` sends the rest"
        ),
    ):
        call_command(COMMAND, stdout=out)
    assert out.getvalue().startswith(SUMMARY.format(**DONE))
    assert TeamMessage.objects.get().status == TeamMessage.Status.QUEUED


@pytest.mark.django_db(transaction=True)
def test_verbose_outside_of_any_transaction(tenants):
    """Resources are streamed; PostgreSQL's cursors need a transaction around them."""
    assert "  assistant" in call("--dry-run", "-v", "2")
    assert "  assistant" in call("-v", "2")


NASTY = "Evil\r\nBcc: x@example.org\n\x1b[31mred\x1b]0;title\x07\x9b2J\u202etxet\u2028<b>&amp;</b>"


@pytest.fixture
def nasty(acme: Team) -> None:
    """A team and a chatbot whose names would obey a terminal, a mail header or a browser."""
    Team.objects.filter(pk=acme.pk).update(name=NASTY)
    older = LlmProviderModelFactory.create(name="older")
    node = NodeFactory.create(pipeline__team=acme, pipeline__name=NASTY, label=NASTY, llm_provider_model=older)
    ChatbotFactory.create(team=acme, name=NASTY, pipeline=node.pipeline)


def test_names_with_control_characters_harm_no_terminal(nasty):
    """Rule 8."""
    plain = call("--dry-run", "-v", "2")
    assert all(line.isprintable() for line in plain.split("\n"))
    assert "Evil Bcc: x@example.org [31mred" in plain
    assert len([line for line in plain.split("\n") if "Evil" in line]) == 3
    as_json = call("--dry-run", "-v", "2", "--format", "json")
    assert all(line.isprintable() for line in as_json.split("\n"))
    assert json.loads(as_json)["teams"][0]["name"] == NASTY


def test_names_with_control_characters_harm_no_mail_and_no_log(nasty, caplog, django_capture_on_commit_callbacks):
    """Rule 8: neither is anything escaped that is not HTML."""
    caplog.set_level(logging.DEBUG)
    with django_capture_on_commit_callbacks(execute=True):
        call("-v", "0")
    (sent,) = mail.outbox
    assert isinstance(sent, EmailMultiAlternatives)
    assert "\n" not in sent.subject
    assert sent.subject.isprintable()
    assert "(Evil Bcc: x@example. org" in sent.subject
    header = str(sent.message()["Subject"])
    assert "\nBcc" not in header
    assert sent.message()["Bcc"] is None
    plain, html = str(sent.body), str(sent.alternatives[0][0])
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\u2028]", plain)
    assert "<b>&amp;</b>" in plain
    assert "&lt;b&gt;" in html
    assert "<b>&" not in html
    assert "Evil" not in caplog.text
    assert "example.org" not in caplog.text


def test_addresses_are_not_printed(tenants):
    """Rule 8."""
    assert "@" not in call("--dry-run", "-v", "2") + call("-v", "2")


@pytest.mark.parametrize(
    ("delivery", "lines"),
    [
        (Delivery(sent=0, failed=0, queued=0, gave_up=0), []),
        (Delivery(sent=2, failed=0, queued=0, gave_up=1), ["E-mails: 2 sent, 0 queued, 1 given up."]),
        (
            Delivery(sent=0, failed=0, queued=1, gave_up=0),
            ["E-mails: 0 sent, 1 queued, 0 given up.", "`send_team_notices` sends what is queued."],
        ),
    ],
    ids=["nothing was due", "nothing waits", "one waits"],
)
def test_what_became_of_the_mails(delivery, lines):
    assert list(delivery_words.delivery_lines(delivery)) == lines


def test_ids_as_strings_are_moved_and_counted_like_numbers(acme):
    """Rule 4."""
    older = LlmProviderModelFactory.create(name="older")
    node = NodeFactory.create(pipeline__team=acme)
    Node.objects.filter(pk=node.pk).update(params={MODEL_ID_KEY: f" {older.pk} "})
    assert call().startswith("1 model was removed, 1 team concerned.\n1 reference ")
    node.refresh_from_db()
    assert node.params == {MODEL_ID_KEY: None}


def test_a_team_whose_only_admin_is_inactive_is_listed(acme):
    """Rule 8."""
    team = TeamFactory.create(slug="asleep")
    MembershipFactory.create(team=team, role="admin", user__is_active=False)
    AssistantFactory.create(team=team, llm_provider_model=LlmProviderModelFactory.create(name="older"))
    assert "tell them another way:\n  asleep: openai/older\n" in call()
