"""What the work of a data migration may return: what of it is kept with the attempt, and its words for people.

Counts by kind (a mapping), a number of rows, a text, nothing, or a report: an object with ``counts``, or a dataclass. Numbers
are kept as counts; what else there is to say is kept beside them, shortened, as JSON. Of an object with ``counts`` those
are all that is kept. Whatever it is, work that is done is not undone for it.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Any

from django.utils.translation import gettext_noop

from model_retirement.data_migrations import neutral

LARGEST_NUMBER = 10**18
"""What is not smaller has no room in some database, and Python refuses to print what is very much larger."""

LONGEST_TEXT = 1_000
"""Characters that are kept of a text."""

MOST_ITEMS = 50
"""Elements that are kept of a list, or of a mapping."""

DEEPEST = 2
"""Lists and mappings within one another that are kept; what is deeper is kept as text."""


def counts(result: Any) -> dict[str, int]:
    """Return the numbers that are kept with the attempt, by kind."""
    return {_kind(kind): value for kind, value in _named_values(result).items() if _is_count(value)}


def rest(result: Any) -> Any:
    """Return as JSON what is kept with the attempt beside its counts; None if they say it all."""
    if result is None or isinstance(result, bool) or _is_count(result) or _reported(result) is not None:
        return None
    if named := _named_values(result):
        others = {kind: value for kind, value in named.items() if not _is_count(value) and value is not None}
        return _plain(others, room=DEEPEST) if others else None
    return None if isinstance(result, Mapping) else _plain(result, room=DEEPEST)


def in_words(result: Any, *, dry_run: bool) -> str:
    """Return a sentence without its subject, on one line: ``applied: 3 nodes.``"""
    done = "would do" if dry_run else "applied"
    if result is None or isinstance(result, bool):
        return "nothing was changed: this was a dry run." if dry_run else "applied."
    # Shortened is what is kept, not what is printed.
    said = neutral.one_line(result) if isinstance(result, str) else kept_in_words(counts(result), rest(result))
    return f"{done}: {said.rstrip('.') or 'nothing'}."


def kept_in_words(kept_counts: Mapping[str, int], kept_rest: Any) -> str:
    """Return what is kept of a result on one line, such as ``3 nodes, first: 2026-01-02``; nothing if nothing is."""
    numbers = [f"{number} {kind}" for kind, number in kept_counts.items()]
    return ", ".join([*numbers, *([_words(kept_rest)] if kept_rest is not None else [])])


def _named_values(result: Any) -> Mapping[Any, Any]:
    if isinstance(result, Mapping):
        return result
    if _is_count(result):
        return {gettext_noop("rows"): result}
    if (reported := _reported(result)) is not None:
        return reported
    return _fields(result)


def _reported(result: Any) -> Mapping[Any, Any] | None:
    reported = None if isinstance(result, Mapping) else getattr(result, "counts", None)
    return reported if isinstance(reported, Mapping) else None


def _fields(value: Any) -> dict[str, Any]:
    if not dataclasses.is_dataclass(value) or isinstance(value, type):
        return {}
    return {field.name.replace("_", " "): getattr(value, field.name) for field in dataclasses.fields(value)}


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < LARGEST_NUMBER


def _kind(kind: Any) -> str:
    return neutral.one_line(str(kind), at_most=LONGEST_TEXT)


def _plain(value: Any, *, room: int) -> Any:
    """Return a value as JSON that every database takes.

    :param room: how deep it may be
    """
    if value is None or isinstance(value, bool) or _is_count(value):
        return value
    if isinstance(value, int):
        return "a number of more than 18 digits"
    if isinstance(value, float) and math.isfinite(value):
        return value
    if room and (isinstance(value, Mapping) or _fields(value)):
        items = list(_named_values(value).items())
        kept = {_kind(kind): _plain(item, room=room - 1) for kind, item in items[:MOST_ITEMS]}
        return kept | ({"more": len(items) - MOST_ITEMS} if len(items) > MOST_ITEMS else {})
    if room and isinstance(value, list | tuple | AbstractSet):
        elements = list(value)
        more = [f"and {len(elements) - MOST_ITEMS} more"] if len(elements) > MOST_ITEMS else []
        return [*(_plain(element, room=room - 1) for element in elements[:MOST_ITEMS]), *more]
    return neutral.one_line(str(value), at_most=LONGEST_TEXT)


def _words(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{kind}: {_words(item)}" for kind, item in value.items())
    if isinstance(value, list):
        return ", ".join(_words(item) for item in value)
    return str(value)
