"""One message: claim, mails, record."""

from __future__ import annotations

import datetime as dt
import logging
import smtplib
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.db import OperationalError, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.db.models.functions import Now

from apps.teams.models import Membership
from apps.users.models import User
from model_retirement.models import TeamMessage
from model_retirement.notices import message_claims, sending
from model_retirement.notices.mailer import Mailer, ServerUnreachable
from model_retirement.notices.message_claims import ClaimLost
from model_retirement.notices.sending import NobodyToTell
from tests.factories.service_providers import TeamMessageFactory, TeamNoticeFactory
from tests.factories.teams import MembershipFactory
from tests.factories.users import UserFactory
from tests.processes import wait_for
from tests.statements import before_statement, raising

pytestmark = pytest.mark.django_db

Status = TeamMessage.Status
SECOND = dt.timedelta(seconds=1)
A, B, C = "a@example.org", "b@example.org", "c@example.org"


class FakeMailer(Mailer):
    """A mailer whose server refuses some addresses, or does something else with a mail."""

    def __init__(self, *refused: str, act: Callable[[EmailMessage], Any] = lambda _mail: None) -> None:
        super().__init__()
        self.refused = set(refused)
        self.act = act
        self.accepted: list[list[str]] = []

    def send(self, mail):
        self.act(mail)
        self.accepted.append([to for to in mail.to if to not in self.refused])
        return {to: "who?" for to in mail.to if to in self.refused}


def message(*recipients: str, **fields: Any) -> TeamMessage:
    made = TeamMessageFactory.create(recipients=list(recipients) or [A], **fields)
    for email in made.recipients:
        user = User.objects.filter(email=email).first() or UserFactory.create(email=email)
        MembershipFactory.create(team=made.team, role="admin", user=user)
    TeamNoticeFactory.create(team=made.team, run=made.run, message=made)
    return made


def claim() -> TeamMessage:
    (claimed,) = message_claims.claimed(using="default", limit=1)
    return claimed


def claimable() -> list[int]:
    return [claimed.pk for claimed in message_claims.claimed(using="default", limit=None)]


def send(mailer: Mailer) -> bool:
    return sending.send(claim(), mailer=mailer, using="default")


def test_messages_are_claimed_in_order_and_once():
    made = [message() for _ in range(3)]
    assert claimable() == [queued.pk for queued in made]
    assert claimable() == []
    assert set(TeamMessage.objects.values_list("status", "attempts")) == {("sending", 1)}


@pytest.mark.parametrize(
    ("fields", "waits"),
    [
        ({"next_attempt_at": Now() + SECOND * 60}, True),
        ({"status": Status.SENDING, "lease_expires_at": Now() + SECOND * 60}, True),
        ({"status": Status.SENT}, False),
        ({"status": Status.GAVE_UP}, False),
        # Somebody has got it; an address that is refused for good holds nothing up.
        ({"recipients": [A, B], "delivered_to": [A], "next_attempt_at": Now() + SECOND * 60}, False),
    ],
)
def test_a_message_waits_until_somebody_has_got_the_one_before_it(fields, waits):
    """Rule 21: what a team reads last is what it believes."""
    first = message()
    TeamMessage.objects.filter(pk=first.pk).update(**fields)
    second = TeamMessageFactory.create(team=first.team)
    another_team = message(B)
    assert claimable() == ([another_team.pk] if waits else [second.pk, another_team.pk])


def test_no_more_messages_are_claimed_than_asked_for():
    made = [message() for _ in range(3)]
    assert [claimed.pk for claimed in message_claims.claimed(using="default", limit=2)] == [made[0].pk, made[1].pk]
    assert TeamMessage.objects.filter(status=Status.QUEUED).count() == 1


@pytest.mark.parametrize(
    ("fields", "free"),
    [
        ({"status": Status.QUEUED}, True),
        ({"status": Status.QUEUED, "next_attempt_at": Now() - SECOND}, True),
        ({"status": Status.QUEUED, "next_attempt_at": Now() + 60 * SECOND}, False),
        ({"status": Status.SENDING, "lease_expires_at": Now() + 60 * SECOND}, False),
        ({"status": Status.SENDING, "lease_expires_at": Now() - SECOND}, True),
        ({"status": Status.SENT}, False),
        ({"status": Status.GAVE_UP, "next_attempt_at": Now() - SECOND}, False),
    ],
)
def test_what_is_due_and_free_is_claimed(fields, free):
    """Rule 10: a message whose sender died is taken over when its lease has ended. The clock is the database's."""
    made = message()
    TeamMessage.objects.filter(pk=made.pk).update(lease_token=uuid.uuid4(), **fields)
    assert claimable() == [made.pk] * free


def test_a_claim_is_never_part_of_a_larger_transaction():
    """Rule 8: what is sent must be committed."""
    message()
    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        claim()


def test_everybody_accepted_means_sent():
    made = message(A, B, last_error="once down")
    mailer = FakeMailer()
    assert send(mailer) is True
    made.refresh_from_db()
    assert (made.status, made.delivered_to, made.attempts, made.last_error) == ("sent", [A, B], 1, "")
    assert (made.lease_token, made.lease_expires_at) == (None, None)
    assert made.sent_at is not None
    assert mailer.accepted == [[A, B]]


def test_who_was_refused_is_tried_again_and_the_others_get_nothing_twice():
    """Rule 8."""
    made = message(A, B, C)
    assert send(FakeMailer(B)) is False
    made.refresh_from_db()
    assert (made.status, made.delivered_to) == ("queued", [A, C])
    assert made.last_error == "b@example.org was refused: who?"

    TeamMessage.objects.update(next_attempt_at=None)
    again = FakeMailer()
    assert send(again) is True
    made.refresh_from_db()
    assert again.accepted == [[B]]
    assert (made.status, made.delivered_to) == ("sent", [A, C, B])


def test_a_mail_has_at_most_fifty_recipients_and_its_own_message_id():
    everybody = [f"{number}@example.org" for number in range(120)]
    message(*everybody)
    ids: list[str] = []
    mailer = FakeMailer(act=lambda mail: ids.append(mail.extra_headers["Message-ID"]))
    assert send(mailer) is True
    assert [len(part) for part in mailer.accepted] == [50, 50, 20]
    assert [to for part in mailer.accepted for to in part] == everybody
    assert len(set(ids)) == 3


def test_parts_of_a_message_keep_their_message_id_whoever_is_left():
    everybody = [f"{number}@example.org" for number in range(60)]
    made = message(*everybody)
    ids: list[str] = []
    act = lambda mail: ids.append(mail.extra_headers["Message-ID"])  # noqa: E731
    send(FakeMailer(everybody[3], everybody[55], act=act))
    TeamMessage.objects.update(next_attempt_at=None)
    again = FakeMailer(act=act)
    send(again)
    assert again.accepted == [[everybody[3]], [everybody[55]]]
    assert ids[:2] == ids[2:]
    made.refresh_from_db()
    assert sorted(made.delivered_to) == sorted(everybody)


def address_of(number: int) -> str:
    return f"{number}@example.org"


@pytest.mark.parametrize("comes", [0, 1, 2, 70])
def test_a_repeat_has_the_message_id_that_its_readers_know_whoever_leaves_and_comes(comes: int):
    """A mail's place among the others is in its id, so nobody may move from one to another."""
    made = message(*map(address_of, range(120)))
    known: dict[str, str] = {}

    def note(mail: EmailMessage) -> None:
        message_id = mail.extra_headers["Message-ID"]
        assert len(mail.to) <= sending.RECIPIENTS_PER_MAIL
        assert {known.setdefault(to, message_id) for to in mail.to} == {message_id}

    refused = [address_of(number) for number in (3, 7, 55, 56, 100, 119)]
    send(FakeMailer(*refused, act=note))
    for leaver in (3, 55):
        Membership.objects.filter(user__email=address_of(leaver)).delete()
    for number in range(comes):
        MembershipFactory.create(team=made.team, role="admin", user__email=f"new{number}@example.org")
    for more in ([7], [], []):
        TeamMessage.objects.update(next_attempt_at=None)
        again = FakeMailer(*map(address_of, more), act=note)
        send(again)
        if not more:
            break
        Membership.objects.filter(user__email=address_of(56)).delete()
    made.refresh_from_db()
    new = {f"new{number}@example.org" for number in range(comes)}
    assert made.status == Status.SENT
    assert set(made.delivered_to) == {*map(address_of, range(120)), *new} - {address_of(3), address_of(55)}
    assert len(made.delivered_to) == len(made.addresses) == 118 + comes


def test_who_leaves_before_the_first_mail_moves_nobody_either():
    """Nor does a sender that died after it: the places are recorded before."""
    everybody = list(map(address_of, range(60)))
    made = message(*everybody)
    Membership.objects.filter(user__email=everybody[0]).delete()

    def die(_mail: EmailMessage) -> None:
        raise OperationalError("the database is away")

    with pytest.raises(OperationalError):
        send(FakeMailer(act=die))
    made.refresh_from_db()
    assert made.recipients == [*everybody[1:50], "", *everybody[50:]]
    assert made.addresses == everybody[1:]
    TeamMessage.objects.update(status=Status.QUEUED)
    Membership.objects.filter(user__email__in=everybody[50:]).delete()
    again = FakeMailer()
    assert send(again) is True
    made.refresh_from_db()
    assert (again.accepted, made.recipients) == ([everybody[1:50]], everybody[1:50])


def test_one_broken_part_does_not_hold_up_the_next():
    everybody = [f"{number}@example.org" for number in range(60)]

    def act(mail):
        if mail.to[0] == everybody[0]:
            raise smtplib.SMTPDataError(554, b"spam")

    made = message(*everybody)
    assert send(FakeMailer(act=act)) is False
    made.refresh_from_db()
    assert made.delivered_to == everybody[50:]
    assert made.last_error.startswith("SMTPDataError: (554, b'spam') (act, line ")


def test_delays_grow_until_the_message_is_given_up(caplog):
    made = message()
    delays = []
    for attempt in range(1, sending.GIVE_UP_AFTER + 1):
        assert send(FakeMailer(A)) is False
        waiting = TeamMessage.objects.annotate(now=Now()).get()
        assert waiting.attempts == attempt
        assert waiting.next_attempt_at is not None
        delays.append(round((waiting.next_attempt_at - waiting.now) / dt.timedelta(minutes=5)))
        TeamMessage.objects.update(next_attempt_at=None)
    made.refresh_from_db()
    assert delays == [1, 2, 4, 8, 16, 32, 64, 128, 256]
    assert made.status == "gave_up"
    assert claimable() == []
    assert caplog.records[-1].getMessage() == "message given up"


def test_a_message_that_kills_its_senders_is_given_up():
    made = message(attempts=sending.GIVE_UP_AFTER)
    mailer = FakeMailer()
    assert send(mailer) is False
    made.refresh_from_db()
    assert made.status == "gave_up"
    assert made.last_error == "The sender died while it was at this message, and no attempt is left."
    assert mailer.accepted == []


def test_words_that_a_database_refuses_are_no_reason_to_stop():
    made = message()
    assert send(FakeMailer(act=raising(ValueError("bad\0 \ud800" + "x" * 10_000)))) is False
    made.refresh_from_db()
    assert made.last_error.startswith("ValueError: bad ?xx")
    assert len(made.last_error) == 2_000


def test_a_message_that_cannot_be_built_is_kept_and_told_of():
    """Rule 8: neither lost, nor in the way of others."""
    made = message()
    made.notices.update(payload={})
    assert send(FakeMailer()) is False
    made.refresh_from_db()
    assert (made.status, made.attempts, made.delivered_to) == ("queued", 1, [])
    assert made.last_error.startswith("KeyError: 'warnings' (read, line ")


def test_a_server_that_is_down_is_not_the_messages_fault():
    made = message(attempts=3)
    with pytest.raises(ServerUnreachable):
        send(FakeMailer(act=raising(ServerUnreachable("ConnectionRefusedError"))))
    made.refresh_from_db()
    assert (made.status, made.attempts, made.next_attempt_at, made.lease_token) == ("queued", 3, None, None)
    assert made.last_error == "The mail server cannot be used: ConnectionRefusedError"


def test_a_message_that_brings_the_server_down_waits_like_any_other_failure():
    """Else it would be the first again in the next pass, and the one after, and hold up all others."""

    def act(mail):
        raise TimeoutError("timed out") if mail.to[0] == "0@example.org" else ServerUnreachable("gone")

    made = message(*(f"{number}@example.org" for number in range(60)))
    assert send(FakeMailer(act=act)) is False
    made.refresh_from_db()
    assert (made.status, made.attempts) == ("queued", 1)
    assert made.next_attempt_at is not None
    assert made.last_error.splitlines()[1] == "gone"


def test_a_sender_whose_claim_was_taken_over_changes_nothing_any_more():
    made = message(*(f"{number}@example.org" for number in range(60)))
    token = uuid.uuid4()
    mailer = FakeMailer(act=lambda _mail: TeamMessage.objects.update(lease_token=token))
    with pytest.raises(ClaimLost):
        send(mailer)
    made.refresh_from_db()
    assert (made.lease_token, made.status, made.delivered_to) == (token, "sending", [])
    assert len(mailer.accepted) == 1


def test_a_database_that_fails_is_no_failure_of_the_mail():
    made = message()
    of_the_mail = 'SELECT .* FROM "model_retirement_teamnotice"'
    lost = before_statement(of_the_mail, raising(OperationalError("the connection is closed")))
    with lost, pytest.raises(OperationalError):
        send(FakeMailer())
    made.refresh_from_db()
    assert made.status == "sending"


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_was_lost_while_the_server_took_the_mail_causes_no_second_one():
    """Rule 8: what became of it is recorded over a new connection."""
    made = message()
    lost = raising(OperationalError("the connection is closed"))
    with before_statement('UPDATE "model_retirement_teammessage"', lost, number=2):  # the first one claims
        assert send(FakeMailer()) is True
    made.refresh_from_db()
    assert made.status == "sent"


def test_a_message_that_had_reached_everybody_is_only_recorded():
    """Its sender died between the last mail and the end."""
    made = message(A, delivered_to=[A])
    mailer = FakeMailer()
    assert send(mailer) is True
    made.refresh_from_db()
    assert (made.status, mailer.accepted) == ("sent", [])


def test_logs_name_no_address(caplog):
    """Rule 8."""
    caplog.set_level(logging.DEBUG, logger="apps")
    message(A)
    send(FakeMailer(A))
    assert [record.getMessage() for record in caplog.records] == ["message tried", "message not sent"]
    assert not any("@" in str(value) for record in caplog.records for value in vars(record).values())


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_the_claim_is_renewed_as_long_as_the_server_takes(settings):
    """A slow server must not cause a second mail, nor must a renewal that fails."""
    settings.MODEL_RETIREMENT_LEASE_SECONDS = 6  # a third of it is between two renewals; the rest is for a busy machine
    made = message()
    failures: list[str] = []

    def fail_once(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith("UPDATE") and not failures:
            failures.append(sql)
            raise OperationalError("the connection is closed")
        return execute(sql, params, many, context)

    def watch(connection: BaseDatabaseWrapper, **_kwargs: Any) -> None:  # renewals have a connection of their own
        connection.execute_wrappers.append(fail_once)

    def slow(_mail: EmailMessage) -> None:
        claimed_until = TeamMessage.objects.get().lease_expires_at
        wait_for(lambda: TeamMessage.objects.filter(lease_expires_at__gt=claimed_until).exists())
        assert claimable() == []

    connection_created.connect(watch)
    try:
        assert send(FakeMailer(act=slow)) is True
    finally:
        connection_created.disconnect(watch)
    assert len(failures) == 1
    made.refresh_from_db()
    assert made.status == "sent"


def leave_by_deactivation(who: Membership) -> None:
    User.objects.filter(pk=who.user_id).update(is_active=False)


def leave_by_demotion(who: Membership) -> None:
    Membership.objects.filter(pk=who.pk).update(role=Membership.Role.MEMBER)


def leave_the_team(who: Membership) -> None:
    who.delete()


def leave_by_deletion(who: Membership) -> None:
    who.user.delete()


def leave_by_an_address_that_is_none(who: Membership) -> None:
    User.objects.filter(pk=who.user_id).update(email='"a\x0bBcc:x@y"@example.com')


LEAVE = [
    leave_by_deactivation,
    leave_by_demotion,
    leave_the_team,
    leave_by_deletion,
    leave_by_an_address_that_is_none,
]


@pytest.mark.parametrize("leave", LEAVE)
def test_who_has_left_hears_nothing_more(leave: Callable[[Membership], None]):
    """Rule 24: neither the first time nor at a repeat; their addresses do not stay either."""
    made = message(A, B)
    leave(Membership.objects.get(team=made.team, user__email=A))
    mailer = FakeMailer(B)
    assert send(mailer) is False
    made.refresh_from_db()
    assert (mailer.accepted, made.recipients) == ([[]], [B])
    MembershipFactory.create(team=made.team, role="admin", user__email=C)
    TeamMessage.objects.update(next_attempt_at=None)
    mailer = FakeMailer()
    assert send(mailer) is True
    made.refresh_from_db()
    assert (mailer.accepted, made.recipients, made.delivered_to) == ([[B, C]], [B, C], [B, C])


@pytest.mark.parametrize("leave", LEAVE)
def test_a_message_of_which_nobody_is_left_waits_for_an_admin(leave: Callable[[Membership], None]):
    """Rule 24: it is not sent, not given up and not forgotten: the notices are what no message tells of yet."""
    made = message(A)
    notice = made.notices.get()
    leave(Membership.objects.get(team=made.team, user__email=A))
    mailer = FakeMailer()
    with pytest.raises(NobodyToTell):
        send(mailer)
    notice.refresh_from_db()
    assert (mailer.accepted, notice.message, TeamMessage.objects.count()) == ([], None, 0)


def test_who_has_got_it_and_left_since_keeps_nobody_waiting():
    """Rule 24: the only one who had not got it has left, so everybody has."""
    made = message(A, B, delivered_to=[A])
    Membership.objects.filter(team=made.team).delete()
    mailer = FakeMailer()
    assert send(mailer) is True
    made.refresh_from_db()
    assert (mailer.accepted, made.status, made.recipients) == ([], Status.SENT, [A])


def test_a_message_that_another_sender_has_taken_over_is_not_taken_apart():
    """Rule 10."""
    made = message()
    Membership.objects.all().delete()
    claimed = claim()
    TeamMessage.objects.update(lease_token=uuid.uuid4())
    with pytest.raises(ClaimLost):
        sending.send(claimed, mailer=FakeMailer(), using="default")
    assert made.notices.count() == 1
