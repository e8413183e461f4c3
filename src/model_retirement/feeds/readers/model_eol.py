"""A model-eol feed (spec 0.1): the models of one publisher, with aliases and a clock of their own per distributor."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from model_retirement.feeds import values
from model_retirement.feeds.rows import FeedRow

NAME = "model_eol"
PUBLISHER = "model-eol"
SHAPE = 'an object with "spec": "model-eol/...", "publisher" and "models"'


def entries(document: object) -> Sequence[object]:
    """Return the models, each with what the feed says of all of them."""
    if not isinstance(document, Mapping) or not str(document.get("spec")).startswith("model-eol/"):
        return []
    head = (document.get("publisher"), document.get("generated"))
    return [(*head, model) for model in values.entries_of(document, "models")]


def recognises(entry: object) -> bool:
    """Return whether it is a row: no other format has such a head."""
    return isinstance(entry, tuple) and len(entry) == len(("publisher", "generated", "model"))


def read(entry: object) -> Iterator[FeedRow]:
    """Yield the publisher's row and one for each distributor. A model without ``shutdown`` goes on."""
    publisher, generated, model = entry if isinstance(entry, tuple) and recognises(entry) else (None, None, None)
    if not isinstance(model, Mapping):
        return
    provider, name = values.name(publisher), values.name(model.get("id"))
    if not provider or not name:
        return
    yield _row(model, provider=provider, name=name, model=model, generated=generated)
    for distribution in values.entries_of(model, "distributions"):
        via = values.name(distribution.get("via")) if isinstance(distribution, Mapping) else ""
        if via and isinstance(distribution, Mapping):
            yield _row(distribution, provider=via, name=name, model=model, generated=generated)


def _row(
    clock: Mapping[str, object], *, provider: str, name: str, model: Mapping[str, object], generated: object
) -> FeedRow:
    retires_on, is_firm = values.day(clock.get("shutdown"))
    return FeedRow(
        provider=provider,
        name=name,
        feed_name=name,
        is_leaving=any(values.is_said(clock.get(key)) for key in ("announced", "shutdown")),
        deprecated_on=values.firm_day(clock.get("announced")),
        retires_on=retires_on,
        is_firm=is_firm,
        replacements=values.names(clock.get("replacement")) or values.names(clock.get("replacement_options")),
        source_url=values.link(clock.get("source")),
        observed_on=values.firm_day(generated),
        aliases=values.names(model.get("aliases")),
    )
