"""What stands for a model: an id under a name that speaks of models, or the name of one as a whole value or key."""

from __future__ import annotations

import dataclasses
import functools
from typing import Any

from model_retirement.host_models import llm_model
from model_retirement.json_paths import EACH
from model_retirement.keys import KeyKind, kind_of
from model_retirement.reference_scan.tables import ScannedColumn
from model_retirement.reference_scan.words import KEYS, Path, Step, is_of_the_data, keys_lead_to_models, leads_to_models

IDS, NAMES = "ids", "names"

WORDS = "words"
"""Names of models that are words of their own, such as ``sonar``: as a key of an object such a one may mean anything."""


@dataclasses.dataclass(frozen=True)
class ModelNames:
    """The names that are looked for.

    :param plain: as providers write them, such as ``gpt-4``
    :param full: with the provider, such as ``openai/gpt-4``
    """

    plain: frozenset[str]
    full: frozenset[str]

    @functools.cached_property
    def all(self) -> tuple[str, ...]:
        """All of them, in the same order each time."""
        return tuple(sorted(self.plain | self.full))

    @functools.cached_property
    def words(self) -> tuple[str, ...]:
        """Those that are mere words."""
        return tuple(name for name in self.all if name.isalnum())

    @functools.cached_property
    def unmistakable(self) -> frozenset[str]:
        """Those that are not."""
        return frozenset(self.all) - {*self.words}


def is_unmistakable() -> bool:
    """Return whether an id is one wherever it stands: a UUID is no other number."""
    return kind_of(llm_model()) is KeyKind.UUID


def step_of(key: Any, *, names: ModelNames) -> Step:
    """Return a step of a path as a statement gives it; a key that is an id or the name of a model was chosen by the data."""
    if key is True:
        return KEYS
    return EACH if is_of_the_data(key) or key in names.unmistakable else key


def is_of_models(column: ScannedColumn, path: Path, holds: str) -> bool:
    """Return whether what looks like ids or names in a place is that.

    :param holds: ``ids``, ``names``, or ``words``
    """
    if holds == NAMES:
        return True
    if path and path[-1] is KEYS:
        return (holds == IDS and is_unmistakable()) or keys_lead_to_models(column.field, path[:-1])
    if is_unmistakable():
        return True
    return column.speaks if not path else leads_to_models(column.field, path)
