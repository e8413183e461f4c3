"""deprecations.info: ``v1/feed.json``, the same rows as items of a JSON Feed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from model_retirement.feeds import values
from model_retirement.feeds.readers import deprecations_info
from model_retirement.feeds.rows import FeedRow

NAME = "deprecations_info_jsonfeed"
PUBLISHER = deprecations_info.PUBLISHER
SHAPE = 'a JSON Feed whose "items" have "_deprecation"'


def entries(document: object) -> Sequence[object]:
    """Return the items."""
    return values.entries_of(document, "items")


def recognises(entry: object) -> bool:
    """Return whether it has the extension of this feed."""
    return bool(values.inside(entry, "_deprecation"))


def read(entry: object) -> Iterator[FeedRow]:
    """Yield the row that the item holds; the address is the item's."""
    held = values.inside(entry, "_deprecation")
    if held and isinstance(entry, Mapping):
        yield from deprecations_info.read({"url": entry.get("url"), "scraped_at": entry.get("date_published"), **held})
