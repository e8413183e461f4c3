"""A catalogue that stays as it was on one day, for tests of what follows from its entries: the live one changes.

Started processes import this before Django, so it imports nothing that takes time.
"""

from __future__ import annotations

import runpy
import shutil
from pathlib import Path
from typing import Any

PINNED_CATALOGUE = Path(__file__).resolve().parent / "data/default_models.py.txt"
README_CATALOGUE = PINNED_CATALOGUE.with_name("readme")
"""The shipped catalogue, its facts and the day of its review, when the README's journey was written."""


def pinned_lists() -> dict[str, Any]:
    """Return the two lists by name, and facts, of which there are none."""
    lists = runpy.run_path(str(PINNED_CATALOGUE))
    return {name: lists[name] for name in ("DEFAULT_LLM_PROVIDER_MODELS", "DELETED_MODELS")} | {"MODEL_FACTS": {}}


def pin_source(default_models: Path) -> None:
    """Put the pinned catalogue in the place of another one's source, and take the facts of that one away."""
    shutil.copy(PINNED_CATALOGUE, default_models)
    default_models.with_name("model_facts.json").unlink(missing_ok=True)


def pin_readme(default_models: Path) -> None:
    """Put the catalogue that the README's journey was written with in the place of another one's source."""
    for path in README_CATALOGUE.iterdir():
        shutil.copy(path, default_models.with_name(path.name.removesuffix(".txt")))
