"""What a removal has affected, resource by resource, as the notices of a removal name it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from model_retirement import sql
from model_retirement.keys import kind_of
from model_retirement.models import AffectedResources, RemovedModel
from model_retirement.notices.resources import (
    EMPTY,
    NOT_FEWER,
    NOTHING_BELOW,
    kind_numbers,
    united,
    version_columns,
    version_values,
)
from model_retirement.references import Reference, Registry, Resource, ResourcePath
from model_retirement.references.rows import rows_of
from model_retirement.removal import journal
from model_retirement.sql import Statement


def lines_of(*, removed: Sequence[RemovedModel], registry: Registry, using: str) -> Statement:
    """Return a query for ``team``, ``removed_id`` and ``resources.COLUMNS`` of what a run has affected; lines may repeat."""
    numbers = kind_numbers(registry)
    by_resource: dict[Resource, list[Reference]] = {}
    for reference in registry:
        if reference.goes_with_model:
            continue  # its rows are nobody's
        by_resource.setdefault(reference.resource_path.resource, []).append(reference)
    tables: list[str] = []
    arms: list[Statement] = []
    params: list[Any] = []
    for resource, references in by_resource.items():
        name = f"told_{numbers[resource]}"
        query, values = _told(references, removed=removed, number=numbers[resource], using=using)
        tables.append(f"{name} AS MATERIALIZED ({query})")
        params += values
        arms.append((f"SELECT * FROM {name}", ()))
        for owner in registry.owners(resource):
            rows, values = _above(resource, owner=owner, using=using)
            arms.append(
                (
                    f"SELECT t.team, t.removed_id, {numbers[owner.resource]} AS kind_no, r.id, r.thing, r.name, r.version,"
                    f" r.idle, {numbers[resource]} AS below_no, CAST(t.id AS text) AS below_id, t.name AS within, t.label,"
                    " t.member, t.remaining"
                    # What belongs to another team is none of this one's; forms refuse such a link, and old data may have one.
                    f" FROM {name} t JOIN ({rows}) r ON r.below = t.id AND r.team = t.team",
                    values,
                )
            )
    union, above_params = united(arms, whose="team, removed_id", registry=registry, using=using)
    return f"WITH {', '.join(tables)} {union}", (*params, *above_params)


def _told(references: Sequence[Reference], *, removed: Sequence[RemovedModel], number: int, using: str) -> Statement:
    """Return the same for the resources of one kind that references concern directly."""
    table = sql.quote(using, AffectedResources._meta.db_table)  # noqa: SLF001  (the documented Meta API)
    resource = references[0].resource_path.resource
    resource_id = sql.dialect(using).key_of_element("item.value ->> 0", kind=kind_of(resource.model_class))
    affected = (
        f"SELECT DISTINCT a.removed_model_id AS removed_id, {resource_id} AS resource_id,"
        f" item.value ->> 1 AS label, item.value ->> 2 AS member, {NOT_FEWER} AS remaining"
        f" FROM {table} a CROSS JOIN {sql.dialect(using).lines('a.lines')} WHERE a.removed_model_id IN ({sql.id_list(model.pk for model in removed)})"
        f" AND a.resource = %s"
    )
    shorter = [
        _shortened(reference, removed=removed, using=using)
        for reference in references
        if reference.holds and journal.has_shortened(reference=reference, removed=removed, using=using)
    ]
    lines, params = sql.union_all([(affected, (resource.model,)), *shorter])
    rows, rows_params = references[0].resources(using=using, **version_values(resource, lambda field: field))
    return (
        f"SELECT r.r_team AS team, p.removed_id, {number} AS kind_no, {version_columns(resource)}, {NOTHING_BELOW},"
        f" p.label, p.member, p.remaining FROM ({lines}) p JOIN ({rows}) r ON r.r_id = p.resource_id"
        " WHERE r.r_team IS NOT NULL",
        (*params, *rows_params),
    )


def _shortened(reference: Reference, *, removed: Sequence[RemovedModel], using: str) -> Statement:
    """Return a query for ``removed_id, resource_id, label, member, remaining`` of lists with fewer models than before."""
    resource_path = reference.resource_path
    pairs, pairs_params = journal.shortened_rows(reference=reference, removed=removed, using=using)
    values = {"resource": resource_path.lookup("pk")} | (
        {"label": resource_path.detail} if resource_path.detail else {}
    )
    rows, params = reference.rows(using=using, **values)
    return (
        f"SELECT p.removed_id, r.r_resource, {'r.r_label' if resource_path.detail else EMPTY},"
        f" CAST('{reference.holds}' AS text), {reference.members('p.row_id', using=using)}"
        f" FROM (SELECT DISTINCT row_id, removed_id FROM ({pairs}) d) p JOIN ({rows}) r ON r.r_id = p.row_id",
        (*pairs_params, *params),
    )


def _above(resource: Resource, *, owner: ResourcePath, using: str) -> Statement:
    """Return a query for the resources above those of one kind: ``below``, ``team``, and what a line says of them."""
    foreign_key: Any = resource.model_class._meta.get_field(owner.path)  # noqa: SLF001
    rows = partial(rows_of, owner.resource.model_class, key=foreign_key.field.attname, team=owner.resource.team)
    query, params = rows(using=using, **version_values(owner.resource, lambda field: field))
    return f"SELECT r.r_id AS below, r.r_team AS team, {version_columns(owner.resource)} FROM ({query}) r", params
