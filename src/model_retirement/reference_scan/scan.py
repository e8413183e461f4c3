"""Where the data holds models: every table is read once, a page at a time, by the database itself.

Of each page the database gives back how often it came upon an id under a name that speaks of models, or upon the name of
a model as a whole value, and in which rows first. So neither a large table nor a large row comes into memory here.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Iterator
from typing import Any

from django.apps import apps
from django.db import DatabaseError

from model_retirement import sql
from model_retirement.host_models import llm_model
from model_retirement.keys import KeyKind, kind_of, read_key
from model_retirement.models import RemovedModel
from model_retirement.reference_scan.tables import ScannedColumn, ScannedTable, Shape
from model_retirement.reference_scan.tally import ROWS_NAMED, Path, Tallies, Tally
from model_retirement.reference_scan.words import WORDS, leads_to_models
from model_retirement.references.odd_rows import is_of_a_row
from model_retirement.sql import Statement
from model_retirement.stored_json import MOST_LEVELS

ROWS_PER_PAGE = 2_000

MOST_LINES = 20_000
"""Places that one statement may tell of, where objects are keyed by the data; of a page that has more, half is read."""

LONGEST_ID = 40
"""A UUID has 36 characters; an id may have blanks around it."""

IDS, NAMES = "ids", "names"

Line = tuple[Any, ...]


@dataclasses.dataclass(frozen=True)
class ModelNames:
    """The names that are looked for.

    :param plain: as providers write them, such as ``gpt-4``
    :param full: with the provider, such as ``openai/gpt-4``
    """

    plain: frozenset[str]
    full: frozenset[str]

    @property
    def all(self) -> list[str]:
        """All of them, in the same order each time."""
        return sorted(self.plain | self.full)


@dataclasses.dataclass(frozen=True)
class Found:
    """What one place holds.

    :param path: the keys that lead to it inside JSON
    :param holds: ``ids`` or ``names``
    :param count: how many
    :param example: one of them
    :param rows: keys of the first rows that hold one
    :param with_provider: names have their provider before them
    """

    column: ScannedColumn
    path: Path
    holds: str
    count: int
    example: str
    rows: tuple[str, ...]
    with_provider: bool = False


@dataclasses.dataclass(frozen=True)
class TableScan:
    """What one table holds.

    :param rows: how many rows were looked at
    :param unreadable: keys of the first rows that the database could not read; they were left out
    """

    table: ScannedTable
    rows: int
    found: tuple[Found, ...]
    unreadable: tuple[str, ...]


def scan_table(
    table: ScannedTable, *, names: ModelNames, using: str, newest: int | None = None, page: int = ROWS_PER_PAGE
) -> TableScan:
    """Look for ids and names of models in one table.

    :param newest: look at so many rows alone, those with the largest keys; None means all rows
    :param page: rows that are looked at by one statement
    """
    tallies: dict[tuple[int, str], Tallies] = {}
    unreadable: list[str] = []
    rows, size = 0, page
    last = None if newest is None else _before_newest(table, newest=newest, using=using)
    while end := _end_of_page(table, after=last, size=size, using=using):
        key, number = end
        try:
            found: list[Line] | None = _look(table, names=names, after=last, upto=key, using=using)
        except DatabaseError as error:
            if not is_of_a_row(error):
                raise
            found = None
        if number > 1 and (found is None or len(found) == MOST_LINES):
            size = number // 2
            continue
        if found is None:
            unreadable.append(str(key))
        else:
            _count(found, table=table, into=tallies)
            rows += number
        last, size = key, page
    return TableScan(table, rows, tuple(_found(table, tallies, names=names)), tuple(unreadable[:ROWS_NAMED]))


def _end_of_page(table: ScannedTable, *, after: Any, size: int, using: str) -> tuple[Any, int] | None:
    """Return the last key of the next page and its number of rows; None if there is none."""
    name, key = _quoted(using, table.table), _quoted(using, table.key)
    rest, params = ("", []) if after is None else (f" WHERE {key} > %s", [after])
    page = f"SELECT {key} AS id FROM {name}{rest} ORDER BY {key} LIMIT %s"
    numbered = f"SELECT id, ROW_NUMBER() OVER (ORDER BY id) AS place FROM ({page}) p"
    found = sql.fetch(using, f"SELECT id, place FROM ({numbered}) n ORDER BY place DESC LIMIT 1", [*params, size])
    return (found[0][0], found[0][1]) if found else None


def _before_newest(table: ScannedTable, *, newest: int, using: str) -> Any:
    """Return the key after which the newest rows come; None if these are all rows."""
    name, key = _quoted(using, table.table), _quoted(using, table.key)
    found = sql.fetch(using, f"SELECT {key} FROM {name} ORDER BY {key} DESC LIMIT 1 OFFSET %s", (newest,))
    return found[0][0] if found else None


def _look(table: ScannedTable, *, names: ModelNames, after: Any, upto: Any, using: str) -> list[Line]:
    """Return what one page holds, a line for each place in each column."""
    query, params = _statement(table, names=names, after=after, upto=upto, using=using)
    dialect = sql.dialect(using)
    # What PostgreSQL refuses to read spoils nothing of a transaction around this one.
    with dialect.streaming(), dialect.text_for_people():
        return sql.fetch(using, query, params)


def _count(lines: Iterable[Line], *, table: ScannedTable, into: dict[tuple[int, str], Tallies]) -> None:
    for place, keys, holds, count, example, *rows in lines:
        path = tuple(json.loads(f"[{keys[1:]}]"))
        if holds == NAMES or _is_of_models(table.columns[place], path):
            tally = Tally(int(count), example, [row for row in rows if row is not None])
            into.setdefault((place, holds), Tallies()).add(path, tally)


def _is_unmistakable() -> bool:
    """Return whether an id is one wherever it stands: a UUID is no other number."""
    return kind_of(llm_model()) is KeyKind.UUID


def _is_of_models(column: ScannedColumn, path: Path) -> bool:
    if _is_unmistakable():
        return True
    return column.speaks if not path else leads_to_models(column.field, path)


def _statement(table: ScannedTable, *, names: ModelNames, after: Any, upto: Any, using: str) -> Statement:
    dialect = sql.dialect(using)
    wanted = names.all
    longest = max([LONGEST_ID, *map(len, wanted)])
    columns = ", ".join(f"{_quoted(using, column.column)} AS c{place}" for place, column in enumerate(table.columns))
    key = _quoted(using, table.key)
    rest, lower = ("", ()) if after is None else (f"{key} > %s AND ", (after,))
    # Of numbers below other names there are many; that these speak of models is looked at closer later.
    speaking = sql.id_list(place for place, column in enumerate(table.columns) if column.speaks)
    words = " OR ".join(f"lower(path) LIKE '%%{word}%%'" for word in WORDS)
    may_speak = f"(place IN ({speaking}) OR {words})"
    if _is_unmistakable():
        may_speak = "1 = 1"
    known, text = _known(using), dialect.walked_text()
    model_key = f"replace(CAST({dialect.walked_id(kind=kind_of(llm_model()))} AS text), '-', '')"
    first = ", ".join(f"MIN(CASE WHEN nth = {number} THEN CAST(id AS text) END)" for number in range(1, ROWS_NAMED + 1))
    return (
        f"WITH RECURSIVE page AS MATERIALIZED (SELECT {_quoted(using, table.row)} AS id, {columns}"
        f" FROM {_quoted(using, table.table)} WHERE {rest}{key} <= %s),"
        f" {dialect.walk([column.shape is Shape.JSON for column in table.columns], levels=MOST_LEVELS, longest=longest)},"
        f" leaves AS (SELECT place, id, path, {model_key} AS model_key, {text} AS name FROM walk"
        f" WHERE {dialect.is_walked_scalar(longest=longest)}),"
        f" found AS (SELECT place, id, path, '{IDS}' AS holds, model_key AS example FROM leaves"
        f" WHERE {may_speak} AND model_key IN ({known}) UNION ALL"
        f" SELECT place, id, path, '{NAMES}', name FROM leaves WHERE name IN ({', '.join(['%s'] * len(wanted)) or 'NULL'})),"
        " by_row AS (SELECT place, path, holds, id, COUNT(*) AS number, MIN(example) AS example FROM found"
        " GROUP BY place, path, holds, id),"
        " ranked AS (SELECT r.*, ROW_NUMBER() OVER (PARTITION BY place, path, holds ORDER BY id) AS nth FROM by_row r)"
        f" SELECT place, path, holds, SUM(number), MIN(example), {first} FROM ranked GROUP BY place, path, holds"
        f" ORDER BY place, path, holds LIMIT {MOST_LINES}",
        (*lower, upto, *wanted),
    )


def _known(using: str) -> str:
    """Return a query for the keys of all models that are or were there, as text without hyphens."""
    meta: Any = llm_model()._meta  # noqa: SLF001  (the documented Meta API)
    present = (
        f"SELECT replace(CAST({_quoted(using, meta.pk.column)} AS text), '-', '') FROM {_quoted(using, meta.db_table)}"
    )
    removed: Any = RemovedModel._meta  # noqa: SLF001
    gone = f"SELECT replace(replace(CAST(model_id AS text), '\"', ''), '-', '') FROM {_quoted(using, removed.db_table)}"
    return f"{present} UNION {gone}"


def _quoted(using: str, name: str) -> str:
    return sql.quote(using, name).replace("%", "%%")


def _found(table: ScannedTable, tallies: dict[tuple[int, str], Tallies], *, names: ModelNames) -> Iterator[Found]:
    for (place, holds), of_column in sorted(tallies.items(), key=lambda item: item[0]):
        for path, tally in of_column:
            full = holds == NAMES and tally.example not in names.plain
            column, of_rows = table.columns[place], kind_of(apps.get_model(table.columns[place].model))
            example = _as_people_write(tally.example, kind=kind_of(llm_model())) if holds == IDS else tally.example
            rows = tuple(_as_people_write(row, kind=of_rows) for row in tally.rows)
            yield Found(column, path, holds, tally.count, example, rows, full)


def _as_people_write(key: str, *, kind: KeyKind | None) -> str:
    """Return a key with the hyphens that a UUID has."""
    return str(read_key(key)) if kind is KeyKind.UUID else key
