"""``llm_models usage --dangling``: ids of models that do not exist, a line at a time."""

from __future__ import annotations

import csv
import dataclasses
import json
from collections.abc import Iterable, Iterator
from typing import Any

from django.core.management.base import OutputWrapper

from model_retirement.dangling import DanglingId
from model_retirement.data_migrations import neutral

COLUMNS = [field.name for field in dataclasses.fields(DanglingId)]


def write(ids: Iterable[DanglingId], *, output_format: str, stdout: OutputWrapper) -> None:
    """Write dangling ids as they come, so that a hundred thousand of them need no more memory than one.

    :param output_format: ``text``, ``json`` or ``csv``
    """
    writers = {"json": _json_lines, "csv": _csv_lines, "text": _text_lines}
    for line in writers[output_format](ids):
        stdout.write(line)


def _text_lines(ids: Iterable[DanglingId]) -> Iterator[str]:
    number = 0
    for number, dangling_id in enumerate(ids, start=1):  # noqa: B007  (the last one is the number of all)
        part = f" [{dangling_id.details}]" if dangling_id.details else ""
        was = f", which was {dangling_id.removed}" if dangling_id.removed else ""
        yield neutral.terminal(
            f"team {dangling_id.team}, {dangling_id.kind} {dangling_id.id} {dangling_id.name}{part},"
            f" {dangling_id.place} of row {dangling_id.row_id}: model {dangling_id.model_id}{was}"
        )
    if not number:
        yield "No id of a model that does not exist is stored anywhere."
        return
    yield f"Ids of models that do not exist: {number:,}. Nothing brings them back; choose other models there."


def _json_lines(ids: Iterable[DanglingId]) -> Iterator[str]:
    """Yield one JSON document, a list, in lines."""
    before = "["
    for dangling_id in ids:
        yield before + json.dumps(
            {**dataclasses.asdict(dangling_id), "removed": dangling_id.removed or None}, default=str
        )
        before = ","
    yield "[]" if before == "[" else "]"


def _csv_lines(ids: Iterable[DanglingId]) -> Iterator[str]:
    rows: list[str] = []
    # A file that keeps nothing: what is written is the line.
    writer = csv.writer(_Lines(rows))
    writer.writerow(COLUMNS)
    yield rows.pop()
    for dangling_id in ids:
        writer.writerow([neutral.cell(value) for value in dataclasses.astuple(dangling_id)])
        yield rows.pop()


class _Lines:
    def __init__(self, lines: list[Any]) -> None:
        self._lines = lines

    def write(self, line: str) -> None:
        self._lines.append(line)
