"""Claim, renew, succeed, fail, take over."""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
import uuid
from typing import Any

import pytest
from django.db import DatabaseError, OperationalError, connection, transaction
from django.db.models.functions import Now

from model_retirement.data_migrations import claims, run_once
from model_retirement.data_migrations.models import CustomMigration, CustomMigrationRun
from tests.statements import before_statement, raising

Status = CustomMigration.Status
RunStatus = CustomMigrationRun.Status
HOUR = dt.timedelta(hours=1)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_records")]


def attempt(name: str = "sample", **kwargs: Any) -> contextlib.AbstractContextManager[run_once.Attempt]:
    return run_once.attempt(name=name, using="default", triggered_by="a test", **kwargs)


def row(name: str = "sample") -> CustomMigration:
    return CustomMigration.objects.get(name=name)


def held(*, expired: bool) -> CustomMigration:
    """A row that another process holds, or held when it died, and its attempt."""
    sample = CustomMigration.objects.create(
        name="sample",
        status=Status.RUNNING,
        lease_token=uuid.uuid4(),
        lease_holder="migrate on pod-7, process 42",
        leased_at=Now() - HOUR,
        lease_expires_at=Now() - HOUR if expired else Now() + HOUR,
    )
    sample.runs.create(triggered_by="migrate")
    return sample


def test_success_is_recorded_with_counts_and_the_lease_is_gone():
    with attempt() as current:
        assert row().status == Status.RUNNING
        assert row().lease_holder.startswith("a test on ")
        current.counts["teams"] = 3
    after = row()
    assert after.status == Status.APPLIED
    assert after.applied_at is not None
    assert (after.lease_token, after.lease_holder, after.leased_at, after.lease_expires_at) == (None, "", None, None)
    run = after.runs.get()
    assert (run.status, run.counts, run.triggered_by) == (RunStatus.SUCCEEDED, {"teams": 3}, "a test")
    assert run.finished_at is not None


def test_the_lease_lasts_as_long_as_the_settings_say(settings):
    settings.MODEL_RETIREMENT_LEASE_SECONDS = 120
    with attempt():
        claimed = row()
        assert claimed.lease_expires_at is not None
        assert claimed.leased_at is not None
        assert claimed.lease_expires_at - claimed.leased_at == dt.timedelta(seconds=120)


def test_a_failure_is_recorded_with_its_error_and_its_counts():
    with pytest.raises(ValueError, match="boom"), attempt() as current:
        current.counts["teams"] = 1
        raise ValueError("boom")
    assert row().status == Status.FAILED
    assert row().lease_token is None
    run = row().runs.get()
    assert (run.status, run.counts) == (RunStatus.FAILED, {"teams": 1})
    assert run.error.startswith("ValueError: boom\n")
    assert "test_claims.py" in run.error


def test_a_failed_one_can_be_claimed_again():
    with contextlib.suppress(ValueError), attempt():
        raise ValueError("boom")
    with attempt():
        pass
    assert row().status == Status.APPLIED
    assert [run.status for run in row().runs.all()] == [RunStatus.SUCCEEDED, RunStatus.FAILED]


@pytest.mark.parametrize(("status", "words"), [(Status.APPLIED, "was applied on"), (Status.FAKED, "was marked as")])
def test_done_work_is_not_done_again(status: str, words: str):
    """Rule 10: the work runs once."""
    CustomMigration.objects.create(name="sample", status=status, applied_at=Now())
    with pytest.raises(run_once.AlreadyApplied, match=words) as caught, attempt():
        pytest.fail("the work was done again")
    assert caught.value.applied_at == row().applied_at
    assert not row().runs.exists()


def test_done_work_is_done_again_by_force():
    CustomMigration.objects.create(name="sample", status=Status.APPLIED, applied_at=Now())
    with attempt(force=True):
        assert row().status == Status.RUNNING
    assert row().runs.count() == 1


@pytest.mark.parametrize("force", [True, False])
def test_what_another_process_holds_is_left_to_it(force: bool):
    """Rule 10: not even by force."""
    held(expired=False)
    with pytest.raises(run_once.HeldByAnother, match="held by migrate on pod-7, process 42, since 2") as caught:
        attempt(wait=0, force=force).__enter__()
    assert caught.value.holder == "migrate on pod-7, process 42"
    assert caught.value.since == row().leased_at
    assert caught.value.until == row().lease_expires_at


def test_a_second_process_waits_and_finds_the_work_done():
    """Rule 10: several pods that deploy at once all end well."""
    held(expired=False)

    def the_other_one_ends(_line: str) -> None:
        CustomMigration.objects.update(status=Status.APPLIED, applied_at=Now(), **claims.NO_LEASE)

    with pytest.raises(run_once.AlreadyApplied), attempt(wait=600, tell=the_other_one_ends):
        pytest.fail("the work was done again")


def end_the_lease(*_: object) -> None:
    CustomMigration.objects.update(lease_expires_at=Now() - HOUR)


def test_who_waits_says_once_for_whom():
    held(expired=False)
    lines: list[str] = []
    third_look = before_statement(
        'SELECT .* FROM "model_retirement_data_migrations_custommigration"', end_the_lease, number=5
    )
    with third_look, attempt(tell=lines.append):  # a look is a try to claim it, and who holds it
        pass
    (line,) = lines
    assert line.startswith("sample is held by migrate on pod-7, process 42, since 2")
    assert line.endswith(" UTC unless renewed. Waiting for it to end.")


def test_who_does_not_wait_is_not_told_to():
    held(expired=False)
    lines: list[str] = []
    with pytest.raises(run_once.HeldByAnother):
        attempt(wait=0, tell=lines.append).__enter__()
    assert lines == []


def test_each_attempt_is_logged_with_how_it_ended(caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.INFO)
    with pytest.raises(ValueError, match="boom"), attempt() as current:
        current.counts["teams"] = 1
        raise ValueError("boom")
    with attempt() as current:
        current.counts["teams"] = 2
    first, second = row().runs.order_by("pk")
    records: list[Any] = caplog.records
    assert [(line.message, line.data_migration, line.attempt) for line in records] == [
        ("data migration started", "sample", first.pk),
        ("data migration failed", "sample", first.pk),
        ("data migration started", "sample", second.pk),
        ("data migration ended", "sample", second.pk),
    ]
    assert (records[1].error, records[1].teams, records[3].teams) == ("ValueError", 1, 2)


def test_waiting_ends_with_a_take_over_when_the_holder_stops_renewing():
    held(expired=False)
    with attempt(tell=end_the_lease):
        pass
    assert [run.status for run in row().runs.all()] == [RunStatus.SUCCEEDED, RunStatus.LOST]


def test_an_ended_lease_is_taken_over_and_the_interrupted_attempt_is_written_off():
    """Rule 10: a crash leaves nothing that only a person could clear."""
    held(expired=True)
    with attempt(wait=0):
        assert row().runs.earliest("id").status == RunStatus.LOST
    assert row().status == Status.APPLIED
    assert row().runs.earliest("id").finished_at is None


def test_renewing_prolongs_the_claim(settings):
    with attempt() as current:
        CustomMigration.objects.update(lease_expires_at=Now() - HOUR)
        current.renew()
        assert CustomMigration.objects.filter(lease_expires_at__gt=Now()).exists()


@pytest.mark.parametrize("step", ["renew", "succeed"])
def test_who_was_taken_over_stops_and_records_nothing(step: str):
    """Rule 10: fencing. The record is the other's from then on."""
    with pytest.raises(run_once.LeaseLost, match="taken over by another process"), attempt() as current:
        CustomMigration.objects.update(lease_token=uuid.uuid4())
        CustomMigrationRun.objects.update(status=RunStatus.LOST)
        getattr(current, step)()
    assert row().status == Status.RUNNING
    assert row().runs.get().status == RunStatus.LOST


def test_work_and_record_of_one_transaction_are_kept_both_or_neither():
    """Rule 10: success that was recorded inside a transaction goes when the transaction goes."""
    with pytest.raises(ValueError, match="at commit"), attempt() as current, transaction.atomic():
        current.renew()
        current.succeed()
        raise ValueError("at commit")
    assert row().status == Status.FAILED
    assert row().applied_at is None
    assert row().runs.get().status == RunStatus.FAILED


def test_an_error_after_the_success_leaves_it_recorded():
    with pytest.raises(ValueError, match="afterwards"), attempt() as current:
        current.succeed()
        raise ValueError("afterwards")
    assert row().status == Status.APPLIED
    assert row().runs.get().status == RunStatus.SUCCEEDED


def test_a_request_that_comes_while_the_work_runs_is_not_swallowed():
    """Rule 1: the run under way may have started before the new retirement was known."""
    CustomMigration.objects.create(name="sample")
    with attempt():
        CustomMigration.objects.update(requested_at=Now() + HOUR)
    assert row().status == Status.PENDING
    assert row().runs.get().status == RunStatus.SUCCEEDED


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (Status.PENDING, Status.PENDING),
        (Status.FAILED, Status.FAILED),
        (Status.FAKED, Status.FAKED),
        (Status.APPLIED, Status.APPLIED),
        (None, Status.APPLIED),
    ],
)
def test_work_on_some_units_does_not_settle_a_request_for_all(before: str | None, after: str):
    if before:
        CustomMigration.objects.create(name="sample", status=before)
    with attempt(units=["sample:a"]):
        assert row().status == after
    assert row().status == after


@pytest.mark.parametrize("before", [Status.PENDING, Status.APPLIED, Status.FAKED])
def test_work_on_some_units_that_fails_asks_for_those_alone(before: str):
    """Rule 30: a failure that counted as one of the whole would have the next `migrate` do all there is."""
    CustomMigration.objects.create(name="sample", status=before)
    for unit, status in (("a", Status.PENDING), ("b", Status.PENDING), ("c", Status.PENDING), ("d", Status.APPLIED)):
        CustomMigration.objects.create(name=f"sample:{unit}", status=status)
    units = [f"sample:{unit}" for unit in "abd"]
    with pytest.raises(ValueError, match="boom"), attempt(units=units):
        run_once.record_units(names=["sample:b"], status=Status.APPLIED, triggered_by="x", using="default")
        raise ValueError("boom")
    assert run_once.statuses(prefix="sample", using="default") == {
        "sample": before,
        "sample:a": Status.FAILED,
        "sample:b": Status.APPLIED,
        "sample:c": Status.PENDING,
        "sample:d": Status.APPLIED,
    }
    assert row().lease_token is None
    assert row().runs.get().status == RunStatus.FAILED
    failure = row("sample:a").runs.get()
    assert (failure.status, failure.triggered_by) == (RunStatus.FAILED, "a test")
    assert failure.error.startswith("ValueError: boom\n")
    assert failure.finished_at is not None


@pytest.mark.parametrize("before", [Status.PENDING, Status.APPLIED])
def test_work_on_some_units_that_dies_asks_for_nothing_else(before: str):
    """Rules 10 and 30: its claim ends with its lease, and the status of the whole was never its business."""
    CustomMigration.objects.create(name="sample", status=before)
    died = attempt(units=["sample:a"])
    died.__enter__()
    with pytest.raises(run_once.HeldByAnother):
        attempt(wait=0, force=True).__enter__()
    assert row().is_held
    end_the_lease()
    assert (row().status, row().is_held) == (before, False)
    with attempt(wait=0, force=True, units=()):
        assert row().runs.earliest("id").status == RunStatus.LOST


def test_work_on_some_units_takes_an_interrupted_run_over_and_leaves_the_rest_to_be_done():
    """Rules 10 and 30."""
    held(expired=True)
    with attempt(units=["sample:a"]):
        assert row().runs.earliest("id").status == RunStatus.LOST
    assert (row().status, row().lease_token) == (Status.PENDING, None)


def test_who_was_taken_over_does_not_fail_the_units_of_the_other():
    CustomMigration.objects.create(name="sample:a")
    with pytest.raises(ValueError, match="boom"), attempt(units=["sample:a"]):
        CustomMigration.objects.filter(name="sample").update(lease_token=uuid.uuid4())
        raise ValueError("boom")
    assert row("sample:a").status == Status.PENDING


def test_nothing_is_recorded_into_a_broken_transaction():
    with pytest.raises(DatabaseError), transaction.atomic(), attempt():
        transaction.set_rollback(True)
        raise DatabaseError("broken")
    assert not CustomMigration.objects.exists()


def test_a_failure_that_cannot_be_recorded_is_told_with_the_error():
    disk_is_full = raising(DatabaseError("disk full"))
    with (
        pytest.raises(ValueError, match="boom") as caught,
        before_statement(
            'UPDATE "model_retirement_data_migrations_custommigration"', disk_is_full, number=2
        ),  # the first one claims
        attempt(),
    ):
        raise ValueError("boom")
    assert "could not be recorded" in caught.value.__notes__[0]
    assert row().status == Status.RUNNING


@pytest.mark.postgresql  # a database in memory would be gone with its connection
@pytest.mark.django_db(transaction=True)
def test_a_failure_outlives_the_connection_that_failed():
    """Rule 10: nobody has to wait for the lease of a process that could still say that it failed."""
    with pytest.raises(OperationalError), attempt() as current, transaction.atomic():
        current.renew()
        connection.connection.close()
        CustomMigration.objects.count()
    assert row().status == Status.FAILED
    assert row().runs.get().status == RunStatus.FAILED


@pytest.mark.django_db(transaction=True)
def test_a_locked_sqlite_database_is_waited_for():
    locked_at_first = before_statement("BEGIN|SELECT", raising(OperationalError("database is locked")))
    if connection.vendor == "sqlite":
        with locked_at_first, attempt():
            pass
        assert row().status == Status.APPLIED
    else:
        with pytest.raises(OperationalError), locked_at_first, attempt():
            pytest.fail("claimed without a database")


@pytest.mark.django_db(transaction=True)
def test_a_database_that_nobody_may_write_to_is_not_waited_for():
    """It raises what a locked one raises, and would be waited for until somebody ends the process."""
    read_only = before_statement("BEGIN|SELECT", raising(OperationalError("attempt to write a readonly database")))
    with pytest.raises(OperationalError, match="readonly"), read_only, attempt():
        pytest.fail("claimed without a database")


def test_long_words_are_cut_to_the_column():
    with run_once.attempt(name="sample", using="default", triggered_by="x" * 400):
        assert len(row().lease_holder) == 255
    assert len(row().requested_by) == len(row().runs.get().triggered_by) == 255
