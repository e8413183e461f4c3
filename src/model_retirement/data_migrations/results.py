"""What the work of a data migration may return, as counts for its record and as words for people.

Counts by kind (a mapping), a number of rows, a text, nothing, or a report: an object with ``counts``, or a dataclass whose
numbers are its counts. Whatever it is, work that is done is not undone for it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any


def counts(result: Any) -> dict[str, int]:
    """Return what there is to keep with the attempt: numbers by kind."""
    return {str(kind): value for kind, value in _named_values(result).items() if _is_number(value)}


def in_words(result: Any, *, dry_run: bool) -> str:
    """Return a sentence without its subject, on one line: ``applied: 3 nodes.``"""
    done = "would do" if dry_run else "applied"
    if result is None or isinstance(result, bool):
        return "nothing was changed: this was a dry run." if dry_run else "applied."
    if named := _named_values(result):
        return f"{done}: {_in_one_line(', '.join(f'{value} {kind}' for kind, value in named.items()))}."
    said = "" if isinstance(result, Mapping) else _in_one_line(str(result)).rstrip(".")
    return f"{done}: {said or 'nothing'}."


def _named_values(result: Any) -> Mapping[Any, Any]:
    if isinstance(result, Mapping):
        return result
    if _is_number(result):
        return {"rows": result}
    if isinstance(reported := getattr(result, "counts", None), Mapping):
        return reported
    if dataclasses.is_dataclass(result) and not isinstance(result, type):
        fields = {field.name: getattr(result, field.name) for field in dataclasses.fields(result)}
        return {name.replace("_", " "): value for name, value in fields.items() if _is_number(value)}
    return {}


def _in_one_line(text: str) -> str:
    return " ".join(text.split())


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
