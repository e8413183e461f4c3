"""What feeds say of models beside their end, put into the facts that are known already."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from model_retirement.catalogue.facts import Capability, Facts, ModelFacts, ModelKind
from model_retirement.feeds import facts
from model_retirement.feeds.facts import FactsUpdate
from model_retirement.feeds.rows import Feed, FeedRow

OCTOBER, NOVEMBER, DECEMBER = dt.date(2026, 10, 1), dt.date(2026, 11, 1), dt.date(2026, 12, 1)
MODEL = ("openai", "m")


def feed(name: str, said: dict[str, ModelFacts | None], *more: FeedRow) -> Feed:
    rows = (
        *(
            FeedRow(provider="openai", name=model, feed_name=model, facts=model_facts)
            for model, model_facts in said.items()
        ),
        *more,
    )
    return Feed(Path(name), "a format", "a publisher", None, rows, total=len(rows), read=len(rows), not_read={}, odd=0)


def updated(
    *said: ModelFacts, known: Facts | None = None, day: dt.date = NOVEMBER, models: set[Any] | None = None
) -> FactsUpdate:
    feeds = [feed(f"{number}.json", {"m": stated}) for number, stated in enumerate(said)]
    return facts.update(
        known=known or {}, models={MODEL} if models is None else models, feeds=feeds, days=[day] * len(feeds)
    )


def prices(price_in: Any, price_out: Any, **more: Any) -> ModelFacts:
    return ModelFacts(
        price_in=None if price_in is None else Decimal(price_in),
        price_out=None if price_out is None else Decimal(price_out),
        **more,
    )


KNOWN = prices(2, 8, priced_on=OCTOBER, kind=ModelKind.CHAT, source="old")


def test_a_row_is_known_by_its_name_as_it_is_written_and_by_its_aliases():
    """What is taken for a prefix may be part of the name, and a row of its own says more than an alias."""
    rows = (
        FeedRow("groq", "old", "old", aliases=("compound", "other"), facts=prices(1, 1)),
        FeedRow("groq", "compound", "groq/compound", facts=prices(2, 2)),
    )
    names = {("groq", name): price for name, price in (("compound", 2), ("groq/compound", 2), ("other", 1))}

    made = facts.update(known={}, models=names, feeds=[feed("a.json", {}, *rows)], days=[NOVEMBER])

    assert {model: model_facts.price_in for model, model_facts in made.facts.items()} == names


def test_the_first_model_that_a_feed_recommends_is_the_successor():
    """A feed that knows nothing but the end of models says who takes over, too."""
    rows = (
        FeedRow("openai", "m", "m", replacements=("new", "newer"), facts=prices(1, 1, source="its own page")),
        FeedRow("openai", "n", "n", replacements=("new",)),
    )

    made = facts.update(known={}, models={MODEL, ("openai", "n")}, feeds=[feed("a.json", {}, *rows)], days=[NOVEMBER])

    assert made.facts[MODEL].successor == "new"
    assert made.facts[MODEL].source == "its own page"
    assert made.facts["openai", "n"] == ModelFacts(successor="new", source="a publisher")


def test_the_page_of_a_row_that_has_an_end_is_where_that_is_announced():
    """Other rows name the page with their prices."""
    page, other = "https://provider.example/end", "https://provider.example/later"
    first = feed("a.json", {}, FeedRow("openai", "m", "m", retires_on=NOVEMBER, source_url=page))
    later = feed("b.json", {}, FeedRow("openai", "m", "m", deprecated_on=OCTOBER, source_url=other))
    prices_alone = feed("c.json", {}, FeedRow("openai", "n", "n", facts=prices(1, 1), source_url=other))

    made = facts.update(
        known={}, models={MODEL, ("openai", "n")}, feeds=[first, later, prices_alone], days=[NOVEMBER] * 3
    )

    assert made.facts[MODEL].announcement == page
    assert made.facts["openai", "n"].announcement is None
    assert made.contradictions == ()  # each page says it


def test_what_a_feed_says_is_taken_with_the_day_of_its_prices():
    said = prices(2, 8, kind=ModelKind.CHAT, source="a feed")

    made = updated(said)

    after = prices(2, 8, kind=ModelKind.CHAT, priced_on=NOVEMBER, source="a feed")
    assert made.facts == {MODEL: after}
    (change,) = made.changes
    assert (change.provider, change.name, change.before, change.after) == ("openai", "m", None, after)
    assert [fact for fact, _, _ in change.differing()] == ["kind", "price_in", "price_out"]


def test_a_day_that_a_feed_has_for_a_price_itself_counts():
    assert updated(prices(2, 8, priced_on=OCTOBER)).facts[MODEL].priced_on == OCTOBER


def test_without_prices_there_is_no_day_of_prices():
    assert updated(ModelFacts(kind=ModelKind.CHAT)).facts[MODEL].priced_on is None


def test_of_several_feeds_the_first_that_says_a_fact_counts_and_what_others_say_is_named():
    first = ModelFacts(kind=ModelKind.CHAT, source="first")
    second = prices(1, None, kind=ModelKind.SPEECH, context_window=5, source="second")
    third = prices(3, 9, context_window=5, capabilities=frozenset({Capability.TOOLS}), source="second")

    made = updated(first, second, third)

    assert made.facts[MODEL] == prices(
        1,
        None,
        priced_on=NOVEMBER,
        kind=ModelKind.CHAT,
        context_window=5,
        capabilities=frozenset({Capability.TOOLS}),
        source="first; second",
    )
    assert [
        (
            contradiction.fact,
            contradiction.taken,
            contradiction.taken_from.name,
            contradiction.other,
            contradiction.other_from.name,
        )
        for contradiction in made.contradictions
    ] == [
        ("kind", ModelKind.CHAT, "0.json", ModelKind.SPEECH, "1.json"),
        ("price_in", Decimal(1), "1.json", Decimal(3), "2.json"),
        ("price_out", None, "1.json", Decimal(9), "2.json"),
    ]


def test_what_no_feed_says_any_more_stays_with_its_source():
    made = updated(ModelFacts(context_window=9, source="new"), known={MODEL: KNOWN})
    assert made.facts[MODEL] == prices(
        2, 8, priced_on=OCTOBER, kind=ModelKind.CHAT, context_window=9, source="old; new"
    )
    assert updated(known={MODEL: KNOWN}).facts == {MODEL: KNOWN}
    assert updated(ModelFacts(source="new"), known={MODEL: KNOWN}).facts == {MODEL: KNOWN}


def test_a_line_is_not_touched_for_a_later_day_or_another_source_of_the_same_facts():
    """A diff shows what is news, and a second run has none."""
    made = updated(prices("2.0", 8, kind=ModelKind.CHAT, source="new"), known={MODEL: KNOWN}, day=DECEMBER)
    assert (made.facts, made.changes) == ({MODEL: KNOWN}, ())


def test_a_price_that_changes_has_a_new_day_and_one_that_does_not_keeps_its_day():
    dearer = updated(prices(3, 8, source="new"), known={MODEL: KNOWN})
    assert dearer.facts[MODEL] == prices(3, 8, priced_on=NOVEMBER, kind=ModelKind.CHAT, source="old; new")
    assert [list(change.differing()) for change in dearer.changes] == [[("price_in", Decimal(2), Decimal(3))]]
    wider = updated(prices(2, 8, context_window=5, kind=ModelKind.CHAT, source="new"), known={MODEL: KNOWN})
    assert wider.facts[MODEL] == prices(2, 8, priced_on=OCTOBER, kind=ModelKind.CHAT, context_window=5, source="new")


def test_a_price_is_never_replaced_by_an_older_one():
    known = {MODEL: prices(2, 8, priced_on=NOVEMBER, source="old")}

    made = updated(prices(9, 9, context_window=5, source="older"), known=known, day=OCTOBER)

    assert made.facts[MODEL] == prices(2, 8, priced_on=NOVEMBER, context_window=5, source="old; older")
    assert made.newer_here == (MODEL,)
    assert updated(prices(2, 8), known=known, day=OCTOBER).newer_here == ()


def test_only_models_of_the_lists_have_facts_and_of_the_others_nothing_is_kept():
    made = updated(prices(2, 8), known={("openai", "gone"): KNOWN})
    assert list(made.facts) == [MODEL]
    assert (made.changes[0].name, made.changes[0].after) == ("gone", None)
    assert updated(prices(2, 8), models=set()).facts == {}


@pytest.mark.parametrize("said", [None, ModelFacts(), ModelFacts(source="it is silent", priced_on=OCTOBER)])
def test_what_says_nothing_covers_nothing(said):
    silent = feed("silent.json", {"m": said, "other": prices(1, 1)})
    loud = feed("loud.json", {"m": prices(1, 1)})

    made = facts.update(known={}, models={MODEL, ("openai", "n")}, feeds=[silent, loud], days=[NOVEMBER] * 2)

    assert (made.models, made.covered, made.covered_by_any) == (2, (0, 1), 1)
    assert made.unknown == (("openai", "n"),)
