"""Decisions that fall the same way for the same seed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random


def happens(share: float, rng: Random) -> bool:
    """Return True in this share of all calls, from 0 to 1."""
    return rng.random() < share
