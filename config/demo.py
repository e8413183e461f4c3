"""What the engine asks of this platform when it is filled with demo tenants."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random
from typing import Any

from config import retirement

STEP = 100_000
"""Tokens are counted in steps of so many, as a bill rounds them."""


class Platform(retirement.Platform):
    """Demo tenants talk to nobody, so how much they use their models is made up: the same whenever it is asked."""

    def monthly_usage(
        self, *, team_ids: Sequence[Any], model_ids: Sequence[Any], using: str
    ) -> Iterator[tuple[Any, Any, int, int]]:
        """Yield tokens read and written in a month, of every team and model."""
        for team_id in team_ids:
            for model_id in model_ids:
                numbers = Random(f"{team_id}/{model_id}")  # noqa: S311  # the point is that it can be foreseen
                tokens_in = numbers.randint(50, 5_000) * STEP
                yield team_id, model_id, tokens_in, tokens_in // numbers.randint(3, 8)
