"""Requests, units, marks."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.db import connection, transaction
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext

from model_retirement.data_migrations import run_once
from model_retirement.data_migrations.models import CustomMigration, CustomMigrationRun

Status = CustomMigration.Status
RunStatus = CustomMigrationRun.Status
LONG_AGO = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_records")]


def row(name: str = "sample") -> CustomMigration:
    return CustomMigration.objects.get(name=name)


def request(name: str = "sample", *, by: str = "shop.0002", repeatable: bool = False) -> None:
    run_once.request(name=name, requested_by=by, repeatable=repeatable)


def held(name: str = "sample") -> None:
    CustomMigration.objects.create(
        name=name, status=Status.RUNNING, lease_token=uuid.uuid4(), lease_expires_at=Now() + HOUR
    )


def test_a_request_waits():
    request()
    assert (row().status, row().requested_by) == (Status.PENDING, "shop.0002")


@pytest.mark.parametrize("status", Status.values)
def test_a_second_request_of_work_that_is_done_once_changes_nothing(status: str):
    """Rule 10: an old migration that is applied again must not start its work again."""
    CustomMigration.objects.create(name="sample", status=status, requested_by="shop.0001", requested_at=LONG_AGO)
    request()
    assert (row().status, row().requested_by, row().requested_at) == (status, "shop.0001", LONG_AGO)


@pytest.mark.parametrize(
    ("before", "after", "asker"),
    [
        (Status.APPLIED, Status.PENDING, "shop.0002"),
        (Status.FAKED, Status.PENDING, "shop.0002"),
        (Status.PENDING, Status.PENDING, "shop.0001"),
        (Status.FAILED, Status.FAILED, "shop.0001"),
        (Status.RUNNING, Status.RUNNING, "shop.0001"),
    ],
)
def test_a_new_request_of_a_repeatable_one_waits_again(before: str, after: str, asker: str):
    """Rule 1: a second retirement runs without force."""
    CustomMigration.objects.create(
        name="sample", status=before, requested_by="shop.0001", requested_at=LONG_AGO, applied_at=LONG_AGO
    )
    request(repeatable=True)
    assert (row().status, row().requested_by, row().applied_at) == (after, asker, LONG_AGO)
    assert row().requested_at > LONG_AGO


@pytest.mark.parametrize("repeatable", [True, False])
@pytest.mark.parametrize("status", [None, Status.PENDING, Status.FAILED])
def test_of_several_requests_that_wait_the_options_of_the_last_one_count(status: str | None, repeatable: bool):
    if status:
        CustomMigration.objects.create(name="sample", status=status, options={"limit": 1})
    run_once.request(name="sample", requested_by="x", repeatable=repeatable, options={"limit": 2})
    assert row().options == {"limit": 2}
    request(repeatable=repeatable)
    assert row().options == {}


@pytest.mark.parametrize("status", [Status.APPLIED, Status.FAKED])
@pytest.mark.parametrize(("repeatable", "options"), [(True, {"limit": 2}), (False, {"limit": 1})])
def test_options_of_what_is_done_are_those_it_was_done_with(status: str, repeatable: bool, options: dict[str, int]):
    CustomMigration.objects.create(name="sample", status=status, options={"limit": 1})
    run_once.request(name="sample", requested_by="x", repeatable=repeatable, options={"limit": 2})
    assert row().options == options


@pytest.mark.parametrize(("ends", "options"), [(HOUR, {"limit": 1}), (-HOUR, {"limit": 2}), (None, {"limit": 2})])
def test_work_that_is_being_done_keeps_its_options_and_work_that_was_interrupted_does_not(
    ends: dt.timedelta | None, options: dict[str, int]
):
    until = Now() + ends if ends else None
    CustomMigration.objects.create(name="sample", status=Status.RUNNING, lease_expires_at=until, options={"limit": 1})
    run_once.request(name="sample", requested_by="x", repeatable=False, options={"limit": 2})
    assert row().options == options


def test_marking_and_unmarking_keep_the_options():
    run_once.request(name="sample", requested_by="x", repeatable=False, options={"limit": 2})
    run_once.mark(name="sample", triggered_by="x", using="default")
    assert (row().status, row().options) == (Status.FAKED, {"limit": 2})
    run_once.unmark(name="sample", triggered_by="x", using="default")
    assert (row().status, row().options) == (Status.PENDING, {"limit": 2})


def test_withdrawing_takes_back_what_nobody_has_begun():
    request()
    run_once.withdraw(name="sample", requested_by="shop.0003")
    assert row().status == Status.PENDING
    run_once.withdraw(name="sample", requested_by="shop.0002")
    assert not CustomMigration.objects.exists()


def test_withdrawing_keeps_what_was_applied_before():
    CustomMigration.objects.create(name="sample", status=Status.APPLIED, applied_at=LONG_AGO)
    request(repeatable=True)
    run_once.withdraw(name="sample", requested_by="shop.0002")
    assert (row().status, row().applied_at) == (Status.APPLIED, LONG_AGO)


def test_withdrawing_keeps_the_history_of_what_was_tried():
    request()
    row().runs.create(triggered_by="migrate", status=RunStatus.FAILED)
    run_once.withdraw(name="sample", requested_by="shop.0002")
    assert row().runs.count() == 1


def test_hundreds_of_units_take_a_handful_of_queries():
    names = [f"sample:openai/gpt-{number}" for number in range(300)]
    CustomMigration.objects.create(name=names[7], status=Status.FAKED, requested_by="a person")
    with (
        transaction.atomic(),
        CaptureQueriesContext(
            connection,
        ) as queries,
    ):
        run_once.record_units(
            names=names, status=Status.APPLIED, triggered_by="migrate", using="default", counts={"references": 2}
        )
    # Two savepoint statements belong to each of the three transactions.
    assert len(queries) <= (8 if connection.vendor == "postgresql" else 16)
    assert run_once.statuses(prefix="sample:", using="default") == dict.fromkeys(names, Status.APPLIED)
    assert row(names[7]).requested_by == "a person"
    assert row(names[0]).requested_by == "migrate"
    runs = CustomMigrationRun.objects.all()
    assert {(run.status, run.counts["references"], run.triggered_by) for run in runs} == {
        (RunStatus.SUCCEEDED, 2, "migrate")
    }
    assert len(runs) == 300


def test_units_go_with_the_transaction_that_did_the_work():
    """Rule 10: record and work are kept both or neither."""
    with pytest.raises(ValueError, match="boom"), transaction.atomic():
        run_once.record_units(names=["sample:a"], status=Status.APPLIED, triggered_by="x", using="default")
        raise ValueError("boom")
    assert run_once.statuses(prefix="sample", using="default") == {}


def test_faked_units_say_so():
    run_once.record_units(names=["sample:a", "sample:a"], status=Status.FAKED, triggered_by="x", using="default")
    assert row("sample:a").status == Status.FAKED
    assert row("sample:a").applied_at is not None
    assert row("sample:a").runs.get().status == RunStatus.FAKED


@pytest.mark.parametrize(
    ("before", "after", "asker"),
    [
        (None, Status.PENDING, "x" * 255),
        (Status.APPLIED, Status.PENDING, "x" * 255),
        (Status.FAKED, Status.PENDING, "x" * 255),
        (Status.PENDING, Status.PENDING, "a person"),
        (Status.FAILED, Status.FAILED, "a person"),
    ],
)
def test_units_that_are_asked_for_wait(before: str | None, after: str, asker: str):
    for name in ("sample:b", *(["sample:a"] if before else [])):
        CustomMigration.objects.create(
            name=name, status=before or Status.APPLIED, requested_by="a person", requested_at=LONG_AGO
        )
    run_once.request_units(names=["sample:a"], requested_by="x" * 300, using="default")
    assert (row("sample:a").status, row("sample:a").requested_by) == (after, asker)
    assert row("sample:a").requested_at > LONG_AGO
    assert row("sample:b").requested_at == LONG_AGO


def test_no_units_are_no_error():
    run_once.record_units(names=[], status=Status.APPLIED, triggered_by="x", using="default")
    assert not CustomMigration.objects.exists()


def test_statuses_are_of_the_prefix_and_take_it_literally():
    for name in ("a_b:1", "a_b", "axb:1", "a%b:1"):
        request(name)
    assert run_once.statuses(prefix="a_b:", using="default") == {"a_b:1": Status.PENDING}


@pytest.mark.parametrize("status", [None, Status.PENDING, Status.FAILED])
def test_marking(status: str | None):
    if status:
        CustomMigration.objects.create(name="sample", status=status)
    run_once.mark(name="sample", triggered_by="x", using="default")
    assert row().status == Status.FAKED
    assert row().runs.get().status == RunStatus.FAKED


@pytest.mark.parametrize("status", [Status.APPLIED, Status.FAKED])
def test_what_is_done_is_not_marked(status: str):
    CustomMigration.objects.create(name="sample", status=status)
    with pytest.raises(run_once.AlreadyApplied):
        run_once.mark(name="sample", triggered_by="x", using="default")
    assert row().status == status


def test_what_is_held_is_neither_marked_nor_unmarked():
    held()
    with pytest.raises(run_once.HeldByAnother, match="a transaction that has not ended"):
        run_once.mark(name="sample", triggered_by="x", using="default")
    with pytest.raises(run_once.HeldByAnother):
        run_once.unmark(name="sample", triggered_by="x", using="default")
    assert row().status == Status.RUNNING


@pytest.mark.parametrize("status", [Status.APPLIED, Status.FAKED, Status.FAILED])
def test_unmarked_work_is_done_again(status: str):
    CustomMigration.objects.create(name="sample", status=status, applied_at=LONG_AGO)
    run_once.unmark(name="sample", triggered_by="x", using="default")
    assert (row().status, row().applied_at) == (Status.PENDING, None)
    with run_once.attempt(name="sample", using="default", triggered_by="x"):
        pass


@pytest.mark.parametrize("command", [None, Status.APPLIED])
def test_an_unmarked_unit_asks_for_itself_alone(command: str | None):
    """Rule 30: what is opened by name must not start the work on all the other units."""
    if command:
        CustomMigration.objects.create(name="sample", status=command)
    CustomMigration.objects.create(name="sample:a", status=Status.APPLIED)
    run_once.unmark(name="sample:a", triggered_by="x", using="default")
    assert row("sample:a").requested_by == "x"
    assert run_once.statuses(prefix="sample", using="default") == {
        **({"sample": command} if command else {}),
        "sample:a": Status.PENDING,
    }


def test_nothing_is_unmarked_without_a_record():
    with pytest.raises(CustomMigration.DoesNotExist, match="no record of sample"):
        run_once.unmark(name="sample", triggered_by="x", using="default")
