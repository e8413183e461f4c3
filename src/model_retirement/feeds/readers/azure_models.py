"""A saved answer of Azure's management API: the models of Cognitive Services at one location."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from model_retirement.feeds import values
from model_retirement.feeds.rows import FeedRow

NAME = "azure_models"
PUBLISHER = "Azure"
SHAPE = 'an object with "value" whose objects have "model" with "name" and "version"'

_DEPRECATED = {"deprecated", "deprecating", "legacy"}


def entries(document: object) -> Sequence[object]:
    """Return the models."""
    return values.entries_of(document, "value")


def recognises(entry: object) -> bool:
    """Return whether it holds a model with a version."""
    return {"name", "version"} <= values.inside(entry, "model").keys()


def read(entry: object) -> Iterator[FeedRow]:
    """Yield the row. A tentative day is none that is firm; ``deprecation`` is the end of inference."""
    model = values.inside(entry, "model")
    name = values.name(model.get("name"))
    if not name:
        return
    ends = values.inside(model, "deprecation").get("inference")
    retires_on, is_firm = values.day(ends)
    is_deprecated = str(model.get("lifecycleStatus")).casefold() in _DEPRECATED
    planned = values.inside(model, "replacementConfig").get("targetModelName") or model.get("replacementConfig")
    yield FeedRow(
        provider="azure",
        name=name,
        feed_name=name,
        is_leaving=is_deprecated or values.is_said(ends),
        is_deprecated=is_deprecated,
        retires_on=retires_on,
        is_firm=is_firm and str(model.get("deprecationStatus")).casefold() != "tentative",
        replacements=values.names(planned),
    )
