"""Tables are read a page at a time, in the order of their key, so that no cursor and no transaction stays open."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from model_retirement import sql
from model_retirement.reference_scan.tables import ScannedTable
from model_retirement.sql import Statement

PageKey = tuple[Any, ...]
"""A value for each column of a table's key."""


def end_of_page(table: ScannedTable, *, after: PageKey | None, size: int, using: str) -> tuple[PageKey, int] | None:
    """Return the last key of the next page and its number of rows; None if there is none.

    What a view shows may have no key: such a row belongs to no page.
    """
    keys = [quoted(using, name) for name in table.key]
    names = [f"k{number}" for number in range(len(keys))]
    rest, params = _beyond(keys, after)
    there = " AND ".join(f"{key} IS NOT NULL" for key in keys)
    page = (
        f"SELECT {', '.join(f'{key} AS {name}' for key, name in zip(keys, names, strict=True))}"
        f" FROM {quoted(using, table.table)} WHERE {there}{rest} ORDER BY {', '.join(keys)} LIMIT %s"
    )
    order = ", ".join(names)
    numbered = f"SELECT {order}, ROW_NUMBER() OVER (ORDER BY {order}) AS place FROM ({page}) p"
    last = sql.fetch(using, f"SELECT {order}, place FROM ({numbered}) n ORDER BY place DESC LIMIT 1", (*params, size))
    return (last[0][:-1], last[0][-1]) if last else None


def before_newest(table: ScannedTable, *, newest: int, using: str) -> PageKey | None:
    """Return the key after which the newest rows come; None if these are all rows."""
    keys = [quoted(using, name) for name in table.key]
    there = " AND ".join(f"{key} IS NOT NULL" for key in keys)
    order = ", ".join(f"{key} DESC" for key in keys)
    last = sql.fetch(
        using,
        f"SELECT {', '.join(keys)} FROM {quoted(using, table.table)} WHERE {there} ORDER BY {order} LIMIT 1 OFFSET %s",
        (newest,),
    )
    return last[0] if last else None


def in_page(table: ScannedTable, *, after: PageKey | None, upto: PageKey, using: str) -> Statement:
    """Return the condition that a row belongs to a page."""
    keys = [quoted(using, name) for name in table.key]
    rest, params = _beyond(keys, after)
    return f"{_row(keys)} <= {_row(['%s'] * len(keys))}{rest}", (*upto, *params)


def row_name(table: ScannedTable, *, using: str) -> str:
    """Return the expression for what people call a row: its key, as they would look for it."""
    names = [quoted(using, name) for name in table.row]
    if len(names) == 1:
        return names[0]
    return "'(' || {} || ')'".format(" || ', ' || ".join(f"CAST({name} AS text)" for name in names))


def key_name(key: PageKey) -> str:
    """Return the same of a key that was read."""
    return str(key[0]) if len(key) == 1 else f"({', '.join(map(str, key))})"


def quoted(using: str, name: str) -> str:
    """Return the name of a table or column for a statement with parameters."""
    return sql.quote(using, name).replace("%", "%%")


def _beyond(keys: Sequence[str], after: PageKey | None) -> Statement:
    """Return the condition, with AND before it, that a key is larger than another one; empty if there is none."""
    return ("", ()) if after is None else (f" AND {_row(keys)} > {_row(['%s'] * len(keys))}", after)


def _row(values: Sequence[str]) -> str:
    return values[0] if len(values) == 1 else f"({', '.join(values)})"
