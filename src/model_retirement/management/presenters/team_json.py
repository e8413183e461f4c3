"""The teams that a report is about, as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from model_retirement.impact import Impact
from model_retirement.keys import Key
from model_retirement.management.presenters.moves import losses_json, money_json
from model_retirement.notices.team_reports import TeamReport
from model_retirement.references.usage import AffectedResource


def team_documents(
    teams: Sequence[TeamReport],
    *,
    names: Mapping[Key, str],
    resources: Iterable[tuple[AffectedResource, str]] | None,
    impact: Impact | None = None,
) -> list[dict[str, Any]]:
    """Return the teams concerned as JSON.

    :param names: model id to ``provider/name``
    :param resources: every affected resource by team, with the address of its page, or None to leave them out
    :param impact: what moves mean to them, or None to leave it out
    """
    by_team: dict[Key, list[dict[str, Any]]] = {}
    for resource, url in resources or ():
        by_team.setdefault(resource.team_id, []).append(_resource_json(resource, names=names, url=url))
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


def _impact_json(impact: Impact, *, team_id: Key) -> dict[str, Any]:
    lost = impact.lost_by_team
    return {
        "money": money_json(impact.paid_by_team.get(team_id)),
        "capabilities_lost": None if lost is None else losses_json(lost.get(team_id, ())),
    }


def _resource_json(resource: AffectedResource, *, names: Mapping[Key, str], url: str) -> dict[str, Any]:
    return {
        "kind": resource.kind,
        "id": resource.id,
        "name": resource.name,
        "details": list(resource.details),
        "url": url,
        "models": list(dict.fromkeys(names[model_id] for model_id in resource.model_ids)),
    }
