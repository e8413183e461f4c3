"""Signals that the engine sends to its host."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from django.db import models, transaction
from django.dispatch import Signal

from model_retirement.keys import Key
from model_retirement.phases import log

logger = logging.getLogger(__name__)


class RobustSignal(Signal):
    """A signal whose receivers harm nobody: what one raises is logged with its name, and the next one is called."""

    def _log_robust_failure(self, receiver: Callable[..., object], err: Exception) -> None:
        # Django's own line takes for granted that a receiver has a name; a partial or an object with __call__ has none.
        named: Any = receiver if hasattr(receiver, "__qualname__") else type(receiver)
        log(
            logger,
            "receiver failed",
            level=logging.ERROR,
            exc_info=err,
            receiver=f"{named.__module__}.{named.__qualname__}",
            error=type(err).__name__,
        )


references_moved = RobustSignal()
"""Sent after the commit of each batch of rows that a removal, a restore or a promotion has changed.

``sender`` is the model whose rows they are, ``reference`` the label of the reference by which they were found, such as
``pipelines.Node.params.llm_provider_model_id``, ``row_ids`` their primary keys in order, and ``using`` the alias of the
database. Of one JSON field lists and settings may have changed as well. A process that dies between the commit and the
signal sends none.
"""


def is_heard(model: type[models.Model]) -> bool:
    """Return whether somebody wants to know which rows of a model were moved."""
    return references_moved.has_listeners(model)


def announce_moved(*, model: type[models.Model], reference: str, row_ids: Iterable[Key], using: str) -> None:
    """Send ``references_moved`` for rows once the present transaction is committed, and never if it is not.

    :param reference: its label
    """
    changed = sorted(set(row_ids)) if is_heard(model) else []
    if changed:
        send = partial(references_moved.send_robust, sender=model, reference=reference, row_ids=changed, using=using)
        transaction.on_commit(send, using=using)
