"""The words of what moves mean, and what they cost: as text for people and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from model_retirement.catalogue.moves import MoveEffect, PriceChange
from model_retirement.impact import Impact, Loss, Spending
from model_retirement.keys import Key
from model_retirement.wording import Words


def move_json(move: MoveEffect, *, model_id: Key, impact: Impact) -> dict[str, Any]:
    """Return what a move means as JSON: prices in USD per million tokens; null is what nobody says."""
    users = None if impact.users is None else impact.users.get(model_id, {})
    life = move.lifecycle
    return {
        "price_in": _price_json(move.price_in),
        "price_out": _price_json(move.price_out),
        "context_window": {"before": move.context_before, "after": move.context_after},
        "capabilities_lost": None
        if move.capabilities_lost is None
        else [str(capability) for capability in move.capabilities_lost],
        "teams_that_use_lost": None
        if users is None
        else {str(capability): teams for capability, teams in users.items()},
        "recommended": move.recommended,
        "replacement_retires_on": life.retires_on and life.retires_on.isoformat(),
        "replacement_retires_on_is_earliest": life.retires_on_is_earliest,
        "replacement_days_to_retirement": life.days_to_retirement,
    }


def money_json(spending: Spending | None) -> dict[str, Any] | None:
    """Return what is paid as JSON, in USD a month; null if nothing is known of it."""
    if spending is None or spending == Spending():
        return None
    return {
        "before": _number(spending.before, 2),
        "after": _number(spending.after, 2),
        "models_without_price": list(spending.unpriced),
    }


def losses_json(losses: Sequence[Loss]) -> list[dict[str, Any]]:
    """Return what a team uses and loses as JSON."""
    return [
        {"model": loss.model, "capabilities": [str(capability) for capability in loss.capabilities]} for loss in losses
    ]


def sentences(said: Iterable[Words]) -> Iterator[str]:
    """Yield each as a sentence."""
    yield from (f"{words}." for words in said)


def _price_json(change: PriceChange) -> dict[str, Any]:
    return {"before": _number(change.before), "after": _number(change.after), "ratio": _number(change.ratio, 4)}


def _number(value: Decimal | None, digits: int | None = None) -> float | None:
    return None if value is None else float(value if digits is None else round(value, digits))
