"""The words of what became of e-mails."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import DEFAULT_DB_ALIAS

from model_retirement.data_migrations.arguments import on_database
from model_retirement.notices.outbox import Delivery
from model_retirement.platform import host_delivers


def carriers() -> str:
    """Return the word for what carries notices to teams here."""
    return "Messages" if host_delivers() else "E-mails"


def delivery_lines(delivery: Delivery, *, using: str = DEFAULT_DB_ALIAS) -> Iterator[str]:
    """Yield what became of the e-mails; nothing if there were none.

    :param using: alias of the database
    """
    if delivery.sent or delivery.failed or delivery.queued or delivery.gave_up:
        yield f"{carriers()}: {delivery.sent} sent, {delivery.queued} queued, {delivery.gave_up} given up."
    if delivery.error:
        yield f"The mail server cannot be used: {delivery.error}"
    if delivery.queued:
        yield f"`send_team_notices{on_database(using)}` sends what is queued."
