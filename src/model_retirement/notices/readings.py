"""A notice as the words of a message read it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from model_retirement import answers
from model_retirement.models import TeamNotice
from model_retirement.notices.payload import Payload, Resources
from model_retirement.notices.stages import CALLED_OFF


@dataclass(frozen=True)
class ModelNews:
    """What a message has to say of one model.

    :param provider: as people know it
    :param replacement: name of the model that takes its place; empty if none does
    :param day: when its provider switches it off; None if nobody said
    :param is_earliest: it may also be later than that
    :param retired: that has happened
    :param is_called_off: it is not deprecated any more
    :param noted_on: the day on which the notice was written
    """

    event: TeamNotice.Event
    provider: str
    name: str
    replacement: str
    day: dt.date | None
    is_earliest: bool
    retired: bool
    is_called_off: bool
    noted_on: dt.date
    payload: Payload

    @property
    def is_of_own_alone(self) -> bool:
        """Whether the team uses no other model of this name than its own."""
        return self.payload.own is not None and not self.payload.resources

    @property
    def own(self) -> Resources | None:
        """What uses the team's own model of this name; None if it has none."""
        return None if self.is_called_off else self.payload.own

    @property
    def label(self) -> str:
        """The name, with the provider beside it."""
        return f"{self.name} ({self.provider})"


def read(notice: TeamNotice, *, today: dt.date) -> ModelNews:
    """Return what a notice says.

    :param today: the day on which its message is, or was, sent
    """
    payload = Payload.read(notice.payload)
    day, is_earliest = notice.retires_on, payload.retires_on_is_earliest
    return ModelNews(
        event=TeamNotice.Event(notice.event),
        provider=dict(answers.providers()).get(notice.provider, notice.provider),
        name=notice.name,
        replacement=notice.replacement,
        day=day,
        is_earliest=is_earliest,
        retired=day is not None and day < today and not is_earliest,
        is_called_off=notice.stage == CALLED_OFF,
        noted_on=notice.created_at.date(),
        payload=payload,
    )
