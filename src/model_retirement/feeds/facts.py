"""What feeds say of models beside their end, put into the facts that are known already.

Of several feeds the first that says a fact counts, so the order in which they are given is the order of trust; what
others say differently is named. What no feed says any more stays: a source that falls silent proves nothing wrong.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

from model_retirement.catalogue.facts import Facts, ModelFacts
from model_retirement.feeds.rows import Feed, FeedRow

Key = tuple[str, str]

PRICES = ("price_in", "price_out")
FACTS = ("kind", *PRICES, "context_window", "capabilities", "successor", "announcement")

_UNITS = (("kind",), PRICES, ("context_window",), ("capabilities",), ("successor",), ("announcement",))
"""Facts that are taken from one feed together: two halves of a price from two sources are no price."""

_BETWEEN_SOURCES = "; "


@dataclasses.dataclass(frozen=True)
class FactsChange:
    """What becomes of the facts of one model.

    :param before: None if nothing was known of it
    :param after: None if nothing is kept of it, for it is in neither list any more
    """

    provider: str
    name: str
    before: ModelFacts | None
    after: ModelFacts | None

    def differing(self) -> Iterator[tuple[str, Any, Any]]:
        """Yield each fact that changes, with its value before and after."""
        before, after = self.before or ModelFacts(), self.after or ModelFacts()
        for fact in FACTS:
            if getattr(before, fact) != getattr(after, fact):
                yield fact, getattr(before, fact), getattr(after, fact)


@dataclasses.dataclass(frozen=True)
class Contradiction:
    """One fact of which two feeds say something else.

    :param fact: its name
    :param taken: what the feed says that was given first
    :param other: what the later one says
    """

    provider: str
    name: str
    fact: str
    taken: Any
    taken_from: Path
    other: Any
    other_from: Path


@dataclasses.dataclass(frozen=True)
class FactsUpdate:
    """The facts as they are to be, and how they come about.

    :param models: how many models were asked for
    :param covered: how many of them each feed knows anything of, in the order of the feeds
    :param covered_by_any: how many of them any feed knows anything of
    :param newer_here: models of which a price is known that is newer than that of the feeds, which stays
    :param unknown: models of which nothing is known
    """

    facts: Facts
    changes: tuple[FactsChange, ...]
    contradictions: tuple[Contradiction, ...]
    models: int
    covered: tuple[int, ...]
    covered_by_any: int
    newer_here: tuple[Key, ...]
    unknown: tuple[Key, ...]


def update(*, known: Facts, models: Collection[Key], feeds: Sequence[Feed], days: Sequence[dt.date]) -> FactsUpdate:
    """Return what is known of some models when feeds have been asked.

    :param known: what was known before, of these and of others; nothing is kept of the others
    :param feeds: whom to ask, the most trusted first
    :param days: of each feed, the day of its prices
    """
    said = [_said(feed, models=models, day=day) for feed, day in zip(feeds, days, strict=True)]
    asked = {
        model: [(feed.file, of[model]) for feed, of in zip(feeds, said, strict=True) if model in of] for model in models
    }
    facts = {
        model: _merged(known.get(model, ModelFacts()), [stated for _, stated in asked[model]])
        for model in sorted(models)
    }
    facts = {model: merged for model, merged in facts.items() if merged != ModelFacts()}
    return FactsUpdate(
        facts=facts,
        changes=tuple(
            FactsChange(*model, known.get(model), facts.get(model))
            for model in sorted({*known, *facts})
            if known.get(model) != facts.get(model)
        ),
        contradictions=tuple(
            contradiction for model in sorted(models) for contradiction in _contradictions(model, asked[model])
        ),
        models=len(models),
        covered=tuple(len(of) for of in said),
        covered_by_any=sum(bool(asked[model]) for model in models),
        newer_here=tuple(
            model for model in sorted(models) if model in known and _has_newer_price(known[model], asked[model])
        ),
        unknown=tuple(model for model in sorted(models) if model not in facts),
    )


def _said(feed: Feed, *, models: Collection[Key], day: dt.date) -> dict[Key, ModelFacts]:
    """Return what a feed says of each model of which it says anything. A row of its own counts before an alias of another."""
    said: dict[Key, ModelFacts] = {}
    for key, facts in _by_name(feed):
        if key in models and any(_says(facts, unit) for unit in _UNITS):
            priced_on = (facts.priced_on or day) if _says(facts, PRICES) else None
            said.setdefault(key, dataclasses.replace(facts, priced_on=priced_on))
    return said


def _by_name(feed: Feed) -> Iterator[tuple[Key, ModelFacts]]:
    """Yield facts by each name that their row has, the surest names first."""
    said = [(row, facts) for row in feed.rows if (facts := _with_end(row, feed)) is not None]
    yield from (((row.provider, row.name), facts) for row, facts in said)
    # What is taken for a prefix may be part of the name: `groq/compound` is a model of Groq.
    yield from (((row.provider, row.feed_name), facts) for row, facts in said)
    yield from (((row.provider, alias), facts) for row, facts in said for alias in row.aliases)


def _with_end(row: FeedRow, feed: Feed) -> ModelFacts | None:
    """Return what a row says of a model, where its end is announced and what is recommended then; None if nothing."""
    announcement = row.source_url if row.retires_on or row.deprecated_on else None
    if not (row.replacements or announcement):
        return row.facts
    facts = row.facts or ModelFacts(source=feed.publisher)
    return dataclasses.replace(facts, successor=next(iter(row.replacements), None), announcement=announcement)


def _merged(old: ModelFacts, said: Sequence[ModelFacts]) -> ModelFacts:
    values: dict[str, Any] = {}
    sources: list[str] = []
    for unit in _UNITS:
        first = next((facts for facts in said if _says(facts, unit)), None)
        if first is None or (unit is PRICES and _is_older(first, old)):
            sources += [old.source] if _says(old, unit) else []
            continue
        values |= {fact: value for fact in unit if (value := getattr(first, fact)) is not None}
        if unit is PRICES:
            values["priced_on"] = first.priced_on
        sources.append(first.source)
    new = dataclasses.replace(old, **values)
    if all(getattr(new, fact) == getattr(old, fact) for fact in FACTS):
        return old  # a line that says the same as before is not touched for its day or its source
    if all(getattr(new, fact) == getattr(old, fact) for fact in PRICES):
        new = dataclasses.replace(new, priced_on=old.priced_on)
    parts = dict.fromkeys(part for source in sources for part in source.split(_BETWEEN_SOURCES) if part)
    return dataclasses.replace(new, source=_BETWEEN_SOURCES.join(parts))


def _contradictions(model: Key, said: Sequence[tuple[Path, ModelFacts]]) -> Iterator[Contradiction]:
    # That two pages announce the same is no contradiction.
    for unit in (unit for unit in _UNITS if unit != ("announcement",)):
        (file, first), *others = [(file, facts) for file, facts in said if _says(facts, unit)] or [
            (Path(), ModelFacts())
        ]
        for other_file, other in others:
            for fact in unit:
                taken, differs = getattr(first, fact), getattr(other, fact)
                if differs not in (None, taken):
                    yield Contradiction(*model, fact, taken, file, differs, other_file)


def _has_newer_price(old: ModelFacts, said: Sequence[tuple[Path, ModelFacts]]) -> bool:
    first = next((facts for _, facts in said if _says(facts, PRICES)), None)
    return (
        first is not None
        and _is_older(first, old)
        and any(getattr(first, field) != getattr(old, field) for field in PRICES)
    )


def _is_older(facts: ModelFacts, known: ModelFacts) -> bool:
    return facts.priced_on is not None and known.priced_on is not None and facts.priced_on < known.priced_on


def _says(facts: ModelFacts, unit: Collection[str]) -> bool:
    return any(getattr(facts, fact) is not None for fact in unit)
