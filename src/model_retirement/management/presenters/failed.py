"""The words of models that stay because of odd rows."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any

from model_retirement.removal.failures import FailedReport
from model_retirement.wording import english_count

ROWS_NAMED = 20
"""Rows named that keep a model from being removed; more are counted."""


def as_json(failed: Sequence[FailedReport]) -> list[dict[str, Any]]:
    """Return the models with every row that keeps them."""
    return [
        {
            "provider": model.provider,
            "name": model.name,
            "reason": model.reason or None,
            "rows": [dataclasses.asdict(row) for row in model.rows],
        }
        for model in failed
    ]


def lines(failed: Sequence[FailedReport], *, dry_run: bool) -> Iterator[str]:
    """Yield a line for each row that keeps a model, with its team, its object and what was said."""
    stays = "would not be removed" if dry_run else "was not removed"
    for model in failed:
        yield ""
        if model.reason:
            yield f"{model} {stays}: {model.reason}"
        for row in model.rows[:ROWS_NAMED]:
            yield f"{model} {stays}: {row}"
        if len(model.rows) > ROWS_NAMED:
            yield f"  and {english_count('more row', len(model.rows) - ROWS_NAMED)}; `--format json` names them."
    if failed and dry_run:
        yield "All else would be done. Repair these rows first, and the model is removed with the others."
    elif failed:
        yield "All else is done; the next run tries again."
