"""Send one message: claim it, send it in as many mails as its recipients need, record what became of it.

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
"""

from __future__ import annotations

import contextlib
import datetime as dt
import itertools
import logging
import threading
import traceback
import uuid
from collections.abc import Callable, Iterator
from typing import Any

from django.conf import settings
from django.db import Error, OperationalError, connections, transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from apps.data_migrations.connection_loss import drop_if_lost
from apps.data_migrations.phases import batch, log
from apps.service_providers.models import TeamMessage
from apps.service_providers.notices import compose, recipients
from apps.service_providers.notices.mailer import Mailer, ServerUnreachable

logger = logging.getLogger(__name__)

Status = TeamMessage.Status

RECIPIENTS_PER_MAIL = 50
"""Some mail services refuse more."""

FREE = ""
"""The place of somebody who has left before the message was delivered."""

FIRST_DELAY = dt.timedelta(minutes=5)
"""Time until the second attempt; each later wait is twice as long."""

GIVE_UP_AFTER = 9
"""Attempts; with the delays between them that is 21 hours."""


class ClaimLost(Exception):
    """The claim on a message ended while it was being sent, so another process may be sending it, too."""


class NobodyToTell(Exception):
    """The team has no reachable admin any more. The message is gone, and its notices wait until it has one."""


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
    """Claim the first due message behind another one, or return None if there is none."""
    free = Q(status=Status.QUEUED) | Q(status=Status.SENDING, lease_expires_at__lte=Now())
    due = Q(next_attempt_at=None) | Q(next_attempt_at__lte=Now())
    # Durable: inside somebody's transaction the claim would bind nobody, and the mail tell of what may be undone.
    with transaction.atomic(using=using, durable=True):
        messages = TeamMessage.objects.using(using).filter(free, due, pk__gt=after).select_related("team")
        message = messages.select_for_update(skip_locked=True, no_key=True, of=("self",)).order_by("pk").first()
        if message is not None:
            message.lease_token = uuid.uuid4()
            message.attempts += 1
            TeamMessage.objects.using(using).filter(pk=message.pk).update(
                status=Status.SENDING,
                attempts=message.attempts,
                lease_token=message.lease_token,
                lease_expires_at=Now() + _lease(),
            )
    return message


def send(message: TeamMessage, *, mailer: Mailer, using: str) -> bool:
    """Send a claimed message to those who have not got it yet, and record it; return whether everybody was accepted.

    It goes to those who are reachable admins now, first time and every repeat.

    :raises ServerUnreachable: if nothing could be tried; the message is as it was before the claim
    :raises ClaimLost: if another process may have taken the message over
    :raises NobodyToTell: if there is no such admin, and nobody has got the message before
    """
    before = message.recipients
    look_up_recipients(message, using=using)
    if not message.recipients:
        _hand_back(message, using=using)
        raise NobodyToTell
    if message.recipients != before:
        _record(message, using=using, recipients=message.recipients)
    try:
        with _kept(message, using=using), batch(logger, "message tried", **_facts(message)) as counts:
            troubles = _send_parts(message, mailer=mailer, using=using)
            counts.update(recipients=len(message.addresses), delivered=len(message.delivered_to))
    except ServerUnreachable as error:
        _leave(
            message,
            using=using,
            status=Status.QUEUED,
            attempts=message.attempts - 1,
            last_error=_storable(f"The mail server cannot be used: {error}"),
        )
        raise
    if not troubles:
        _leave(message, using=using, status=Status.SENT, sent_at=Now(), last_error="")
        return True
    gave_up = message.attempts >= GIVE_UP_AFTER
    _leave(
        message,
        using=using,
        status=Status.GAVE_UP if gave_up else Status.QUEUED,
        next_attempt_at=Now() + FIRST_DELAY * 2 ** (message.attempts - 1),
        last_error=_storable("\n".join(troubles)),
    )
    log(logger, "message given up" if gave_up else "message not sent", level=logging.WARNING, **_facts(message))
    return False


def look_up_recipients(message: TeamMessage, *, using: str) -> None:
    """Note on the message who has got it, and who is an admin now: see "Who has which place"."""
    admins = recipients.addresses(team_ids=[message.team_id], using=using).get(message.team_id, [])
    stay = {*admins, *message.delivered_to}
    mails = [[to for to in mail if to in stay] for mail in _mails(message)]
    new = [to for to in admins if to not in message.recipients]
    while mails and not mails[-1]:
        mails.pop()
    *full, last = mails or [[]]
    places: list[str] = []
    for mail in full:
        free = RECIPIENTS_PER_MAIL - len(mail)
        came, new = new[:free], new[free:]
        places += [*mail, *came, *[FREE] * (free - len(came))]
    message.recipients = [*places, *last, *new]


def _hand_back(message: TeamMessage, *, using: str) -> None:
    """Let the notices of a message wait for a reachable admin, like those that never had a message."""
    with transaction.atomic(using=using):
        if not _mine(message, using=using).select_for_update(no_key=True).values_list("pk"):
            raise ClaimLost
        message.notices.using(using).update(message=None)
        message.delete(using=using)


def _facts(message: TeamMessage) -> dict[str, int | None]:
    """Return what log lines say of a message: numbers, no address."""
    return {"message_pk": message.pk, "run": message.run_id, "attempt": message.attempts}


def _send_parts(message: TeamMessage, *, mailer: Mailer, using: str) -> list[str]:
    """Send the mails of a message and return what went wrong, in words for staff."""
    if message.attempts > GIVE_UP_AFTER:
        return ["The sender died while it was at this message, and no attempt is left."]
    troubles: list[str] = []
    parts = list(_parts(message))
    for number, left in parts:
        try:
            refused = mailer.send(compose.mail(message=message, part=number, to=left, using=using))
        except ServerUnreachable as error:
            if not troubles:
                raise
            return [*troubles, str(error)]
        except Error:
            raise
        except Exception as error:  # noqa: BLE001  # one broken message must not hold up the others; it is recorded
            troubles.append(_described(error))
            continue
        troubles += [f"{to} was refused: {words}" for to, words in refused.items()]
        message.delivered_to = [*message.delivered_to, *(to for to in left if to not in refused)]
        if number != parts[-1][0]:  # the last one is recorded with the outcome
            _record(message, using=using, delivered_to=message.delivered_to, lease_expires_at=Now() + _lease())
    return troubles


def _parts(message: TeamMessage) -> Iterator[tuple[int, list[str]]]:
    """Yield number and recipients of each mail that somebody has not got yet."""
    for number, mail in enumerate(_mails(message)):
        if left := [to for to in mail if to != FREE and to not in message.delivered_to]:
            yield number, left


def _mails(message: TeamMessage) -> list[list[str]]:
    """Return the places of each mail."""
    starts = range(0, len(message.recipients), RECIPIENTS_PER_MAIL)
    return [message.recipients[start : start + RECIPIENTS_PER_MAIL] for start in starts]


def _described(error: Exception) -> str:
    where = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {error} ({where.name}, line {where.lineno})"


def _storable(words: str) -> str:
    """Return a server's words without what a database refuses to store, and not more than staff will read."""
    return words.encode(errors="replace").decode().replace("\0", "")[:2_000]


def _lease() -> dt.timedelta:
    return dt.timedelta(seconds=settings.LEASE_SECONDS)


def _mine(message: TeamMessage, *, using: str) -> QuerySet[TeamMessage]:
    """Return the message if our claim on it still holds: the filter of everything that a sender writes."""
    return TeamMessage.objects.using(using).filter(pk=message.pk, lease_token=message.lease_token)


def _record(message: TeamMessage, *, using: str, **values: Any) -> None:
    try:
        recorded = _mine(message, using=using).update(**values)
    except OperationalError:
        # The mail is out: it must not go out again because the connection was lost meanwhile.
        drop_if_lost(using=using)
        recorded = _mine(message, using=using).update(**values)
    if not recorded:
        raise ClaimLost


def _leave(message: TeamMessage, *, using: str, **values: Any) -> None:
    """Record what became of the message and give up the claim."""
    released = {"lease_token": None, "lease_expires_at": None}
    addresses = {"recipients": message.recipients, "delivered_to": message.delivered_to}
    _record(message, using=using, **addresses, **released, **values)


@contextlib.contextmanager
def _kept(message: TeamMessage, *, using: str) -> Iterator[None]:
    """Renew the claim on a message while the block runs: see "How long a claim on a message holds"."""
    done = threading.Event()

    def renew() -> None:
        # A thread has a database connection of its own, opened at its first query.
        try:
            while not done.wait(settings.LEASE_SECONDS / 3):
                try:
                    _mine(message, using=using).update(lease_expires_at=Now() + _lease())
                except Error:
                    log(logger, "claim on a message not renewed", level=logging.WARNING, **_facts(message))
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
