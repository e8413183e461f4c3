"""What a team can ask about its models over HTTP. Why the headers are where they are is told in docs/adr/0018."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import DEFAULT_DB_ALIAS
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.http import http_date
from ninja import Router, Schema
from ninja.errors import HttpError
from pydantic import ConfigDict

from model_retirement import conf, team_models
from model_retirement.catalogue import view as catalogue
from model_retirement.catalogue.lifecycle import State, utc_today
from model_retirement.host_models import llm_model, name_of, slug_of
from model_retirement.keys import Key, path_converter
from model_retirement.platform import host
from model_retirement.references import links, registry
from model_retirement.team_models import UsedModel

MOST_RESOURCES = 1_000
"""So many resources of a kind are listed; all of them are counted."""

HEADERS = {
    "Deprecation": {
        "description": "The day from which the model is deprecated, as `@` and a Unix time (RFC 9745), if it is declared.",
        "schema": {"type": "string", "pattern": "^@-?[0-9]+$"},
        "example": "@1776816000",
    },
    "Sunset": {
        "description": "The day on which the provider switches the model off, or the earliest such day (RFC 8594), "
        "if it is declared.",
        "schema": {"type": "string"},
        "example": "Fri, 23 Oct 2026 00:00:00 GMT",
    },
}

PATH = "/{slug:team_slug}/llm-models/"
MODEL_PATH = f"{PATH}{{{path_converter(llm_model())}:model_id}}/"

router = Router(tags=["LLM models"])


class _Described(Schema):
    model_config = ConfigDict(use_attribute_docstrings=True)


class Problem(_Described):
    """Why there is no answer."""

    detail: str


class TeamOut(_Described):
    """The team that was asked for."""

    slug: str
    name: str


class ModelOut(_Described):
    """A model that the team uses."""

    provider: str
    name: str
    token_limit: int
    """The context window in tokens; of a global model the limit that the team chose, if it did."""
    is_custom: bool
    """The team made it itself; the platform knows no dates of it."""
    state: State
    deprecated_on: dt.date | None
    retires_on: dt.date | None
    retires_on_is_earliest: bool
    """It may also retire later than that."""
    replacement: str | None
    """What takes its place when it is removed; without one, settings are cleared."""
    references: dict[str, int]
    """How many stored settings point at it, by kind."""
    resources: dict[str, int]
    """How many chatbots, pipelines and so on those belong to, by kind; archives and published versions count."""
    url: str


class ResourceOut(_Described):
    """Something of the team that points at the model."""

    kind: str
    id: Key
    name: str
    url: str


class ModelsOut(_Described):
    """All models that the team uses."""

    team: TeamOut
    models: list[ModelOut]


class ModelDetailOut(ModelOut):
    """A model that the team uses, with what points at it."""

    used_by: list[ResourceOut]
    """At most 1,000 of each kind."""


# HEAD answers as GET does, to the length of the body, so both have to be written alike.
LIST_ANSWERS = {200: ModelsOut, 401: Problem, 404: Problem}
DETAIL_ANSWERS = {200: ModelDetailOut, 401: Problem, 404: Problem}


@router.api_operation(["HEAD"], PATH, response=LIST_ANSWERS, include_in_schema=False)
@router.get(
    PATH,
    response=LIST_ANSWERS,
    url_name="llm_models",
    operation_id="list_llm_models",
    summary="Models in use",
)
def list_models(request: HttpRequest, response: HttpResponse, team_slug: str) -> dict[str, Any]:
    """The models that the team uses, with state, dates, replacement and the number of what points at them."""
    patch_cache_control(response, private=True, no_cache=True)
    team = _team_or_404(request, slug=team_slug)
    return {
        "team": {"slug": slug_of(team), "name": name_of(team)},
        "models": [_as_json(model, team=team) for model in _used_by(team)],
    }


@router.api_operation(["HEAD"], MODEL_PATH, response=DETAIL_ANSWERS, include_in_schema=False)
@router.get(
    MODEL_PATH,
    response=DETAIL_ANSWERS,
    url_name="llm_model",
    operation_id="show_llm_model",
    summary="One model in use",
    openapi_extra={"responses": {200: {"headers": HEADERS}}},
)
def show_model(request: HttpRequest, response: HttpResponse, team_slug: str, model_id: Key) -> dict[str, Any]:
    """One model that the team uses, and what points at it. Its answer has the headers `Deprecation` and `Sunset`."""
    patch_cache_control(response, private=True, no_cache=True)
    team = _team_or_404(request, slug=team_slug)
    used_models = _used_by(team, model_id=model_id)
    if not used_models:
        raise HttpError(404, "The team uses no such model.")
    for header, value in _end_of_life(used_models[0]).items():
        response[header] = value
    resources = team_models.resources_of(
        team, model_id=model_id, registry=registry, at_most=MOST_RESOURCES, using=DEFAULT_DB_ALIAS
    )
    shown = {links.Shown(resource.model, resource.id, team.pk): resource for resource in resources}
    urls = links.urls(shown, registry=registry, using=DEFAULT_DB_ALIAS)
    used_by = [
        {"kind": resource.kind, "id": resource.id, "name": resource.name, "url": urls.get(key, "")}
        for key, resource in shown.items()
    ]
    return {**_as_json(used_models[0], team=team), "used_by": used_by}


def _team_or_404(request: HttpRequest, *, slug: str) -> Any:
    team = host().team_of_request(request=request, slug=slug)
    if team is None:
        raise HttpError(404, "There is no such team, or it is not yours.")
    return team


def _used_by(team: Any, *, model_id: Key | None = None) -> list[UsedModel]:
    return team_models.used_by(
        team,
        registry=registry,
        catalogue=catalogue.read(),
        today=utc_today(),
        using=DEFAULT_DB_ALIAS,
        model_id=model_id,
    )


def _as_json(model: UsedModel, *, team: Any) -> dict[str, Any]:
    path = reverse("team-api:llm_model", kwargs={"team_slug": slug_of(team), "model_id": model.id})
    return {**vars(model), "url": f"{conf.site_url()}{path}"}


def _end_of_life(model: UsedModel) -> dict[str, str]:
    """Return the headers that say when the model ends; a state without a day has none, as there is no day to send."""
    headers = {}
    if model.deprecated_on:
        # The sunset must not be before the deprecation.
        headers["Deprecation"] = f"@{_midnight(min(model.deprecated_on, model.retires_on or model.deprecated_on))}"
    if model.retires_on:
        headers["Sunset"] = http_date(_midnight(model.retires_on))
    return headers


def _midnight(day: dt.date) -> int:
    """Return the second in which the day begins in UTC."""
    return int(dt.datetime.combine(day, dt.time(), tzinfo=dt.UTC).timestamp())
