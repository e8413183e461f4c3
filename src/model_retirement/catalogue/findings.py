"""What the lint of the catalogue can find."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class Rule(StrEnum):
    """The rules of the lint. The value is the id of the system check; its letter says error or warning."""

    MALFORMED = "model_retirement.E001"
    UNKNOWN_PROVIDER = "model_retirement.E002"
    DUPLICATE = "model_retirement.E003"
    IN_BOTH_LISTS = "model_retirement.E004"
    LIMIT_OUT_OF_RANGE = "model_retirement.E005"
    REPLACEMENT_MISSING = "model_retirement.E006"
    REPLACEMENT_REMOVED = "model_retirement.E007"
    REPLACEMENT_RETIRED = "model_retirement.E008"
    CYCLE = "model_retirement.E009"
    RETIRED_BEFORE_DEPRECATED = "model_retirement.E010"
    RETURNED = "model_retirement.E011"
    FACTS_MALFORMED = "model_retirement.E012"
    REPLACEMENT_OF_OTHER_KIND = "model_retirement.E013"
    REPLACEMENT_RETIRES_FIRST = "model_retirement.E014"
    CHAIN = "model_retirement.W001"
    REPLACEMENT_DEPRECATED = "model_retirement.W002"
    DEFAULT_DEPRECATED = "model_retirement.W003"
    SEVERAL_DEFAULTS = "model_retirement.W004"
    NO_DEFAULT = "model_retirement.W005"
    NO_REPLACEMENT = "model_retirement.W006"
    NOT_IN_TABLE = "model_retirement.W007"
    DIFFERS_FROM_TABLE = "model_retirement.W008"
    UNLISTED = "model_retirement.W009"
    REMOVED_EARLY = "model_retirement.W010"
    REPLACEMENT_RETIRES_SOON = "model_retirement.W011"
    RETIRED_BUT_THERE = "model_retirement.W012"
    DEPRECATION_NOT_MARKED = "model_retirement.W013"
    CLOSED = "model_retirement.W014"
    KIND_CONTRADICTED = "model_retirement.W016"
    DEARER = "model_retirement.W017"
    UNASKED = "model_retirement.W018"


@dataclass(frozen=True)
class Finding:
    """One finding of the lint.

    :param rule: the rule that found it.
    :param message: what is wrong, and where.
    :param hint: the next action.
    :param provider: the provider concerned, or "" when that cannot be said.
    :param name: the model concerned, or "" when it is not one model.
    :param blocks_removal: a removal of the entry must not start while this stands.
    """

    rule: Rule
    message: str
    hint: str
    provider: str = ""
    name: str = ""
    blocks_removal: bool = False

    @property
    def id(self) -> str:
        """The id of the system check."""
        return self.rule.value

    @property
    def level(self) -> Literal["error", "warning"]:
        """How bad it is: errors stop every command that runs system checks, a warning at most the removal of its entry."""
        return "error" if self.rule.value.rpartition(".")[2].startswith("E") else "warning"

    def __str__(self) -> str:
        return f"{self.message} {self.hint}"
