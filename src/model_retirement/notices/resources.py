"""The resources that a notice names, grouped inside the database: a large event concerns thousands of teams.

Each thing once. What stands above another resource speaks for it: a chatbot for its pipeline. A published version that
people use is the same thing as its working version. Archives, and versions that nobody uses any more, are only counted,
so that they never push what works out of the list.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from model_retirement import sql
from model_retirement.notices import payload
from model_retirement.references import Reference, Registry, Resource, ResourcePath
from model_retirement.references.rows import team_key
from model_retirement.references.usage import NAME, Pairs, is_idle, looked_up
from model_retirement.sql import Statement

RESOURCES_NAMED = 25
"""Resources of one kind, and with the same lot, that a notice names; the others are counted."""

COLUMNS = "kind_no, id, thing, name, version, idle, below_no, below_id, within, label, member, remaining"
"""What a line says beside whose it is.

``kind_no`` is the kind's place in ``registry.resources``: the database sorts by integers much faster than by text.
``thing`` is the key of the working version, ``idle`` is 1 of what is only counted, ``below_no`` and ``below_id`` say for
which resource it speaks (``below_id`` as text, or NULL), and the others are those of ``payload.Part``.
"""


def kind_numbers(registry: Registry) -> dict[Resource, int]:
    """Return the place of each kind of resource in lines."""
    return {resource: number for number, resource in enumerate(registry.resources)}


def lines_of(pairs: Pairs, *, registry: Registry, using: str, in_use_only: bool = False) -> Statement:
    """Return a query for ``team``, ``model_id`` and :data:`COLUMNS` of what rows concern; lines may repeat.

    :param pairs: gives the query that says which rows and models it is about
    :param in_use_only: leave out what is only counted
    """
    arms = [
        _lines(reference, resource_path, pairs=pairs(reference), registry=registry, using=using, in_use=in_use_only)
        for reference in registry
        for resource_path in registry.resource_paths(reference)
    ]
    return united(arms, whose="team, model_id", registry=registry, using=using)


def united(arms: Sequence[Statement], *, whose: str, registry: Registry, using: str) -> Statement:
    """Return one query for the lines of several.

    :param whose: the columns before :data:`COLUMNS`
    """
    shared = {name: registry.shared_id(name, using=using) for name in ("id", "thing")}
    if all(name == column for name, column in shared.items()):
        return sql.union_all(arms)
    columns = ", ".join(f"{shared[name]} AS {name}" if name in shared else name for name in COLUMNS.split(", "))
    return sql.union_all([(f"SELECT {whose}, {columns} FROM ({query}) a", params) for query, params in arms])


def _lines(
    reference: Reference, resource_path: ResourcePath, *, pairs: Statement, registry: Registry, using: str, in_use: bool
) -> Statement:
    own, resource = reference.resource_path, resource_path.resource
    numbers = kind_numbers(registry)
    values = version_values(resource, resource_path.lookup)
    theirs = below = ""
    # What belongs to another team is none of this one's; forms refuse such a link, and old data may have one.
    if resource.team and (team := resource_path.lookup(resource.team)) != reference.team:
        values["resource_team"] = team_key(team)
        theirs = " AND r.r_resource_team = r.r_team"
    if own.detail:
        values["label"] = own.detail
    if resource_path is not own:
        values |= {"below": own.lookup("pk"), "within": own.lookup(own.resource.name)}
        below = f"{numbers[own.resource]} AS below_no, CAST(r.r_below AS text) AS below_id, COALESCE(CAST(r.r_within AS text), '') AS within"
    rows, params = reference.rows(using=using, **values)
    idle = idle_sql(resource)
    return (
        f"SELECT r.r_team AS team, p.model_id, {numbers[resource]} AS kind_no, {version_columns(resource)},"
        f" {below or NOTHING_BELOW}, {'r.r_label' if own.detail else EMPTY} AS label,"
        f" CAST('{reference.holds}' AS text) AS member, {NOT_FEWER} AS remaining"
        f" FROM ({pairs[0]}) p JOIN ({rows}) r ON r.r_id = p.row_id"
        f" WHERE r.r_resource IS NOT NULL AND r.r_team IS NOT NULL{theirs}{f' AND {idle} = 0' if in_use else ''}",
        (*pairs[1], *params),
    )


EMPTY = "CAST('' AS text)"
NOT_FEWER = "CAST(NULL AS integer)"
NOTHING_BELOW = f"CAST(NULL AS integer) AS below_no, CAST(NULL AS text) AS below_id, {EMPTY} AS within"


def version_values(resource: Resource, lookup: Callable[[str], str]) -> dict[str, str]:
    """Return the look-ups that :func:`version_columns` and :func:`idle_sql` need of a row.

    :param lookup: gives the path to a field of the resource
    """
    return {name: lookup(path) for name, path in looked_up(resource).items()}


def version_columns(resource: Resource) -> str:
    """Return the columns ``id, thing, name, version, idle`` of a row ``r``."""
    has = resource.paths()
    thing = "COALESCE(r.r_version_of, r.r_resource)" if "version_of" in has else "r.r_resource"
    is_numbered = {"version_of", "version_number"} <= has.keys()
    version = "CASE WHEN r.r_version_of IS NOT NULL THEN r.r_version_number END" if is_numbered else NOT_FEWER
    return f"r.r_resource AS id, {thing} AS thing, {NAME} AS name, {version} AS version, {idle_sql(resource)} AS idle"


def idle_sql(resource: Resource) -> str:
    """Return an expression for 1 if a row ``r`` is an archive, or a published version that nobody uses; else 0."""
    return f"CASE WHEN {is_idle(resource)} THEN 1 ELSE 0 END"


def summarised(lines: Statement, *, keys: Sequence[str], registry: Registry, using: str) -> Statement:
    """Return a query for the columns of ``keys`` and ``found``: ``payload.Resources`` as JSON.

    :param lines: query for the keys and :data:`COLUMNS`; lines may repeat
    :param keys: columns that tell whose notice a line belongs to, such as ``team``
    """
    kinds = {number: resource.kind for resource, number in kind_numbers(registry).items()}
    models = {number: resource.model for resource, number in kind_numbers(registry).items()}
    dialect = sql.dialect(using)
    collect = dialect.json_collect
    whose = ", ".join(keys)
    same = " AND ".join(f"d.{key} = l.{key}" for key in keys)

    def joined(table: str) -> str:
        return " AND ".join(f"{table}.{key} = w.{key}" for key in keys)

    group = payload.written_group(
        using,
        kind=_case("kind_no", kinds),
        model=_case("kind_no", models),
        has_main="has_main",
        has_fewer="has_fewer",
        total="MAX(total)",
        first=f"{collect}({payload.written_resource(using, parts='parts')})",
    )
    lot = "kind_no, has_main, has_fewer"
    return (
        f"""
        WITH lines AS MATERIALIZED (SELECT DISTINCT {whose}, {COLUMNS} FROM ({lines[0]}) u),
        spoken_for AS (SELECT DISTINCT {whose}, below_no AS kind_no, below_id, idle FROM lines WHERE below_id IS NOT NULL),
        shown AS MATERIALIZED (
            SELECT l.* FROM lines l WHERE NOT EXISTS (
                SELECT 1 FROM spoken_for d WHERE {same} AND d.kind_no = l.kind_no AND d.below_id = CAST(l.id AS text)
                    AND d.idle <= l.idle
            )
        ),
        counted AS (
            SELECT {whose}, COUNT(*) AS idle FROM (SELECT DISTINCT {whose}, kind_no, id FROM shown WHERE idle = 1) i
            GROUP BY {whose}
        ),
        places AS (
            SELECT {whose}, kind_no, thing, {_case("below_no", kinds)} AS below, within, label, member,
                MIN(remaining) AS remaining, MAX(CASE WHEN version IS NULL THEN name END) AS working_name,
                MAX(name) AS name, MAX(version) AS version
            FROM shown WHERE idle = 0 GROUP BY {whose}, kind_no, thing, below_no, within, label, member
        ),
        things AS (
            SELECT {whose}, kind_no, thing AS id, COALESCE(MAX(working_name), MAX(name)) AS name,
                CASE WHEN MAX(working_name) IS NULL THEN MAX(version) END AS version,
                MAX(CASE WHEN member = '' THEN 1 ELSE 0 END) AS has_main,
                MAX(CASE WHEN remaining IS NULL THEN 0 ELSE 1 END) AS has_fewer,
                {collect}({payload.written_part(using)}) AS parts
            FROM (SELECT * FROM places ORDER BY {whose}, kind_no, thing, below, within, label, member) p
            GROUP BY {whose}, kind_no, thing
        ),
        ranked AS (
            SELECT t.*, row_number() OVER (PARTITION BY {whose}, {lot} ORDER BY id) AS place,
                COUNT(*) OVER (PARTITION BY {whose}, {lot}) AS total
            FROM things t
        ),
        lots AS (
            SELECT {whose}, {group} AS summary
            FROM (SELECT * FROM ranked WHERE place <= {RESOURCES_NAMED} ORDER BY {whose}, {lot}, id) r
            GROUP BY {whose}, {lot} ORDER BY {whose}, {lot}
        ),
        collected AS (
            SELECT {whose}, {collect}({dialect.made_json("summary")}) AS lots FROM lots GROUP BY {whose}
        )
        SELECT {", ".join(f"w.{key}" for key in keys)},
            {payload.written_resources(using, groups="c.lots", idle="i.idle")} AS found
        FROM (SELECT DISTINCT {whose} FROM shown) w
        LEFT JOIN collected c ON {joined("c")} LEFT JOIN counted i ON {joined("i")}
        """,
        lines[1],
    )


def _case(column: str, values: dict[int, str]) -> str:
    cases = " ".join(f"WHEN {number} THEN CAST('{value}' AS text)" for number, value in values.items())
    return f"CASE {column} {cases} ELSE CAST('' AS text) END"
