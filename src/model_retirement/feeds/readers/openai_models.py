"""A saved answer of OpenAI's ``GET /v1/models``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from model_retirement.feeds import values
from model_retirement.feeds.rows import FeedRow

NAME = "openai_models"
PUBLISHER = "OpenAI"
SHAPE = 'an object with "data" whose objects have "id" and "object": "model"'


def entries(document: object) -> Sequence[object]:
    """Return the models."""
    return values.entries_of(document, "data")


def recognises(entry: object) -> bool:
    """Return whether it says that it is a model."""
    return isinstance(entry, Mapping) and entry.get("object") == "model"


def read(entry: object) -> Iterator[FeedRow]:
    """Yield the row. A model without ``shutdown_date`` goes on."""
    name = values.name(entry.get("id")) if isinstance(entry, Mapping) else ""
    if not name or not isinstance(entry, Mapping):
        return
    retires_on, is_firm = values.day(entry.get("shutdown_date"))
    yield FeedRow(
        provider="openai",
        name=name,
        feed_name=name,
        is_leaving=values.is_said(entry.get("shutdown_date")),
        retires_on=retires_on,
        is_firm=is_firm,
    )
