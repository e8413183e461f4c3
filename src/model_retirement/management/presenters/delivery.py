"""The words of what became of e-mails."""

from __future__ import annotations

from collections.abc import Iterator

from model_retirement.notices.outbox import Delivery


def delivery_lines(delivery: Delivery) -> Iterator[str]:
    """Yield what became of the e-mails; nothing if there were none."""
    if delivery.sent or delivery.failed or delivery.queued or delivery.gave_up:
        yield f"E-mails: {delivery.sent} sent, {delivery.queued} queued, {delivery.gave_up} given up."
    if delivery.error:
        yield f"The mail server cannot be used: {delivery.error}"
    if delivery.queued:
        yield "`send_team_notices` sends what is queued."
