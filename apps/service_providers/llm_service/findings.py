"""What the lint of the catalogue can find."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class Rule(StrEnum):
    """The rules of the lint. The value is the id of the system check; its letter says error or warning."""

    MALFORMED = "service_providers.E001"
    UNKNOWN_PROVIDER = "service_providers.E002"
    DUPLICATE = "service_providers.E003"
    IN_BOTH_LISTS = "service_providers.E004"
    LIMIT_OUT_OF_RANGE = "service_providers.E005"
    REPLACEMENT_MISSING = "service_providers.E006"
    REPLACEMENT_REMOVED = "service_providers.E007"
    REPLACEMENT_RETIRED = "service_providers.E008"
    CYCLE = "service_providers.E009"
    RETIRED_BEFORE_DEPRECATED = "service_providers.E010"
    RETURNED = "service_providers.E011"
    CHAIN = "service_providers.W001"
    REPLACEMENT_DEPRECATED = "service_providers.W002"
    DEFAULT_DEPRECATED = "service_providers.W003"
    SEVERAL_DEFAULTS = "service_providers.W004"
    NO_DEFAULT = "service_providers.W005"
    NO_REPLACEMENT = "service_providers.W006"
    NOT_IN_TABLE = "service_providers.W007"
    DIFFERS_FROM_TABLE = "service_providers.W008"
    UNLISTED = "service_providers.W009"
    REMOVED_EARLY = "service_providers.W010"
    REPLACEMENT_RETIRES_FIRST = "service_providers.W011"
    RETIRED_BUT_THERE = "service_providers.W012"
    DEPRECATION_NOT_MARKED = "service_providers.W013"
    CLOSED = "service_providers.W014"


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
        """How bad it is: warnings never stop a command."""
        return "error" if self.rule.value.rpartition(".")[2].startswith("E") else "warning"

    def __str__(self) -> str:
        return f"{self.message} {self.hint}"
