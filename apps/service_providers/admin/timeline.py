"""When models go, as a picture: where each mark and each word of it stands. The template draws what this computes.

Lengths are those of the picture's own coordinates, of which it has ``WIDTH`` from left to right.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence

from apps.service_providers.llm_service.lifecycle import State
from apps.service_providers.standing import Standing

WIDTH = 900
LEFT = 290
"""Where the axis begins; names stand to the left of it."""
RIGHT = 700
"""Where the axis ends; the words of late dates stand to the right of it."""
ROW = 26
TOP = 44
SOON = 30
"""Days."""
LONGEST_NAME = 38
MOST_TICKS = 8
MARGIN = dt.timedelta(days=15)


@dataclasses.dataclass(frozen=True)
class Mark:
    """One model: a line with its name, a mark at its day, and words.

    :param shape: ``past``, ``soon`` or ``later``: the mark's form says what its colour says
    """

    name: str
    words: str
    shape: str
    x: float
    y: float


@dataclasses.dataclass(frozen=True)
class Tick:
    """The first day of a month on the axis."""

    words: str
    x: float


@dataclasses.dataclass(frozen=True)
class Timeline:
    """The picture.

    :param description: what it shows, in a sentence, for those who do not see it
    """

    height: int
    today: float
    ticks: tuple[Tick, ...]
    marks: tuple[Mark, ...]
    description: str


def draw(models: Sequence[tuple[str, Standing]], *, today: dt.date) -> Timeline | None:
    """Return the picture of the models that have a date, in the order given; None if none has one.

    :param models: name and standing of each
    """
    dated = [(name, standing.lifecycle) for name, standing in models if standing.lifecycle.retires_on is not None]
    days = [lifecycle.retires_on for _, lifecycle in dated if lifecycle.retires_on is not None]
    if not days:
        return None
    first, last = min([*days, today]) - MARGIN, max([*days, today]) + MARGIN

    def place(day: dt.date) -> float:
        return round(LEFT + (RIGHT - LEFT) * ((day - first) / (last - first)), 1)

    return Timeline(
        height=TOP + ROW * len(dated) + 16,
        today=place(today),
        ticks=tuple(Tick(f"{day:%b %Y}", place(day)) for day in _months(first, last)),
        marks=tuple(
            Mark(
                name=name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…",
                words=lifecycle.words,
                shape=_shape(lifecycle.state, lifecycle.days_to_retirement or 0),
                x=place(day),
                y=TOP + ROW * (number + 0.5),
            )
            for number, ((name, lifecycle), day) in enumerate(zip(dated, days, strict=True))
        ),
        description="; ".join(f"{name} {lifecycle.words}" for name, lifecycle in dated),
    )


def _shape(state: State, days: int) -> str:
    if state == State.RETIRED or days < 0:
        return "past"
    return "soon" if days <= SOON else "later"


def _months(first: dt.date, last: dt.date) -> list[dt.date]:
    """Return the first days of months between two days, thinned out to a readable number."""
    months = [
        dt.date(number // 12, number % 12 + 1, 1)
        for number in range(first.year * 12 + first.month, last.year * 12 + last.month)
    ]
    step = -(-len(months) // MOST_TICKS) or 1
    return months[::step]
