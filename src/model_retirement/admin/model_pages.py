"""The pages of one model: facts, where it is used, what its removal would do, what happened to it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from django.core.paginator import Paginator
from django.db import DEFAULT_DB_ALIAS
from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils.translation import gettext

from model_retirement import conf, impact, model_history
from model_retirement.abstract import AbstractLlmModel
from model_retirement.admin.links import Links
from model_retirement.admin.model_list import global_ids, usage_of
from model_retirement.admin.moves import sentences
from model_retirement.catalogue import view as llm_catalogue
from model_retirement.catalogue.declarations import Deleted
from model_retirement.catalogue.lifecycle import utc_today
from model_retirement.catalogue.view import Catalogue
from model_retirement.lifecycle import Lifecycles
from model_retirement.notices.kinds import kind_name
from model_retirement.references import registry
from model_retirement.references.places import UsedIn, WhereUsed
from model_retirement.removal import closing, plan, report
from model_retirement.wording import counted, translated

RESOURCES_PER_PAGE = 50
TEAMS_PER_PAGE = 50


def overview(model: AbstractLlmModel, *, links: Links) -> dict[str, Any]:
    """Return what the first page of a model shows beside its fields."""
    usage = usage_of([model.pk])
    catalogue, today = llm_catalogue.read(), utc_today()
    lifecycle = Lifecycles(today=today, catalogue=catalogue).of(model)
    move = catalogue.move_of(model.type, model.name, today=today) if model.team_id is None else None
    meant = impact.of_moves(
        effects={model.pk: move} if move else {}, used_by=usage.models_by_team(), using=DEFAULT_DB_ALIAS
    )
    entries: list[model_history.HistoryEntry] = []
    if model.team_id is None:
        if links.may_open("model_retirement.RemovalRun"):
            entries += model_history.removals(provider=model.type, name=model.name, using=DEFAULT_DB_ALIAS)
        if links.may_open("model_retirement.TeamNotice"):
            entries += model_history.notices(provider=model.type, name=model.name, using=DEFAULT_DB_ALIAS)
    entries.sort(key=lambda entry: entry.at, reverse=True)
    takes_over = global_ids().get((model.type, lifecycle.replacement)) if lifecycle.replacement else None
    return {
        "lifecycle": lifecycle,
        "closed": _closed(model) if lifecycle.to_be_removed else "",
        "replacement": links.to(conf.llm_model_label(), takes_over, lifecycle.replacement),
        "move": sentences([*move.words, *meant.of_model(model.pk)]) if move else [],
        "references": _split(usage.references.get(model.pk, {})),
        "teams": len(usage.teams.get(model.pk, ())),
        "entries": [
            (
                entry,
                links.to(
                    "model_retirement.RemovalRun",
                    entry.run,
                    gettext("Removal %(number)s") % {"number": entry.run},
                )
                if entry.run
                else "",
                _notices_path(model, entry) if entry.event else "",
            )
            for entry in entries
        ],
    }


def _notices_path(model: AbstractLlmModel, entry: model_history.HistoryEntry) -> str:
    """Return where the notices are listed that an entry is about."""
    query = QueryDict(mutable=True)
    query["provider__exact"], query["name__exact"] = model.type, model.name
    query["event__exact"], query["stage__exact"] = entry.event, entry.stage
    if entry.run:
        query["run__id__exact"] = str(entry.run)
    return f"{reverse('admin:model_retirement_teamnotice_changelist')}?{query.urlencode()}"


def use(request: HttpRequest, model: AbstractLlmModel) -> dict[str, Any]:
    """Return a page of the resources that use a model."""
    kinds = sorted(
        {resource_path.resource.kind for reference in registry for resource_path in registry.resource_paths(reference)}
    )
    kind = request.GET.get("kind", "")
    asked = {"team": request.GET.get("team", "").strip(), "kind": kind if kind in kinds else ""}
    used_in: Any = WhereUsed(registry=registry, model_id=model.pk, using=DEFAULT_DB_ALIAS, **asked)
    page = Paginator(used_in, RESOURCES_PER_PAGE).get_page(request.GET.get("p"))
    links = Links(request)
    return {
        "asked": asked,
        "kinds": [(kind, kind_name(kind)) for kind in kinds],
        "page": page,
        "rows": [_row(used, links) for used in page],
    }


def _row(used: UsedIn, links: Links) -> dict[str, Any]:
    return {
        "used": used,
        "kind": kind_name(used.kind),
        "team": links.to(conf.team_model_label(), used.team_id, used.team_name),
        "resource": links.to(used.model, used.id, used.name),
        "places": [
            (links.to(place.model, place.id, place.words or f"{place.model.partition('.')[2]} {place.id}"), place)
            for place in used.places
            if place.words or (place.model, place.id) != (used.model, used.id)
        ],
        "through": [label.split(".") for label in sorted({place.reference for place in used.places})],
    }


def removal(request: HttpRequest, model: AbstractLlmModel) -> dict[str, Any]:
    """Return the preview of a model's removal, as the command would give it if the model were listed now."""
    if model.team_id is not None:
        return {"refusal": gettext("A custom model is its team's own: removals leave it alone.")}
    catalogue = listing(llm_catalogue.read(), model)
    try:
        planned = plan.plan_removal(
            catalogue=catalogue,
            registry=registry,
            only=[str(model)],
            force=True,
            using=DEFAULT_DB_ALIAS,
        )
    except plan.RemovalRefused as error:
        return {"refusal": str(error), "refusal_language": "en"}  # what the checks of the catalogue say
    preview = report.preview(plan=planned, registry=registry, using=DEFAULT_DB_ALIAS)
    if preview.failed:
        (rows,) = (failure.rows for failure in preview.failed)
        refusal = counted(
            "The model would stay. It is pointed at by %(number)s row that cannot be read, such as %(first)s.",
            "The model would stay. It is pointed at by %(number)s rows that cannot be read, such as %(first)s.",
            len(rows),
            first=rows[0].words.translated(),
        )
        return {"refusal": refusal}
    (what,) = preview.models
    links = Links(request)
    page = Paginator(preview.teams, TEAMS_PER_PAGE).get_page(request.GET.get("p"))
    target = global_ids().get((model.type, what.replacement or ""))
    return {
        "what": what,
        "reference_count": what.rows_of(what.references.keys() - preview.owned),
        "owned_count": what.rows_of(preview.owned),
        "replacement": links.to(conf.llm_model_label(), target, what.replacement or ""),
        "references": _split(what.references),
        "settings": [(change.words.translated(), rows) for change, rows in sorted(what.parameters.items())],
        "move": sentences([*what.move.words, *preview.impact.of_model(what.id)]) if what.move else [],
        "warnings": [translated(warning) for warning in what.warnings],
        "page": page,
        "team_rows": [
            (
                links.to(conf.team_model_label(), team.id, team.name),
                team,
                " ".join(sentences(preview.impact.of_team(team.id))),
            )
            for team in page
        ],
        "knows_impact": bool(preview.impact.paid_by_team or preview.impact.lost_by_team),
        "unreachable": len(preview.unreachable_teams),
        "closed": _closed(model),
        "listed": llm_catalogue.read().find_removal(model.type, model.name) is not None,
    }


def _closed(model: AbstractLlmModel) -> str:
    return str(translated(closing.closed(names=[str(model)], using=DEFAULT_DB_ALIAS).get(str(model), "")))


def _split(references: Mapping[str, int]) -> list[tuple[list[str], int]]:
    """Return labels in their parts, between which a narrow page may break them."""
    return [(label.split("."), number) for label, number in sorted(references.items())]


def listing(catalogue: Catalogue, model: AbstractLlmModel) -> Catalogue:
    """Return the catalogue as it would be with the model on the removal list, with the replacement that it has now."""
    if catalogue.find_removal(model.type, model.name):
        return catalogue
    declared = catalogue.find(model.type, model.name)
    removal = Deleted(model.type, model.name)
    if declared is not None:
        removal = removal._replace(
            replacement=declared.replacement, accept_price_increase=declared.accept_price_increase
        )
    return dataclasses.replace(
        catalogue,
        models=tuple(entry for entry in catalogue.models if entry is not declared),
        removals=(*catalogue.removals, removal),
    )
