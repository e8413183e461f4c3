"""How far replicas are behind, and work that waits for them between its batches."""

from __future__ import annotations

import argparse
import logging
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import CommandError, call_command, load_command_class

from model_retirement import sql
from model_retirement.batching import slices
from model_retirement.data_migrations import arguments
from model_retirement.data_migrations.options import as_arguments
from model_retirement.data_migrations.run_once import Interrupted
from model_retirement.replicas import POLL_SECONDS, LagUnknown, Pace, ReplicaLag
from tests.factories.assistants import AssistantFactory
from tests.factories.service_providers import LlmProviderModelFactory
from tests.unit.model_retirement.removal.removals import plan_of, run_of


class Clock:
    """Seconds that pass where somebody sleeps, and the lags that are measured one after the other."""

    def __init__(self, *lags: float) -> None:
        self.now = 100.0
        self.renewed: list[float] = []
        self.said: list[str] = []
        self._lags = iter(lags)

    def pace(self, *, renew: Callable[[], None] | None = None) -> Pace:
        return Pace(
            lag=lambda: next(self._lags),
            most=5.0,
            renew=renew or (lambda: self.renewed.append(self.now)),
            tell=self.said.append,
            sleep=self.sleep,
            clock=lambda: self.now,
        )

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def test_work_waits_while_a_replica_is_too_far_behind_and_keeps_its_claim(caplog):
    clock = Clock(12.34, 9, 6, 5)
    with caplog.at_level(logging.INFO):
        clock.pace().wait()
    assert clock.renewed == [100.0, 100.0 + POLL_SECONDS]
    assert clock.said == ["Paused between two batches: a replica is 12.3 s behind, and --max-replica-lag is 5."]
    assert [(record.message, getattr(record, "lag", None)) for record in caplog.records] == [
        ("paused for a replica", 12.34),
        ("resumed after a replica", None),
    ]


def test_work_does_not_wait_for_a_lag_that_is_allowed():
    clock = Clock(5.0)
    clock.pace().wait()
    assert (clock.said, clock.renewed, clock.now) == ([], [], 100.0)
    Pace().wait()


def test_a_wait_makes_no_batch_look_slow():
    """Batches are sized by the time that they take; a pause of a minute would make the next one tiny."""
    clock = Clock(0, 60, 60, 0, 0, 0)
    pace = clock.pace()
    sizes = []
    for rows in slices(range(20), largest=5, clock=pace.clock):
        pace.wait()
        sizes.append(len(rows))
    assert sizes == [5, 5, 5, 5]


def test_a_wait_ends_when_somebody_stops_the_work():
    """Rule 10: what renews the claim hears of signals."""

    def stopped() -> None:
        raise Interrupted(15)

    with pytest.raises(Interrupted):
        Clock(60, 60).pace(renew=stopped).wait()


class Server:
    """A server that says of its log and its replicas what a test lets it say."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.monkeypatch = monkeypatch
        self.now = 0.0
        self.lag = ReplicaLag(using="default", clock=lambda: self.now)

    def says(
        self, *, replicas: int = 1, hidden: bool = False, measured: float = 0.0, written: int, applied: Any
    ) -> None:
        self.monkeypatch.setattr(
            type(sql.dialect("default")),
            "replicas",
            f"SELECT {replicas}, {int(hidden)}, CAST({measured} AS double precision), {written}, {applied}",
        )


@pytest.fixture
def server(db, monkeypatch: pytest.MonkeyPatch) -> Server:
    return Server(monkeypatch)


def test_the_lag_is_what_the_server_measures(server: Server):
    server.says(measured=3.5, written=100, applied=90)
    assert server.lag() == 3.5


def test_a_replica_that_has_stopped_lags_more_and_more(server: Server):
    """The server's own figure stays as small as it was at the last answer."""
    for now, written, lag in ((0.0, 100, 0.0), (4.0, 200, 4.0), (9.0, 300, 9.0)):
        server.now = now
        server.says(measured=0.01, written=written, applied=90)
        assert server.lag() == max(lag, 0.01)
    server.says(written=300, applied=100)
    assert server.lag() == 5.0
    server.says(written=300, applied=300)
    assert server.lag() == 0.0


def test_without_replicas_there_is_no_lag(server: Server):
    server.says(replicas=0, written=100, applied="NULL")
    assert (server.lag(), server.lag.replicas()) == (0.0, 0)


def test_who_may_not_see_replicas_hears_what_to_grant(server: Server):
    """To wait for nothing because nothing is seen would be silent harm."""
    server.says(hidden=True, written=100, applied="NULL")
    with pytest.raises(LagUnknown, match="GRANT pg_monitor"):
        server.lag()


@pytest.mark.parametrize("text", ["0", "-1", "nan", "inf", "many"])
def test_a_lag_is_a_number_of_seconds_above_zero(text: str):
    with pytest.raises(argparse.ArgumentTypeError):
        arguments.seconds_above_zero(text)


@pytest.mark.django_db
def test_a_kind_of_database_that_has_no_replicas_refuses_the_option_and_ignores_that_of_a_migration(monkeypatch):
    """A migration with a limit for production is applied by developers, too."""
    monkeypatch.setattr(type(sql.dialect("default")), "replicas", "")
    assert ReplicaLag(using="default")() == 0.0
    with pytest.raises(CommandError, match="--max-replica-lag is for PostgreSQL"):
        call_command("remove_deprecated_models", max_replica_lag=5.0)


def test_a_server_without_a_replica_is_said_and_nothing_waited_for(server: Server, capsys):
    """A limit that limits nothing must not look like one."""
    server.says(replicas=0, written=100, applied="NULL")
    call_command("remove_deprecated_models", max_replica_lag=5.0)
    assert "has no replica that is connected now, so --max-replica-lag waits for none.\n" in capsys.readouterr().err


def test_a_migration_may_ask_for_a_limit():
    command = load_command_class("model_retirement", "remove_deprecated_models")
    arguments = as_arguments({"max_replica_lag": 10}, command=command, name="remove_deprecated_models")
    assert arguments == ["--max-replica-lag=10"]


@pytest.mark.django_db
def test_a_removal_asks_between_its_batches_and_before_each_group_of_models():
    old = LlmProviderModelFactory.create(name="old")
    AssistantFactory.create_batch(3, llm_provider_model=old)
    asked: list[None] = []

    def lag() -> float:
        asked.append(None)
        return 0.0

    pace = Pace(lag=lag)
    run_of(plan_of("old"), batch_size=1, pace=pace)
    assert len(asked) == 4
