"""Names that stand for the newest of several dated models.

Aliases and snapshots
---------------------
``gpt-4o`` and ``claude-3-5-sonnet-latest`` are aliases: the provider answers with the last of their dated snapshots, such
as ``gpt-4o-2024-11-20``. While that one lives the alias does, whatever becomes of the older ones. A feed of retirements
lists the snapshots that go. One that it does not list may live or be forgotten there: absence means nothing. So where a
feed knows an old snapshot alone, the last one has to be named here, or it would be taken for the last.
"""

from __future__ import annotations

import re

LAST_SNAPSHOTS = {
    ("openai", "gpt-4o"): "gpt-4o-2024-11-20",  # https://platform.openai.com/docs/models/gpt-4o
}
"""Alias to its last snapshot, where feeds list older ones only."""

# The forms in use: 2024-11-20, 20241022, 0613 (month and day), 05-20 (the same), 09-2025 (month and year).
_MONTH, _DAY, _YEAR = "(?:0[1-9]|1[0-2])", "(?:0[1-9]|[12][0-9]|3[01])", "20[0-9]{2}"
_SNAPSHOT = re.compile(
    rf"(?P<alias>.+?)[-@](?:{_YEAR}-{_MONTH}-{_DAY}|{_YEAR}{_MONTH}{_DAY}|{_MONTH}{_DAY}|{_MONTH}-{_DAY}|{_MONTH}-{_YEAR})"
)


def alias_of(name: str) -> str | None:
    """Return the name without the date of a snapshot; None if it has none."""
    match = _SNAPSHOT.fullmatch(name)
    return match["alias"] if match else None


def bare(name: str) -> str:
    """Return the name to which dates are added: ``claude-3-5-sonnet`` for ``claude-3-5-sonnet-latest``."""
    return name.removesuffix("-latest")
