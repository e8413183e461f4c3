"""Which teams use which models: the registry's answer, with the names that people know."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator
from functools import partial

from django.db.models import Q

from model_retirement import conf, sql
from model_retirement.abstract import AbstractLlmModel
from model_retirement.data_migrations.suggestions import did_you_mean
from model_retirement.host_models import llm_model, llm_models, slug_of, teams
from model_retirement.keys import Key, kind_of, packed_keys
from model_retirement.references import Registry
from model_retirement.references.team_usage import by_team


class UnknownTeamError(Exception):
    """No team has the slug; the message says so."""


MODELS_PER_PAGE = 500


@dataclasses.dataclass(frozen=True)
class UsageLine:
    """One model and one team that uses it.

    ``team`` is empty on the line of a model that nobody uses, and on that of rows that belong to no team.

    :param owner: slug of the team that made the model; empty for a global one
    :param references: label of a reference to the number of rows that point at the model
    :param resources: kind of resource to the number of them
    """

    provider: str
    name: str
    owner: str
    deprecated: bool
    team: str
    references: dict[str, int]
    resources: dict[str, int]


def report(
    *, registry: Registry, using: str, deprecated: bool = False, in_use: bool = False, team: str = ""
) -> list[UsageLine]:
    """Return all of :func:`pages` in one list, for who knows that the lines are few.

    :raises UnknownTeamError: if no team has that slug
    """
    all_pages = pages(registry=registry, using=using, deprecated=deprecated, in_use=in_use, team=team)
    return list(itertools.chain.from_iterable(all_pages))


def pages(
    *,
    registry: Registry,
    using: str,
    deprecated: bool = False,
    in_use: bool = False,
    team: str = "",
    size: int = MODELS_PER_PAGE,
) -> Iterator[list[UsageLine]]:
    """Yield the use of models, by provider, name, owner and team; a constant number of queries for so many models.

    :param deprecated: only deprecated models
    :param in_use: leave out models that nobody uses
    :param team: slug; only what this team uses or may use
    :param size: models that are looked up together
    :raises UnknownTeamError: if no team has that slug
    """
    models = llm_models(using=using).select_related("team").order_by("type", "name", f"team__{conf.team_slug()}")
    if deprecated:
        models = models.filter(deprecated=True)
    team_id = team_id_of(team, using=using) if team else None
    if team:
        models = models.filter(Q(team=None) | Q(team=team_id))
    lines = partial(_lines, registry=registry, in_use=in_use, team_id=team_id, using=using)
    with sql.dialect(using).text_for_people():
        first = list(models[:size])
    yield lines(first)
    # Of all others only the ids are held, packed: a cursor of the server's breaks behind a pooler.
    others = models.values_list("pk", flat=True)[size:] if len(first) == size else ()
    ids = packed_keys(others, kind=kind_of(llm_model()))
    for start in range(0, len(ids), size):
        with sql.dialect(using).text_for_people():
            rows = models.in_bulk(ids[start : start + size])
        yield lines([rows[pk] for pk in ids[start : start + size] if pk in rows])


def _lines(
    rows: list[AbstractLlmModel], *, registry: Registry, in_use: bool, team_id: Key | None, using: str
) -> list[UsageLine]:
    by_id = {row.pk: row for row in rows}
    usage = by_team(registry=registry, model_ids=list(by_id), using=using, team_id=team_id)
    found_teams = teams(using=using).filter(pk__in={use.team_id for use in usage})
    slugs: dict[Key | None, str] = {None: ""}
    slugs |= {pk: str(slug) for pk, slug in found_teams.values_list("pk", "shown_slug")}
    used: dict[Key, list[UsageLine]] = {}
    for use in usage:
        line = _line(by_id[use.model_id], slugs[use.team_id], use.references, use.resources)
        used.setdefault(use.model_id, []).append(line)
    lines: list[UsageLine] = []
    for row in rows:
        unused = [] if in_use else [_line(row, "", {}, {})]
        lines.extend(sorted(used.get(row.pk, unused), key=lambda line: line.team))
    return lines


def team_id_of(slug: str, *, using: str) -> Key:
    """Return the id of the team with a slug.

    :raises UnknownTeamError: if there is none
    """
    ids = {str(shown): pk for pk, shown in teams(using=using).values_list("pk", "shown_slug")}
    if slug not in ids:
        hint = did_you_mean(slug, list(ids), otherwise="The admin lists the teams.")
        raise UnknownTeamError(f"There is no team with the slug {slug}. {hint}")
    team_id: Key = ids[slug]
    return team_id


def _line(row: AbstractLlmModel, team: str, references: dict[str, int], resources: dict[str, int]) -> UsageLine:
    return UsageLine(
        provider=row.type,
        name=row.name,
        owner=slug_of(row.team) if row.team else "",
        deprecated=row.deprecated,
        team=team,
        references=references,
        resources=resources,
    )
