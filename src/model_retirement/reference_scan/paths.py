"""How a place is written: ``app.Model.field``, and inside JSON the keys with dots, and ``[*]`` for every element."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from model_retirement.reference_scan.words import Step

EACH = "[*]"

_PLAIN = re.compile(r"[A-Za-z0-9_-]+")
_KEY = r"""(?:\[\*\]|\.(?:"(?:[^"\\]|\\.)*"|[^."\[\]]+))"""

_ELEMENTS = r"(?:\[\*\])?"


def written(path: Sequence[Step]) -> str:
    """Return the path as people write it; a key with other characters than letters, digits, ``_`` and ``-`` is quoted."""
    text = ""
    for step in path:
        if step is None:
            text += EACH
        else:
            key = step if _PLAIN.fullmatch(step) else json.dumps(step, ensure_ascii=False)
            text += f".{key}" if text else key
    return text


def label_of(field_label: str, path: Sequence[Step]) -> str:
    """Return the name of a place inside a field."""
    inside = written(path)
    return f"{field_label}{'' if not inside or inside.startswith('[') else '.'}{inside}"


def is_declared_by(label: str, declared: str) -> bool:
    """Return whether a place is what the label of a reference says.

    ``[*]`` in the label of a reference stands for any key, and the elements of a list of ids are not written there.
    """
    pattern = re.escape(declared.removesuffix(EACH)).replace(re.escape(EACH), _KEY)
    return re.fullmatch(f"{pattern}{_KEY if declared.endswith(EACH) else _ELEMENTS}", label) is not None
