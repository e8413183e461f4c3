"""Short transactions: slices sized by time, and another try where others were in the way."""

from __future__ import annotations

import psycopg.errors
import pytest
from django.db import DatabaseError, IntegrityError, OperationalError, transaction

from model_retirement.batching import TRIES, retrying, slices


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def sizes(total: int, *, largest: int, seconds_per_row: float) -> list[int]:
    clock = Clock()
    lengths = []
    for batch in slices(range(total), largest=largest, clock=clock):
        lengths.append(len(batch))
        clock.now += len(batch) * seconds_per_row
    return lengths


def test_slices_cover_every_id_once_and_in_order():
    seen = [row for batch in slices(range(1_234), largest=100) for row in batch]
    assert seen == list(range(1_234))


def test_slices_grow_while_work_is_quick_up_to_the_largest():
    assert sizes(30_000, largest=12_000, seconds_per_row=0.000_01) == [5_000, 10_000, 12_000, 3_000]


def test_slices_shrink_to_half_a_second_when_work_is_slow():
    assert sizes(6_000, largest=5_000, seconds_per_row=0.005)[:3] == [5_000, 100, 100]


def test_a_slice_has_at_least_one_row_however_slow_the_work():
    assert sizes(5_002, largest=5_000, seconds_per_row=10.0) == [5_000, 1, 1]


def locked(state: type[psycopg.Error]) -> DatabaseError:
    error = (IntegrityError if issubclass(state, psycopg.IntegrityError) else OperationalError)("trouble")
    error.__cause__ = state("trouble")
    return error


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "state",
    [
        psycopg.errors.DeadlockDetected,
        psycopg.errors.LockNotAvailable,
        psycopg.errors.SerializationFailure,
        psycopg.errors.UniqueViolation,
        psycopg.errors.ForeignKeyViolation,
    ],
)
def test_what_others_do_at_the_same_time_is_retried_and_does_not_surface(state):
    tries = []

    def work() -> str:
        tries.append(1)
        if len(tries) < 3:
            raise locked(state)
        return "done"

    pauses: list[float] = []
    assert retrying(work, using="default", sleep=pauses.append) == "done"
    assert len(pauses) == 2
    assert pauses[0] < pauses[1]


@pytest.mark.django_db(transaction=True)
def test_lock_trouble_that_does_not_end_surfaces_at_last():
    tries = []

    def work() -> None:
        tries.append(1)
        raise locked(psycopg.errors.DeadlockDetected)

    with pytest.raises(OperationalError):
        retrying(work, using="default", sleep=lambda _seconds: None)
    assert len(tries) == TRIES


@pytest.mark.django_db(transaction=True)
def test_inside_somebody_elses_transaction_there_is_one_try():
    tries = []

    def work() -> None:
        tries.append(1)
        raise locked(psycopg.errors.DeadlockDetected)

    with transaction.atomic(), pytest.raises(OperationalError):
        retrying(work, using="default")
    assert len(tries) == 1


@pytest.mark.django_db(transaction=True)
def test_what_is_no_lock_trouble_surfaces_at_once():
    tries = []

    def work() -> None:
        tries.append(1)
        raise OperationalError("disk full")

    with pytest.raises(OperationalError, match="disk full"):
        retrying(work, using="default")
    assert len(tries) == 1
