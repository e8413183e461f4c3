"""What stands in the way of whole rows that are to come back, asked of the database before they are written.

Foreign keys of Django are looked at when a transaction ends: a row whose target is gone would take all that was done in it
along. So all rows are asked about at once, with one query per constraint of the table, those included that Django does not
know.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

from django.db import DataError, models, transaction
from django.db.models import Model

from model_retirement import obstacles, sql, stored_rows
from model_retirement.keys import Key, spelled

Row = Mapping[str, Any]
"""A whole row as ``Dialect.whole_row`` gave it."""


@dataclasses.dataclass(frozen=True)
class _Wanted:
    """Rows that are to come back."""

    model: type[Model]
    rows: Mapping[Key, Row]
    coming: Mapping[str, Collection[Key]]
    using: str

    @property
    def table(self) -> str:
        """Name of the table, not quoted."""
        return str(self.model._meta.db_table)  # noqa: SLF001  (the documented Meta API)


@dataclasses.dataclass(frozen=True)
class _ForeignKey:
    """A foreign key of a table.

    :param table: where it points, and the same as SQL takes it
    :param sets_null: what points at a row that is deleted is set to null
    """

    columns: tuple[str, ...]
    table: str
    quoted_table: str
    targets: tuple[str, ...]
    sets_null: bool


@dataclasses.dataclass
class Looked:
    """What was seen.

    :param obstacles: rows that cannot come back, with what stands in the way
    :param rows: the others; what the host sets to null when a target is deleted is null in them
    """

    obstacles: dict[Key, str]
    rows: dict[Key, Row]


def look(*, model: type[Model], rows: Mapping[Key, Row], coming: Mapping[str, Collection[Key]], using: str) -> Looked:
    """Return which rows can come back as things are; one query per constraint.

    :param model: the Django model of their table
    :param rows: by primary key
    :param coming: table to keys of rows that may not be there yet, and will be when these come
    """
    if not rows:
        return Looked({}, {})
    wanted = _Wanted(model, rows, coming, using)
    looked = Looked({}, dict(wanted.rows))
    known = stored_rows.columns(wanted.table, using=wanted.using)
    for foreign_key in _foreign_keys(wanted):
        if known.keys() >= set(foreign_key.columns):
            _look_for_targets(foreign_key, wanted, looked, known=known)
    for columns in _unique_keys(wanted):
        if known.keys() >= set(columns):
            _look_for_others(columns, wanted, looked, known=known)
    return looked


def _foreign_keys(wanted: _Wanted) -> list[_ForeignKey]:
    """Return the constraints of the table as the database has them, and what Django does instead of the database."""
    query, params = sql.dialect(wanted.using).foreign_keys_of(wanted.table)
    set_null = {
        field.column
        for field in wanted.model._meta.concrete_fields  # noqa: SLF001  (the documented Meta API)
        if field.remote_field and field.remote_field.on_delete is models.SET_NULL
    }
    foreign_keys: list[_ForeignKey] = []
    for _, lines in groupby(sql.fetch(wanted.using, query, params), key=lambda line: line[0]):
        _, names, tables, quoted, targets, sets_null = zip(*lines, strict=True)
        foreign_keys.append(
            _ForeignKey(names, tables[0], quoted[0], targets, sets_null=bool(sets_null[0]) or set_null >= set(names))
        )
    return foreign_keys


def _unique_keys(wanted: _Wanted) -> list[list[str]]:
    """Return the columns of each unique key, those over expressions or a part of the rows left out."""
    query, params = sql.dialect(wanted.using).unique_keys_of(wanted.table)
    lines = sql.fetch(wanted.using, query, params)
    return [[column for _, column in key] for _, key in groupby(lines, key=lambda line: line[0])]


def _look_for_targets(foreign_key: _ForeignKey, wanted: _Wanted, looked: Looked, *, known: Mapping[str, str]) -> None:
    columns, dialect = foreign_key.columns, sql.dialect(wanted.using)
    rows = {row_id: row for row_id, row in looked.rows.items() if _is_filled(row, columns)}
    coming = {text for key in wanted.coming.get(foreign_key.table, ()) for text in spelled(key)}
    rows = {row_id: row for row_id, row in rows.items() if str(_value(row, columns[0])) not in coming}
    same = " AND ".join(
        f"t.{dialect.quoted(target)} = v.c{place}" for place, target in enumerate(foreign_key.targets)
    ).replace("%", "%%")
    target = foreign_key.quoted_table.replace("%", "%%")
    query = f"SELECT v.n FROM v WHERE NOT EXISTS (SELECT 1 FROM {target} t WHERE {same})"
    for row_id, *_ in _asked(query, columns, rows, known=known, using=wanted.using):
        row = looked.rows[row_id]
        if foreign_key.sets_null:
            looked.rows[row_id] = {**row, **dict.fromkeys(columns)}
        else:
            values = [_value(row, column) for column in columns]
            looked.obstacles[row_id] = obstacles.missing(columns=columns, values=values, table=foreign_key.table)
            del looked.rows[row_id]


def _look_for_others(columns: Sequence[str], wanted: _Wanted, looked: Looked, *, known: Mapping[str, str]) -> None:
    dialect = sql.dialect(wanted.using)
    meta: Any = wanted.model._meta  # noqa: SLF001  (the documented Meta API)
    rows = {row_id: row for row_id, row in looked.rows.items() if _is_filled(row, columns)}
    table, pk, *names = (dialect.quoted(name).replace("%", "%%") for name in (wanted.table, meta.pk.column, *columns))
    same = " AND ".join(f"t.{name} = v.c{place}" for place, name in enumerate(names))
    query = f"SELECT v.n, t.{pk} FROM v JOIN {table} t ON {same}"
    for row_id, other in _asked(query, columns, rows, known=known, using=wanted.using):
        looked.obstacles[row_id] = obstacles.taken(columns=columns, by=other)
        looked.rows.pop(row_id, None)


def _asked(
    query: str, columns: Sequence[str], rows: Mapping[Key, Row], *, known: Mapping[str, str], using: str
) -> Iterable[tuple[Any, ...]]:
    """Return the lines of a query over what rows hold in some columns: ``v`` with ``n`` and ``c0``, ``c1``, …

    :param known: columns of the table with what takes a value of each
    :return: with the key of the row for ``n``
    """
    row_ids = list(rows)
    step = sql.VALUES_PER_STATEMENT // len(columns)
    lines: list[tuple[Any, ...]] = []
    for start in range(0, len(row_ids), step):
        part = range(start, min(start + step, len(row_ids)))
        places = ", ".join(known[column] for column in columns)
        names = ", ".join(f"c{place}" for place in range(len(columns)))
        given = ", ".join(f"({number}, {places})" for number in part)
        values = [_value(rows[row_ids[number]], column) for number in part for column in columns]
        # A column may have another type by now. Then the rows are tried, and those that do not fit are refused.
        with contextlib.suppress(DataError), transaction.atomic(using=using):
            lines += sql.fetch(using, f"WITH v(n, {names}) AS (VALUES {given}) {query}", values)
    return [(row_ids[number], *rest) for number, *rest in lines]


def _is_filled(row: Row, columns: Iterable[str]) -> bool:
    return all(_value(row, column) is not None for column in columns)


def _value(row: Row, column: str) -> Any:
    return stored_rows.as_stored(row.get(column))
