"""The claim on a message: taken before it is sent, kept while it is, given up with the outcome.

How long a claim on a message holds
-----------------------------------
Two wishes pull in different directions. A slow server must not cause a second mail, and it may use up its time limit at
every recipient, so no length of time bounds one sending. Yet a message whose sender was killed should not wait for long.
So the claim is short, and a thread renews it while the sender talks to the server: a process that lives keeps its
message however long it takes, one that died loses it within ``LEASE_SECONDS``.

Who has which place
-------------------
A message to many goes out in several mails, and a mail's number is in its ``Message-ID``, by which a repeat is recognised. So
nobody changes from one mail to another when a person of an earlier one leaves: that person's place stays free until a
new admin takes it. The places are recorded before the first mail goes out, as a sender may die after it.

What comes first arrives first
------------------------------
What a team reads last is what it believes. A message that was put off, or is being sent, must not arrive behind a later one
that says otherwise, so the later one waits until somebody has got the first, or it is given up: 21 hours at most. An
address that is refused for good, beside others that are not, holds nothing up.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import itertools
import logging
import threading
import uuid
from collections.abc import Callable, Iterator
from typing import Any

from django.db import Error, OperationalError, connections, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from model_retirement import conf, sql
from model_retirement.connection_loss import drop_if_lost
from model_retirement.models import TeamMessage
from model_retirement.phases import log

logger = logging.getLogger(__name__)

Status = TeamMessage.Status


class ClaimLost(Exception):
    """The claim on a message ended while it was being sent, so another process may be sending it, too."""


def claimed(*, using: str, limit: int | None, go_on: Callable[[], None] = lambda: None) -> Iterator[TeamMessage]:
    """Claim one due message after the other, so that none is held while another is being sent.

    :param limit: most messages to claim; None means all
    :param go_on: called before each claim; raises if there shall be no more
    """
    last = 0
    for _ in itertools.count() if limit is None else range(limit):
        go_on()
        message = _claim(after=last, using=using)
        if message is None:
            return
        last = message.pk
        yield message


def _claim(*, after: int, using: str) -> TeamMessage | None:
    """Claim the first due message behind another one, or return None: see "What comes first arrives first"."""
    free = Q(status=Status.QUEUED) | Q(status=Status.SENDING, lease_expires_at__lte=Now())
    due = Q(next_attempt_at=None) | Q(next_attempt_at__lte=Now())
    earlier = TeamMessage.objects.using(using).filter(
        team=OuterRef("team"), pk__lt=OuterRef("pk"), status__in=(Status.QUEUED, Status.SENDING), delivered_to=[]
    )
    # Durable: inside somebody's transaction the claim would bind nobody, and the mail tell of what may be undone.
    with transaction.atomic(using=using, durable=True):
        messages = (
            TeamMessage.objects.using(using).filter(free, due, ~Exists(earlier), pk__gt=after).select_related("team")
        )
        # With the name of its team, which is written in the mail and nowhere else.
        with sql.dialect(using).text_for_people():
            message = messages.select_for_update(skip_locked=True, no_key=True, of=("self",)).order_by("pk").first()
        if message is not None:
            message.lease_token = uuid.uuid4()
            message.attempts += 1
            TeamMessage.objects.using(using).filter(pk=message.pk).update(
                status=Status.SENDING,
                attempts=message.attempts,
                lease_token=message.lease_token,
                lease_expires_at=Now() + lease(),
            )
    return message


def lock(message: TeamMessage, *, using: str) -> None:
    """Lock a message that is ours until the transaction ends.

    :raises ClaimLost: if it is not any more
    """
    if not mine(message, using=using).select_for_update(no_key=True).values_list("pk"):
        raise ClaimLost


def facts(message: TeamMessage) -> dict[str, Any]:
    """Return what log lines say of a message: numbers, no address."""
    return {"message_pk": message.pk, "run": message.run_id, "attempt": message.attempts}


def lease() -> dt.timedelta:
    """Return how long a claim on a message holds without a heartbeat."""
    return dt.timedelta(seconds=conf.lease_seconds())


def mine(message: TeamMessage, *, using: str) -> QuerySet[TeamMessage]:
    """Return the message if our claim on it still holds: the filter of everything that a sender writes."""
    return TeamMessage.objects.using(using).filter(pk=message.pk, lease_token=message.lease_token)


def record(message: TeamMessage, *, using: str, **values: Any) -> None:
    """Write something about a message that is ours.

    :raises ClaimLost: if it is not any more
    """
    try:
        recorded = mine(message, using=using).update(**values)
    except OperationalError:
        # The mail is out: it must not go out again because the connection was lost meanwhile.
        drop_if_lost(using=using)
        recorded = mine(message, using=using).update(**values)
    if not recorded:
        raise ClaimLost


def leave(message: TeamMessage, *, using: str, **values: Any) -> None:
    """Record what became of the message and give up the claim."""
    released = {"lease_token": None, "lease_expires_at": None}
    addresses = {"recipients": message.recipients, "delivered_to": message.delivered_to}
    record(message, using=using, **addresses, **released, **values)


@contextlib.contextmanager
def heartbeat(message: TeamMessage, *, using: str) -> Iterator[None]:
    """Renew the claim on a message while the block runs: see "How long a claim on a message holds"."""
    done = threading.Event()

    def renew() -> None:
        # A thread has a database connection of its own, opened at its first query.
        try:
            while not done.wait(conf.lease_seconds() / 3):
                try:
                    mine(message, using=using).update(lease_expires_at=Now() + lease())
                except Error:
                    log(logger, "claim on a message not renewed", level=logging.WARNING, **facts(message))
                    connections[using].close()
        finally:
            connections.close_all()

    thread = threading.Thread(target=renew, name=f"claim on message {message.pk}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
