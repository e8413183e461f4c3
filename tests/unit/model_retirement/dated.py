"""A catalogue with dates in place of the present one, and rows for its models."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from pytest_django import Settings

from apps.assistants.models import Assistant
from apps.service_providers.llm_service import default_models
from apps.service_providers.models import LlmProviderModel
from model_retirement.catalogue.declarations import Deleted, Model
from model_retirement.catalogue.lifecycle import utc_today
from tests.factories.assistants import AssistantFactory
from tests.factories.service_providers import LlmProviderModelFactory, delete_all_models
from tests.unit.model_retirement import adapters


def in_days(days: int) -> dt.date:
    return utc_today() + dt.timedelta(days=days)


@pytest.fixture
def dated(monkeypatch: pytest.MonkeyPatch, db: None) -> dict[str, LlmProviderModel]:
    """Rows by name, of all that the catalogue declares."""
    delete_all_models()
    models = [
        Model("new", 128000),
        Model("due", 8192, deprecated=True, replacement="new", retires_on=in_days(10)),
        Model("later", 8192, deprecated=True, replacement="new", retires_on=in_days(200)),
        Model("announced", 8192, retires_on=in_days(100)),
        Model("undated", 8192, deprecated=True),
    ]
    removals: list[Any] = [Deleted("openai", "past", "new", in_days(-5)), ("openai", "unused")]
    monkeypatch.setattr(default_models, "DEFAULT_LLM_PROVIDER_MODELS", {"openai": models})
    monkeypatch.setattr(default_models, "DELETED_MODELS", removals)
    rows = [LlmProviderModelFactory.create(name=model.name, deprecated=model.deprecated) for model in models]
    rows += [LlmProviderModelFactory.create(name=name, deprecated=True) for name in ("past", "unused")]
    return {row.name: row for row in rows}


@pytest.fixture
def priced(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, dated: dict[str, LlmProviderModel]
) -> dict[str, Assistant]:
    """Prices of two of the models, and an assistant with its team's usage for each of two that go."""
    facts = {
        "openai/due": {"price_in": 1, "price_out": 4, "capabilities": ["tools"]},
        "openai/new": {"price_in": 2, "price_out": 4, "capabilities": []},
    }
    monkeypatch.setattr(default_models, "MODEL_FACTS", facts, raising=False)
    made = {name: AssistantFactory.create(llm_provider_model=dated[name]) for name in ("due", "past")}
    settings.MODEL_RETIREMENT_PLATFORM = f"{adapters.__name__}.Metered"
    usage = [(assistant.team_id, assistant.llm_provider_model_id, 1_000_000, 0) for assistant in made.values()]
    monkeypatch.setattr(adapters.Metered, "usage", usage)
    return made
