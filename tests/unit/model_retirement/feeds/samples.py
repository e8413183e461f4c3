"""Feeds for tests: files in the shape of each format, feeds made of rows, and catalogues to compare them with."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from model_retirement.catalogue import view
from model_retirement.catalogue.view import Catalogue
from model_retirement.feeds import reading
from model_retirement.feeds.rows import Feed, FeedRow

Made = Callable[[Any, Any], Any]

DATED: dict[str, Made] = {
    "deprecations_info": lambda name, day: [{"provider": "OpenAI", "model_id": name, "shutdown_date": day}],
    "deprecations_info_jsonfeed": lambda name, day: {
        "version": "https://jsonfeed.org/version/1.1",
        "items": [{"_deprecation": {"provider": "OpenAI", "model_id": name, "shutdown_date": day}}],
    },
    "litellm": lambda name, day: {str(name): {"litellm_provider": "openai", "deprecation_date": day}},
    "model_eol": lambda name, day: {
        "spec": "model-eol/0.1",
        "publisher": "openai",
        "models": [{"id": name, "shutdown": day}],
    },
    "openai_models": lambda name, day: {
        "object": "list",
        "data": [{"id": name, "object": "model", "shutdown_date": day}],
    },
    "azure_models": lambda name, day: {
        "value": [{"model": {"name": name, "version": "1", "deprecation": {"inference": day}}}]
    },
    "bedrock": lambda name, day: {"modelSummaries": [{"modelId": name, "modelLifecycle": {"endOfLifeTime": day}}]},
    "gemini": lambda name, day: {
        "models": [{"name": f"models/{name}", "modelStatus": {"retirementTime": day}}],
    },
    "openrouter": lambda name, day: {"data": [{"id": f"openai/{name}", "expiration_date": day}]},
}
"""By format: a document with one row, of which the name and the day of the end are given."""

PROVIDERS = {"azure_models": "azure", "bedrock": "bedrock", "gemini": "google"}
"""Of which provider the row is, if not of OpenAI."""


def written(folder: Path, document: object, name: str = "feed.json") -> Path:
    """Write a document as JSON and return its path."""
    path = folder / name
    path.write_text(json.dumps(document))
    return path


def read(folder: Path, document: object, **options: Any) -> Feed:
    """Write a document and read it as a feed."""
    return reading.read(written(folder, document), **options)


def day(text: str | None) -> dt.date | None:
    """Return the day that an ISO text names, None for None."""
    return dt.date.fromisoformat(text) if text else None


def said(
    name: str,
    retires_on: str | None = None,
    *,
    deprecated_on: str | None = None,
    provider: str = "openai",
    is_leaving: bool = True,
    feed_name: str = "",
    **values: Any,
) -> FeedRow:
    """Return a row of a model that goes."""
    return FeedRow(
        provider,
        name,
        feed_name or name,
        is_leaving=is_leaving,
        deprecated_on=day(deprecated_on),
        retires_on=day(retires_on),
        **values,
    )


def feed(*rows: FeedRow, file: str = "feed.json", as_of: str | None = None, publisher: str = "", **values: Any) -> Feed:
    """Return a feed of rows; without a publisher its file is its own."""
    given: dict[str, Any] = {"format": "litellm", "total": len(rows), "read": len(rows), "odd": 0, "not_read": {}}
    return Feed(file=Path(file), publisher=publisher or file, as_of=day(as_of), rows=rows, **{**given, **values})


def declared(*models: Any, removals: tuple[Any, ...] = (), provider: str = "openai") -> Catalogue:
    """Return a catalogue of one provider."""
    return view.load(models={provider: list(models)}, removals=list(removals))
