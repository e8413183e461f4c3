"""Who uses which models: counts and affected resources, one query per reference however many models, teams and rows."""

from __future__ import annotations

import dataclasses
import heapq
import json
from collections.abc import Callable, Collection, Iterator

from model_retirement import sql
from model_retirement.keys import Key, read_keys
from model_retirement.references.kinds import Reference
from model_retirement.references.registry import Registry, Resource, ResourcePath
from model_retirement.references.rows import team_key
from model_retirement.sql import Statement

Pairs = Callable[[Reference], Statement]
"""Gives the query for ``row_id`` and ``model_id`` that a question is about: what points now, or what a removal moved."""

Rows = Callable[..., Statement]
"""Such as :meth:`Reference.rows`: gives a query with ``r_id``, ``r_team`` and what was asked for by name."""


@dataclasses.dataclass
class Usage:
    """How often models are pointed at.

    :ivar references: model id to reference label to number of stored pointers
    :ivar teams: model id to the ids of the teams whose rows point at it
    :ivar settings: model id, settings beside the pointers as JSON text, and number of pointers
    """

    references: dict[Key, dict[str, int]] = dataclasses.field(default_factory=dict)
    teams: dict[Key, set[Key]] = dataclasses.field(default_factory=dict)
    settings: list[tuple[int, str, int]] = dataclasses.field(default_factory=list)

    def models_by_team(self) -> dict[Key, set[Key]]:
        """Return team id to the ids of the models that it uses."""
        by_team: dict[Key, set[Key]] = {}
        for model_id, team_ids in self.teams.items():
            for team_id in team_ids:
                by_team.setdefault(team_id, set()).add(model_id)
        return by_team


@dataclasses.dataclass(frozen=True, order=True)
class AffectedResource:
    """One resource that points, or pointed, at a model.

    :param details: which part of it, such as node labels; sorted
    :param model_ids: the models; sorted
    """

    team_id: Key
    kind: str
    id: Key
    name: str
    details: tuple[str, ...]
    model_ids: tuple[int, ...]
    resource: Resource = dataclasses.field(compare=False)


def pointing_now(*, model_ids: Collection[Key], using: str, team_id: Key | None = None) -> Pairs:
    """Return the pairs of everything that points at the models at this moment.

    :param team_id: only rows of this team
    """
    return lambda reference: reference.pairs(model_ids=model_ids, using=using, team_id=team_id)


def count(*, registry: Registry, pairs: Pairs, using: str, settings_of: Collection[Key] = ()) -> Usage:
    """Count pointers and teams per model, one query per reference.

    :param settings_of: ids of the models whose stored settings are counted as well
    """
    usage = Usage()
    for reference in registry:
        label = reference.label
        for model_id, pointers, teams, settings in _by_model(
            reference, pairs(reference), settings_of=settings_of, using=using
        ):
            if settings is not None:
                usage.settings.append((model_id, settings, pointers))
                continue
            by_label = usage.references.setdefault(model_id, {})
            by_label[label] = by_label.get(label, 0) + pointers
            usage.teams.setdefault(model_id, set()).update(set(read_keys(json.loads(teams))) - {None})
    return usage


def grouped_by_team(reference: Reference, pairs: Statement, *, using: str) -> list[tuple[int, int, int]]:
    """Return the model, the team and the number of pointers for each model and team that pairs have."""
    pairs_sql, pairs_params = pairs
    rows_sql, rows_params = reference.rows(using=using)
    return sql.fetch(
        using,
        f"SELECT p.model_id, r.r_team, COUNT(*) FROM ({pairs_sql}) p JOIN ({rows_sql}) r ON r.r_id = p.row_id"
        " GROUP BY p.model_id, r.r_team",
        (*pairs_params, *rows_params),
        keys=[0, 1],
    )


def _by_model(
    reference: Reference, pairs: Statement, *, settings_of: Collection[Key], using: str
) -> list[tuple[int, int, str, str | None]]:
    """Return model id, pointers, team ids as a JSON list, and no settings; and a line for each of the settings.

    One pass over the rows answers both. A line per model and team would take longer to read than to count.

    :param settings_of: ids of the models whose settings are wanted, if the reference has any
    """
    pairs_sql, pairs_params = pairs
    wanted, looked_up = "NULL", {}
    if settings_of and reference.parameters_label:
        settings = reference.parameters("r.r_stored", using=using)
        wanted = f"CASE WHEN p.model_id IN ({sql.id_list(settings_of)}) THEN {settings} END"
        looked_up = {"stored": reference.field}
    rows_sql, rows_params = reference.rows(using=using, **looked_up)
    query = (
        f"WITH counted AS (SELECT p.model_id, r.r_team AS team, {wanted} AS settings, COUNT(*) AS pointers"
        f" FROM ({pairs_sql}) p JOIN ({rows_sql}) r ON r.r_id = p.row_id GROUP BY 1, 2, 3)"
        f" SELECT model_id, CAST(SUM(pointers) AS bigint), {sql.collected(using, 'team')}, NULL FROM counted"
        " GROUP BY model_id"
    )
    if looked_up:
        query += (
            " UNION ALL SELECT model_id, CAST(SUM(pointers) AS bigint), NULL, settings FROM counted"
            " WHERE settings IS NOT NULL GROUP BY model_id, settings"
        )
    return sql.fetch(using, query, (*pairs_params, *rows_params), keys=[0])


def stream_resources(
    *, registry: Registry, pairs: Pairs, using: str, in_use_only: bool = False
) -> Iterator[AffectedResource]:
    """Yield every affected resource once, by team, kind and id, without holding them all.

    One query per reference and resource kind, merged. On PostgreSQL call it inside a transaction.

    :param in_use_only: leave out archives, and published versions that nobody talks to any more
    """
    lines = heapq.merge(
        *(
            _stream_lines(
                resource_lines(
                    reference=reference,
                    resource_path=resource_path,
                    pairs=pairs(reference),
                    using=using,
                    in_use_only=in_use_only,
                ),
                resource=resource_path.resource,
                using=using,
            )
            for reference in registry
            for resource_path in registry.resource_paths(reference)
        ),
        key=lambda line: line[0],
    )
    current: tuple[int, str, int] | None = None
    resource: AffectedResource | None = None
    for key, line in lines:
        if resource is not None and key == current:
            resource = dataclasses.replace(
                resource,
                details=tuple(sorted({*resource.details, *line.details})),
                model_ids=tuple(sorted({*resource.model_ids, *line.model_ids})),
            )
            continue
        if resource is not None:
            yield resource
        current, resource = key, line
    if resource is not None:
        yield resource


def resource_lines(
    *, reference: Reference, resource_path: ResourcePath, pairs: Statement, using: str, in_use_only: bool = False
) -> Statement:
    """Return a query for the resources that rows concern: a line per row and model, so that lines may repeat.

    A resource of another team than the row's is none of theirs, and is left out: a row's team may not hear of it, nor its
    team of the row. Forms refuse such a link, and old data may have one.

    Columns: ``team``, ``kind``, ``model_label``, ``id``, ``name`` (with words for versions and archives), ``detail``
    (may be empty), ``model_id``.

    :param pairs: the query that says which rows and models it is about
    :param in_use_only: leave out archives, and published versions that nobody talks to any more
    """
    values = {"detail": resource_path.detail} if resource_path.detail else {}
    theirs = ""
    if resource_path.resource.team and (team := resource_path.lookup(resource_path.resource.team)) != reference.team:
        values["resource_team"] = team_key(team)
        theirs = " AND r.r_resource_team = r.r_team"
    (rows, params), name = named_rows(reference.rows, resource_path=resource_path, using=using, **values)
    detail = "r.r_detail" if resource_path.detail else "CAST('' AS text)"
    idle = f" AND NOT {is_idle(resource_path.resource)}" if in_use_only else ""
    return (
        f"SELECT r.r_team AS team, CAST('{resource_path.resource.kind}' AS text) AS kind,"
        f" CAST('{resource_path.resource.model}' AS text) AS model_label, r.r_resource AS id, {name} AS name,"
        f" {detail} AS detail, p.model_id AS model_id FROM ({pairs[0]}) p JOIN ({rows}) r ON r.r_id = p.row_id"
        f" WHERE r.r_resource IS NOT NULL{theirs}{idle}",
        (*pairs[1], *params),
    )


def named_rows(rows: Rows, *, resource_path: ResourcePath, using: str, **values: str) -> tuple[Statement, str]:
    """Return a query for rows with the resource that each concerns, and an expression for its name on them (as ``r``).

    The name has words for versions and archives.

    :param rows: gives the query; such as :meth:`Reference.rows`
    :param resource_path: the resource, seen from the rows
    :param values: further look-ups by name
    """
    resource = resource_path.resource
    values |= {name: resource_path.lookup(path) for name, path in looked_up(resource).items()}
    has = resource.paths()
    name = NAME
    if "version_of" in has:
        number = "COALESCE(' ' || CAST(r.r_version_number AS text), '')" if "version_number" in has else "''"
        name += f" || CASE WHEN r.r_version_of IS NULL THEN '' ELSE ' (version' || {number} || ')' END"
    if "archived" in has:
        name += f" || CASE WHEN {_is_archived(resource)} THEN ' (archived)' ELSE '' END"
    return rows(using=using, **values), name


NAME = "COALESCE(CAST(r.r_name AS text), '')"
"""What people call the resource of a row ``r``."""


def looked_up(resource: Resource) -> dict[str, str]:
    """Return the paths from a resource to what is asked of it: its key, its name, and whether it is used at all."""
    return {"resource": "pk", "name": resource.name, **resource.paths()}


def is_idle(resource: Resource) -> str:
    """Return a condition on rows ``r`` of archives, and of published versions that nobody uses any more."""
    has = resource.paths()
    conditions = [_is_archived(resource)] if "archived" in has else []
    if "version_of" in has:
        answers = " AND NOT COALESCE(r.r_in_use, false)" if "in_use" in has else ""
        conditions.append(f"(r.r_version_of IS NOT NULL{answers})")
    return f"({' OR '.join(conditions) or 'false'})"


def _is_archived(resource: Resource) -> str:
    field = resource.field_at(resource.paths()["archived"])
    is_boolean = field.get_internal_type() == "BooleanField"
    return "COALESCE(r.r_archived, false)" if is_boolean else "(r.r_archived IS NOT NULL)"


def _stream_lines(
    statement: Statement, *, resource: Resource, using: str
) -> Iterator[tuple[tuple[int, str, int], AffectedResource]]:
    lines, params = statement
    for team_id, kind, _, resource_id, name, detail, model_id in sql.stream(
        using,
        # What belongs to no team is counted, and there is nobody to name it to.
        f"SELECT DISTINCT * FROM ({lines}) l WHERE team IS NOT NULL ORDER BY team, id",
        params,
        keys=[0, 3, 6],
        for_people=True,
    ):
        yield (
            (team_id, kind, resource_id),
            AffectedResource(
                team_id=team_id,
                kind=kind,
                id=resource_id,
                name=name,
                details=(detail,) if detail else (),
                model_ids=(model_id,),
                resource=resource,
            ),
        )
