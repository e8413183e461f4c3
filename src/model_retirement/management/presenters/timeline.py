"""The words of the timeline: models that are on their way out, as text for people and as JSON."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from model_retirement.abstract import AbstractLlmModel
from model_retirement.catalogue.lifecycle import Lifecycle, retirement_words
from model_retirement.data_migrations import neutral
from model_retirement.departures import Departures
from model_retirement.wording import english_count


def as_json(departures: Departures) -> list[dict[str, Any]]:
    """Return the models as JSON, in the order of their days."""
    return [
        {
            "provider": row.type,
            "name": row.name,
            "state": lifecycle.state.value,
            "deprecated_on": _iso(lifecycle.deprecated_on),
            "retires_on": _iso(lifecycle.retires_on),
            "retires_on_is_earliest": lifecycle.retires_on_is_earliest,
            "days_to_retirement": lifecycle.days_to_retirement,
            "replacement": lifecycle.replacement or None,
            "to_be_removed": lifecycle.to_be_removed,
            "references": departures.references(row),
            "teams": departures.teams(row),
        }
        for row, lifecycle in departures.models
    ]


def lines(departures: Departures, *, today: dt.date) -> Iterator[str]:
    """Yield a line for each model, and one for today between what has passed and what is to come."""
    cells = [_cells(row, lifecycle, departures=departures, today=today) for row, lifecycle in departures.models]
    passed = sum(
        lifecycle.retires_on is not None and lifecycle.retires_on < today for _, lifecycle in departures.models
    )
    cells.insert(passed, [today.isoformat(), "today"])
    widths = [max(len(row[column]) for row in cells if column < len(row)) for column in range(max(map(len, cells)))]
    for row in cells:
        yield "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=False)).rstrip()


def _cells(row: AbstractLlmModel, lifecycle: Lifecycle, *, departures: Departures, today: dt.date) -> list[str]:
    when = retirement_words(
        lifecycle.retires_on, today=today, is_earliest=lifecycle.retires_on_is_earliest, with_date=False
    )
    references, teams = departures.references(row), departures.teams(row)
    used = f"{english_count('reference', references)} of {english_count('team', teams)}" if references else "not used"
    return [
        _iso(lifecycle.retires_on) or "no day",
        neutral.terminal(f"{row.type}/{neutral.name(row.name)}"),
        when or lifecycle.state.value,
        used,
        f"{lifecycle.replacement} replaces it" if lifecycle.replacement else "nothing replaces it",
    ]


def _iso(day: dt.date | None) -> str | None:
    return None if day is None else day.isoformat()
