"""The outbox: e-mails that are made of the notices of a change when it is committed, and then sent.

A message is sent at least once, and exactly once unless the mail server's acceptance does not get into the record: the sender
dies or cannot reach the database any more, or the server accepts and then does not say so, or not in time. Its ``Message-ID`` stays the same, so that such a repeat can be recognised.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import itertools
import logging
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from django.db import transaction
from django.db.models import Count, Exists, Min, Q, QuerySet
from django.db.models.functions import Now

from model_retirement import conf, sql
from model_retirement.interruption import watch
from model_retirement.models import MessageNotice, RemovalRun, TeamMessage, TeamNotice
from model_retirement.notices import message_claims, recipients, sending, told_moves
from model_retirement.notices.mailer import Mailer, ServerUnreachable
from model_retirement.notices.message_claims import ClaimLost
from model_retirement.notices.sending import NobodyToTell
from model_retirement.notices.told_moves import WaitingNotice
from model_retirement.phases import log, phase
from model_retirement.platform import host_delivers
from model_retirement.removal_records import running_since

logger = logging.getLogger(__name__)

Status = TeamMessage.Status

ABANDONED_AFTER = dt.timedelta(hours=1)
"""A removal that was interrupted and not continued for so long is told of as far as it came."""

TEAMS_PER_QUERY = 1_000

Event = tuple[int, int, str, Any]
"""What a team is to be told: how many messages to it come before, number of the run or 0, event, id of the team."""


@dataclasses.dataclass(frozen=True)
class Delivery:
    """What became of the messages that were due: numbers of messages.

    :param sent: accepted by the mail server now, for all recipients
    :param failed: not sent, or not to everybody, now; they stay queued or are given up
    :param queued: still waiting, or just being sent by another process
    :param gave_up: given up, now or earlier
    :param error: why no more was tried, if the mail server cannot be used; it names no address
    """

    sent: int
    failed: int
    queued: int
    gave_up: int
    error: str = ""


@dataclasses.dataclass(frozen=True)
class SendReport:
    """What a sender did, and whom nobody can write to.

    :param addressed: number of messages made of notices that had none
    :param unreachable_teams: slugs of the teams whose notices wait for a reachable admin
    """

    addressed: int
    delivery: Delivery
    unreachable_teams: tuple[str, ...]


def send_pending(*, using: str, limit: int | None = None) -> SendReport:
    """Make messages of the notices that have none and send what is due. Safe in many processes and on many machines at once.

    :param limit: most messages to send; None means all
    """
    addressed = create_messages(using=using)
    delivery = deliver(using=using, limit=limit)
    slug = f"team__{conf.team_slug()}"
    waiting = _waiting(using=using).order_by(slug).values_list(slug, flat=True).distinct()
    return SendReport(addressed=addressed, delivery=delivery, unreachable_teams=tuple(waiting))


def create_messages(*, using: str) -> int:
    """Make one message per team, run and event of the notices that have none, and return their number.

    Only ended runs are told of, and those that nobody has continued for an hour. A team without a reachable admin
    gets no message; its notices wait until it has one. Many teams take several transactions: what one that was interrupted
    has left is found by the next caller.
    """
    rows = _waiting(using=using).values_list("run_id", "event", "team_id").annotate(first=Min("pk")).order_by("first")
    # What is to be told first becomes the first message of its team, which the sender keeps to.
    turns: Counter[Any] = Counter()
    events = []
    for run_id, event, team_id, _ in rows:
        events.append((turns[team_id], run_id or 0, event, team_id))
        turns[team_id] += 1
    addressed = sum(
        _create_for_teams([team_id for *_, team_id in chunk], run_id=run_id or None, event=event, using=using)
        for (_, run_id, event), teams in itertools.groupby(sorted(events), key=lambda row: row[:3])
        for chunk in _chunks(teams)
    )
    log(logger, "messages addressed", teams=len(events), messages=addressed)
    return addressed


def _create_for_teams(team_ids: list[Any], *, run_id: int | None, event: str, using: str) -> int:
    with transaction.atomic(using=using):
        notices = TeamNotice.objects.using(using).filter(messages=None, run=run_id, event=event, team__in=team_ids)
        # Who does the same at this moment waits here, and the next statement finds that these notices have their message.
        locked = set(notices.select_for_update(no_key=True, of=("self",)).order_by("pk").values_list("pk", flat=True))
        rows = notices.order_by("pk").values_list("pk", "team_id", "provider", "name")
        # Not in the query: there may be more of them than SQLite takes parameters.
        waiting = [WaitingNotice(*row) for row in rows if row[0] in locked]
        told_moves.add_impact(waiting, run_id=run_id, using=using)
        teams: list[Any] = sorted({notice.team_id for notice in waiting})
        admins = recipients.addresses(team_ids=teams, using=using)
        messages = TeamMessage.objects.using(using).bulk_create(
            TeamMessage(team_id=team_id, run_id=run_id, recipients=admins.get(team_id, []))
            for team_id in teams
            if team_id in admins or host_delivers()
        )
        _carry([notice.pk for notice in waiting], message_ids=[message.pk for message in messages], using=using)
    return len(messages)


def _carry(notice_ids: list[int], *, message_ids: list[int], using: str) -> None:
    """Let new messages carry the notices of their teams. A notice without one, for nobody can be reached, waits.

    In the database: a row for each of thousands of notices would take longer to send than to make.
    """
    carried, messages, notices = (
        sql.quote(using, model._meta.db_table)  # noqa: SLF001  (the documented Meta API)
        for model in (MessageNotice, TeamMessage, TeamNotice)
    )
    sql.execute(
        using,
        f"INSERT INTO {carried} (message_id, notice_id)"
        f" SELECT m.id, n.id FROM {notices} n JOIN {messages} m ON m.team_id = n.team_id"
        f" WHERE {sql.is_one_of(using, 'm.id', message_ids)} AND {sql.is_one_of(using, 'n.id', notice_ids)}"
        " ORDER BY m.id, n.id",
    )


def _chunks(items: Iterable[Event]) -> Iterator[list[Event]]:
    iterator = iter(items)
    while chunk := list(itertools.islice(iterator, TEAMS_PER_QUERY)):
        yield chunk


def _waiting(*, using: str) -> QuerySet[TeamNotice]:
    """Return the notices without a message whose removal is over, or abandoned.

    A removal that is alive holds its claim; one that was interrupted or failed has left it, or ended its attempt, at a time
    that the record shows. Both count from then, however long ago the run was started.
    """
    an_hour_ago = Now() - ABANDONED_AFTER
    runs = RemovalRun.objects.using(using)
    over = runs.filter(
        Q(finished_at__isnull=False)
        | (Q(continued_at__lt=an_hour_ago) & ~Exists(running_since(an_hour_ago, using=using)))
    )
    return TeamNotice.objects.using(using).filter(Q(run=None) | Q(run__in=over.values("pk")), messages=None)


def deliver(*, using: str, limit: int | None = None) -> Delivery:
    """Send the messages that are due, over one connection. Trouble with mail is reported, never raised.

    Not inside a transaction: what is sent must be committed.

    :param limit: most messages to send; None means all
    :raises Interrupted: after the message in hand, if SIGINT or SIGTERM came
    """
    with phase(logger, "send") as counts:
        delivery = _deliver(using=using, limit=limit)
        counts.update(dataclasses.asdict(delivery))
    return delivery


def _deliver(*, using: str, limit: int | None) -> Delivery:
    sent = failed = 0
    server_error = ""
    with watch(batched=True) as interruption, contextlib.closing(Mailer()) as mailer:
        for message in message_claims.claimed(using=using, limit=limit, go_on=interruption.check):
            try:
                accepted = sending.send(message, mailer=mailer, using=using)
            except ServerUnreachable as error:
                server_error = str(error)
                break
            except ClaimLost:
                log(logger, "claim on a message lost", level=logging.WARNING, message_pk=message.pk)
                continue
            except NobodyToTell:
                log(logger, "message without a reachable admin", level=logging.WARNING, run=message.run_id)
                continue
            sent += accepted
            failed += not accepted
    unsent = TeamMessage.objects.using(using).exclude(status=Status.SENT).order_by()
    numbers = dict(unsent.values_list("status").annotate(Count("pk")))
    return Delivery(
        sent=sent,
        failed=failed,
        queued=numbers.get(Status.QUEUED, 0) + numbers.get(Status.SENDING, 0),
        gave_up=numbers.get(Status.GAVE_UP, 0),
        error=server_error,
    )


def send_again(*, message_ids: Collection[int], using: str) -> int:
    """Queue messages again that were given up, and return how many. The sender looks up who has to get them.

    :param message_ids: those that were not given up are passed over, and those whose addresses have been pruned: nobody
        knows any more who has got them
    """
    given_up = TeamMessage.objects.using(using).filter(pk__in=message_ids, status=Status.GAVE_UP).exclude(recipients=[])
    return given_up.update(status=Status.QUEUED, attempts=0, next_attempt_at=None)
