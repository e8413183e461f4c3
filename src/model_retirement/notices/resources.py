"""The resources that a notice names, grouped inside the database: a large event concerns thousands of teams."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from model_retirement import sql
from model_retirement.references import Registry
from model_retirement.sql import Statement

RESOURCES_PER_KIND = 10
"""Resources of one kind that a notice names; the others are counted."""


def by_kind(lines: Statement, *, keys: Sequence[str], registry: Registry, using: str) -> Statement:
    """Return what :func:`summarised` does, of lines that may repeat.

    :param lines: query for the keys and ``kind, id, name, detail``
    :param keys: columns that tell whose notice a line belongs to, such as ``team``
    """
    collect = functions(using).collect
    whose = ", ".join(keys)
    numbers = " ".join(f"WHEN '{resource.kind}' THEN {number}" for number, resource in enumerate(registry.resources))
    return summarised(
        (
            f"SELECT {whose}, kind_no, id, MAX(name) AS name,"
            f" {collect}(DISTINCT detail) FILTER (WHERE detail <> '') AS details"
            f" FROM (SELECT {whose}, CASE kind {numbers} END AS kind_no, id, name, detail FROM ({lines[0]}) l) n"
            f" GROUP BY {whose}, kind_no, id",
            lines[1],
        ),
        keys=keys,
        registry=registry,
        using=using,
    )


def summarised(resources: Statement, *, keys: Sequence[str], registry: Registry, using: str) -> Statement:
    """Return a query for the columns of ``keys`` and ``found``: a JSON object of kind to ``model``, ``total``, ``first``.

    ``first`` lists [id, name, details] of the first resources of the kind.

    :param resources: query for the keys and ``kind_no, id, name, details``, each resource once; ``kind_no`` is the kind's
        place in ``registry.resources`` (the database sorts by integers much faster than by text), ``details`` is JSON
    """
    kinds = dict(enumerate(registry.resources))
    kind_names = _case("kind_no", {number: resource.kind for number, resource in kinds.items()})
    kind_models = _case("kind_no", {number: resource.model for number, resource in kinds.items()})
    make, row, collect, by_key = functions(using)
    nothing = json_text(using, "'[]'")
    details = f"COALESCE({stored_json(using, 'details')}, {nothing})"
    whose = ", ".join(keys)
    return (
        f"""
        WITH ranked AS (
            SELECT {whose}, kind_no, id, name, details,
                row_number() OVER (PARTITION BY {whose}, kind_no ORDER BY id) AS place,
                COUNT(*) OVER (PARTITION BY {whose}, kind_no) AS total
            FROM ({resources[0]}) u
        ),
        kinds AS (
            SELECT {whose}, {kind_names} AS kind, {make}('model', {kind_models}, 'total', MAX(total), 'first',
                {collect}({row}(id, name, {details}))) AS summary
            FROM (SELECT * FROM ranked WHERE place <= {RESOURCES_PER_KIND} ORDER BY {whose}, kind_no, id) r
            GROUP BY {whose}, kind_no
        )
        SELECT {whose}, {by_key}(kind, {stored_json(using, "summary")}) AS found
        FROM kinds GROUP BY {whose} ORDER BY {whose}
        """,
        resources[1],
    )


class JsonFunctions(NamedTuple):
    """Names of the database's functions that make JSON.

    :param make: an object of names and values
    :param row: a list of values
    :param collect: a list of rows, as an aggregate
    :param by_key: an object of rows of key and value, as an aggregate
    """

    make: str
    row: str
    collect: str
    by_key: str


def functions(using: str) -> JsonFunctions:
    """Return the names of the database's functions."""
    if sql.is_postgresql(using):
        # Not those of jsonb: they take everything apart again at each level.
        return JsonFunctions("json_build_object", "json_build_array", "json_agg", "json_object_agg")
    return JsonFunctions("json_object", "json_array", "json_group_array", "json_group_object")


def stored_json(using: str, column: str) -> str:
    """Return a column of JSON as JSON: what SQLite's functions return forgets on its way through a subquery that it is."""
    return column if sql.is_postgresql(using) else f"json({column})"


def json_text(using: str, text: str) -> str:
    """Return an expression that reads text as JSON."""
    return f"CAST({text} AS json)" if sql.is_postgresql(using) else f"json({text})"


def _case(column: str, values: Mapping[int, str]) -> str:
    cases = " ".join(f"WHEN {number} THEN CAST('{value}' AS text)" for number, value in values.items())
    return f"CASE {column} {cases} END"
