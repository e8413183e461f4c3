"""A message goes by the host's own channel: exactly once where that only writes rows of this database."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from django.db import DataError, IntegrityError, InterfaceError, OperationalError
from pytest_django import Settings

from apps.teams.models import Team
from model_retirement.management.presenters.delivery import delivery_lines
from model_retirement.models import TeamMessage, TeamNotice
from model_retirement.notices import message_claims, outbox, sending, unreachable
from model_retirement.notices.mailer import Mailer
from model_retirement.notices.message_claims import ClaimLost
from model_retirement.notices.sending import NobodyToTell
from tests.factories.service_providers import RemovalRunFactory, TeamMessageFactory, TeamNoticeFactory
from tests.factories.teams import MembershipFactory, TeamFactory
from tests.statements import before_statement, raising
from tests.unit.model_retirement.adapters import Delivering

pytestmark = pytest.mark.django_db

RECORDED = 'UPDATE "model_retirement_teammessage" SET .*"delivered_to"'
"""The statement that records what became of a message."""


@pytest.fixture
def reaching(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[dict]]:
    """Let the host have a channel with an outcome; return what it gets to deliver."""

    def use(outcome: Any, *, adapter: str = "Delivering") -> list[dict]:
        settings.MODEL_RETIREMENT_PLATFORM = f"tests.unit.model_retirement.adapters.{adapter}"
        monkeypatch.setattr(Delivering, "outcome", staticmethod(outcome) if callable(outcome) else outcome)
        deliveries: list[dict] = []
        monkeypatch.setattr(Delivering, "deliveries", deliveries)
        return deliveries

    return use


def message(**fields: Any) -> TeamMessage:
    """Make a message of two notices."""
    made = TeamMessageFactory.create(recipients=[], **fields)
    for name in ("b", "a"):
        TeamNoticeFactory.create(team=made.team, run=made.run, message=made, name=name)
    return made


def due(message: TeamMessage) -> None:
    """Let the wait of a message be over."""
    TeamMessage.objects.filter(pk=message.pk).update(next_attempt_at=None)


def send() -> bool:
    (claimed,) = message_claims.claimed(using="default", limit=1)
    return sending.send(claimed, mailer=Mailer(), using="default")


def written(message: TeamMessage) -> int:
    """Return how often the host has written the message down."""
    return Team.objects.filter(name=str(message.message_id)).count()


def test_what_the_host_has_delivered_is_sent_and_is_not_e_mailed(reaching):
    deliveries = reaching(["ann", "bob"])
    made = message(last_error="once down")
    assert send() is True
    made.refresh_from_db()
    assert (made.status, made.recipients, made.delivered_to) == ("sent", ["ann", "bob"], ["ann", "bob"])
    assert made.channel == "host"
    assert (made.last_error, made.lease_token, made.lease_expires_at) == ("", None, None)
    assert made.sent_at is not None
    assert deliveries == [{"key": made.message_id, "names": ["a", "b"], "recipients": []}]
    assert mail.outbox == []
    assert outbox.deliver(using="default").sent == 0


def test_what_a_command_says_of_it_is_not_called_an_e_mail(reaching):
    delivery = outbox.Delivery(sent=2, failed=0, queued=0, gave_up=0)
    assert list(delivery_lines(delivery)) == ["E-mails: 2 sent, 0 queued, 0 given up."]
    reaching(["ann"])
    assert list(delivery_lines(delivery)) == ["Messages: 2 sent, 0 queued, 0 given up."]


def test_what_the_host_leaves_to_e_mail_is_e_mailed(reaching, monkeypatch: pytest.MonkeyPatch):
    deliveries = reaching(None)
    monkeypatch.setattr(
        Delivering,
        "recipients",
        lambda self, *, team_ids, using: ((team_id, "ann@example.org") for team_id in team_ids or ()),
    )
    made = message()
    assert send() is True
    made.refresh_from_db()
    assert (made.status, made.delivered_to, made.channel) == ("sent", ["ann@example.org"], "email")
    assert [sent.to for sent in mail.outbox] == [["ann@example.org"]]
    assert [delivery["recipients"] for delivery in deliveries] == [["ann@example.org"]]


def test_what_the_host_leaves_to_e_mail_waits_where_there_is_no_address(reaching):
    reaching(None)
    message()
    with pytest.raises(NobodyToTell):
        send()
    assert TeamNotice.objects.filter(messages=None).count() == 2


def test_a_message_that_reached_nobody_waits_and_its_team_is_listed(reaching):
    reaching([])
    team = TeamFactory.create(slug="quiet", name="Quiet")
    TeamNoticeFactory.create(team=team, run=RemovalRunFactory.create())
    report = outbox.send_pending(using="default")
    assert (report.addressed, report.unreachable_teams) == (1, ("quiet",))
    assert (report.delivery.sent, report.delivery.failed, TeamMessage.objects.count()) == (0, 0, 0)
    assert [(team.name, team.waiting) for team in unreachable.teams(using="default")] == [("Quiet", 1)]

    deliveries = reaching(["ann"])
    report = outbox.send_pending(using="default")
    assert (report.addressed, report.delivery.sent, report.unreachable_teams) == (1, 1, ())
    assert len(deliveries) == 1


def test_a_team_that_a_channel_of_the_hosts_own_may_reach_is_not_called_unreachable(reaching, settings: Settings):
    """It has no address, and needs none."""
    TeamFactory.create()
    reaching(["ann"])
    assert unreachable.teams(using="default") == []
    settings.MODEL_RETIREMENT_PLATFORM = "tests.unit.model_retirement.adapters.Mailing"
    assert len(unreachable.teams(using="default")) == 1


@pytest.mark.parametrize("error", [ValueError("no room"), IntegrityError("no room"), DataError("no room")])
def test_a_failure_is_recorded_and_repeated_with_the_same_key(reaching, error: Exception):
    """One broken message holds up no other, also if what breaks is a row that the host writes."""
    deliveries = reaching(error, adapter="Writing")
    made, other = message(), message()
    assert outbox.deliver(using="default").failed == 2
    made.refresh_from_db()
    assert (made.status, made.attempts, made.recipients, made.delivered_to) == ("queued", 1, [], [])
    assert made.last_error.startswith(f"{type(error).__name__}: no room (")
    assert made.next_attempt_at is not None
    assert written(made) == written(other) == 0

    due(made)
    again = reaching(["ann"], adapter="Writing")
    assert send() is True
    assert [delivery["key"] for delivery in again] == [made.message_id]
    assert [delivery["key"] for delivery in deliveries] == [made.message_id, other.message_id]
    assert written(made) == 1


def test_a_failure_at_each_attempt_is_given_up(reaching):
    reaching(ValueError("no room"))
    made = message(attempts=sending.GIVE_UP_AFTER - 1)
    assert send() is False
    made.refresh_from_db()
    assert made.status == "gave_up"


def test_a_message_at_which_senders_die_is_given_up_and_not_tried_once_more(reaching):
    deliveries = reaching(["ann"])
    made = message(attempts=sending.GIVE_UP_AFTER)
    assert send() is False
    made.refresh_from_db()
    assert (made.status, made.last_error) == ("gave_up", sending.NO_ATTEMPT_LEFT)
    assert deliveries == []


def test_a_sender_whose_claim_was_taken_before_delivers_nothing(reaching):
    deliveries = reaching(["ann"])
    message()
    (claimed,) = message_claims.claimed(using="default", limit=1)
    TeamMessage.objects.update(lease_token=uuid.uuid4())
    with pytest.raises(ClaimLost):
        sending.send(claimed, mailer=Mailer(), using="default")
    assert deliveries == []


def test_what_a_sender_writes_whose_claim_is_taken_meanwhile_is_undone(reaching):
    """The transaction that records the outcome has the host's rows in it, so both are there or neither."""

    def lose(message: TeamMessage) -> list[str]:
        TeamMessage.objects.filter(pk=message.pk).update(lease_token=uuid.uuid4())
        return ["ann"]

    reaching(lose, adapter="Writing")
    made = message()
    with pytest.raises(ClaimLost):
        send()
    assert written(made) == 0
    made.refresh_from_db()
    assert (made.status, made.delivered_to) == ("sending", [])


def test_what_cannot_be_recorded_was_not_written_either_and_is_written_once_by_the_repeat(reaching):
    reaching(["ann"], adapter="Writing")
    made = message()
    failing = raising(IntegrityError("this row is not to be had"))
    with before_statement(RECORDED, failing):
        assert send() is False
    made.refresh_from_db()
    assert (made.status, made.recipients, made.delivered_to, written(made)) == ("queued", [], [], 0)
    due(made)
    assert send() is True
    assert written(made) == 1


@pytest.mark.parametrize("error", [OperationalError("gone"), InterfaceError("gone")])
def test_a_database_that_fails_is_no_failure_of_the_message(reaching, error: Exception):
    reaching(error, adapter="Writing")
    made = message()
    with pytest.raises(type(error), match="gone"):
        send()
    made.refresh_from_db()
    assert (made.status, made.last_error, written(made)) == ("sending", "", 0)


def test_admins_and_addresses_are_not_asked_of_a_host_that_delivers(reaching):
    """Notices become a message although nobody has an address."""
    deliveries = reaching(["ann"])
    with_address = MembershipFactory.create(role="admin").team
    for team in (with_address, TeamFactory.create()):
        TeamNoticeFactory.create(team=team, run=RemovalRunFactory.create())
    assert outbox.send_pending(using="default").delivery.sent == 2
    assert len(deliveries) == 2
