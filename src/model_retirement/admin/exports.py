"""The list of models as a file: everything that the filters let through, row by row."""

from __future__ import annotations

import csv
import itertools
import json
from collections.abc import Iterator
from typing import Any

from django.http import StreamingHttpResponse
from django.utils import timezone

from model_retirement.catalogue.lifecycle import utc_today
from model_retirement.data_migrations import neutral
from model_retirement.host_models import name_of, slug_of
from model_retirement.keys import kind_of, packed_keys
from model_retirement.lifecycle import Lifecycles

ROWS_PER_FETCH = 500

COLUMNS = (
    "id",
    "provider",
    "name",
    "team",
    "team_name",
    "token_limit",
    "state",
    "retires_on",
    "days_to_retirement",
    "replacement",
    "to_be_removed",
    "references",
    "teams",
)


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


def as_csv(models: Any) -> StreamingHttpResponse:
    """Return the models as CSV. Text that a spreadsheet would take for a formula gets an apostrophe in front."""
    writer = csv.writer(_Echo())
    lines = (writer.writerow([neutral.cell(row[column]) for column in COLUMNS]) for row in _rows(models))
    return _file(itertools.chain(["\ufeff", writer.writerow(COLUMNS)], lines), "text/csv; charset=utf-8", "csv")


def as_json(models: Any) -> StreamingHttpResponse:
    """Return the models as one JSON list."""
    return _file(_json_lines(models), "application/json", "json")


def _json_lines(models: Any) -> Iterator[str]:
    yield "["
    separator = "\n"
    for row in _rows(models):
        yield f"{separator}{json.dumps(row, default=str)}"
        separator = ",\n"
    yield "\n]\n"


def _rows(models: Any) -> Iterator[dict[str, Any]]:
    lifecycles = Lifecycles(today=utc_today())
    for model in _paged(models):
        lifecycle = lifecycles.of(model)
        yield {
            "id": model.pk,
            "provider": model.type,
            "name": model.name,
            "team": slug_of(model.team) if model.team else None,
            "team_name": name_of(model.team) if model.team else None,
            "token_limit": model.max_token_limit,
            "state": lifecycle.state.value,
            "retires_on": lifecycle.retires_on.isoformat() if lifecycle.retires_on else None,
            "days_to_retirement": lifecycle.days_to_retirement,
            "replacement": lifecycle.replacement or None,
            "to_be_removed": lifecycle.to_be_removed,
            "references": model.reference_count,
            "teams": model.team_count,
        }


def _paged(models: Any) -> Iterator[Any]:
    """Yield models in their order, a page at a time. Of all of them at once only the ids are held, packed.

    A cursor of the server's, which would do the same, breaks behind a pooler.
    """
    ids = packed_keys(models.values_list("pk", flat=True), kind=kind_of(models.model))
    for start in range(0, len(ids), ROWS_PER_FETCH):
        page = models.in_bulk(ids[start : start + ROWS_PER_FETCH])
        yield from (page[pk] for pk in ids[start : start + ROWS_PER_FETCH] if pk in page)


def _file(lines: Iterator[str], content_type: str, suffix: str) -> StreamingHttpResponse:
    name = f"llm-models-{timezone.now():%Y-%m-%d}.{suffix}"
    return StreamingHttpResponse(
        lines, content_type=content_type, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )
