"""A copy of the files that edits of the catalogue touch, for tests in this process."""

from __future__ import annotations

import importlib
import runpy
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from apps.service_providers.llm_service import default_models
from tests.pinned_catalogue import pin_source
from tests.processes import ROOT

CATALOGUE = "apps/service_providers/llm_service/default_models.py"
MIGRATIONS = "apps/service_providers/migrations"


@pytest.fixture
def catalogue_tree(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The root of a project with the pinned catalogue and this one's migrations, in use in place of this one's."""
    (tmp_path / CATALOGUE).parent.mkdir(parents=True)
    pin_source(tmp_path / CATALOGUE)
    shutil.copytree(ROOT / MIGRATIONS, tmp_path / MIGRATIONS, ignore=shutil.ignore_patterns("__pycache__"))
    # Modules stay imported, so each copy's are called differently.
    name = f"migrations_in_{tmp_path.name}".replace("-", "_")
    (tmp_path / name).symlink_to(tmp_path / MIGRATIONS)
    monkeypatch.syspath_prepend(tmp_path)
    importlib.invalidate_caches()
    settings.MIGRATION_MODULES = {"service_providers": name}
    settings.BASE_DIR = tmp_path
    monkeypatch.setattr(default_models, "__file__", str(tmp_path / CATALOGUE))
    yield tmp_path
    importlib.invalidate_caches()


def import_again(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Use the lists as the next process would have them."""
    lists = runpy.run_path(str(root / CATALOGUE))
    for name in ("DEFAULT_LLM_PROVIDER_MODELS", "DELETED_MODELS"):
        monkeypatch.setattr(default_models, name, lists[name])
