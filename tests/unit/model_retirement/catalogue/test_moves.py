"""What a move means: prices, context, what is lost, how long the replacement lives; and what nobody says stays unknown."""

from __future__ import annotations

import dataclasses
import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.utils import translation
from pydantic import BaseModel, ConfigDict

from model_retirement.catalogue.declarations import Model
from model_retirement.catalogue.facts import Capability, ModelFacts
from model_retirement.catalogue.moves import CAPABILITY_NAMES, MoveEffect, PriceChange, effect_of, price, usd
from model_retirement.catalogue.parameters import (
    AnthropicParameters,
    AnthropicThinkingParameters,
    BasicParameters,
    Gemini25ProParameters,
)
from tests.marked_words import LANGUAGE, write_marked_catalogue

TODAY = dt.date(2026, 11, 29)
NEW = Model("new", 128_000)


def effect(
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    *,
    family: type[BaseModel] | None = None,
    replacement: Model = NEW,
) -> MoveEffect:
    return effect_of(
        "openai/old",
        before=ModelFacts(**before or {}),
        after=ModelFacts(**after or {}),
        family=family,
        replacement=replacement,
        today=TODAY,
    )


def prices(before: str | None, after: str | None) -> PriceChange:
    return PriceChange(Decimal(before) if before else None, Decimal(after) if after else None)


def test_what_nobody_says_stays_unknown_and_unsaid():
    moved = effect()
    assert moved.price_in == moved.price_out == PriceChange(None, None)
    assert (moved.context_before, moved.context_after, moved.capabilities_lost) == (None, None, None)
    assert moved.words == ()


def test_everything_that_is_known_is_said():
    moved = effect(
        {
            "price_in": Decimal("10.00"),
            "price_out": Decimal(30),
            "context_window": 128_000,
            "capabilities": frozenset({Capability.VISION, Capability.TOOLS, Capability.REASONING}),
        },
        {
            "price_in": Decimal("2.5"),
            "price_out": Decimal("33.00"),
            "context_window": 1_047_576,
            "capabilities": frozenset({Capability.TOOLS, Capability.AUDIO}),
        },
        replacement=Model("new", 128_000, retires_on=dt.date(2027, 3, 9)),
    )
    assert moved.words == (
        "A million tokens cost $2.50 in place of $10 (75 % less) to read and $33 in place of $30 (10 % more) to write",
        "The context window has 1,047,576 tokens in place of 128,000",
        "new lacks what old has: reasoning, vision",
        "new itself retires in 100 days, on 2027-03-09",
    )


def test_what_the_provider_recommends_is_said_if_it_is_another_model():
    assert effect({"successor": "newest"}).words == ("The provider recommends newest now",)
    assert effect({"successor": "new"}).words == ()


def test_a_list_of_many_models_has_room_for_the_main_words():
    bigger = effect({"context_window": 1}, {"context_window": 2, "price_in": Decimal(1)}, family=AnthropicParameters)
    assert len(bigger.words) == 3
    assert bigger.main_words == ()
    smaller = effect({"context_window": 2, "price_in": Decimal(2)}, {"context_window": 1, "price_in": Decimal(1)})
    assert smaller.main_words == smaller.words
    assert len(smaller.words) == 2


def test_words_of_a_move_are_translated(settings, tmp_path):
    write_marked_catalogue(tmp_path)
    settings.LOCALE_PATHS = [tmp_path]
    moved = effect(
        {"price_in": Decimal(1), "capabilities": frozenset({Capability.TOOLS})},
        {"price_in": Decimal(2), "price_out": Decimal(3), "capabilities": frozenset()},
    )
    with translation.override(LANGUAGE):
        assert [words.translated() for words in moved.words] == [
            "⟦A million tokens cost ⟧$2⟦ in place of ⟧$1⟦ (⟧100⟦ ⟧%⟦ more)⟧⟦ to read and ⟧$3⟦ in place of ⟧"
            "⟦an unknown price⟧⟦ to write⟧",
            "new⟦ lacks what ⟧old⟦ has: ⟧⟦tools⟧",
        ]


def test_every_capability_has_a_name():
    assert set(CAPABILITY_NAMES) == set(Capability)


@pytest.mark.parametrize(
    ("before", "after", "ratio", "words"),
    [
        ("10", "2", "0.2", "$2 in place of $10 (80 % less)"),
        ("0.40", "2", "5", "$2 in place of $0.40 (400 % more)"),
        ("3", "3.004", None, "$3.004 in place of $3 (0.1 % more)"),
        ("0.1", "123.4", "1234", "$123.40 in place of $0.10 (123,300 % more)"),
        ("2.50", "2.5", "1", "$2.50 as before"),
        ("0", "5", None, "$5 in place of $0"),
        (None, "5", None, "$5 in place of an unknown price"),
        ("5", None, None, "an unknown price in place of $5"),
        (None, None, None, "an unknown price as before"),
    ],
)
def test_a_price_says_what_it_becomes(before: str | None, after: str | None, ratio: str | None, words: str):
    change = prices(before, after)
    assert ratio is None or change.ratio == Decimal(ratio)
    assert change.words == words


@pytest.mark.parametrize(
    ("before", "after", "percent", "rises"),
    [
        ("10", "11", "10", False),
        ("10", "11.01", "10", True),
        ("10", "10", "0", False),
        ("10", "10.01", "0", True),
        ("10", "2", "0", False),
        ("0", "0.01", "500", True),
        ("0", "0", "0", False),
        (None, "99", "10", False),
        ("1", None, "10", False),
    ],
)
def test_a_price_rises_by_more_than_the_threshold_or_does_not(
    before: str | None, after: str | None, percent: str, rises: bool
):
    assert prices(before, after).rises_by_more_than(Decimal(percent)) is rises


@pytest.mark.parametrize("dearer", ["price_in", "price_out"])
def test_a_move_is_dearer_when_either_price_is(dearer: str):
    cheap = {"price_in": Decimal(1), "price_out": Decimal(1)}
    assert effect(cheap, {**cheap, dearer: Decimal("1.2")}).is_dearer_by_more_than(Decimal(10))
    assert not effect(cheap, cheap).is_dearer_by_more_than(Decimal(10))


def test_capabilities_are_lost_only_where_they_are_known_of_both():
    known = {"capabilities": frozenset({Capability.TOOLS})}
    assert effect(known).capabilities_lost is None
    assert effect({}, known).capabilities_lost is None
    assert effect(known, known).capabilities_lost == ()
    assert effect(known, {"capabilities": frozenset()}).capabilities_lost == (Capability.TOOLS,)


def test_settings_are_dropped_or_renamed_where_both_families_are_known():
    to_gemini = effect(
        family=AnthropicThinkingParameters, replacement=Model("new", 1, parameters=Gemini25ProParameters)
    )
    assert to_gemini.settings_renamed == (("budget_tokens", "thinking_budget"),)
    assert to_gemini.settings_dropped == ("thinking",)
    assert to_gemini.words == (
        "new does not take these settings: thinking",
        "The setting budget_tokens becomes thinking_budget",
    )
    assert effect(family=AnthropicParameters, replacement=Model("new", 1)).settings_dropped == ("top_k",)
    assert effect(family=BasicParameters).settings_dropped == ()
    assert effect(family=None).settings_dropped == ()
    assert effect(family=AnthropicParameters, replacement=Model("new", 1, parameters=None)).settings_dropped == ()


class TakesAll(BaseModel):
    """A host's own class."""

    model_config = ConfigDict(extra="allow")


def test_a_class_that_takes_whatever_there_is_drops_nothing():
    assert effect(family=AnthropicParameters, replacement=Model("new", 1, parameters=TakesAll)).settings_dropped == ()
    assert effect(family=TakesAll).settings_dropped == ()


def test_a_setting_is_dropped_when_nothing_means_the_same():
    moved = effect(family=Gemini25ProParameters)
    assert (moved.settings_dropped, moved.settings_renamed) == (("thinking_budget", "top_k"), ())


@pytest.mark.parametrize(
    ("tokens", "price_in", "price_out", "cost", "without"),
    [
        ((1_000_000, 500_000), ("2", "1"), ("8", "16"), ("6", "9"), []),
        ((1_000_000, 0), ("2", "1"), (None, None), ("2", "1"), []),
        ((0, 1_000_000), (None, "3"), ("8", "0"), ("8", "0"), []),
        ((0, 0), (None, None), (None, None), ("0", "0"), []),
        ((1, 1), ("2", None), ("8", "8"), None, ["openai/new"]),
        ((1, 1), ("2", "2"), (None, "8"), None, ["openai/old"]),
        ((1, 1), (None, "2"), ("8", None), None, ["openai/old", "openai/new"]),
    ],
)
def test_cost_is_never_invented(
    tokens: tuple[int, int],
    price_in: tuple[str | None, str | None],
    price_out: tuple[str | None, str | None],
    cost: tuple[str, str] | None,
    without: list[str],
):
    move = dataclasses.replace(effect(), price_in=prices(*price_in), price_out=prices(*price_out))
    assert list(move.without_price(tokens_in=tokens[0], tokens_out=tokens[1])) == without
    if cost is not None:
        assert move.cost(tokens_in=tokens[0], tokens_out=tokens[1]) == (Decimal(cost[0]), Decimal(cost[1]))


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("1234.5", "$1,234"),
        ("10", "$10"),
        ("9.5", "$9.50"),
        ("0.004", "$0.01"),
        ("0", "$0"),
        ("1234567.9", "$1,234,568"),
    ],
)
def test_money_is_said_as_people_say_it(amount: str, words: str):
    assert usd(Decimal(amount)) == words


@pytest.mark.parametrize(
    ("amount", "words"),
    [("10.00", "$10"), ("2.5", "$2.50"), ("0.075", "$0.075"), ("0.15", "$0.15"), ("1E+2", "$100"), ("0", "$0")],
)
def test_a_price_has_all_its_digits(amount: str, words: str):
    assert price(Decimal(amount)) == words
