"""``restore_removed_models``: what it prints and what it refuses."""

from __future__ import annotations

import io
import json

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import OperationalError

from apps.service_providers.models import LlmProviderModel
from model_retirement.data_migrations import run_once
from model_retirement.data_migrations.models import CustomMigration, CustomMigrationRun
from model_retirement.models import RemovalRun
from model_retirement.references import registry
from model_retirement.removal import restore
from tests.factories.assistants import AssistantFactory
from tests.factories.service_providers import LlmProviderModelFactory, delete_all_models
from tests.factories.teams import MembershipFactory
from tests.statements import CLAIM_OF_A_MESSAGE, before_statement, raising
from tests.unit.model_retirement.removal.removals import plan_of, run_of

pytestmark = pytest.mark.django_db

NAME = "remove_deprecated_models"


@pytest.fixture
def removal(db) -> RemovalRun:
    delete_all_models()
    old = LlmProviderModelFactory.create(name="old")
    team = MembershipFactory.create(role="admin", user__email="admin@example.org").team
    assistants = [AssistantFactory.create(team=team, llm_provider_model=old) for _ in range(14)]
    run = run_of(plan_of("old"))
    for assistant in assistants[:12]:
        assistant.delete()
    return run


def printed(*arguments: object) -> str:
    out = io.StringIO()
    call_command("restore_removed_models", *map(str, arguments), stdout=out)
    return out.getvalue()


def test_a_dry_run_says_what_would_come_back_and_writes_nothing(removal):
    text = printed(removal.pk, "--dry-run")
    assert text.startswith(
        f"Removal {removal.pk}: 1 model would be restored as deprecated, 2 references would be put back, 12 left alone.\n"
        "  openai/old\n"
        "           2  assistants.Assistant.llm_provider_model\n"
        "          12  assistants.Assistant.llm_provider_model left alone, changed or gone since: "
    )
    assert " and 2 more\n" in text
    assert text.endswith("Nothing was changed: this was a dry run.\n")
    assert not LlmProviderModel.objects.exists()


def test_a_restore_brings_the_model_back_and_tells_the_team(removal, mailoutbox):
    text = printed(removal.pk)
    assert "1 model was restored as deprecated, 2 references were put back, 12 left alone" in text
    assert "E-mails: 2 sent, 0 queued, 0 given up." in text
    assert LlmProviderModel.objects.get().deprecated
    assert [message.to for message in mail.outbox] == [["admin@example.org"]] * 2
    assert mail.outbox[0].subject != mail.outbox[1].subject


def test_json_is_one_document_with_every_id(removal):
    document = json.loads(printed(removal.pk, "--format", "json"))
    (model,) = document["models"]
    assert document["totals"] == {"models": 1, "restored": 2, "left_alone": 12}
    assert (document["run"], document["dry_run"]) == (removal.pk, False)
    assert model["restored"] == {"assistants.Assistant.llm_provider_model": 2}
    assert len(model["left_alone"]["assistants.Assistant.llm_provider_model"]) == 12


def test_a_removal_that_was_asked_for_stays_asked_for(removal):
    run_once.request(name=NAME, requested_by="a migration", repeatable=True)
    printed(removal.pk)
    assert CustomMigration.objects.get(name=NAME).status == "pending"


@pytest.mark.parametrize("run", ["x", "-1", "1.5"])
def test_what_is_no_number_is_refused(run, removal):
    with pytest.raises(CommandError):
        printed(run)


def test_a_refusal_is_no_attempt(removal):
    """`migrate` tries again what failed, and would remove models because somebody mistyped a number."""
    before = list(CustomMigrationRun.objects.all())
    with pytest.raises(CommandError, match="There is no removal"):
        printed(removal.pk + 1)
    assert list(CustomMigrationRun.objects.all()) == before


def restored_by_somebody_else(removal) -> None:
    restore.claim_and_restore(run_id=removal.pk, registry=registry, triggered_by="somebody else", using="default")


def test_a_refusal_after_waiting_for_somebody_else_is_no_failure(removal):
    """Rule 10: of two restores at once, one does the work; the other one has looked before, and claims after it."""
    run_once.record_units(names=[NAME], status=CustomMigration.Status.APPLIED, triggered_by="a test", using="default")
    claim = f'UPDATE "{CustomMigration._meta.db_table}"'
    with (
        before_statement(claim, lambda: restored_by_somebody_else(removal)),
        pytest.raises(CommandError, match=r"was restored on .* already"),
    ):
        printed(removal.pk)
    row = CustomMigration.objects.get(name=NAME)
    assert (row.status, row.lease_token) == ("applied", None)
    last = row.runs.first()
    assert last is not None
    assert (last.status, last.triggered_by) == ("succeeded", f"restore_removed_models {removal.pk}")


def test_a_restore_that_somebody_else_has_ended_while_we_looked_is_said_to_be_done(removal):
    """The row that is there then is the model, and not somebody else's with its key."""
    with (
        before_statement("WITH v", lambda: restored_by_somebody_else(removal)),  # the look at what is in the way
        pytest.raises(CommandError, match=r"was restored on .* already"),
    ):
        printed(removal.pk)


@pytest.mark.django_db(transaction=True)
def test_a_database_that_fails_while_mails_are_sent_keeps_no_report_back(removal):
    """Rules 7 and 8."""
    out = io.StringIO()
    server_goes = before_statement(CLAIM_OF_A_MESSAGE, raising(OperationalError("the server is going")))
    with (
        server_goes,
        pytest.raises(
            CommandError, match=r"made and recorded.* the server is going\. `send_team_notices` sends the rest"
        ),
    ):
        call_command("restore_removed_models", str(removal.pk), stdout=out)
    assert out.getvalue().startswith(f"Removal {removal.pk}: 1 model was restored")


def test_what_cannot_be_undone_is_refused_in_one_line(removal):
    with pytest.raises(CommandError, match="There is no removal 999999"):
        printed(999_999)
    printed(removal.pk)
    with pytest.raises(CommandError, match="was restored on"):
        printed(removal.pk)


def test_a_signal_ends_it_with_one_line(removal):
    interrupted = before_statement('INSERT .*"service_providers_llmprovidermodel"', raising(KeyboardInterrupt()))
    with interrupted, pytest.raises(CommandError, match="The same command does the rest"):
        printed(removal.pk)
