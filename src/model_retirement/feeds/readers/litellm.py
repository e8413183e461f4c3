"""LiteLLM's model map, ``model_prices_and_context_window.json``: ends, prices, limits and capabilities by key.

``deprecation_date`` there is the day of the shutdown. Prices are in USD a token.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from model_retirement.catalogue.facts import Capability, ModelFacts, ModelKind
from model_retirement.feeds import values
from model_retirement.feeds.rows import FeedRow

NAME = "litellm"
PUBLISHER = "LiteLLM"
SHAPE = 'an object of models whose values have "litellm_provider"'

_EXPLAINED = "sample_spec"
"""The key under which the map explains itself."""

_KINDS = {
    "audio_speech": ModelKind.SPEECH,
    "audio_transcription": ModelKind.TRANSCRIPTION,
    "chat": ModelKind.CHAT,
    "embedding": ModelKind.EMBEDDING,
    "image_edit": ModelKind.IMAGE,
    "image_generation": ModelKind.IMAGE,
    "moderation": ModelKind.MODERATION,
    "rerank": ModelKind.RERANKING,
    "responses": ModelKind.CHAT,
    "video_generation": ModelKind.VIDEO,
}
"""Modes that say what a model is for. Of others, such as ``completion`` and ``realtime``, nothing is known."""

_CAPABILITIES = {
    "supports_audio_input": Capability.AUDIO,
    "supports_audio_output": Capability.AUDIO,
    "supports_function_calling": Capability.TOOLS,
    "supports_reasoning": Capability.REASONING,
    "supports_response_schema": Capability.STRUCTURED_OUTPUT,
    "supports_vision": Capability.VISION,
}

_MILLION = 1_000_000
_SMALLEST_PRICE = Decimal("0.000001")
_LARGEST_PRICE = 10**9
_LARGEST_WINDOW = 10**12


def entries(document: object) -> Sequence[object]:
    """Return the keys with what stands under them."""
    if not isinstance(document, Mapping):
        return []
    return [item for item in document.items() if item[0] != _EXPLAINED]


def recognises(entry: object) -> bool:
    """Return whether a value names its provider as this map does."""
    _, held = _parts(entry)
    return "litellm_provider" in held


def read(entry: object) -> Iterator[FeedRow]:
    """Yield the row. Without a date it says nothing about an end."""
    key, held = _parts(entry)
    provider, name = values.name(held.get("litellm_provider")), values.name(key)
    if not provider or not name:
        return
    retires_on, is_firm = values.day(held.get("deprecation_date"))
    yield FeedRow(
        provider=provider,
        name=name,
        feed_name=name,
        is_leaving=values.is_said(held.get("deprecation_date")),
        retires_on=retires_on,
        is_firm=is_firm,
        replacements=values.names(held.get("successor_model")),
        source_url=values.link(held.get("deprecation_source")),
        facts=_facts(held),
    )


def _parts(entry: object) -> tuple[object, Mapping[str, object]]:
    key, held = entry if isinstance(entry, tuple) else ("", None)
    return key, held if isinstance(held, Mapping) else {}


def _facts(held: Mapping[str, object]) -> ModelFacts | None:
    mode = held.get("mode")
    facts = ModelFacts(
        kind=_KINDS.get(mode) if isinstance(mode, str) else None,
        price_in=_price(held.get("input_cost_per_token")),
        price_out=_price(held.get("output_cost_per_token")),
        context_window=_window(held.get("max_input_tokens")) or _window(held.get("max_tokens")),
        capabilities=_capabilities(held),
        source=values.link(held.get("source")) or PUBLISHER,
    )
    return None if facts == ModelFacts(source=facts.source) else facts


def _price(value: object) -> Decimal | None:
    """Return USD per million tokens for USD per token: 4e-07 is 0.4, without the noise of binary fractions."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _LARGEST_PRICE:
        return None
    price = (Decimal(repr(value)) * _MILLION).quantize(_SMALLEST_PRICE).normalize()
    # 1E+2 is equal to 100, but not what anybody wants to read.
    return price.quantize(Decimal(1)) if price == price.to_integral_value() else price


def _window(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return int(value) if 0 < value <= _LARGEST_WINDOW and value == int(value) else None


def _capabilities(held: Mapping[str, object]) -> frozenset[Capability] | None:
    """Return what it can do; None where the map says nothing about any capability."""
    if not any(key.startswith("supports_") for key in held):
        return None
    return frozenset(capability for key, capability in _CAPABILITIES.items() if held.get(key) is True)
