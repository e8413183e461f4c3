"""Signals while work is done."""

from __future__ import annotations

import signal
import threading
from typing import Any

import pytest

from model_retirement.data_migrations import run_once
from model_retirement.data_migrations.models import CustomMigration
from model_retirement.interruption import SIGNALS, Interrupted, watch


@pytest.mark.parametrize("signum", SIGNALS)
def test_batched_work_ends_at_its_next_batch(signum: signal.Signals):
    with watch(batched=True) as interruption:
        interruption.check()
        signal.raise_signal(signum)
        with pytest.raises(Interrupted, match=signum.name):
            interruption.check()


def test_a_second_signal_ends_batched_work_at_once():
    with watch(batched=True):
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(Interrupted):
            signal.raise_signal(signal.SIGINT)


def test_work_without_batches_ends_at_once():
    with watch(batched=False), pytest.raises(Interrupted):
        signal.raise_signal(signal.SIGTERM)


def test_handlers_from_before_are_back_afterwards():
    before = [signal.getsignal(signum) for signum in SIGNALS]
    with pytest.raises(ValueError, match="boom"), watch(batched=True):
        assert [signal.getsignal(signum) for signum in SIGNALS] != before
        raise ValueError("boom")
    assert [signal.getsignal(signum) for signum in SIGNALS] == before


def test_other_threads_leave_handlers_alone():
    before = [signal.getsignal(signum) for signum in SIGNALS]
    seen: list[Any] = []

    def work() -> None:
        with watch(batched=True) as interruption:
            interruption.check()
            seen.extend(signal.getsignal(signum) for signum in SIGNALS)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == before


@pytest.mark.usefixtures("no_records")
def test_an_interrupted_attempt_is_failed_and_says_why():
    with (
        pytest.raises(run_once.Interrupted),
        run_once.attempt(name="sample", using="default", triggered_by="a test") as attempt,
    ):
        attempt.renew()
        signal.raise_signal(signal.SIGTERM)
        attempt.renew()
    row = CustomMigration.objects.get()
    assert row.status == CustomMigration.Status.FAILED
    assert row.runs.get().error.startswith("Interrupted: Stopped by SIGTERM")


@pytest.mark.usefixtures("no_records")
def test_a_signal_in_the_last_batch_is_heeded_when_the_success_is_recorded():
    with (
        pytest.raises(run_once.Interrupted),
        run_once.attempt(name="sample", using="default", triggered_by="a test"),
    ):
        signal.raise_signal(signal.SIGINT)
    assert CustomMigration.objects.get().status == CustomMigration.Status.APPLIED
