"""JSON as it is stored: read and written without losing, changing or refusing anything.

SQL and other programs store what Python's ``json`` does not read or changes: whole numbers of more digits than Python
converts, numbers beyond a float (``1e400``), nests deeper than Python's recursion goes, control characters. Such a value
is a :class:`Literal`, its text, and is written back as that. The limits are constants here, and not what is left of the
stack or what an interpreter was started with, so that every reader and writer has the same.
"""

from __future__ import annotations

import dataclasses
import json
import math
import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID

MOST_DIGITS = 640
"""The lowest limit that Python can be told to have for converting whole numbers."""

MOST_LEVELS = 100
"""Levels of nesting that are held as lists and dictionaries."""

LEVELS_OPENED = 8
"""What is nested deeper than ``MOST_LEVELS`` is one literal if it lies below so many levels of something else."""

_STRING = r'"[^"\\]*(?:\\.[^"\\]*)*"'
_BRACKETS = re.compile(rf"{_STRING}|[\[\]{{}},]", re.DOTALL)
_PIECES = re.compile(rf'{_STRING}|[^\s"]+', re.DOTALL)
_MEMBER = re.compile(rf"\s*({_STRING})\s*:(.*)", re.DOTALL)


@dataclasses.dataclass(frozen=True)
class Literal:
    """A JSON value that Python cannot hold as it is.

    :param text: its JSON, without blanks between its parts
    """

    text: str


def loads(text: str) -> Any:
    """Return the value of a JSON text, with a :class:`Literal` for each part of it that Python cannot hold.

    :raises ValueError: if it is no JSON
    """
    return _opened(text, levels=0)


def dumps(value: Any) -> str:
    """Return the JSON text of what :func:`loads` gave."""
    return StoredJSONEncoder().encode(value)


class StoredJSONDecoder(json.JSONDecoder):
    """Reads JSON for a ``JSONField``."""

    def decode(self, s: str, *_args: Any) -> Any:
        """Return the value of a JSON text."""
        return loads(s)


class StoredJSONEncoder(json.JSONEncoder):
    """Writes JSON for a ``JSONField``."""

    def default(self, o: Any) -> Any:
        """Return the text of a UUID."""
        return str(o) if isinstance(o, UUID) else super().default(o)

    def encode(self, o: Any) -> str:
        """Return the JSON text of a value."""
        if isinstance(o, Literal):
            return o.text
        try:
            # Half a character, which SQLite takes, cannot be written in UTF-8; JSON has a way to write it.
            return super().encode(o).encode(errors="backslashreplace").decode()
        except TypeError:
            if isinstance(o, dict):
                return f"{{{', '.join(f'{json.dumps(str(key))}: {self.encode(item)}' for key, item in o.items())}}}"
            if isinstance(o, list):
                return f"[{', '.join(map(self.encode, o))}]"
            raise


def _opened(text: str, *, levels: int) -> Any:
    if _levels(text) <= MOST_LEVELS:
        return _PLAIN.decode(text)
    if levels == LEVELS_OPENED:
        return Literal("".join(_PIECES.findall(text)))
    if text.lstrip().startswith("["):
        return [_opened(member, levels=levels + 1) for member in _members(text)]
    pairs = [_MEMBER.fullmatch(member) for member in _members(text)]
    return {_PLAIN.decode(pair[1]): _opened(pair[2], levels=levels + 1) for pair in pairs if pair}


def _levels(text: str) -> int:
    """Return how deep a JSON text is nested; or how many brackets it has, where those are few."""
    if (brackets := text.count("[") + text.count("{")) <= MOST_LEVELS:
        return brackets
    deepest = level = 0
    for part in _BRACKETS.findall(text):
        level += (part in "[{") - (part in "]}")
        deepest = max(deepest, level)
    return deepest


def _members(text: str) -> Iterator[str]:
    """Yield the texts between the commas of the outermost list or object."""
    level = start = 0
    for part in _BRACKETS.finditer(text):
        level += (part[0] in "[{") - (part[0] in "]}")
        if level == 1 and part[0] in "[{":
            start = part.end()
        elif level == 0 or (level == 1 and part[0] == ","):
            yield text[start : part.start()]
            start = part.end()


def _integer(text: str) -> int | Literal:
    return int(text) if len(text) <= MOST_DIGITS else Literal(text)


def _float(text: str) -> float | Literal:
    value = float(text)
    return value if math.isfinite(value) else Literal(text)


# Not strict: SQLite takes control characters inside a string.
_PLAIN = json.JSONDecoder(parse_int=_integer, parse_float=_float, strict=False)
