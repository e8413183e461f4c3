"""Where one model is used, resource by resource, a page at a time: three queries a page, however many rows there are."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from model_retirement import conf, sql
from model_retirement.host_models import team_model
from model_retirement.keys import Key
from model_retirement.references.kinds import Reference
from model_retirement.references.registry import Registry, ResourcePath
from model_retirement.references.rows import rows_of
from model_retirement.references.usage import pointing_now, resource_lines
from model_retirement.sql import Statement

PLACES_SHOWN = 5
"""Places of one resource that are given; the others are counted."""


@dataclasses.dataclass(frozen=True)
class Place:
    """One row of a resource that points at the model.

    :param model: label of the row's Django model, such as ``pipelines.Node``
    :param words: what it is called, such as a node's label; empty if the row is the resource itself
    :param reference: label of the reference
    """

    model: str
    id: Key
    words: str
    reference: str


@dataclasses.dataclass(frozen=True)
class UsedIn:
    """One resource that uses the model.

    :param team_id: None where it belongs to no team
    :param model: label of the resource's Django model
    :param places: the first rows that point
    :param more: number of further ones
    """

    team_id: Key | None
    team_slug: str
    team_name: str
    kind: str
    model: str
    id: Key
    name: str
    places: tuple[Place, ...]
    more: int


class WhereUsed:
    """The resources that use a model, by team, kind and id: something that a paginator can count and slice.

    :param team: slug; empty means all teams
    :param kind: kind of resource that the registry knows; empty means all
    """

    def __init__(self, *, registry: Registry, model_id: Key, using: str, team: str = "", kind: str = "") -> None:
        self._registry = registry
        self._pairs = pointing_now(model_ids=[model_id], using=using)
        self._using = using
        self._team = team
        self._kind = kind

    def count(self) -> int:
        """Return the number of resources."""
        query, params = self._resources()
        ((number,),) = sql.fetch(self._using, f"SELECT COUNT(*) FROM ({query}) found", params)
        return int(number)

    def __getitem__(self, page: slice) -> list[UsedIn]:
        query, params = self._resources()
        resources = sql.fetch(
            self._using,
            f"{query} ORDER BY team_name, team_id, kind, resource_id LIMIT {page.stop - page.start} OFFSET {page.start}",
            params,
            keys=[0, 5],
        )
        places = self._places((kind, resource_id) for _, _, _, kind, _, resource_id, _ in resources)
        return [
            UsedIn(
                team_id=team_id,
                team_slug="" if slug is None else slug,
                team_name="" if team_name is None else team_name,
                kind=kind,
                model=model,
                id=resource_id,
                name=name,
                places=tuple(place for place, _ in places.get((kind, resource_id), ())),
                more=max(places[kind, resource_id][0][1] - PLACES_SHOWN, 0) if (kind, resource_id) in places else 0,
            )
            for team_id, slug, team_name, kind, model, resource_id, name in resources
        ]

    def _resource_paths(self) -> list[tuple[Reference, ResourcePath]]:
        return [
            (reference, resource_path)
            for reference in self._registry
            for resource_path in self._registry.resource_paths(reference)
            if self._kind in ("", resource_path.resource.kind)
        ]

    def _resources(self) -> Statement:
        """Return a query with a line per resource."""
        arms = [
            resource_lines(
                reference=reference, resource_path=resource_path, pairs=self._pairs(reference), using=self._using
            )
            for reference, resource_path in self._resource_paths()
        ]
        resource_id = self._registry.shared_id("id", using=self._using)
        lines = " UNION ALL ".join(
            f"SELECT team, kind, model_label, {resource_id} AS id, name FROM ({arm}) a" for arm, _ in arms
        )
        # Of a team that is a child of another model, these may be in the table of the parent.
        teams, team_params = rows_of(team_model(), using=self._using, slug=conf.team_slug(), name=conf.team_name())
        return (
            f"SELECT t.r_id AS team_id, t.r_slug AS team_slug, t.r_name AS team_name, l.kind, l.model_label,"
            f" l.id AS resource_id, MAX(l.name) FROM ({lines}) l LEFT JOIN ({teams}) t ON t.r_id = l.team"
            f"{' WHERE t.r_slug = %s' if self._team else ''}"
            f" GROUP BY t.r_id, t.r_slug, t.r_name, l.kind, l.model_label, l.id",
            (*(value for _, params in arms for value in params), *team_params, *([self._team] if self._team else [])),
        )

    def _places(self, resources: Iterable[tuple[str, int]]) -> dict[tuple[str, int], list[tuple[Place, int]]]:
        """Return the first places of each resource, each with the number of all of them."""
        ids: dict[str, list[Key]] = {}
        for kind, resource_id in resources:
            ids.setdefault(kind, []).append(resource_id)
        wanted = [pair for pair in self._resource_paths() if pair[1].resource.kind in ids]
        if not wanted:
            return {}  # an empty page
        arms = [
            self._place_lines(number, reference, resource_path, ids[resource_path.resource.kind])
            for number, (reference, resource_path) in enumerate(wanted)
        ]
        lines = " UNION ALL ".join(arm for arm, _ in arms)
        rows = sql.fetch(
            self._using,
            f"SELECT arm, id, row_id, words, total FROM (SELECT l.*,"
            f" ROW_NUMBER() OVER (PARTITION BY kind, id ORDER BY arm, row_id) AS place,"
            f" COUNT(*) OVER (PARTITION BY kind, id) AS total FROM ({lines}) l) ranked"
            f" WHERE place <= {PLACES_SHOWN} ORDER BY arm, row_id",
            [value for _, params in arms for value in params],
            keys=[1, 2],
        )
        places: dict[tuple[str, int], list[tuple[Place, int]]] = {}
        for arm, resource_id, row_id, words, total in rows:
            reference, resource_path = wanted[arm]
            place = Place(model=reference.model, id=row_id, words=words, reference=reference.label)
            places.setdefault((resource_path.resource.kind, resource_id), []).append((place, total))
        return places

    def _place_lines(self, arm: int, reference: Reference, resource_path: ResourcePath, ids: list[Key]) -> Statement:
        # The row's own words, also for a resource that is concerned from above.
        detail = reference.resource_path.detail
        wanted = {"resource": resource_path.lookup("pk")} | ({"detail": detail} if detail else {})
        rows, rows_params = reference.rows(using=self._using, **wanted)
        pairs, pairs_params = self._pairs(reference)
        words = "r.r_detail" if detail else "CAST('' AS text)"
        resource_id = self._registry.shared_id("r.r_resource", using=self._using)
        row_id = self._registry.shared_row_id("r.r_id", using=self._using)
        return (
            f"SELECT {arm} AS arm, CAST('{resource_path.resource.kind}' AS text) AS kind, {resource_id} AS id, {row_id} AS row_id,"
            f" {words} AS words FROM (SELECT DISTINCT row_id FROM ({pairs}) p) p JOIN ({rows}) r ON r.r_id = p.row_id"
            f" WHERE r.r_resource IN ({sql.id_list(ids)})",
            (*pairs_params, *rows_params),
        )
