"""Ids of models that do not exist, in JSON, where no foreign key keeps them out: who has them, and which models they were."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator

from model_retirement import sql
from model_retirement.host_models import llm_model
from model_retirement.keys import Key, sql_key
from model_retirement.models import RemovedModel
from model_retirement.references import Reference
from model_retirement.references.odd_rows import names_of
from model_retirement.sql import Statement

IDS_PER_PAGE = 1_000


@dataclasses.dataclass(frozen=True)
class DanglingId:
    """One id of a model that does not exist.

    :param team: slug
    :param kind: kind of resource, such as pipeline
    :param details: which part of it, such as a node's label
    :param place: label of the reference
    :param removed: the model that had the id (``provider/name``), if a removal took it out; else empty
    """

    team: str
    kind: str
    id: int | None
    name: str
    details: str
    place: str
    row_id: Key
    model_id: Key
    removed: str


def stream(
    *, registry: Iterable[Reference], using: str, team_id: Key | None = None, page: int = IDS_PER_PAGE
) -> Iterator[DanglingId]:
    """Yield the dangling ids by place and row, a page at a time: three queries a page, and no more than that in memory.

    :param team_id: only rows of this team
    :param page: ids that are looked up together
    """
    for reference in registry:
        last: tuple[int, int] | None = None
        while pairs := _page(reference, after=last, using=using, team_id=team_id, page=page):
            yield from _named(reference, pairs, using=using)
            last = pairs[-1]


def unguarded(*, registry: Iterable[Reference], using: str) -> list[Reference]:
    """Return the references where an id may dangle, since no foreign key keeps it out."""
    return [reference for reference in registry if _dangling(reference, using=using) is not None]


def counts(*, registry: Iterable[Reference], using: str) -> dict[str, int]:
    """Return label of a reference to the number of its dangling ids, where there are any; a query per reference."""
    numbers: dict[str, int] = {}
    for reference in registry:
        if statement := _dangling(reference, using=using):
            query, params = statement
            ((number,),) = sql.fetch(using, f"SELECT COUNT(*) FROM ({query}) d", params)
            numbers |= {reference.label: number} if number else {}
    return numbers


def _dangling(
    reference: Reference, *, using: str, team_id: Key | None = None, first: Key | None = None
) -> Statement | None:
    models = sql.quote(using, llm_model()._meta.db_table)  # noqa: SLF001  (the documented Meta API)
    return reference.ids_without_row(models, using=using, team_id=team_id, first=first)


def _page(
    reference: Reference, *, after: tuple[int, int] | None, using: str, team_id: Key | None, page: int
) -> list[tuple[int, int]]:
    statement = _dangling(reference, using=using, team_id=team_id, first=None if after is None else after[0])
    if statement is None:
        return []
    query, params = statement
    rest = "" if after is None else f" WHERE (row_id, model_id) > ({', '.join(map(sql_key, after))})"
    ordered = f"SELECT row_id, model_id FROM ({query}) d{rest} ORDER BY row_id, model_id LIMIT {int(page)}"
    return [(row_id, model_id) for row_id, model_id in sql.fetch(using, ordered, params, keys=[0, 1])]


def _named(reference: Reference, pairs: list[tuple[int, int]], *, using: str) -> Iterator[DanglingId]:
    names = names_of(reference, sorted({row_id for row_id, _ in pairs}), using=using)
    gone = RemovedModel.objects.using(using).filter(model_id__in={model_id for _, model_id in pairs})
    removed = {
        model_id: f"{provider}/{name}"
        for model_id, provider, name in gone.order_by("pk").values_list("model_id", "provider", "name")
    }
    for row_id, model_id in pairs:
        if row := names.get(row_id):  # it may just have gone
            yield DanglingId(
                **dataclasses.asdict(row),
                place=reference.label,
                row_id=row_id,
                model_id=model_id,
                removed=removed.get(model_id, ""),
            )
