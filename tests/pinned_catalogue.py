"""A catalogue that stays as it was on one day, for tests of what follows from its entries: the live one changes."""

from __future__ import annotations

import runpy

import pytest

from apps.service_providers.llm_service import default_models
from tests.processes import ROOT

PINNED_CATALOGUE = ROOT / "tests/data/default_models.py.txt"


@pytest.fixture
def pinned_catalogue(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pinned lists are in use in place of the live ones."""
    lists = runpy.run_path(str(PINNED_CATALOGUE))
    for name in ("DEFAULT_LLM_PROVIDER_MODELS", "DELETED_MODELS"):
        monkeypatch.setattr(default_models, name, lists[name])
