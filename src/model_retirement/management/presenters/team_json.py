"""The teams that a report is about, as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from model_retirement import conf
from model_retirement.host_models import team_model
from model_retirement.impact import Impact
from model_retirement.management.presenters.moves import losses_json, money_json
from model_retirement.notices.lots import resource_url
from model_retirement.notices.team_reports import TeamReport
from model_retirement.references.usage import AffectedResource


def team_documents(
    teams: Sequence[TeamReport],
    *,
    names: Mapping[int, str],
    resources: Iterable[AffectedResource] | None,
    impact: Impact | None = None,
) -> list[dict[str, Any]]:
    """Return the teams concerned as JSON.

    :param names: model id to ``provider/name``
    :param resources: every affected resource by team, or None to leave them out
    :param impact: what moves mean to them, or None to leave it out
    """
    slugs = {team.id: team.slug for team in teams}
    by_team: dict[int, list[dict[str, Any]]] = {}
    for resource in resources or ():
        found = _resource_json(resource, names=names, slug=slugs[resource.team_id])
        by_team.setdefault(resource.team_id, []).append(found)
    return [
        {
            "slug": team.slug,
            "name": team.name,
            "models": list(team.models),
            **({} if resources is None else {"resources": by_team.get(team.id, [])}),
            "recipients": team.recipients,
            **({} if impact is None else _impact_json(impact, team_id=team.id)),
        }
        for team in teams
    ]


def _impact_json(impact: Impact, *, team_id: int) -> dict[str, Any]:
    lost = impact.lost_by_team
    return {
        "money": money_json(impact.paid_by_team.get(team_id)),
        "capabilities_lost": None if lost is None else losses_json(lost.get(team_id, ())),
    }


def _resource_json(resource: AffectedResource, *, names: Mapping[int, str], slug: str) -> dict[str, Any]:
    return {
        "kind": resource.kind,
        "id": resource.id,
        "name": resource.name,
        "details": list(resource.details),
        "url": _url(resource, slug=slug),
        "models": [names[model_id] for model_id in resource.model_ids],
    }


def _url(resource: AffectedResource, *, slug: str) -> str:
    return resource_url(
        model=resource.resource.model,
        resource_id=resource.id,
        team=team_model()(**{conf.team_slug(): slug, "pk": resource.team_id}),  # the slug may be the key
    )
