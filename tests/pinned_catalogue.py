"""A catalogue that stays as it was on one day, for tests of what follows from its entries: the live one changes.

Started processes import this before Django, so it imports nothing that takes time.
"""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

PINNED_CATALOGUE = Path(__file__).resolve().parent / "data/default_models.py.txt"


def pinned_lists() -> dict[str, Any]:
    """Return the two lists by name."""
    lists = runpy.run_path(str(PINNED_CATALOGUE))
    return {name: lists[name] for name in ("DEFAULT_LLM_PROVIDER_MODELS", "DELETED_MODELS")}
