"""When models go, as a picture: where each mark and each word of it stands. The template draws what this computes."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence

from django.utils.formats import date_format
from django.utils.translation import gettext

from model_retirement.catalogue.lifecycle import Lifecycle, State
from model_retirement.wording import translated

SOON = 30
"""Days."""
LONGEST_NAME = 38
MARGIN = dt.timedelta(days=15)


@dataclasses.dataclass(frozen=True)
class Layout:
    """Where things stand in a picture, in its own coordinates.

    :param left: where the axis begins
    :param right: where it ends
    :param top: where the rows begin
    :param row: height of one row
    :param most_ticks: months that are named at most
    """

    name: str
    width: int
    left: int
    right: int
    top: int
    row: int
    most_ticks: int


WIDE = Layout(name="wide", width=900, left=290, right=690, top=56, row=26, most_ticks=10)
"""Names to the left of the axis, words to the right of the marks."""

NARROW = Layout(name="narrow", width=356, left=8, right=348, top=56, row=46, most_ticks=6)
"""For a phone: name and date above the axis of each row."""


@dataclasses.dataclass(frozen=True)
class Mark:
    """One model: a line with its name, a mark at its day, and words.

    :param day: the day, as short as it can be said
    :param shape: ``past``, ``soon`` or ``later``: the mark's form says what its colour says
    """

    name: str
    day: str
    words: str
    shape: str
    x: float
    y: float


@dataclasses.dataclass(frozen=True)
class Tick:
    """The first day of a month on the axis.

    :param year: given with the first month and with the first of each year
    """

    month: str
    year: str
    x: float


@dataclasses.dataclass(frozen=True)
class Timeline:
    """The picture.

    :param layout: what it was drawn for
    :param description: what it shows, in a sentence, for those who do not see it
    """

    layout: Layout
    height: int
    today: float
    ticks: tuple[Tick, ...]
    marks: tuple[Mark, ...]
    description: str


def draw(models: Sequence[tuple[str, Lifecycle]], *, layout: Layout, today: dt.date) -> Timeline | None:
    """Return the picture of the models that have a date, in the order given; None if none has one.

    :param models: name and lifecycle of each
    """
    dated = [(name, lifecycle) for name, lifecycle in models if lifecycle.retires_on is not None]
    days = [lifecycle.retires_on for _, lifecycle in dated if lifecycle.retires_on is not None]
    if not days:
        return None
    first, last = min([*days, today]) - MARGIN, max([*days, today]) + MARGIN

    def place(day: dt.date) -> float:
        return round(layout.left + (layout.right - layout.left) * ((day - first) / (last - first)), 1)

    return Timeline(
        layout=layout,
        height=layout.top + layout.row * len(dated) + 12,
        today=place(today),
        ticks=tuple(
            Tick(month=date_format(day, "M"), year=str(day.year) if new_year else "", x=place(day))
            for day, new_year in _months(first, last, at_most=layout.most_ticks)
        ),
        marks=tuple(
            Mark(
                name=name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…",
                day=gettext("%(day)s or later") % {"day": day} if lifecycle.retires_on_is_earliest else str(day),
                words=translated(lifecycle.words),
                shape=_shape(lifecycle.state, lifecycle.days_to_retirement or 0),
                x=place(day),
                y=layout.top + layout.row * (number + 0.5),
            )
            for number, ((name, lifecycle), day) in enumerate(zip(dated, days, strict=True))
        ),
        description="; ".join(f"{name} {translated(lifecycle.words)}" for name, lifecycle in dated),
    )


def _shape(state: State, days: int) -> str:
    if state == State.RETIRED or days < 0:
        return "past"
    return "soon" if days <= SOON else "later"


def _months(first: dt.date, last: dt.date, *, at_most: int) -> list[tuple[dt.date, bool]]:
    """Return first days of months between two days, thinned out, and whether each is the first of its year or of all."""
    months = [
        dt.date(number // 12, number % 12 + 1, 1)
        for number in range(first.year * 12 + first.month, last.year * 12 + last.month)
    ]
    shown = months[:: -(-len(months) // at_most) or 1]
    return [(day, number == 0 or day.year > shown[number - 1].year) for number, day in enumerate(shown)]
