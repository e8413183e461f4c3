"""A saved answer of the Gemini API's list of models."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from model_retirement.feeds import values
from model_retirement.feeds.rows import FeedRow

NAME = "gemini"
PUBLISHER = "Gemini"
SHAPE = 'an object with "models" whose objects have a "name" such as "models/gemini-2.5-pro"'

_DEPRECATED = {"LEGACY", "DEPRECATED", "RETIRED"}


def entries(document: object) -> Sequence[object]:
    """Return the models."""
    return values.entries_of(document, "models")


def recognises(entry: object) -> bool:
    """Return whether it names a model as this list does."""
    return isinstance(entry, Mapping) and values.name(entry.get("name")).startswith("models/")


def read(entry: object) -> Iterator[FeedRow]:
    """Yield the row."""
    name = values.name(entry.get("name")) if isinstance(entry, Mapping) else ""
    if not name:
        return
    status = values.inside(entry, "modelStatus")
    retires_on, is_firm = values.day(status.get("retirementTime"))
    is_deprecated = str(status.get("modelStage")) in _DEPRECATED
    yield FeedRow(
        provider="google",
        name=name,
        feed_name=name,
        is_leaving=is_deprecated or values.is_said(status.get("retirementTime")),
        is_deprecated=is_deprecated,
        retires_on=retires_on,
        is_firm=is_firm,
    )
