"""Names that stand for the newest of several dated models.

Aliases and snapshots
---------------------
``gpt-4o`` and ``claude-3-5-sonnet-latest`` are aliases: the provider answers with the last of their dated snapshots, such
as ``gpt-4o-2024-11-20``. While that one lives the alias does, whatever becomes of the older ones. So a source that has no
row for the alias itself says something about it where it has one for the last snapshot: the alias is inferred to go
with that. Which one is the last is asked of all sources and of the catalogue. A source of retirements lists the
snapshots that go. One that it does not list may live or be forgotten there: absence means nothing. Where sources know
old snapshots alone, the last one has to be named here, or an old one would be taken for it.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Collection

LAST_SNAPSHOTS = {
    ("openai", "gpt-4o"): "gpt-4o-2024-11-20",  # https://platform.openai.com/docs/models/gpt-4o
}
"""Alias to its last snapshot, where feeds list older ones only."""

# The forms in use: 2024-11-20, 20241022, 0613 (month and day), 05-20 (the same), 09-2025 (month and year).
_MONTH, _DAY, _YEAR = "(?:0[1-9]|1[0-2])", "(?:0[1-9]|[12][0-9]|3[01])", "20[0-9]{2}"
_WHOLE = rf"{_YEAR}-{_MONTH}-{_DAY}|{_YEAR}{_MONTH}{_DAY}"
_SNAPSHOT = re.compile(rf"(?P<alias>.+?)[-@](?:(?P<whole>{_WHOLE})|{_MONTH}{_DAY}|{_MONTH}-{_DAY}|{_MONTH}-{_YEAR})")


def alias_of(name: str) -> str | None:
    """Return the name without the date of a snapshot; None if it has none."""
    match = _SNAPSHOT.fullmatch(name)
    return match["alias"] if match else None


def bare(name: str) -> str:
    """Return the name to which dates are added: ``claude-3-5-sonnet`` for ``claude-3-5-sonnet-latest``."""
    return name.removesuffix("-latest")


def last(names: Collection[str], *, ends: Callable[[str], dt.date | None]) -> str:
    """Return the last of several snapshots of one alias: the one of the latest date.

    Where one lacks the year, as ``gpt-3.5-turbo-0125`` does, it is the one that goes on longest.

    :param ends: the day on which a snapshot retires, None for none
    """
    dates = {name: _date_of(name) for name in names}
    if all(dates.values()):
        return max(names, key=lambda name: (dates[name], name))
    return max(names, key=lambda name: (ends(name) or dt.date.max, name))


def _date_of(name: str) -> str:
    match = _SNAPSHOT.fullmatch(name)
    return (match["whole"] or "").replace("-", "") if match else ""
