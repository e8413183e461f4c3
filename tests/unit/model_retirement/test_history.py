"""What is pruned, and what stays whatever is asked for."""

from __future__ import annotations

import datetime as dt
import logging
import threading
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from apps.service_providers.models import LlmProviderModel
from model_retirement import history
from model_retirement.history import PruneReport, preview, prune
from model_retirement.models import (
    AffectedResources,
    ReferenceChange,
    RemovalRun,
    RemovedModel,
    TeamMessage,
    TeamNotice,
)
from model_retirement.notices import outbox
from model_retirement.references import registry
from model_retirement.removal import restore as restoring
from model_retirement.removal.restore import RestoreRefused
from model_retirement.removal.restore_report import RestoreReport
from tests.factories.assistants import AssistantFactory
from tests.factories.service_providers import LlmProviderModelFactory, TeamMessageFactory, delete_all_models
from tests.factories.teams import MembershipFactory
from tests.integration import rows
from tests.statements import before_statement, raising
from tests.unit.model_retirement.removal.removals import FreeLease, interrupted_at, plan_of, run_of

pytestmark = pytest.mark.django_db

JOURNAL = (ReferenceChange, AffectedResources)


@pytest.fixture(autouse=True)
def empty_table(db: None) -> None:
    delete_all_models()


def removal(*, days_ago: float, name: str = "old", uses: int = 1) -> RemovalRun:
    """Remove a model that a team uses, so many days ago, and send the team's mail."""
    team = MembershipFactory.create(role="admin").team
    model = LlmProviderModelFactory.create(name=name)
    AssistantFactory.create_batch(uses, team=team, llm_provider_model=model)
    run = run_of(plan_of(name))
    outbox.create_messages(using="default")
    then = timezone.now() - dt.timedelta(days=days_ago)
    RemovalRun.objects.filter(pk=run.pk).update(started_at=then, finished_at=then)
    TeamMessage.objects.filter(run=run).update(status="sent", sent_at=then, delivered_to=["admin@example.org"])
    run.refresh_from_db()
    return run


def journal_rows(run: RemovalRun) -> int:
    return sum(table.objects.filter(removed_model__run=run).count() for table in JOURNAL)


def restore(run: RemovalRun, *, lease: FreeLease | None = None) -> RestoreReport:
    return restoring.restore(run_id=run.pk, registry=registry, lease=lease or FreeLease(), using="default")


def interrupted_restore(run: RemovalRun) -> None:
    """Begin a restore, which is interrupted after its first transaction."""
    with pytest.raises(KeyboardInterrupt):
        restore(run, lease=interrupted_at(2))


def pruned(days: int = 100) -> PruneReport:
    """Prune; the preview must have said the same."""
    before = rows.of_connection()
    expected = preview(days=days, using="default")
    assert rows.of_connection() == before
    done = prune(days=days, using="default")
    assert done == expected
    return done


def test_an_old_journal_and_old_addresses_go_and_what_was_done_stays():
    old = removal(days_ago=101)
    kept = {
        table: list(table.objects.order_by("pk").values()) for table in (RemovedModel, TeamNotice, LlmProviderModel)
    }
    done = pruned()
    assert (done.runs, done.journal_rows, done.messages) == ((old.pk,), 2, 1)
    assert journal_rows(old) == 0
    assert {table: list(table.objects.order_by("pk").values()) for table in kept} == kept
    old.refresh_from_db()
    assert old.journal_pruned_at is not None
    message = TeamMessage.objects.get()
    assert (message.recipients, message.delivered_to, message.status) == ([], [], "sent")


def test_the_second_time_there_is_nothing_left_to_prune():
    old = removal(days_ago=101)
    pruned()
    moment = RemovalRun.objects.get(pk=old.pk).journal_pruned_at
    done = pruned()
    assert (done.runs, done.journal_rows, done.messages) == ((), 0, 0)
    assert RemovalRun.objects.get(pk=old.pk).journal_pruned_at == moment


@pytest.mark.parametrize(
    ("asked", "age", "journal_goes", "addresses_go"),
    [
        (100, 99, False, False),
        (100, 101, True, True),
        (1, 91, True, True),
        (1, 89, False, True),
        (30, 29, False, False),
    ],
)
def test_a_journal_stays_for_ninety_days_whatever_is_asked_for(asked, age, journal_goes, addresses_go):
    """A restore of the last 90 days finds what it needs."""
    run = removal(days_ago=age)
    done = pruned(asked)
    assert (journal_rows(run) == 0) is journal_goes
    assert (TeamMessage.objects.get().recipients == []) is addresses_go
    assert done.kept_restorable == (asked < age < 90)
    assert done.journal_days == max(asked, 90)
    if not journal_goes:
        assert restore(run).restored == 1


@pytest.mark.parametrize("status", ["queued", "sending"])
def test_a_mail_that_may_still_be_sent_keeps_its_addresses(status):
    message = TeamMessageFactory.create(status=status, delivered_to=["admin@example.org"])
    TeamMessage.objects.update(created_at=timezone.now() - dt.timedelta(days=400), sent_at=None)
    assert pruned(1).messages == 0
    message.refresh_from_db()
    assert message.recipients == message.delivered_to == ["admin@example.org"]


@pytest.mark.parametrize("recipients", [[], ["a@example.org"]])
def test_of_a_mail_that_was_given_up_neither_addresses_nor_the_servers_words_stay_for_ever(recipients):
    """Rule 24: the server's words may name them. That it was given up, and what it says, stays."""
    message = TeamMessageFactory.create(status="gave_up", recipients=recipients, last_error="<a@example.org> unknown")
    assert pruned(1).messages == 0
    TeamMessage.objects.update(created_at=timezone.now() - dt.timedelta(days=2))
    assert (pruned(3).messages, pruned(1).messages, pruned(1).messages) == (0, 1, 0)
    message.refresh_from_db()
    assert (message.status, message.recipients, message.delivered_to, message.last_error) == ("gave_up", [], [], "")


@pytest.mark.parametrize(("recipients", "delivered"), [(["a@example.org"], []), ([], ["a@example.org"])])
def test_an_address_in_either_list_is_pruned(recipients, delivered):
    TeamMessageFactory.create(
        status="sent", recipients=recipients, delivered_to=delivered, sent_at=timezone.now() - dt.timedelta(days=2)
    )
    assert pruned(1).messages == 1
    assert pruned(1).messages == 0


def test_a_removal_without_a_journal_can_be_restored_for_ever():
    """Nobody used its model, so there is nothing to prune and nothing is lost."""
    run = removal(days_ago=400, uses=0)
    assert pruned().runs == ()
    restore(run)
    assert LlmProviderModel.objects.get().name == "old"


def test_a_restore_of_a_pruned_removal_is_refused_before_any_change():
    run = removal(days_ago=101)
    pruned()
    before = rows.of_connection()
    for undo in (restoring.preview, restoring.restore):
        options: dict[str, Any] = {} if undo is restoring.preview else {"lease": FreeLease()}
        with pytest.raises(RestoreRefused) as refused:
            undo(run_id=run.pk, registry=registry, using="default", **options)
        assert str(refused.value).startswith(f"The journal of removal {run.pk} was pruned on 2")
        assert "declare them in the catalogue" in str(refused.value)
    assert rows.of_connection() == before


def test_a_removal_that_was_interrupted_keeps_its_journal():
    run = removal(days_ago=101)
    RemovalRun.objects.update(finished_at=None)
    done = pruned()
    assert (done.runs, done.kept_unfinished) == ((), (run.pk,))
    assert journal_rows(run) == 2


def test_a_restore_that_was_interrupted_keeps_its_journal():
    run = removal(days_ago=101)
    interrupted_restore(run)
    done = pruned()
    assert (done.runs, done.kept_unfinished) == ((), (run.pk,))
    assert restore(run).restored == 1
    assert pruned().runs == (run.pk,)


def test_a_model_that_its_removal_left_unfinished_keeps_its_journal():
    """A later removal goes on with it, and tells its teams of all that was moved."""
    run = removal(days_ago=101)
    RemovedModel.objects.update(removed_at=None)
    assert pruned().runs == ()
    assert journal_rows(run) == 2


def test_a_restore_that_comes_first_keeps_its_journal():
    """See "Journal and restore": it began when the removal had been chosen already."""
    run = removal(days_ago=101)
    with before_statement("SAVEPOINT", lambda: interrupted_restore(run)):  # of the transaction that looks again
        done = prune(days=100, using="default")
    assert done.runs == ()
    assert journal_rows(run) == 2
    run.refresh_from_db()
    assert run.journal_pruned_at is None


def test_a_restore_that_comes_second_is_refused():
    """See "Journal and restore": it had looked before the journal was pruned."""
    run = removal(days_ago=101)
    with (
        before_statement("SAVEPOINT", pruned),  # of its first transaction
        pytest.raises(RestoreRefused, match="was pruned on"),
    ):
        restore(run)
    assert not LlmProviderModel.objects.exists()


def test_pruning_that_was_interrupted_is_continued():
    run = removal(days_ago=101)
    with before_statement("DELETE", raising(KeyboardInterrupt()), number=2), pytest.raises(KeyboardInterrupt):
        prune(days=100, using="default")
    assert journal_rows(run) == 1
    with pytest.raises(RestoreRefused, match="was pruned on"):
        restore(run)
    assert (pruned().journal_rows, journal_rows(run)) == (1, 0)


def test_it_goes_in_batches_that_are_logged(monkeypatch, caplog):
    monkeypatch.setattr(history, "JOURNAL_ROWS", 1)
    run = removal(days_ago=101)
    ReferenceChange.objects.bulk_create(
        ReferenceChange(removed_model=run.models.get(), reference="a.B.c", object_count=0) for _ in range(2)
    )
    caplog.set_level(logging.INFO)
    assert pruned().journal_rows == 4
    lines: list[Any] = [line for line in caplog.records if line.message == "journal pruned"]
    assert [(line.run, line.rows) for line in lines] == [(run.pk, 1)] * 4
    (addresses,) = [line for line in caplog.records if line.message == "addresses pruned"]
    assert addresses.rows == 1
    assert "prune ended" in caplog.messages
    assert not any("@" in str(value) for line in caplog.records for value in vars(line).values())


def test_a_pruned_mail_is_not_sent_again(mailoutbox):
    removal(days_ago=101)
    pruned()
    assert outbox.send_pending(using="default").delivery.sent == 0
    assert mailoutbox == []


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_many_at_once_prune_everything_once(monkeypatch):
    """Each row is counted by the process that took it away, and none is in the way of another."""
    monkeypatch.setattr(history, "JOURNAL_ROWS", 2)
    monkeypatch.setattr(history, "LARGEST_SIZE", 2)
    runs = [removal(days_ago=101, name=f"old-{number}", uses=3) for number in range(3)]
    expected = preview(days=100, using="default")
    start, reports = threading.Barrier(4), []

    def work() -> None:
        start.wait()
        try:
            reports.append(prune(days=100, using="default"))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(reports) == 4
    assert sum(report.journal_rows for report in reports) == expected.journal_rows > 0
    assert sum(report.messages for report in reports) == expected.messages == 3
    assert [journal_rows(run) for run in runs] == [0, 0, 0]
