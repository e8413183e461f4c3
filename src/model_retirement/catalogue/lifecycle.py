"""Where a declared model stands in its life on a given day, and the words for it. The day is always an argument (UTC)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from django.utils import timezone

from model_retirement.catalogue.declarations import Model
from model_retirement.wording import CountedWords, Words


class State(StrEnum):
    """The states of a model's life, in the providers' own terms and in the order in which they follow each other.

    ``ACTIVE``
        Offered and supported. An earliest date of retirement changes nothing about it: providers give one for nearly
        every model on the day of its release.
    ``LEGACY``
        Still offered, but its end has been announced: ``deprecated_on`` lies ahead, or the day of its retirement is
        firm.
    ``DEPRECATED``
        Existing use goes on, new use is refused: marked ``deprecated``, or ``deprecated_on`` has come.
    ``RETIRED``
        The provider has switched it off: a firm ``retires_on`` has passed. On the day itself it may still answer.
    """

    ACTIVE = "active"
    LEGACY = "legacy"
    DEPRECATED = "deprecated"
    RETIRED = "retired"


@dataclass(frozen=True)
class Lifecycle:
    """Where a model stands on one day.

    :param deprecated_on: the declared day from which no new use of it is allowed; None if none is known
    :param retires_on: the declared day of its retirement; None if none is known
    :param retires_on_is_earliest: it may also retire later than that
    :param days_to_retirement: from that one day on, 0 on the day itself, negative when it has passed; None without a day
    """

    state: State
    deprecated_on: dt.date | None
    retires_on: dt.date | None
    retires_on_is_earliest: bool
    days_to_retirement: int | None
    words: str
    """Such as ``retires in 27 days, on 2026-12-22``; empty without a day."""
    replacement: str = ""
    """Of a row: name of the model that takes over, at the end of the chain; empty if none does."""
    to_be_removed: bool = False
    """Of a row: ``DELETED_MODELS`` lists it, so the next removal takes it out, unless its entry is closed."""


def utc_today() -> dt.date:
    """Return the present day in UTC, for those who are not told another one."""
    return timezone.now().date()


def of(model: Model, *, today: dt.date) -> Lifecycle:
    """Return where a model of the catalogue stands.

    :param today: the day in UTC
    """
    return Lifecycle(
        state=state(model, today=today),
        deprecated_on=model.deprecated_on,
        retires_on=model.retires_on,
        retires_on_is_earliest=model.retires_on_is_earliest,
        days_to_retirement=days_to_retirement(model.retires_on, today=today),
        words=retirement_words(model.retires_on, is_earliest=model.retires_on_is_earliest, today=today),
    )


def state(model: Model, *, today: dt.date) -> State:
    """Return the state that follows from a model's flag, its dates and the day; see :class:`State`."""
    firm = None if model.retires_on_is_earliest else model.retires_on
    if firm is not None and firm < today:
        return State.RETIRED
    if model.deprecated or (model.deprecated_on is not None and model.deprecated_on <= today):
        return State.DEPRECATED
    return State.ACTIVE if firm is None and model.deprecated_on is None else State.LEGACY


def days_to_retirement(retires_on: dt.date | None, *, today: dt.date) -> int | None:
    """Return the days that are left, 0 on the day itself, negative when it has passed; None without a day."""
    return None if retires_on is None else (retires_on - today).days


def retirement_words(
    retires_on: dt.date | None, *, today: dt.date, is_earliest: bool = False, with_date: bool = True
) -> str:
    """Return when a model retires, to follow its name in a sentence; empty without a day.

    :param is_earliest: it may also retire later than that
    :param with_date: say the date as well as the days
    """
    days = days_to_retirement(retires_on, today=today)
    if days is None:
        return ""
    if with_date:
        return _words_with_date(days, retires_on, is_earliest=is_earliest)
    return _words_without_date(days, is_earliest=is_earliest)


def _words_with_date(days: int, date: dt.date | None, *, is_earliest: bool) -> Words:
    if days <= 0 and is_earliest:
        return Words("may retire any day from %(date)s on", date=date)
    if days < 0:
        return CountedWords(
            "retired %(number)s day ago, on %(date)s", "retired %(number)s days ago, on %(date)s", -days, date=date
        )
    if days == 0:
        return Words("retires today, on %(date)s", date=date)
    if is_earliest:
        return CountedWords(
            "retires in %(number)s day, on %(date)s or later",
            "retires in %(number)s days, on %(date)s or later",
            days,
            date=date,
        )
    return CountedWords(
        "retires in %(number)s day, on %(date)s", "retires in %(number)s days, on %(date)s", days, date=date
    )


def _words_without_date(days: int, *, is_earliest: bool) -> Words:
    if days <= 0 and is_earliest:
        return Words("may retire any day")
    if days < 0:
        return CountedWords("retired %(number)s day ago", "retired %(number)s days ago", -days)
    if days == 0:
        return Words("retires today")
    if is_earliest:
        return CountedWords("retires in %(number)s day or later", "retires in %(number)s days or later", days)
    return CountedWords("retires in %(number)s day", "retires in %(number)s days", days)
