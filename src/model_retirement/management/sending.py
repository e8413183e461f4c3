"""Sending the e-mails of a change that is made: whatever becomes of them, the change stands and is told."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from django.core.management.base import CommandError
from django.db import Error, transaction

from model_retirement.connection_loss import drop_if_lost
from model_retirement.data_migrations.arguments import on_database
from model_retirement.data_migrations.commands import stopped_by
from model_retirement.data_migrations.project_command import first_line

T = TypeVar("T")


def send_then_tell(send: Callable[[], T], tell: Callable[[T | None], object], *, using: str) -> None:
    """Send the e-mails of a change that is made, and tell of both, whatever became of the e-mails.

    Trouble with mail is no error. A database that fails meanwhile is one, and so is being stopped, but neither must keep
    anybody from hearing what was done.

    :param tell: gets what sending returned, or None if it did not come to its end
    :param using: alias of the database
    :raises CommandError: in the end, if sending did not come to its end
    """
    cause: BaseException
    try:
        sent = send()
    except Error as error:
        drop_if_lost(using=using)
        line, cause = _refused(error, using=using), error
    except KeyboardInterrupt as stop:
        line, cause = _unsent(f": {stopped_by(stop)}", using=using), stop
    else:
        tell(sent)
        return
    tell(None)
    raise CommandError(line) from cause


def send_after_commit(send: Callable[[], object], *, warn: Callable[[str], object], using: str) -> None:
    """Send the e-mails of a change when the transaction that we are in is committed.

    A database that fails then is no error of whoever has committed. Within a migration it may be that later ones have still
    to add a column that what a message names has.

    :param warn: gets a line if not all are sent
    """

    def try_to() -> None:
        try:
            send()
        except Error as error:
            drop_if_lost(using=using)
            warn(_refused(error, using=using))

    transaction.on_commit(try_to, using=using)


def _refused(error: Error, *, using: str) -> str:
    return _unsent(f", for the database said: {first_line(error)}.", using=using)


def _unsent(why: str, *, using: str) -> str:
    return (
        f"The change itself is made and recorded. Its e-mails are not all sent{why}"
        f" `send_team_notices{on_database(using)}` sends the rest."
    )
