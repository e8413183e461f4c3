"""Paths into JSON: how they are written, and what of a stored value they lead to.

``routing.primary.model`` goes from key to key, and ``[*]`` to every item of a list or every value of an object:
``steps[*].model``. A key with a dot, a bracket or a quote in it stands in quotes, as JSON has it: ``routing."a.b".model``. A path
may be given as a tuple of keys instead, with ``EACH`` for ``[*]``; then no key needs quotes.
"""

from __future__ import annotations

import enum
import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, Final, Literal

from model_retirement import stored_json
from model_retirement.ids import stored_id, stored_uuid


class Each(enum.Enum):
    """The step to every item of a list and every value of an object."""

    EACH = "[*]"


EACH: Final = Each.EACH

Step = str | Literal[Each.EACH]
Place = tuple[str | int, ...]
"""The keys of objects and the positions in lists that lead to one value."""

_KEY = r'(?:"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"|[^."\[\]]+)'
_PATH = re.compile(rf"(?:{_KEY}|\[\*\])(?:\[\*\]|\.{_KEY})*")
_STEPS = re.compile(rf"\[\*\]|{_KEY}")
_PLAIN = re.compile(r"[A-Za-z0-9_-]+")

MISSING: Final = object()


def parse(path: str | Sequence[Step], *, of: str) -> tuple[Step, ...]:
    """Return the steps of a path.

    :param of: whose path it is, for people
    :raises ValueError: if it is not written as a path, or has a key that a database cannot store
    """
    if isinstance(path, str) and not _PATH.fullmatch(path):
        raise ValueError(
            f"The path {path!r} of {of} cannot be read. Write keys with dots between them and [*] for every member, such as"
            " steps[*].model; put a key with a dot, a bracket or a quote into double quotes, or give a tuple of keys."
        )
    steps = tuple(map(_step, _STEPS.findall(path))) if isinstance(path, str) else tuple(path)
    if not steps:
        raise ValueError(f"The path of {of} has no step. Give at least one key.")
    for step in steps:
        if step is not EACH and not _can_be_stored(step):
            raise ValueError(f"The key {step!r} of {of} is none that PostgreSQL could store in JSON. Use another one.")
    return steps


def _step(text: str) -> Step:
    if text == EACH.value:
        return EACH
    return str(json.loads(text)) if text.startswith('"') else text


def _can_be_stored(key: str) -> bool:
    return "\x00" not in key and key.encode(errors="replace").decode() == key


def written(steps: Sequence[Step]) -> str:
    """Return a path as people write it, one way for each."""
    text = ""
    for step in steps:
        if step is EACH:
            text += EACH.value
        else:
            dot = "." if text else ""
            text += dot + (step if _PLAIN.fullmatch(step) else json.dumps(step, ensure_ascii=False))
    return text


def plain_beginning(steps: Sequence[Step]) -> list[str]:
    """Return the keys that a path begins with and that both databases read alike."""
    keys: list[str] = []
    for step in steps:
        if step is EACH or not _PLAIN.fullmatch(step):
            break
        keys.append(step)
    return keys


def members(value: Any, steps: Sequence[Step], *, at: Place = ()) -> Iterator[tuple[Place, Any]]:
    """Yield each value that steps lead to, with its place; what is not there has none."""
    if not steps:
        yield at, value
        return
    step, *rest = steps
    children: Sequence[tuple[str | int, Any]] = []
    if step is EACH:
        children = list(value.items()) if isinstance(value, dict) else []
        children = list(enumerate(value)) if isinstance(value, list) else children
    elif isinstance(value, dict) and step in value:
        children = [(step, value[step])]
    for key, item in children:
        yield from members(item, rest, at=(*at, key))


def item_at(value: Any, place: Place) -> Any:
    """Return the value at a place, or ``MISSING``."""
    for key in place:
        keys: Any = value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
        if key not in keys:
            return MISSING
        value = value[key]
    return value


def with_item(value: Any, place: Place, item: Any) -> Any:
    """Return a copy of a value with another one at a place that it has."""
    if not place:
        return item
    key, *rest = place
    copy: Any = list(value) if isinstance(value, list) else dict(value)
    copy[key] = with_item(value[key], tuple(rest), item)
    return copy


def ids_at(stored: bytes | None, steps: str) -> str:
    """Return the ids that a path leads to, as a JSON list: what SQLite calls, which has no path for every key.

    :param stored: the JSON
    :param steps: the keys as a JSON list, with null for ``EACH``
    """
    return json.dumps(
        sorted({model_id for item in _led_to(stored, steps) if (model_id := stored_id(item)) is not None})
    )


def uuids_at(stored: bytes | None, steps: str) -> str:
    """Return the same of UUIDs, as Django stores them there."""
    return json.dumps(sorted({model_id.hex for item in _led_to(stored, steps) if (model_id := stored_uuid(item))}))


def _led_to(stored: bytes | None, steps: str) -> Iterator[Any]:
    value = stored_json.loads((stored or b"null").decode(errors="replace"))
    path = [EACH if step is None else step for step in json.loads(steps)]
    return (item for _, item in members(value, path))
