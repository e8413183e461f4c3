"""Single values of a feed: texts, days, lists of names. What is of a wrong type or no sense is none; it never fails."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping

LONGEST_NAME = 128

_DAY = re.compile(r"(?<![0-9-])[0-9]{4}-[0-9]{2}-[0-9]{2}(?![0-9-])")


def entries_of(document: object, key: str) -> list[object]:
    """Return the list under a key of an object; empty if there is none."""
    entries = document.get(key) if isinstance(document, Mapping) else None
    return entries if isinstance(entries, list) else []


def inside(entry: object, key: str) -> Mapping[str, object]:
    """Return the object under a key of an object; empty if there is none."""
    nested = entry.get(key) if isinstance(entry, Mapping) else None
    return nested if isinstance(nested, Mapping) else {}


def name(value: object) -> str:
    """Return a name of a model or a provider; empty for what can be none, such as a sentence over two lines."""
    text = value.strip() if isinstance(value, str) else ""
    return text if len(text) <= LONGEST_NAME and text.isprintable() else ""


def names(value: object) -> tuple[str, ...]:
    """Return the names among what stands there, each once; advice in words, such as ``reasoning.mode: pro``, is none."""
    values = value if isinstance(value, list) else [value]
    named = (name(item) for item in values)
    return tuple(dict.fromkeys(text for text in named if text and " " not in text))


def link(value: object) -> str | None:
    """Return the address of a page; None for anything else."""
    text = value if isinstance(value, str) else ""
    return text if text.startswith(("https://", "http://")) and text.isprintable() and " " not in text else None


def is_said(value: object) -> bool:
    """Return whether anything at all stands there, readable or not."""
    return bool(value.strip()) if isinstance(value, str) else value is not None


def day(value: object) -> tuple[dt.date | None, bool]:
    """Return the day that a text names, in UTC, and whether it stands there alone. ``2026-10-23 or later`` is not firm.

    Nothing names no day, and that is sure; words without a day, a month or a number are not.
    """
    if not is_said(value):
        return None, True
    text = value.strip() if isinstance(value, str) else ""
    lone = _lone_day(text)
    if lone:
        return lone, True
    days = _DAY.findall(text)
    return (_date(days[0]) if len(days) == 1 else None), False


def firm_day(value: object) -> dt.date | None:
    """Return the day that a text names, if it stands there alone."""
    named_day, is_firm = day(value)
    return named_day if is_firm else None


def _lone_day(text: str) -> dt.date | None:
    # Weeks and days without hyphens are ISO dates as well; what a page means by them is for a person to say.
    if not _DAY.match(text):
        return None
    try:
        moment = dt.datetime.fromisoformat(text)
        return (moment.astimezone(dt.UTC) if moment.tzinfo else moment).date()
    except (ValueError, OverflowError):
        return None


def _date(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None
