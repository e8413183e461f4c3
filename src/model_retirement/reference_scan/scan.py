"""Where the data holds models: every table is read once, a page at a time, by the database itself.

Of each page the database gives back how often it came upon an id under a name that speaks of models, or upon the name of
a model as a whole value or key, and in which rows first. So neither a large table nor a large row comes into memory here.
Only text that may be JSON, which a database does not open, is read here (``json_texts``).
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.apps import apps
from django.db import DatabaseError

from model_retirement import sql
from model_retirement.host_models import llm_model
from model_retirement.keys import KeyKind, kind_of, read_key
from model_retirement.reference_scan import json_texts
from model_retirement.reference_scan.pages import PageKey, before_newest, end_of_page, key_name
from model_retirement.reference_scan.recognition import IDS, NAMES, WORDS, ModelNames, is_of_models, step_of
from model_retirement.reference_scan.statements import MOST_LINES, look
from model_retirement.reference_scan.tables import ScannedColumn, ScannedTable
from model_retirement.reference_scan.tally import ROWS_NAMED, Sighting, Tallies, Tally
from model_retirement.reference_scan.words import Path
from model_retirement.references.odd_rows import is_of_a_row

ROWS_PER_PAGE = 2_000

Line = tuple[Any, ...]


@dataclasses.dataclass(frozen=True)
class ScannedPlace:
    """What one place holds.

    :param path: the keys that lead to it inside JSON
    :param holds: ``ids`` or ``names``
    :param count: how many
    :param example: one of them
    :param rows: keys of the first rows that hold one
    :param with_provider: names have their provider before them
    :param in_text: it lies in JSON that is stored as text, which no statement opens
    """

    column: ScannedColumn
    path: Path
    holds: str
    count: int
    example: str
    rows: tuple[str, ...]
    with_provider: bool = False
    in_text: bool = False

    @property
    def where(self) -> str:
        """Words for output, with a space before them, that say where in its column it lies; empty where that is plain."""
        return " in JSON that is stored as text" if self.in_text else ""


@dataclasses.dataclass(frozen=True)
class TableScan:
    """What one table holds.

    :param rows: how many rows were looked at
    :param unreadable: keys of the first rows that the database could not read; they were left out
    :param too_long: keys of the first rows by column whose text may be JSON and is too long to be looked into
    """

    table: ScannedTable
    rows: int
    places: tuple[ScannedPlace, ...]
    unreadable: tuple[str, ...]
    too_long: Mapping[str, tuple[str, ...]]


def scan_table(
    table: ScannedTable, *, names: ModelNames, using: str, newest: int | None = None, page: int = ROWS_PER_PAGE
) -> TableScan:
    """Look for ids and names of models in one table.

    :param newest: look at so many rows alone, those with the largest keys; None means all rows
    :param page: rows that are looked at by one statement
    """
    tallies = _Places(table, names=names)
    texts = json_texts.TextReader(table, names=names, using=using)
    unreadable: list[str] = []
    rows, size = 0, page
    last = None if newest is None else before_newest(table, newest=newest, using=using)
    while end := end_of_page(table, after=last, size=size, using=using):
        key, number = end
        lines = _look(table, names=names, after=last, upto=key, using=using)
        if number > 1 and (lines is None or len(lines) == MOST_LINES):
            size = number // 2
            continue
        if lines is None:
            unreadable.append(key_name(key))
        else:
            tallies.add(_sighting(line, names=names) for line in lines)
            tallies.add(texts.sightings(after=last, upto=key))
            rows += number
        last, size = key, page
    too_long = {table.columns[place].label: tuple(keys) for place, keys in texts.too_long.items()}
    return TableScan(table, rows, tuple(tallies), tuple(unreadable[:ROWS_NAMED]), too_long)


def _look(
    table: ScannedTable, *, names: ModelNames, after: PageKey | None, upto: PageKey, using: str
) -> list[Line] | None:
    """Return what one page holds, a line for each place in each column; None if the database cannot read one of its rows."""
    query, params = look(table, names=names, after=after, upto=upto, using=using)
    dialect = sql.dialect(using)
    try:
        # What PostgreSQL refuses to read spoils nothing of a transaction around this one.
        with dialect.streaming(), dialect.text_for_people():
            return sql.fetch(using, query, params)
    except DatabaseError as error:
        if not is_of_a_row(error):
            raise
        return None


def _sighting(line: Line, *, names: ModelNames) -> Sighting:
    place, keys, holds, count, example, *rows = line
    path = tuple(step_of(key, names=names) for key in json.loads(f"[{keys[1:]}]"))
    return Sighting(place, path, holds, Tally(int(count), example, [row for row in rows if row is not None]))


class _Places:
    """What was come upon in the columns of a table."""

    def __init__(self, table: ScannedTable, *, names: ModelNames) -> None:
        self._table = table
        self._names = names
        self._tallies: dict[tuple[int, str, bool], Tallies] = {}

    def add(self, sightings: Iterable[Sighting]) -> None:
        """Count what stands for models."""
        for sighting in sightings:
            if is_of_models(self._table.columns[sighting.place], sighting.path, sighting.holds):
                holds = NAMES if sighting.holds == WORDS else sighting.holds
                tallies = self._tallies.setdefault((sighting.place, holds, sighting.in_text), Tallies())
                tallies.add(sighting.path, sighting.tally)

    def __iter__(self) -> Iterator[ScannedPlace]:
        for (place, holds, in_text), tallies in sorted(self._tallies.items(), key=lambda item: item[0]):
            for path, tally in tallies:
                column = self._table.columns[place]
                of_rows = kind_of(apps.get_model(column.model))
                yield ScannedPlace(
                    column=column,
                    path=path,
                    holds=holds,
                    count=tally.count,
                    example=_as_people_write(tally.example, kind=kind_of(llm_model()) if holds == IDS else None),
                    rows=tuple(_as_people_write(row, kind=of_rows) for row in tally.rows),
                    with_provider=holds == NAMES and tally.example not in self._names.plain,
                    in_text=in_text,
                )


def _as_people_write(key: str, *, kind: KeyKind | None) -> str:
    """Return a key with the hyphens that a UUID has; SQLite may have stored there what is none."""
    try:
        return str(read_key(key)) if kind is KeyKind.UUID else key
    except ValueError:
        return key
