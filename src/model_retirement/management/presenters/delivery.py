"""The words of what became of e-mails: as text for people and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import DEFAULT_DB_ALIAS

from model_retirement.data_migrations.arguments import on_database
from model_retirement.notices.outbox import Delivery
from model_retirement.platform import host_delivers


def carriers() -> str:
    """Return the word for what carries notices to teams here."""
    return "Messages" if host_delivers() else "E-mails"


def as_json(delivery: Delivery | None) -> dict[str, Any] | None:
    """Return what became of the e-mails; None if nothing was to be sent now."""
    if delivery is None:
        return None
    return {
        "sent": delivery.sent,
        "queued": delivery.queued,
        "gave_up": delivery.gave_up,
        "mail_server": delivery.error or None,
    }


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
