"""Send one message in as many mails as its recipients need, and record what became of it."""

from __future__ import annotations

import datetime as dt
import logging
import traceback
from collections.abc import Iterator

from django.db import Error, InterfaceError, OperationalError, transaction
from django.db.models.functions import Now

from model_retirement import answers
from model_retirement.models import TeamMessage
from model_retirement.notices import compose, recipients
from model_retirement.notices.mailer import Mailer, ServerUnreachable
from model_retirement.notices.message_claims import ClaimLost, facts, heartbeat, lease, leave, lock, record
from model_retirement.phases import batch, log
from model_retirement.platform import host_delivers

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

NO_ATTEMPT_LEFT = "The sender died while it was at this message, and no attempt is left."


class NobodyToTell(Exception):
    """The team has no reachable admin any more. The message is gone, and its notices wait until it has one."""


def send(message: TeamMessage, *, mailer: Mailer, using: str) -> bool:
    """Send a claimed message to those who have not got it yet, and record it; return whether everybody was accepted.

    It goes to those who are reachable admins now, first time and every repeat.

    :raises ServerUnreachable: if nothing could be tried; the message is as it was before the claim
    :raises ClaimLost: if another process may have taken the message over
    :raises NobodyToTell: if there is no such admin, and nobody has got the message before
    """
    before = message.recipients
    look_up_recipients(message, using=using)
    if host_delivers() and (was_told := _send_by_host(message, using=using)) is not None:
        return was_told
    if not message.recipients:
        _hand_back(message, using=using)
        raise NobodyToTell
    if message.recipients != before:
        record(message, using=using, recipients=message.recipients)
    try:
        with heartbeat(message, using=using), batch(logger, "message tried", **facts(message)) as counts:
            troubles = _send_parts(message, mailer=mailer, using=using)
            counts.update(recipients=len(message.addresses), delivered=len(message.delivered_to))
    except ServerUnreachable as error:
        leave(
            message,
            using=using,
            status=Status.QUEUED,
            attempts=message.attempts - 1,
            last_error=_storable(f"The mail server cannot be used: {error}"),
        )
        raise
    if not troubles:
        leave(message, using=using, status=Status.SENT, sent_at=Now(), last_error="")
        return True
    return _put_off(message, troubles, using=using)


def _send_by_host(message: TeamMessage, *, using: str) -> bool | None:
    """Have the host deliver a claimed message; return whether it is delivered, None if it is to go by e-mail.

    :raises ClaimLost: if another process may have taken the message over
    :raises NobodyToTell: if it reached nobody
    """
    if message.attempts > GIVE_UP_AFTER:
        return _put_off(message, [NO_ATTEMPT_LEFT], using=using)
    known = message.recipients, message.delivered_to
    try:
        with transaction.atomic(using=using):
            lock(message, using=using)
            notices = list(message.notices.using(using).order_by("provider", "name"))
            reached = answers.deliver(message=message, notices=notices, recipients=message.recipients, using=using)
            if reached:
                message.recipients = message.delivered_to = reached
                channel = TeamMessage.Channel.HOST
                leave(message, using=using, status=Status.SENT, sent_at=Now(), last_error="", channel=channel)
    except (ClaimLost, OperationalError, InterfaceError):
        raise
    except Exception as error:  # noqa: BLE001  # one broken message must not hold up the others; it is recorded
        message.recipients, message.delivered_to = known
        return _put_off(message, [_described(error)], using=using)
    if reached is None:
        return None
    if not reached:
        _hand_back(message, using=using)
        raise NobodyToTell
    return True


def _put_off(message: TeamMessage, troubles: list[str], *, using: str) -> bool:
    """Leave a message for a later attempt, or give it up."""
    gave_up = message.attempts >= GIVE_UP_AFTER
    leave(
        message,
        using=using,
        status=Status.GAVE_UP if gave_up else Status.QUEUED,
        next_attempt_at=Now() + FIRST_DELAY * 2 ** (message.attempts - 1),
        last_error=_storable("\n".join(troubles)),
    )
    log(logger, "message given up" if gave_up else "message not sent", level=logging.WARNING, **facts(message))
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
        lock(message, using=using)
        message.carried.using(using).all().delete()
        message.delete(using=using)


def _send_parts(message: TeamMessage, *, mailer: Mailer, using: str) -> list[str]:
    """Send the mails of a message and return what went wrong, in words for staff."""
    if message.attempts > GIVE_UP_AFTER:
        return [NO_ATTEMPT_LEFT]
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
            record(message, using=using, delivered_to=message.delivered_to, lease_expires_at=Now() + lease())
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
