"""A saved answer of Amazon Bedrock's ``ListFoundationModels``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from model_retirement.feeds import values
from model_retirement.feeds.rows import FeedRow

NAME = "bedrock"
PUBLISHER = "Amazon Bedrock"
SHAPE = 'an object with "modelSummaries" whose objects have "modelId" and "modelLifecycle"'


def entries(document: object) -> Sequence[object]:
    """Return the summaries."""
    return values.entries_of(document, "modelSummaries")


def recognises(entry: object) -> bool:
    """Return whether it names a model as this list does."""
    return isinstance(entry, Mapping) and "modelId" in entry


def read(entry: object) -> Iterator[FeedRow]:
    """Yield the row. ``LEGACY`` is what others call deprecated."""
    name = values.name(entry.get("modelId")) if isinstance(entry, Mapping) else ""
    if not name:
        return
    life = values.inside(entry, "modelLifecycle")
    retires_on, is_firm = values.day(life.get("endOfLifeTime"))
    is_legacy = life.get("status") == "LEGACY"
    yield FeedRow(
        provider="bedrock",
        name=name,
        feed_name=name,
        is_leaving=is_legacy or values.is_said(life.get("endOfLifeTime")),
        is_deprecated=is_legacy,
        deprecated_on=values.firm_day(life.get("legacyTime")),
        retires_on=retires_on,
        is_firm=is_firm,
    )
