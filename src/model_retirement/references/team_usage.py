"""What teams point at, team by team; one query per reference and per kind of resource, however many there are."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection

from model_retirement import sql
from model_retirement.keys import Key
from model_retirement.references.registry import Registry
from model_retirement.references.usage import Pairs, grouped_by_team, pointing_now, resource_lines
from model_retirement.sql import Statement


@dataclasses.dataclass(frozen=True)
class TeamUsage:
    """How one team uses one model.

    :param references: label of a reference to the number of rows that point at the model
    :param resources: kind of resource to the number of them
    """

    model_id: Key
    team_id: Key | None
    references: dict[str, int]
    resources: dict[str, int]


def by_team(
    *, registry: Registry, model_ids: Collection[Key], using: str, team_id: Key | None = None
) -> list[TeamUsage]:
    """Return the use of models by team, by model and team id.

    One query per reference and one per kind of resource, however many models, teams and rows.

    :param team_id: only the use by this team
    :return: what belongs to no team comes last of its model, with None for the team
    """
    usages: dict[tuple[int, int], TeamUsage] = {}
    pairs = pointing_now(model_ids=model_ids, using=using, team_id=team_id)
    for reference in registry:
        if reference.goes_with_model:
            continue  # no team's use
        for model_id, team, rows in grouped_by_team(reference, pairs(reference), using=using):
            usage = usages.setdefault((model_id, team), TeamUsage(model_id, team, {}, {}))
            usage.references[reference.label] = rows
    for kind, (lines, params) in _lines_by_kind(
        registry=registry, pairs=pairs, columns="model_id, team, id", using=using
    ).items():
        counted = f"SELECT model_id, team, COUNT(*) FROM ({lines}) u GROUP BY model_id, team"
        for model_id, team, number in sql.fetch(using, counted, params, keys=[0, 1]):
            # Rows that came in between the queries have no entry yet.
            usage = usages.setdefault((model_id, team), TeamUsage(model_id, team, {}, {}))
            usage.resources[kind] = number
    return [usages[key] for key in sorted(usages, key=lambda key: (key[0], key[1] is None, key[1]))]


def resources_by_kind(*, registry: Registry, model_ids: Collection[Key], using: str) -> dict[Key, dict[str, int]]:
    """Return model id to kind of resource to the number of resources that point at the model; one query per kind."""
    pairs = pointing_now(model_ids=model_ids, using=using)
    counts: dict[Key, dict[str, int]] = {}
    for kind, (lines, params) in _lines_by_kind(
        registry=registry, pairs=pairs, columns="model_id, id", using=using
    ).items():
        counted = f"SELECT model_id, COUNT(*) FROM ({lines}) u GROUP BY model_id"
        for model_id, number in sql.fetch(using, counted, params, keys=[0]):
            counts.setdefault(model_id, {})[kind] = number
    return counts


@dataclasses.dataclass(frozen=True)
class TeamResource:
    """One resource of a team.

    :param model: label of its Django model
    :param name: its name, with words for versions and archives
    """

    kind: str
    model: str
    id: Key
    name: str


def first_resources(*, registry: Registry, model_id: Key, team_id: Key, at_most: int, using: str) -> list[TeamResource]:
    """Return resources of one team that point at one model, by kind and id; one query per kind.

    :param at_most: so many of each kind
    """
    pairs = pointing_now(model_ids=[model_id], using=using, team_id=team_id)
    kinds = _lines_by_kind(registry=registry, pairs=pairs, columns="model_label, id, name", using=using)
    return [
        TeamResource(kind=kind, model=label, id=resource_id, name=name)
        for kind, (lines, params) in sorted(kinds.items())
        for label, resource_id, name in sql.fetch(
            using,
            f"SELECT model_label, id, name FROM ({lines}) u ORDER BY id LIMIT {int(at_most)}",
            params,
            keys=[1],
        )
    ]


def _lines_by_kind(*, registry: Registry, pairs: Pairs, columns: str, using: str) -> dict[str, Statement]:
    """Return a query per kind of resource for some columns of its lines, each combination once."""
    sources: dict[str, list[Statement]] = {}
    for reference in registry:
        for resource_path in registry.resource_paths(reference):
            lines = resource_lines(
                reference=reference, resource_path=resource_path, pairs=pairs(reference), using=using
            )
            sources.setdefault(resource_path.resource.kind, []).append(lines)
    by_kind: dict[str, Statement] = {}
    for kind, statements in sources.items():
        # UNION, and not UNION ALL: a pipeline may point at a model from several nodes and lists.
        select = "SELECT" if len(statements) > 1 else "SELECT DISTINCT"
        union = " UNION ".join(f"{select} {columns} FROM ({lines}) l" for lines, _ in statements)
        by_kind[kind] = (union, tuple(value for _, values in statements for value in values))
    return by_kind
