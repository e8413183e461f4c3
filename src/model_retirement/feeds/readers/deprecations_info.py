"""deprecations.info: ``data.json`` and ``api/v1/deprecations.json``, a list of what was announced."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from model_retirement.feeds import values
from model_retirement.feeds.rows import FeedRow

NAME = "deprecations_info"
PUBLISHER = "deprecations.info"
SHAPE = 'a list of objects with "provider", "model_id" and "shutdown_date"'


_SEEN = ("first_observed", "last_observed", "scraped_at")


def entries(document: object) -> Sequence[object]:
    """Return the list."""
    return document if isinstance(document, list) else []


def recognises(entry: object) -> bool:
    """Return whether it has the keys of this format."""
    return isinstance(entry, Mapping) and {"provider", "model_id", "shutdown_date"} <= entry.keys()


def read(entry: object) -> Iterator[FeedRow]:
    """Yield the row. Whatever stands in this feed goes; an empty ``shutdown_date`` says that no day is known."""
    if not isinstance(entry, Mapping):
        return
    provider, name = values.name(entry.get("provider")), values.name(entry.get("model_id"))
    if not provider or not name:
        return
    retires_on, is_firm = values.day(entry.get("shutdown_date"))
    yield FeedRow(
        provider=provider,
        name=name,
        feed_name=name,
        is_leaving=True,
        deprecated_on=values.firm_day(entry.get("deprecation_date")),
        retires_on=retires_on,
        is_firm=is_firm,
        replacements=values.names(entry.get("replacement_models")),
        source_url=values.link(entry.get("url")),
        observed_on=max(filter(None, (values.firm_day(entry.get(key)) for key in _SEEN)), default=None),
    )
