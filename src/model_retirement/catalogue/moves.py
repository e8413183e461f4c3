"""What a move from a model to its replacement means: prices, context window, what is lost, how long it lasts.

It follows from what sources say of the two models and from what the catalogue declares; what nobody says stays unknown.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext_noop
from pydantic import BaseModel

from model_retirement.catalogue import lifecycle, setting_classes
from model_retirement.catalogue.declarations import Model
from model_retirement.catalogue.facts import Capability, ModelFacts
from model_retirement.catalogue.lifecycle import Lifecycle
from model_retirement.catalogue.parameter_mapping import DIALS
from model_retirement.wording import Words, listed

MILLION = Decimal(1_000_000)

CAPABILITY_NAMES = {
    Capability.AUDIO: gettext_noop("audio"),
    Capability.REASONING: gettext_noop("reasoning"),
    Capability.STRUCTURED_OUTPUT: gettext_noop("structured output"),
    Capability.TOOLS: gettext_noop("tools"),
    Capability.VISION: gettext_noop("vision"),
}


@dataclass(frozen=True)
class PriceChange:
    """What a million tokens cost with the model and with its replacement, in USD; None is a price that nobody says."""

    before: Decimal | None
    after: Decimal | None

    @property
    def ratio(self) -> Decimal | None:
        """How many times as much the replacement costs; None if that is not known, or if the model was free."""
        if not self.before or self.after is None:
            return None
        return self.after / self.before

    def rises_by_more_than(self, percent: Decimal) -> bool:
        """Return whether both prices are known and the second is higher by more than that."""
        if self.before is None or self.after is None:
            return False
        return self.after > self.before * (1 + percent / 100)

    @property
    def words(self) -> Words:
        """Such as ``$2 in place of $10 (80 % less)``."""
        before, after = price(self.before), price(self.after)
        if self.before == self.after:
            return Words("%(after)s as before", after=after)
        if self.ratio is None:
            return Words("%(after)s in place of %(before)s", after=after, before=before)
        percent = f"{abs(self.ratio - 1) * 100:,.1f}".removesuffix(".0")
        if self.ratio > 1:
            return Words(
                "%(after)s in place of %(before)s (%(percent)s %% more)", after=after, before=before, percent=percent
            )
        return Words(
            "%(after)s in place of %(before)s (%(percent)s %% less)", after=after, before=before, percent=percent
        )


@dataclass(frozen=True)
class MoveEffect:
    """What changes for those who are moved from a model to its replacement.

    :param model: the model, as ``provider/name``
    :param replacement: name of the replacement
    :param price_in: what tokens cost that it reads
    :param price_out: what tokens cost that it writes
    :param context_before: the most tokens that the model takes at once; None if nobody says
    :param context_after: the same of the replacement
    :param capabilities_lost: what only the model can do; None if that is not known of both
    :param settings_dropped: settings that only the model takes
    :param settings_renamed: settings that the replacement takes by another name: old and new
    :param recommended: what the provider recommends now in place of the model; None if nobody says
    :param lifecycle: how long the replacement itself has to live
    """

    model: str
    replacement: str
    price_in: PriceChange
    price_out: PriceChange
    context_before: int | None
    context_after: int | None
    capabilities_lost: tuple[Capability, ...] | None
    settings_dropped: tuple[str, ...]
    settings_renamed: tuple[tuple[str, str], ...]
    recommended: str | None
    lifecycle: Lifecycle

    def cost(self, *, tokens_in: int, tokens_out: int) -> tuple[Decimal, Decimal]:
        """Return what so many tokens cost in USD before and after, as far as their prices are known."""
        changes = ((tokens_in, self.price_in), (tokens_out, self.price_out))
        before = sum((tokens * (change.before or 0) for tokens, change in changes), Decimal(0))
        after = sum((tokens * (change.after or 0) for tokens, change in changes), Decimal(0))
        return before / MILLION, after / MILLION

    def without_price(self, *, tokens_in: int, tokens_out: int) -> tuple[str, ...]:
        """Return which of model and replacement (``provider/name``) lack a price that so many tokens need."""
        needed = [change for tokens, change in ((tokens_in, self.price_in), (tokens_out, self.price_out)) if tokens]
        provider = self.model.partition("/")[0]
        lacking = {
            self.model: any(change.before is None for change in needed),
            f"{provider}/{self.replacement}": any(change.after is None for change in needed),
        }
        return tuple(name for name, lacks in lacking.items() if lacks)

    def is_dearer_by_more_than(self, percent: Decimal) -> bool:
        """Return whether one of the two prices is known to rise by more than that."""
        return self.price_in.rises_by_more_than(percent) or self.price_out.rises_by_more_than(percent)

    @property
    def compares_prices(self) -> bool:
        """Whether one of the two prices is known before and after."""
        return self.price_in.ratio is not None or self.price_out.ratio is not None

    @property
    def price_words(self) -> Words | None:
        """What both prices become; None if none of them is known."""
        if (self.price_in, self.price_out) == (PriceChange(None, None), PriceChange(None, None)):
            return None
        return Words(
            "A million tokens cost %(input)s to read and %(output)s to write",
            input=self.price_in.words,
            output=self.price_out.words,
        )

    @property
    def words(self) -> tuple[Words, ...]:
        """What people should know of the move, each a sentence without its end; nothing of what nobody says."""
        return tuple(words for _, words in _sentences(self))

    @property
    def main_words(self) -> tuple[Words, ...]:
        """Those of :attr:`words` that a list of many models has room for."""
        return tuple(words for is_main, words in _sentences(self) if is_main)


def effect_of(
    model: str,
    *,
    before: ModelFacts,
    after: ModelFacts,
    family: type[BaseModel] | None,
    replacement: Model,
    today: dt.date,
) -> MoveEffect:
    """Return what a move means.

    :param model: the model, as ``provider/name``
    :param before: what sources say of the model
    :param after: what they say of its replacement
    :param family: the settings that the model takes; None if that is not known any more
    :param replacement: the replacement as it is declared
    :param today: the day in UTC
    """
    settings = list(_renamed(family, replacement.parameters)) if family and replacement.parameters else []
    return MoveEffect(
        model=model,
        replacement=replacement.name,
        price_in=PriceChange(before.price_in, after.price_in),
        price_out=PriceChange(before.price_out, after.price_out),
        context_before=before.context_window,
        context_after=after.context_window,
        capabilities_lost=_lost(before, after),
        settings_dropped=tuple(name for name, new_name in settings if not new_name),
        settings_renamed=tuple((name, new_name) for name, new_name in settings if new_name),
        recommended=before.successor,
        lifecycle=lifecycle.of(replacement, today=today),
    )


def capability_names(capabilities: Iterable[Capability]) -> Words:
    """Return what models can do, for people."""
    return listed([Words(CAPABILITY_NAMES[capability]) for capability in capabilities])


def usd(amount: Decimal) -> str:
    """Return an amount of money for people: whole dollars, and cents where these matter."""
    if amount == 0 or amount >= 10:  # noqa: PLR2004  (from here on cents do not matter)
        return f"${amount:,.0f}"
    return f"${max(amount, Decimal('0.01')):,.2f}"


def price(amount: Decimal | None) -> str:
    """Return a price for people, with all its digits."""
    if amount is None:
        return Words("an unknown price")
    plain = f"{amount.normalize():,f}"
    return f"${plain}0" if plain[-2:-1] == "." else f"${plain}"


def _lost(before: ModelFacts, after: ModelFacts) -> tuple[Capability, ...] | None:
    if before.capabilities is None or after.capabilities is None:
        return None
    return tuple(sorted(before.capabilities - after.capabilities))


def _renamed(old: type[BaseModel], new: type[BaseModel]) -> Iterator[tuple[str, str]]:
    """Yield the settings that the replacement does not take, and by which name it takes the same; empty if by none."""
    if new.model_config.get("extra") == "allow":
        return  # whatever there is
    taken = setting_classes.names(new)
    dial = next((name for name in DIALS if name in taken), "")
    for name in sorted(setting_classes.names(old) - taken):
        yield name, dial if name in DIALS else ""


def _sentences(effect: MoveEffect) -> Iterator[tuple[bool, Words]]:
    """Yield what people should know, and whether they should in a list of many models."""
    if prices := effect.price_words:
        yield effect.compares_prices, prices
    before, after = effect.context_before, effect.context_after
    if before is not None and after is not None and before != after:
        sizes = {"after": f"{after:,}", "before": f"{before:,}"}
        yield after < before, Words("The context window has %(after)s tokens in place of %(before)s", **sizes)
    if effect.capabilities_lost:
        facts = {"replacement": effect.replacement, "name": effect.model.partition("/")[2]}
        names = capability_names(effect.capabilities_lost)
        yield True, Words("%(replacement)s lacks what %(name)s has: %(names)s", names=names, **facts)
    if effect.settings_dropped:
        facts = {"replacement": effect.replacement, "names": ", ".join(effect.settings_dropped)}
        yield False, Words("%(replacement)s does not take these settings: %(names)s", **facts)
    for name, new_name in effect.settings_renamed:
        yield False, Words("The setting %(setting)s becomes %(becomes)s", setting=name, becomes=new_name)
    if ends := effect.lifecycle.words:
        yield True, Words("%(replacement)s itself %(retires)s", replacement=effect.replacement, retires=ends)
    if effect.recommended not in (None, effect.replacement):
        yield False, Words("The provider recommends %(name)s now", name=effect.recommended)
