"""Words of messages that plain text and HTML share, and the days in them."""

from __future__ import annotations

import datetime as dt
from typing import Any, Self

from django.utils.dateformat import format as formatted
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext


class Sentence(str):
    """Text that a template shows as it is, and in HTML with the facts in it set off.

    A fact that a tenant wrote, from right to left perhaps, turns nothing around it.

    :param message: in the message's language, with named placeholders
    :param facts: their values
    """

    __slots__ = ("_facts", "_message")

    _message: str
    _facts: dict[str, Any]

    def __new__(cls, message: str, **facts: Any) -> Self:
        """Return the plain text."""
        sentence = super().__new__(cls, message % facts)
        sentence._message = message
        sentence._facts = facts
        return sentence

    def __html__(self) -> SafeString:
        strong = {name: format_html('<strong dir="auto">{}</strong>', fact) for name, fact in self._facts.items()}
        return mark_safe(conditional_escape(self._message) % strong)  # noqa: S308  # both are escaped


def day_words(day: dt.date) -> str:
    """Return such words as ``12 December 2026``: a day that is right whenever it is read."""
    # How a day is written: the letters are those of Django's templates.
    return formatted(day, gettext("j F Y"))


def day_or_later(day: dt.date | None, *, is_earliest: bool) -> str:
    """Return the same of a day of retirement, which may be the earliest one or not known."""
    if day is None:
        return gettext("not known yet")
    return gettext("%(day)s or later") % {"day": day_words(day)} if is_earliest else day_words(day)
