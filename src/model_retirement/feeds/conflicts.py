"""Models for which sources, or the rows of one source, name several firm days."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from model_retirement.feeds.matching import Key, Saying


@dataclass(frozen=True)
class NamedDay:
    """A firm day and who names it.

    :param source: the file
    :param outdated: a newer file of the publisher speaks of the model, too
    """

    day: dt.date
    feed_name: str
    source: str
    outdated: bool


@dataclass(frozen=True)
class Conflict:
    """One model for which sources, or the rows of one source, name several firm days.

    :param days: the one that counts first
    """

    provider: str
    name: str
    days: tuple[NamedDay, ...]


def find(key: Key, counts: Saying, sayings: Sequence[Saying]) -> Conflict | None:
    """Return who names which day for a model; None if all name the same.

    :param counts: the saying whose day counts
    """
    days = [
        NamedDay(day, saying.row.feed_name, str(saying.feed.file), saying.outdated)
        for saying in (counts, *(saying for saying in sayings if saying is not counts))
        for day in (saying.row.firm_day, *saying.row.other_days)
        if day
    ]
    return Conflict(*key, tuple(days)) if len({named_day.day for named_day in days}) > 1 else None
