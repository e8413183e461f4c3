"""What people should know of a reference before its models are removed."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from model_retirement import sql
from model_retirement.keys import Key
from model_retirement.references.kinds import Reference
from model_retirement.references.rows import may_be_null


def remarks_of(reference: Reference, *, model_ids: Collection[Key], using: str) -> Iterator[str]:
    """Yield what its kind says, and how many of its rows that point at the models nobody is told of."""
    yield from reference.remarks(model_ids=model_ids, using=using)
    if number := _without_team(reference, model_ids=model_ids, using=using):
        belong = "row belongs" if number == 1 else "rows belong"
        yield f"{number:,} {belong} to no team. What is done with the others is done there too, and nobody is told."


def _without_team(reference: Reference, *, model_ids: Collection[Key], using: str) -> int:
    """Return the number of rows that point at models and belong to no team, although others of their kind do."""
    if reference.goes_with_model or not may_be_null(reference.model_class, reference.team):
        return 0
    pairs, pairs_params = reference.pairs(model_ids=model_ids, using=using)
    rows, rows_params = reference.rows(using=using)
    query = (
        f"SELECT COUNT(DISTINCT p.row_id) FROM ({pairs}) p JOIN ({rows}) r ON r.r_id = p.row_id WHERE r.r_team IS NULL"
    )
    ((number,),) = sql.fetch(using, query, (*pairs_params, *rows_params))
    return int(number)
