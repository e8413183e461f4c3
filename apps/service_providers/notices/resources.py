"""The resources that a notice names, grouped inside the database: a large event concerns thousands of teams."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from apps.service_providers.references import Registry, sql
from apps.service_providers.references.sql import Statement

RESOURCES_PER_KIND = 10
"""Resources of one kind that a notice names; the others are counted."""


def by_kind(lines: Statement, *, keys: Sequence[str], registry: Registry, using: str) -> Statement:
    """Return a query for the columns of ``keys`` and ``found``: a JSON object of kind to ``model``, ``total``, ``first``.

    :param lines: query for the keys and ``kind, id, name, detail``; lines may repeat
    :param keys: columns that tell whose notice a line belongs to, such as ``team``
    """
    # Numbers in place of kinds: the database sorts by integers much faster than by text.
    resources = {concern.resource for reference in registry for concern in registry.concerns(reference)}
    kinds = sorted(resources, key=lambda resource: resource.kind)
    kind_numbers = " ".join(f"WHEN '{resource.kind}' THEN {number}" for number, resource in enumerate(kinds))
    kind_names = _case("kind_no", {number: resource.kind for number, resource in enumerate(kinds)})
    kind_models = _case("kind_no", {number: resource.model for number, resource in enumerate(kinds)})
    make, collect, by_key = functions(using)
    empty = json_text(using, "'[]'")
    details = stored_json(using, "details")
    whose = ", ".join(keys)
    return (
        f"""
        WITH lines AS (SELECT {whose}, CASE kind {kind_numbers} END AS kind_no, id, name, detail FROM ({lines[0]}) l),
        resources AS (
            SELECT {whose}, kind_no, id, MAX(name) AS name,
                {collect}(DISTINCT detail) FILTER (WHERE detail <> '') AS details
            FROM lines GROUP BY {whose}, kind_no, id
        ),
        ranked AS (
            SELECT {whose}, kind_no, id, name, COALESCE({details}, {empty}) AS details,
                row_number() OVER (PARTITION BY {whose}, kind_no ORDER BY id) AS place,
                COUNT(*) OVER (PARTITION BY {whose}, kind_no) AS total
            FROM resources
        ),
        kinds AS (
            SELECT {whose}, {kind_names} AS kind, {make}('model', {kind_models}, 'total', MAX(total), 'first',
                {collect}({make}('id', id, 'name', name, 'details', {details}))) AS summary
            FROM (SELECT * FROM ranked WHERE place <= {RESOURCES_PER_KIND} ORDER BY {whose}, kind_no, id) r
            GROUP BY {whose}, kind_no
        )
        SELECT {whose}, {by_key}(kind, {stored_json(using, "summary")}) AS found
        FROM kinds GROUP BY {whose} ORDER BY {whose}
        """,
        lines[1],
    )


def functions(using: str) -> tuple[str, str, str]:
    """Return the names of the functions that make a JSON object, a list of rows, and an object of rows."""
    if sql.is_postgresql(using):
        return "jsonb_build_object", "jsonb_agg", "jsonb_object_agg"
    return "json_object", "json_group_array", "json_group_object"


def stored_json(using: str, column: str) -> str:
    """Return a column of JSON as JSON: what SQLite's functions return forgets on its way through a subquery that it is."""
    return column if sql.is_postgresql(using) else f"json({column})"


def json_text(using: str, text: str) -> str:
    """Return an expression that reads text as JSON."""
    return f"CAST({text} AS jsonb)" if sql.is_postgresql(using) else f"json({text})"


def _case(column: str, values: Mapping[int, str]) -> str:
    cases = " ".join(f"WHEN {number} THEN CAST('{value}' AS text)" for number, value in values.items())
    return f"CASE {column} {cases} END"
