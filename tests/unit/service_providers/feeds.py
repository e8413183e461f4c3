"""Feeds and catalogues for the tests that compare them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from model_retirement.catalogue import view as catalogue
from model_retirement.catalogue.view import Catalogue
from model_retirement.feeds import deprecations
from model_retirement.feeds.rows import FeedRow

Row = dict[str, Any]


def row(name: str, retires_on: str | None = None, *, provider: str = "openai", **values: Any) -> Row:
    """Return a row as the feed writes it, without the keys that are not given."""
    return {"provider": provider, "name": name, "retirement_date": retires_on, **values}


def read(folder: Path, *rows: object) -> tuple[FeedRow, ...]:
    """Write rows as a feed and read it with the adapter."""
    path = folder / "feed.json"
    path.write_text(json.dumps({"models": rows}))
    return deprecations.read(path)


def declared(*models: Any, removals: tuple[Any, ...] = (), provider: str = "openai") -> Catalogue:
    """Return a catalogue of one provider."""
    return catalogue.load(models={provider: list(models)}, removals=list(removals))
