"""What is left of lists and juries in which several models became one: what a team is told of a removal besides."""

from __future__ import annotations

from collections.abc import Sequence

from model_retirement import sql
from model_retirement.models import RemovedModel
from model_retirement.notices.resources import RESOURCES_PER_KIND, functions
from model_retirement.references import Reference, Registry
from model_retirement.references.usage import named_rows
from model_retirement.removal import journal
from model_retirement.sql import Statement


def merged_lists(*, removed: Sequence[RemovedModel], registry: Registry, using: str) -> Statement | None:
    """Return a query for ``team``, ``removed_id`` and ``found``; None if nothing became one.

    Column ``found`` is a JSON object: ``total`` lists, and of the ``first`` ones [kind, label of the resource's model, id,
    name, the part of it, the word for what the list holds, how many of these are left].
    """
    arms = [
        _lists_of(reference, removed=removed, using=using)
        for reference in registry
        if reference.holds and journal.has_merged(reference=reference, removed=removed, using=using)
    ]
    if not arms:
        return None
    lines, params = sql.union_all(arms)
    make, row, collect, _ = functions(using)
    return (
        f"SELECT team, removed_id, {make}('total', MAX(total), 'first', {collect}("
        f"{row}(kind, model_label, id, name, detail, holds, members))) AS found FROM ("
        " SELECT u.*, COUNT(*) OVER (PARTITION BY team, removed_id) AS total,"
        " row_number() OVER (PARTITION BY team, removed_id ORDER BY kind, id, detail, members) AS place"
        f" FROM ({lines}) u) ranked WHERE place <= {RESOURCES_PER_KIND} GROUP BY team, removed_id",
        params,
    )


def _lists_of(reference: Reference, *, removed: Sequence[RemovedModel], using: str) -> Statement:
    resource_path = reference.resource_path
    pairs, pairs_params = journal.merged_rows(reference=reference, removed=removed, using=using)
    values = {"detail": resource_path.detail} if resource_path.detail else {}
    (rows, params), name = named_rows(reference.rows, resource_path=resource_path, using=using, **values)
    detail = "r.r_detail" if resource_path.detail else "CAST('' AS text)"
    return (
        f"SELECT r.r_team AS team, p.removed_id, CAST('{resource_path.resource.kind}' AS text) AS kind,"
        f" CAST('{resource_path.resource.model}' AS text) AS model_label, r.r_resource AS id, {name} AS name,"
        f" {detail} AS detail, CAST('{reference.holds}' AS text) AS holds,"
        f" {reference.members('p.row_id', using=using)} AS members"
        f" FROM (SELECT DISTINCT row_id, removed_id FROM ({pairs}) d) p JOIN ({rows}) r ON r.r_id = p.row_id",
        (*pairs_params, *params),
    )
