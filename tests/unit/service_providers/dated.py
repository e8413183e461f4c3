"""A catalogue with dates in place of the present one, and rows for its models."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from apps.service_providers.llm_service import default_models
from apps.service_providers.models import LlmProviderModel
from model_retirement.catalogue.declarations import Deleted, Model
from model_retirement.catalogue.lifecycle import utc_today
from tests.factories.service_providers import LlmProviderModelFactory, delete_all_models


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
