"""Which names of columns and keys speak of LLM models, so that a number below one may be the id of a model."""

from __future__ import annotations

import enum
import functools
import re
from typing import Final, Literal

from model_retirement.ids import stored_key
from model_retirement.json_paths import EACH, Each
from model_retirement.references.ignoring import KEYS_OF_AN_OBJECT


class Keys(enum.Enum):
    """The step to the keys of an object themselves, as ``JsonKeysReference`` writes it."""

    KEYS = KEYS_OF_AN_OBJECT


KEYS: Final = Keys.KEYS

Step = str | Literal[Each.EACH, Keys.KEYS] | None
"""A key of an object, any key of it, its keys themselves, or, None, any element of a list."""

Path = tuple[Step, ...]

_PARTS = re.compile(r"IDs|LLMs|[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_OF_MODELS = re.compile(r"(?:models?|llms?|fallbacks?)(?:ids?|pks?|keys?|uuids?|refs?|fks?)?$")
_OF_A_NUMBER = {
    "allow",
    "allows",
    "count",
    "enable",
    "has",
    "is",
    "limit",
    "max",
    "min",
    "n",
    "num",
    "number",
    "total",
    "use",
    "uses",
}
"""A name that begins with one of these has a number or a switch: ``max_models``, ``is_default_model``."""

_OF_THE_VALUE = {"fk", "id", "ids", "key", "pk", "pks", "ref", "uuid", "uuids", "value"}
"""Keys that say nothing themselves: what is meant says the key above them."""

_OF_AN_INDEX = {"by_id", "byid", "by_key", "bykey", "by_pk", "bypk"}
"""The same of objects whose keys are ids."""

_MODEL_PARTS = {"fallback", "fallbacks", "llm", "llms", "model", "models"}

_IS_KEYED = {"by", "for", "per"}
"""Before such a part of a name stands what the values of an object are, and behind it what its keys are."""

WORDS_OF_MODELS = ("model", "llm", "fallback")
"""A name without any of these does not speak of models. What one falls back on, where models are called, is another one."""


@functools.lru_cache(maxsize=500)
def speaks_of_models(name: str) -> bool:
    """Return whether a name such as ``llm_model``, ``modelId`` or ``fallback_model_ids`` speaks of models."""
    parts = _parts(name)
    return bool(_OF_MODELS.search("".join(parts))) and parts[0] not in _OF_A_NUMBER


def leads_to_models(field: str, path: Path) -> bool:
    """Return whether the field, or the key that leads to a value inside it, speaks of models.

    What stands under keys that the data chose is a model where the name says so: ``model_by_user``, ``fallback_by_model``, and
    not ``weights_by_model``.
    """
    name, is_keyed = _last_name(field, path)
    if not is_keyed:
        return speaks_of_models(name)
    parts = _parts(name)
    split = next((number for number, part in enumerate(parts) if part in _IS_KEYED), None)
    values = "_".join(parts[:split])
    is_fallback = bool(parts[:split]) and parts[:split][-1].startswith("fallback")
    return speaks_of_models(values) and (split is not None or is_fallback)


def keys_lead_to_models(field: str, path: Path) -> bool:
    """Return whether the field, or the key that leads to an object inside it, says that the keys of the object are models.

    Here it is enough that the name mentions them, ``model_limits``; behind a "by" if it has one: ``weights_by_model``, and not
    ``model_by_user``.
    """
    names = [step for step in path if not (isinstance(step, str) and step.lower() in _OF_AN_INDEX)]
    name, _ = _last_name(field, tuple(names))
    parts = _parts(name)
    keys = next((number for number in reversed(range(len(parts))) if parts[number] in _IS_KEYED), 0)
    return not _MODEL_PARTS.isdisjoint(parts[keys:]) or (not keys and speaks_of_models(name))


def is_of_the_data(step: Step) -> bool:
    """Return whether a key is an id or another number, which nobody has written into code."""
    return isinstance(step, str) and (step.isdecimal() or stored_key(step) is not None)


def _last_name(field: str, path: Path) -> tuple[str, bool]:
    """Return the last name that says something, and whether keys that the data chose come after it."""
    names: list[Step] = [field, *path]
    is_keyed = False
    while len(names) > 1:
        last = names[-1]
        if isinstance(last, str) and not (last.lower() in _OF_THE_VALUE or is_of_the_data(last)):
            break
        is_keyed |= last is EACH or is_of_the_data(last)
        names.pop()
    return str(names[-1]), is_keyed


def _parts(name: str) -> list[str]:
    return [part.lower() for part in _PARTS.findall(name)]
