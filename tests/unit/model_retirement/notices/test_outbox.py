"""The outbox: who is told of what, and what becomes of the messages."""

from __future__ import annotations

import datetime as dt
import os
import signal
import smtplib
from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError, RestrictedError
from django.db.models.functions import Now

from apps.teams.models import Team
from model_retirement.data_migrations.models import CustomMigration, CustomMigrationRun
from model_retirement.interruption import Interrupted
from model_retirement.models import RemovalRun, TeamMessage, TeamNotice
from model_retirement.notices import outbox
from model_retirement.notices.outbox import Delivery
from model_retirement.removal_records import MIGRATION_NAME
from tests.factories.service_providers import RemovalRunFactory, TeamMessageFactory, TeamNoticeFactory
from tests.factories.teams import MembershipFactory, TeamFactory
from tests.statements import before_statement, raising

pytestmark = pytest.mark.django_db

HOUR = dt.timedelta(hours=1)
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture(autouse=True)
def no_records(db):
    CustomMigration.objects.all().delete()


def team_with_admin(slug: str = "acme", email: str = "") -> Team:
    team = TeamFactory.create(slug=slug)
    MembershipFactory.create(team=team, role="admin", user__email=email or f"{slug}@example.org")
    return team


def address() -> int:
    return outbox.create_messages(using="default")


def deliver(**options: Any) -> Delivery:
    return outbox.deliver(using="default", **options)


def interrupted_run(*, ago: dt.timedelta) -> RemovalRun:
    run = RemovalRunFactory.create(finished_at=None)
    RemovalRun.objects.filter(pk=run.pk).update(continued_at=Now() - ago)
    return run


def test_a_team_gets_one_message_of_all_that_a_run_did_to_it():
    """Rule 9."""
    acme, other = team_with_admin("acme"), team_with_admin("other")
    run, later = RemovalRunFactory.create(), RemovalRunFactory.create()
    for team, of_run in ((acme, run), (acme, run), (other, run), (acme, later)):
        TeamNoticeFactory.create(team=team, run=of_run)

    assert address() == 3

    messages = [
        (message.team, message.run, message.notices.count(), message.recipients)
        for message in TeamMessage.objects.order_by("id")
    ]
    assert messages == [
        (acme, run, 2, ["acme@example.org"]),
        (other, run, 1, ["other@example.org"]),
        (acme, later, 1, ["acme@example.org"]),
    ]
    assert address() == 0


def test_a_restore_is_told_apart_from_the_removal_that_it_undoes():
    team, run = team_with_admin(), RemovalRunFactory.create()
    for event in (TeamNotice.Event.REMOVED, TeamNotice.Event.RESTORED):
        TeamNoticeFactory.create(team=team, run=run, event=event, name="gpt-4")
    assert address() == 2
    assert [message.notices.get().event for message in TeamMessage.objects.order_by("id")] == ["removed", "restored"]


def test_notices_that_belong_to_no_run_are_told_at_once():
    TeamNoticeFactory.create(team=team_with_admin(), run=None, event=TeamNotice.Event.DEPRECATED)
    assert address() == 1
    assert TeamMessage.objects.get().run is None


def test_what_comes_while_notices_are_locked_waits_for_the_next_sender():
    """Nobody has locked it, so another sender may be about to tell it."""
    team, run = team_with_admin(), RemovalRunFactory.create()
    TeamNoticeFactory.create(team=team, run=run)
    second_look = 'SELECT "model_retirement_teamnotice"."id"( AS "pk")?, "model_retirement_teamnotice"."team_id"'
    with before_statement(second_look, lambda: TeamNoticeFactory.create(team=team, run=run)):
        assert address() == 1
    assert TeamMessage.objects.get().notices.count() == 1
    assert address() == 1


def test_a_message_never_takes_in_what_came_after_it():
    team, run = team_with_admin(), RemovalRunFactory.create()
    first = TeamNoticeFactory.create(team=team, run=run)
    address()
    second = TeamNoticeFactory.create(team=team, run=run)
    assert address() == 1
    first.refresh_from_db()
    second.refresh_from_db()
    assert first.message != second.message


def test_more_teams_than_one_statement_takes(monkeypatch):
    monkeypatch.setattr(outbox, "TEAMS_PER_QUERY", 2)
    run = RemovalRunFactory.create()
    for number in range(5):
        TeamNoticeFactory.create(team=team_with_admin(f"t{number}"), run=run)
    assert address() == 5
    assert all(message.notices.get().team == message.team for message in TeamMessage.objects.all())


def test_a_run_that_goes_on_is_not_told_of_yet():
    TeamNoticeFactory.create(team=team_with_admin(), run=interrupted_run(ago=59 * MINUTE))
    assert address() == 0


def test_a_run_that_nobody_continued_within_an_hour_is_told_of_as_far_as_it_came():
    TeamNoticeFactory.create(team=team_with_admin(), run=interrupted_run(ago=HOUR + MINUTE))
    assert address() == 1


@pytest.mark.parametrize(
    ("lease_ends", "attempt_ended", "addressed"),
    [
        (MINUTE, None, 0),
        (-MINUTE, None, 0),
        (-HOUR - MINUTE, None, 1),
        (None, -MINUTE, 0),
        (None, -HOUR - MINUTE, 1),
    ],
    ids=["at work", "killed just now", "killed long ago", "failed just now", "failed long ago"],
)
def test_a_run_that_took_hours_is_given_up_an_hour_after_its_end_not_after_its_start(
    lease_ends, attempt_ended, addressed
):
    TeamNoticeFactory.create(team=team_with_admin(), run=interrupted_run(ago=5 * HOUR))
    record = CustomMigration.objects.create(
        name=MIGRATION_NAME,
        status="running" if lease_ends else "failed",
        lease_expires_at=Now() + lease_ends if lease_ends else None,
    )
    CustomMigrationRun.objects.create(
        migration=record, triggered_by="t", finished_at=Now() + attempt_ended if attempt_ended else None
    )
    assert address() == addressed


def test_what_a_team_is_told_last_is_what_happened_last(on_mail):
    """Rule 21: a message that is put off is not overtaken by a later one that says otherwise."""
    team, other = team_with_admin("acme"), team_with_admin("other")
    TeamNoticeFactory.create(team=team, name="first")
    assert address() == 1
    on_mail(raising(smtplib.SMTPServerDisconnected("come back later")))
    assert (deliver().failed, TeamMessage.objects.get().attempts) == (1, 1)
    for receiver in (team, other):
        TeamNoticeFactory.create(team=receiver, name="second")
    assert address() == 2
    arrived: list[tuple[str, bool]] = []
    on_mail(lambda mail: arrived.append((mail.to[0], "first" in mail.body)))
    assert (deliver().sent, arrived) == (1, [("other@example.org", False)])
    TeamMessage.objects.update(next_attempt_at=None)
    assert deliver().sent == 2
    assert arrived[1:] == [("acme@example.org", True), ("acme@example.org", False)]


def test_what_waited_for_an_admin_is_told_in_the_order_in_which_it_happened(mailoutbox):
    """Rule 21: whatever the events are called, and whatever the numbers of their removals are."""
    lonely = TeamFactory.create(slug="lonely")
    late, early = RemovalRunFactory.create(), RemovalRunFactory.create()
    for run, event in [(early, "removed"), (early, "restored"), (None, "deprecated"), (late, "removed")]:
        TeamNoticeFactory.create(team=lonely, run=run, event=event)
    MembershipFactory.create(team=lonely, role="admin", user__email="late@example.org")
    assert address() == 4
    notices = [message.notices.get() for message in TeamMessage.objects.order_by("pk")]
    assert [(notice.run, notice.event) for notice in notices] == [
        (early, "removed"),
        (early, "restored"),
        (None, "deprecated"),
        (late, "removed"),
    ]


def test_a_team_without_a_reachable_admin_is_listed_and_told_when_it_has_one(mailoutbox):
    """Rule 8: not forgotten."""
    lonely = TeamFactory.create(slug="lonely")
    TeamNoticeFactory.create(team=lonely)
    TeamNoticeFactory.create(team=lonely, run=interrupted_run(ago=MINUTE), name="not yet")
    TeamNoticeFactory.create(team=team_with_admin("acme"))

    done = outbox.send_pending(using="default")
    assert (done.addressed, done.unreachable_teams) == (1, ("lonely",))

    MembershipFactory.create(team=lonely, role="admin", user__email="late@example.org")
    done = outbox.send_pending(using="default")
    assert (done.addressed, done.unreachable_teams) == (1, ())
    assert [mail.to for mail in mailoutbox] == [["acme@example.org"], ["late@example.org"]]


def test_delivery_sends_what_is_due_once(mailoutbox):
    for number in range(3):
        message = TeamMessageFactory.create(team=team_with_admin(f"t{number}", email=f"{number}@example.org"))
        TeamNoticeFactory.create(team=message.team, run=message.run, message=message)
    assert deliver(limit=0) == Delivery(sent=0, failed=0, queued=3, gave_up=0)
    assert deliver(limit=2) == Delivery(sent=2, failed=0, queued=1, gave_up=0)
    assert deliver() == Delivery(sent=1, failed=0, queued=0, gave_up=0)
    assert deliver() == Delivery(sent=0, failed=0, queued=0, gave_up=0)
    assert [mail.to for mail in mailoutbox] == [["0@example.org"], ["1@example.org"], ["2@example.org"]]


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.django_db(transaction=True)
def test_who_is_asked_to_end_finishes_the_mail_in_hand(on_mail, signum):
    """Rule 8: it is recorded, and the others wait for the next sender."""
    for slug in ("acme", "beta", "gamma"):
        TeamNoticeFactory.create(team=team_with_admin(slug))
    address()
    on_mail(lambda _mail: os.kill(os.getpid(), signum))
    with pytest.raises(Interrupted, match="What was finished is recorded"):
        deliver()
    assert list(TeamMessage.objects.order_by("pk").values_list("status", flat=True)) == ["sent", "queued", "queued"]


def test_one_broken_message_does_not_hold_up_the_others(mailoutbox):
    """Rule 8."""
    for number in range(3):
        message = TeamMessageFactory.create(team=team_with_admin(f"t{number}"))
        notice = TeamNoticeFactory.create(team=message.team, run=message.run, message=message)
        if number == 1:
            TeamNotice.objects.filter(pk=notice.pk).update(payload={"broken": True})
    assert deliver() == Delivery(sent=2, failed=1, queued=1, gave_up=0)
    assert len(mailoutbox) == 2


def test_a_server_that_is_down_ends_the_pass_and_costs_no_message_an_attempt(mail_is_down):
    """Rule 8: a failed send raises nothing, loses nothing."""
    for _ in range(3):
        TeamNoticeFactory.create(team=team_with_admin(f"t{_}"))
    address()
    assert deliver() == Delivery(
        sent=0, failed=0, queued=3, gave_up=0, error="ConnectionRefusedError: Connection refused"
    )
    assert set(TeamMessage.objects.values_list("status", "attempts", "next_attempt_at")) == {("queued", 0, None)}


def test_a_server_that_hangs_on_every_mail_ends_the_pass(on_mail):
    for number in range(6):
        TeamNoticeFactory.create(team=team_with_admin(f"t{number}"))
    address()

    def hang(_mail):
        raise smtplib.SMTPServerDisconnected("Connection unexpectedly closed: timed out")

    on_mail(hang)
    done = deliver()
    assert (done.sent, done.failed, done.queued) == (0, 3, 6)
    assert done.error == "it closed the connection 3 times in a row"
    assert sorted(TeamMessage.objects.values_list("attempts", flat=True)) == [0, 0, 0, 1, 1, 1]


def test_a_claim_that_was_lost_is_left_to_whoever_has_it(on_mail, caplog):
    TeamNoticeFactory.create(team=team_with_admin())
    address()
    on_mail(lambda _mail: TeamMessage.objects.update(lease_token=None))
    assert deliver() == Delivery(sent=0, failed=0, queued=1, gave_up=0)
    assert [record.message for record in caplog.records if record.levelname == "WARNING"] == ["claim on a message lost"]


def test_given_up_messages_are_counted_and_can_be_sent_again(mailoutbox):
    team = team_with_admin("acme", email="new@example.org")
    message = TeamMessageFactory.create(
        team=team,
        recipients=["had@example.org", "gone@example.org"],
        delivered_to=["had@example.org"],
        status=TeamMessage.Status.GAVE_UP,
        attempts=9,
        next_attempt_at=Now() + HOUR,
    )
    TeamNoticeFactory.create(team=team, run=message.run, message=message)
    sent = TeamMessageFactory.create(status=TeamMessage.Status.SENT)
    assert deliver() == Delivery(sent=0, failed=0, queued=0, gave_up=1)

    assert outbox.send_again(message_ids=[message.pk, sent.pk], using="default") == 1

    assert deliver() == Delivery(sent=1, failed=0, queued=0, gave_up=0)
    assert [mail.to for mail in mailoutbox] == [["new@example.org"]]
    assert outbox.send_again(message_ids=[message.pk], using="default") == 0


def test_a_message_is_never_sent_again_to_addresses_of_the_past(mailoutbox):
    """Rule 24: a team that has nobody any more is listed until somebody can be told."""
    team = TeamFactory.create(slug="solo")
    message = TeamMessageFactory.create(team=team, recipients=["gone@example.org"], status=TeamMessage.Status.GAVE_UP)
    TeamNoticeFactory.create(team=team, run=message.run, message=message)
    assert outbox.send_again(message_ids=[message.pk], using="default") == 1
    for _ in range(2):
        done = outbox.send_pending(using="default")
        assert done.delivery == Delivery(sent=0, failed=0, queued=0, gave_up=0)
        assert done.unreachable_teams == ("solo",)
    assert mailoutbox == []
    MembershipFactory.create(team=team, role="admin", user__email="new@example.org")
    assert outbox.send_pending(using="default").unreachable_teams == ()
    assert [mail.to for mail in mailoutbox] == [["new@example.org"]]


def test_what_was_given_up_long_ago_and_has_no_addresses_any_more_is_not_sent_again():
    """Nobody knows who has got it."""
    message = TeamMessageFactory.create(recipients=[], status=TeamMessage.Status.GAVE_UP)
    assert outbox.send_again(message_ids=[message.pk], using="default") == 0


def test_nothing_is_sent_out_of_a_transaction_that_may_be_undone():
    """Rule 8: written with the change, sent after commit."""
    TeamNoticeFactory.create(team=team_with_admin())
    with transaction.atomic():
        assert address() == 1
        with pytest.raises(RuntimeError):
            deliver()


def test_a_failing_server_leaves_the_change_alone(on_mail):
    """Rule 8: a failed send never rolls back a removal."""
    notice = TeamNoticeFactory.create(team=team_with_admin())
    address()
    on_mail(raising(ValueError("x")))
    assert deliver().failed == 1
    assert TeamNotice.objects.get().message is not None
    assert TeamNotice.objects.get() == notice


def test_what_was_told_stays_told():
    """Rule 9: a notice keeps its run and its message; with its team it may go."""
    notice = TeamNoticeFactory.create(team=team_with_admin())
    address()
    notice.refresh_from_db()
    assert notice.message is not None
    assert notice.run is not None
    with pytest.raises(RestrictedError):
        notice.message.delete()
    with pytest.raises(ProtectedError):
        notice.run.delete()
    with pytest.raises(IntegrityError), transaction.atomic():
        TeamNoticeFactory.create(team=notice.team, run=notice.run, name=notice.name)
    notice.team.delete()
    assert not TeamMessage.objects.exists()


def test_the_mail_that_goes_out_is_the_teams(mailoutbox: list[EmailMessage]):
    team = team_with_admin()
    TeamNoticeFactory.create(team=team, name="gpt-4", replacement="gpt-4.1")
    outbox.send_pending(using="default")
    assert mailoutbox[0].subject.endswith(f": gpt-4.1 replaces gpt-4, try it out ({team.name})")
    message = TeamMessage.objects.get()
    assert (message.status, message.delivered_to) == ("sent", ["acme@example.org"])


@pytest.mark.parametrize("messages", [1, 12])
def test_addressing_takes_as_many_queries_for_many_teams(messages, django_assert_max_num_queries):
    run = RemovalRunFactory.create()
    for number in range(messages):
        TeamNoticeFactory.create(team=team_with_admin(f"t{number}"), run=run)
    with django_assert_max_num_queries(9):  # locked ones are looked at again: another may have told them
        assert address() == messages
