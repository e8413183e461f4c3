"""What teams pay by the month before and after moves: the usage that the host knows, at the prices that sources say."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal

from model_retirement.catalogue.moves import MoveEffect, usd
from model_retirement.platform import host
from model_retirement.wording import Words, listed

TEAMS_PER_QUESTION = 1_000
"""Teams that the host is asked about together. A database takes lists of so many ids."""

MODELS_NAMED = 5
"""Models without a price that are named; the others are counted."""


@dataclasses.dataclass(frozen=True)
class Spending:
    """What is paid by the month in USD: by one team, for one model, or for all.

    :param before: None if nothing is used whose price is known
    :param after: the same with the replacements
    :param unpriced: models (``provider/name``) that are used and whose price, or that of their replacement, nobody says
    """

    before: Decimal | None = None
    after: Decimal | None = None
    unpriced: tuple[str, ...] = ()

    def __add__(self, other: Spending) -> Spending:
        return Spending(
            before=_sum(self.before, other.before),
            after=_sum(self.after, other.after),
            unpriced=tuple(sorted({*self.unpriced, *other.unpriced})),
        )

    @property
    def words(self) -> Words | None:
        """Such as ``$1,234 a month becomes $456 a month``; None if nothing is used, as far as the host knows."""
        money = unknown = None
        if self.before is not None and self.after is not None:
            money = Words(
                "%(before)s a month becomes %(after)s a month", before=usd(self.before), after=usd(self.after)
            )
        if self.unpriced:
            unknown = Words("the price of %(models)s is not known", models=_named(self.unpriced))
        said = [words for words in (money, unknown) if words is not None]
        return listed(said) if said else None


@dataclasses.dataclass(frozen=True)
class MonthlySpending:
    """What is paid by the month for the models that teams are moved from.

    :param by_team: team id to what it pays; a team of which nothing is known is missing
    :param by_model: model id to what all teams pay for it
    """

    by_team: Mapping[int, Spending] = dataclasses.field(default_factory=dict)
    by_model: Mapping[int, Spending] = dataclasses.field(default_factory=dict)

    @property
    def total(self) -> Spending:
        """What all teams pay for all the models."""
        return sum(self.by_model.values(), Spending())


def monthly(
    *, effects: Mapping[int, MoveEffect], used_by: Mapping[int, Collection[int]], using: str
) -> MonthlySpending:
    """Return what moves cost, asking the host once for each thousand teams.

    :param effects: model id to what its move means
    :param used_by: team id to the ids of the models that it is moved from; usage of others is not counted
    """
    by_team: dict[int, Spending] = {}
    by_model: dict[int, Spending] = {}
    concerned = sorted(team for team, models in used_by.items() if not effects.keys().isdisjoint(models))
    for team, model, tokens_in, tokens_out in _usage(concerned, model_ids=sorted(effects), using=using):
        if model in effects and model in used_by.get(team, ()):
            paid = _spending(effects[model], tokens_in=tokens_in, tokens_out=tokens_out)
            by_team[team] = by_team.get(team, Spending()) + paid
            by_model[model] = by_model.get(model, Spending()) + paid
    return MonthlySpending(by_team=by_team, by_model=by_model)


def _usage(team_ids: list[int], *, model_ids: list[int], using: str) -> Iterator[tuple[int, int, int, int]]:
    for start in range(0, len(team_ids), TEAMS_PER_QUESTION):
        some = team_ids[start : start + TEAMS_PER_QUESTION]
        yield from host().monthly_usage(team_ids=some, model_ids=model_ids, using=using)


def _spending(effect: MoveEffect, *, tokens_in: int, tokens_out: int) -> Spending:
    paid = effect.cost(tokens_in=tokens_in, tokens_out=tokens_out)
    return Spending(unpriced=(effect.model,)) if paid is None else Spending(*paid)


def _named(models: tuple[str, ...]) -> str:
    shown, more = ", ".join(models[:MODELS_NAMED]), len(models) - MODELS_NAMED
    return Words("%(shown)s and %(more)s more", shown=shown, more=f"{more:,}") if more > 0 else shown


def _sum(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    if one is None or other is None:
        return other if one is None else one
    return one + other
