"""Which names of columns and keys speak of LLM models, so that a number below one may be the id of a model."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from typing import Literal

from model_retirement.json_paths import Each

Step = str | Literal[Each.EACH] | None
"""A key of an object, any key of it, or, None, any element of a list."""

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

_OF_THE_VALUE = {"fk", "id", "key", "pk", "ref", "uuid", "value"}
"""Keys that say nothing themselves: what is meant says the key above them."""

WORDS = ("model", "llm", "fallback")
"""A name without any of these does not speak of models. What one falls back on, where models are called, is another one."""


@functools.lru_cache(maxsize=500)
def speaks_of_models(name: str) -> bool:
    """Return whether a name such as ``llm_model``, ``modelId`` or ``fallback_model_ids`` speaks of models."""
    parts = [part.lower() for part in _PARTS.findall(name)]
    return bool(_OF_MODELS.search("".join(parts))) and parts[0] not in _OF_A_NUMBER


def leads_to_models(field: str, path: Sequence[Step]) -> bool:
    """Return whether the field, or the key that leads to a value inside it, speaks of models."""
    keys = [key for key in (field, *path) if isinstance(key, str)]
    while len(keys) > 1 and keys[-1].lower() in _OF_THE_VALUE:
        keys.pop()
    return speaks_of_models(keys[-1])
