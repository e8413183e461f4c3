"""A saved answer of OpenRouter's ``GET /api/v1/models``. Dates are withdrawn there at times."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from model_retirement.feeds import values
from model_retirement.feeds.rows import FeedRow

NAME = "openrouter"
PUBLISHER = "OpenRouter"
SHAPE = 'an object with "data" whose objects have an "id" such as "openai/gpt-4" and "expiration_date"'


def entries(document: object) -> Sequence[object]:
    """Return the models."""
    return values.entries_of(document, "data")


def recognises(entry: object) -> bool:
    """Return whether it names provider and model in one, and is no row of another list under the same key."""
    return isinstance(entry, Mapping) and "object" not in entry and all(_parts(entry))


def read(entry: object) -> Iterator[FeedRow]:
    """Yield the row. A model without ``expiration_date`` goes on."""
    provider, name = _parts(entry)
    if not (provider and name and isinstance(entry, Mapping)):
        return
    retires_on, is_firm = values.day(entry.get("expiration_date"))
    yield FeedRow(
        provider=provider,
        name=name,
        feed_name=f"{provider}/{name}",
        is_leaving=values.is_said(entry.get("expiration_date")),
        retires_on=retires_on,
        is_firm=is_firm,
    )


def _parts(entry: object) -> tuple[str, str]:
    written = values.name(entry.get("id")) if isinstance(entry, Mapping) else ""
    provider, _, name = written.partition("/")
    return provider, name
