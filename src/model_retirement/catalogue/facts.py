"""What sources say of models beside their end: kind, price, context and capabilities. Declarations are the catalogue's."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class ModelKind(StrEnum):
    """What a model is for. A reference can only move to a model of the same kind."""

    CHAT = "chat"
    EMBEDDING = "embedding"
    IMAGE = "image"
    MODERATION = "moderation"
    RERANKING = "reranking"
    SPEECH = "speech"
    TRANSCRIPTION = "transcription"
    VIDEO = "video"


class Capability(StrEnum):
    """What a model can do beyond answering text with text."""

    AUDIO = "audio"
    REASONING = "reasoning"
    STRUCTURED_OUTPUT = "structured_output"
    TOOLS = "tools"
    VISION = "vision"


@dataclass(frozen=True)
class ModelFacts:
    """What a source says of one model. None stands for what it does not say.

    :param kind: what the model is for
    :param price_in: USD per million tokens that it reads
    :param price_out: USD per million tokens that it writes
    :param priced_on: the day on which these were the prices
    :param context_window: the most tokens that it can take at once
    :param capabilities: all of them; an empty set says that it has none
    :param successor: the model that is recommended in its place, by the source's name for it
    :param announcement: address of the page on which its provider announces its end
    :param source: who says so
    """

    kind: ModelKind | None = None
    price_in: Decimal | None = None
    price_out: Decimal | None = None
    priced_on: dt.date | None = None
    context_window: int | None = None
    capabilities: frozenset[Capability] | None = None
    successor: str | None = None
    announcement: str | None = None
    source: str = ""


Facts = Mapping[tuple[str, str], ModelFacts]
"""Facts by provider and name."""
