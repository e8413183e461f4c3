"""What moves mean to teams: what they pay by the month before and after, and what they use that goes with the model.

Prices and capabilities are facts; how much is used, and what for, only the host knows.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal

from model_retirement import answers
from model_retirement.catalogue.facts import Capability
from model_retirement.catalogue.moves import MoveEffect, capability_names, usd
from model_retirement.keys import Key
from model_retirement.wording import CountedWords, Words, first_of

TEAMS_PER_QUESTION = 1_000
"""Teams that the host is asked about together. A database takes lists of so many ids."""

MODELS_NAMED = 3
"""Models without a price that are named; the others are counted."""


@dataclasses.dataclass(frozen=True)
class Spending:
    """What is paid by the month in USD: by one team, for one model, or for all.

    :param before: None if nothing is used whose price is known
    :param after: the same with the replacements
    :param unpriced: models and replacements (``provider/name``) whose price nobody says, so that what is used of them is
        not counted
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
    def money(self) -> Words | None:
        """Such as ``$1,234 a month becomes $456 a month``; None if nothing is known to be paid."""
        if self.before is None or self.after is None:
            return None
        return Words("%(before)s a month becomes %(after)s a month", before=usd(self.before), after=usd(self.after))

    @property
    def words(self) -> tuple[Words, ...]:
        """The same, and what has no price, in sentences without their ends; nothing if nothing is known to be used."""
        said = [self.money] if self.money else []
        if self.unpriced:
            said.append(
                CountedWords(
                    "The price of %(models)s is not known",
                    "The prices of %(models)s are not known",
                    len(self.unpriced),
                    models=first_of(self.unpriced, MODELS_NAMED),
                )
            )
        return tuple(said)


@dataclasses.dataclass(frozen=True)
class Loss:
    """What one team uses of a model and its replacement cannot do.

    :param model: the model, as ``provider/name``
    :param replacement: name of the replacement
    """

    model: str
    replacement: str
    capabilities: tuple[Capability, ...]

    @property
    def words(self) -> Words:
        """Such as ``Uses tools of openai/o3, which gpt-5 lacks``."""
        names = capability_names(self.capabilities)
        return Words(
            "Uses %(names)s of %(model)s, which %(replacement)s lacks",
            names=names,
            model=self.model,
            replacement=self.replacement,
        )


@dataclasses.dataclass(frozen=True)
class Impact:
    """What moves mean to all teams that they concern, as far as the host knows.

    :param paid_by_team: team id to what it pays; a team of which nothing is known is missing
    :param paid_by_model: model id to what all teams pay for it
    :param lost_by_team: team id to what it loses; None if the host does not know what teams use
    :param users: model id and what goes with it to the number of teams that use that; None if the host does not know
    """

    paid_by_team: Mapping[Key, Spending] = dataclasses.field(default_factory=dict)
    paid_by_model: Mapping[Key, Spending] = dataclasses.field(default_factory=dict)
    lost_by_team: Mapping[Key, tuple[Loss, ...]] | None = None
    users: Mapping[Key, Mapping[Capability, int]] | None = None

    @property
    def paid(self) -> Spending:
        """What all teams pay for all the models."""
        return sum(self.paid_by_model.values(), Spending())

    def of_team(self, team_id: Key) -> tuple[Words, ...]:
        """Return what the moves mean to one team, in sentences without their ends."""
        paid = self.paid_by_team.get(team_id, Spending()).words
        lost = (self.lost_by_team or {}).get(team_id, ())
        return (*paid, *(loss.words for loss in lost))

    def of_model(self, model_id: Key) -> tuple[Words, ...]:
        """Return what the move of one model means to all teams, in sentences without their ends."""
        paid = self.paid_by_model.get(model_id, Spending()).words
        return (*self._use_of(model_id), *paid)

    def _use_of(self, model_id: Key) -> Iterator[Words]:
        for capability, teams in (self.users or {}).get(model_id, {}).items():
            name = capability_names([capability])
            if teams:
                yield CountedWords("%(number)s team uses %(name)s", "%(number)s teams use %(name)s", teams, name=name)
            else:
                yield Words("No team uses %(name)s", name=name)


def of_moves(*, effects: Mapping[Key, MoveEffect], used_by: Mapping[Key, Collection[Key]], using: str) -> Impact:
    """Return what moves mean to teams, asking the host once for each thousand of them.

    :param effects: model id to what its move means
    :param used_by: team id to the ids of the models that it is moved from; what is known of others is not counted
    """
    paid_by_team: dict[Key, Spending] = {}
    paid_by_model: dict[Key, Spending] = {}
    for (team, model), paid in _paid(effects=effects, used_by=used_by, using=using).items():
        paid_by_team[team] = paid_by_team.get(team, Spending()) + paid
        paid_by_model[model] = paid_by_model.get(model, Spending()) + paid
    lost_by_team, users = None, None
    if (lost := _lost(effects=effects, used_by=used_by, using=using)) is not None:
        lost_by_team, users = _losses(lost, effects=effects), _users(lost, effects=effects)
    return Impact(paid_by_team=paid_by_team, paid_by_model=paid_by_model, lost_by_team=lost_by_team, users=users)


def by_pair(
    *, effects: Mapping[Key, MoveEffect], used_by: Mapping[Key, Collection[Key]], using: str
) -> dict[tuple[Key, Key], tuple[Spending, tuple[Capability, ...]]]:
    """Return what the move of each model means to each team, by team and model id: what it pays, and what it loses.

    :param effects: model id to what its move means
    :param used_by: team id to the ids of the models that it is moved from
    """
    paid = _paid(effects=effects, used_by=used_by, using=using)
    lost: dict[tuple[Key, Key], list[Capability]] = {}
    for team, model, capability in sorted(_lost(effects=effects, used_by=used_by, using=using) or ()):
        lost.setdefault((team, model), []).append(capability)
    return {pair: (paid.get(pair, Spending()), tuple(lost.get(pair, ()))) for pair in paid.keys() | lost.keys()}


def _paid(
    *, effects: Mapping[Key, MoveEffect], used_by: Mapping[Key, Collection[Key]], using: str
) -> dict[tuple[Key, Key], Spending]:
    spending: dict[tuple[Key, Key], Spending] = {}
    for some in _chunks(effects, used_by):
        for team, model, tokens_in, tokens_out in answers.monthly_usage(
            team_ids=some, model_ids=sorted(effects), using=using
        ):
            if model in effects and model in used_by.get(team, ()):
                paid = _spending(effects[model], tokens_in=tokens_in, tokens_out=tokens_out)
                spending[team, model] = spending.get((team, model), Spending()) + paid
    return spending


def _chunks(effects: Mapping[Key, MoveEffect], used_by: Mapping[Key, Collection[Key]]) -> Iterator[Sequence[Key]]:
    """Yield the teams that the moves concern, so many at once as the host is asked about."""
    team_ids = sorted(team for team, models in used_by.items() if not effects.keys().isdisjoint(models))
    for start in range(0, len(team_ids), TEAMS_PER_QUESTION):
        yield team_ids[start : start + TEAMS_PER_QUESTION]


def _lost(
    *, effects: Mapping[Key, MoveEffect], used_by: Mapping[Key, Collection[Key]], using: str
) -> set[tuple[int, int, Capability]] | None:
    """Return team, model and capability of all that is used and goes; None if nothing goes, or nobody knows its use."""
    goes = {model: effect.capabilities_lost for model, effect in effects.items() if effect.capabilities_lost}
    if not goes:
        return None
    lost: set[tuple[int, int, Capability]] = set()
    for some in _chunks(effects, used_by):
        used = answers.used_capabilities(team_ids=some, model_ids=sorted(goes), using=using)
        if used is None:
            return None
        lost.update(
            (team, model, Capability(capability))
            for team, model, capability in used
            if model in used_by.get(team, ()) and capability in goes.get(model, ())
        )
    return lost


def _losses(
    lost: Collection[tuple[Key, Key, Capability]], *, effects: Mapping[Key, MoveEffect]
) -> dict[Key, tuple[Loss, ...]]:
    by_team: dict[Key, dict[Key, list[Capability]]] = {}
    for team, model, capability in sorted(lost):
        by_team.setdefault(team, {}).setdefault(model, []).append(capability)
    return {
        team: tuple(
            Loss(effects[model].model, effects[model].replacement, tuple(capabilities))
            for model, capabilities in by_model.items()
        )
        for team, by_model in by_team.items()
    }


def _users(
    lost: Collection[tuple[Key, Key, Capability]], *, effects: Mapping[Key, MoveEffect]
) -> dict[Key, dict[Capability, int]]:
    teams = Counter((model, capability) for _, model, capability in lost)
    return {
        model: {capability: teams[model, capability] for capability in effect.capabilities_lost}
        for model, effect in effects.items()
        if effect.capabilities_lost
    }


def _spending(effect: MoveEffect, *, tokens_in: int, tokens_out: int) -> Spending:
    if unpriced := effect.without_price(tokens_in=tokens_in, tokens_out=tokens_out):
        return Spending(unpriced=unpriced)
    return Spending(*effect.cost(tokens_in=tokens_in, tokens_out=tokens_out))


def _sum(first: Decimal | None, other: Decimal | None) -> Decimal | None:
    if first is None or other is None:
        return other if first is None else first
    return first + other
