"""The words of models that stay because of odd rows."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any

from apps.service_providers.notices.compose import headline
from apps.service_providers.removal.failures import FailedReport

ROWS_NAMED = 20
"""Rows named that keep a model from being removed; more are counted."""


def as_json(failed: Sequence[FailedReport]) -> list[dict[str, Any]]:
    """Return the models with every row that keeps them."""
    return [
        {
            "provider": one.provider,
            "name": one.name,
            "reason": one.reason or None,
            "rows": [dataclasses.asdict(row) for row in one.rows],
        }
        for one in failed
    ]


def lines(failed: Sequence[FailedReport]) -> Iterator[str]:
    """Yield a line for each row that keeps a model, with its team, its object and what was said."""
    for one in failed:
        yield ""
        if one.reason:
            yield f"{one} was not removed: {one.reason}"
        for row in one.rows[:ROWS_NAMED]:
            part = f" [{row.details}]" if row.details else ""
            where = f"team {row.team}, {row.kind} {row.id} {row.name}{part}, " if row.team else ""
            yield f"{one} was not removed: {where}{row.reference} of row {row.row_id}: {row.reason}"
        if len(one.rows) > ROWS_NAMED:
            yield f"  and {headline('more row', len(one.rows) - ROWS_NAMED)}; `--format json` names them."
    if failed:
        yield "All else is done; the next run tries again."
