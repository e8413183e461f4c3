"""The rows of models that demo tenants use: those of the catalogue, and those on the removal list as they were."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

from apps.demo.dice import happens
from apps.demo.retired import RETIRED, USUAL
from apps.service_providers.models import LlmProviderModel
from model_retirement.catalogue import view as catalogue
from model_retirement.catalogue.parameters import ModelParameters, TranscriptionParameters

if TYPE_CHECKING:
    from random import Random

    from apps.teams.models import Team

# What people set. A model gets those of them that its family takes.
SETTINGS: list[dict[str, Any]] = [
    {"temperature": 0.2},
    {"temperature": 0.7, "top_p": 0.9},
    {"temperature": 0.3, "max_tokens": 800},
    {"temperature": 0.5, "top_k": 40},
    {"thinking": True, "budget_tokens": 4096, "max_tokens": 12000},
    {"thinking_level": "low"},
    {"thinking_budget": 2048},
    {"effort": "low"},
    {"effort": "high", "verbosity": "low"},
    {"effort": "medium"},
    {"max_tokens": 1200},
]


@dataclass(frozen=True)
class Stock:
    """The global rows by what becomes of them, and the settings that each model takes, by its provider and name."""

    active: list[LlmProviderModel]
    deprecated: list[LlmProviderModel]
    to_remove: list[LlmProviderModel]
    """Everything on the removal list, also models for speech, which no tenant of the demo uses."""
    retired: list[LlmProviderModel]
    replaced: list[LlmProviderModel]
    """Those of ``retired`` that have a replacement."""
    settings: dict[tuple[str, str], list[dict[str, Any]]]

    def settings_of(self, model: LlmProviderModel) -> list[dict[str, Any]]:
        """Return what may be set for the model; for a custom model of an unknown name a temperature."""
        return self.settings.get((model.type, model.name), SETTINGS[:1])


@dataclass(frozen=True)
class Palette:
    """The few models that one team uses."""

    active: list[LlmProviderModel]
    leaving: list[LlmProviderModel] = field(default_factory=list)

    def pick(self, rng: Random) -> LlmProviderModel:
        """Return one of the models; half of the time, if there is any, one that is on its way out."""
        return rng.choice(self.leaving if self.leaving and happens(0.5, rng) else self.active)


def make_stock() -> Stock:
    """Create the rows that a fresh database lacks, and return all of them.

    ``migrate`` creates the active models only: neither the deprecated nor the removed ones of the catalogue.
    """
    declared = catalogue.load()
    families: dict[tuple[str, str], type[BaseModel]] = {
        (model.provider, model.name): model.parameters or ModelParameters for model in declared.models
    }
    limits = {(model.provider, model.name): model.token_limit for model in declared.models if model.deprecated}
    removals = {(removal.provider, removal.name): removal.replacement for removal in declared.removals}
    for key in removals:
        limits[key], families[key] = RETIRED.get(key, USUAL)
    _create_missing(limits)
    rows = {(row.type, row.name): row for row in LlmProviderModel.objects.filter(team=None)}
    chat = {key: rows[key] for key in families if key in rows and families[key] is not TranscriptionParameters}
    return Stock(
        active=[row for key, row in chat.items() if key not in limits],
        deprecated=[row for key, row in chat.items() if key in limits and key not in removals],
        to_remove=[rows[key] for key in removals],
        retired=[row for key, row in chat.items() if key in removals],
        replaced=[row for key, row in chat.items() if removals.get(key)],
        settings={key: [chosen for chosen in SETTINGS if _takes(families[key], chosen)] for key in chat},
    )


def _create_missing(limits: dict[tuple[str, str], int]) -> None:
    present = set(LlmProviderModel.objects.filter(team=None).values_list("type", "name"))
    LlmProviderModel.objects.bulk_create(
        LlmProviderModel(type=provider, name=name, max_token_limit=limit, deprecated=True)
        for (provider, name), limit in limits.items()
        if (provider, name) not in present
    )


def _takes(family: type[BaseModel], settings: dict[str, Any]) -> bool:
    try:
        family.model_validate(settings)
    except ValidationError:
        return False
    return True


def choose_palette(stock: Stock, *, rng: Random, custom: list[LlmProviderModel], leaving: bool) -> Palette:
    """Return a team's models: a few active and custom ones, and, if ``leaving``, some that are on their way out."""
    active = [*rng.sample(stock.active, min(3, len(stock.active))), *custom]
    if not leaving:
        return Palette(active)
    return Palette(
        active,
        leaving=[
            *_up_to(2, stock.deprecated, rng),
            *_up_to(1, stock.replaced, rng),
            *_up_to(2, stock.retired, rng),
        ],
    )


def _up_to(count: int, models: list[LlmProviderModel], rng: Random) -> list[LlmProviderModel]:
    return rng.sample(models, min(count, len(models)))


def make_custom_models(stock: Stock, *, teams: list[Team], rng: Random) -> dict[int, list[LlmProviderModel]]:
    """Give every third team a model of its own, every fourth one named like a global one, and some both.

    The names of every other one of the latter are on the removal list. Return the models by the id of the team.
    """
    made: list[LlmProviderModel] = []
    for position, team in enumerate(teams):
        if position % 3 == 0:
            made.append(
                LlmProviderModel(
                    team=team, type="openai", name=f"ft:gpt-4o-mini:{team.slug}:triage", max_token_limit=16384
                )
            )
        if position % 4 == 0:
            like = rng.choice(stock.retired if position % 8 == 0 and stock.retired else stock.active)
            made.append(LlmProviderModel(team=team, type=like.type, name=like.name, max_token_limit=6000))
    by_team: dict[int, list[LlmProviderModel]] = {team.pk: [] for team in teams}
    for model in LlmProviderModel.objects.bulk_create(made):
        by_team[model.team_id or 0].append(model)
    return by_team
