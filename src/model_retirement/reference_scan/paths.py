"""How a place is called: ``app.Model.field``, and inside JSON the keys as ``json_paths`` has them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from model_retirement.json_paths import EACH, written
from model_retirement.reference_scan.words import KEYS, Step

_EACH = re.escape(EACH.value)
_KEYS = re.escape(KEYS.value)
_KEY = rf"""(?:{_EACH}|\.(?:"(?:[^"\\]|\\.)*"|[^."\[\]]+))"""


def inside(path: Sequence[Step]) -> str:
    """Return the path as declarations have it; empty where a value, or the keys of an object, are all that a field holds."""
    return written([EACH if step is None else step for step in path if step is not KEYS])


def label_of(field_label: str, path: Sequence[Step]) -> str:
    """Return the name of a place inside a field; ``[keys]`` at its end are the keys of an object."""
    steps = inside(path)
    keys = KEYS.value if path and path[-1] is KEYS else ""
    return f"{field_label}{'' if not steps or steps.startswith('[') else '.'}{steps}{keys}"


def is_declared_by(label: str, declared: str) -> bool:
    """Return whether a place is what the label of a reference says.

    ``[*]`` in the label of a reference stands for any key, and the elements of a list of ids are not written there.
    """
    own = "" if declared.endswith((EACH.value, KEYS.value)) else f"(?:{_EACH})?"
    return re.fullmatch(f"{_pattern(declared)}{own}", label) is not None


def is_inside(label: str, place: str) -> bool:
    """Return whether a place is one that somebody has named, or lies inside it."""
    return re.fullmatch(f"{_pattern(place)}(?:{_KEY})*(?:{_KEYS})?", label) is not None


def _pattern(place: str) -> str:
    return re.escape(place.replace(f".{EACH.value}", EACH.value)).replace(_EACH, _KEY)
