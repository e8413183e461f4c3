"""What moves mean and cost, for pages of the admin."""

from __future__ import annotations

from model_retirement.catalogue.moves import MoveEffect
from model_retirement.spending import Spending
from model_retirement.wording import translated


def sentences(move: MoveEffect | None, spending: Spending | None) -> list[str]:
    """Return what people should know of a move and of what all teams pay, in the active language."""
    said = [*move.words] if move else []
    if spending is not None and spending.words is not None:
        said.append(spending.words)
    return [f"{words[:1].upper()}{words[1:]}." for words in map(translated, said)]
