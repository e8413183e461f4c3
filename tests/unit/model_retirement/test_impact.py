"""What moves mean to teams: asked of the host in chunks, at known prices, and never invented."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from pytest_django import Settings

from model_retirement.catalogue.declarations import Model
from model_retirement.catalogue.facts import Capability, ModelFacts
from model_retirement.catalogue.moves import MoveEffect, effect_of
from model_retirement.impact import Impact, Loss, Spending, of_moves
from model_retirement.platform import Platform, host
from tests.unit.model_retirement import adapters

CHEAP, DEAR = (
    ModelFacts(price_in=Decimal(1), price_out=Decimal(2)),
    ModelFacts(price_in=Decimal(3), price_out=Decimal(4)),
)
MILLION = 1_000_000


@pytest.fixture(autouse=True)
def usage(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int, int, int]]:
    """What the host says it knows."""
    settings.MODEL_RETIREMENT_PLATFORM = f"{adapters.__name__}.Metered"
    for name, value in (("usage", []), ("questions", []), ("capabilities", None)):
        monkeypatch.setattr(adapters.Metered, name, value)
    return adapters.Metered.usage


def move(name: str, before: ModelFacts = CHEAP, after: ModelFacts = DEAR) -> MoveEffect:
    return effect_of(
        name, before=before, after=after, family=None, replacement=Model("new", 1), today=dt.date(2026, 11, 29)
    )


def test_by_default_nothing_is_known(settings: Settings):
    settings.MODEL_RETIREMENT_PLATFORM = ""
    assert list(Platform().monthly_usage(team_ids=[1], model_ids=[2], using="default")) == []
    meant = of_moves(effects={7: move("openai/old")}, used_by={1: {7}}, using="default")
    assert (meant.paid_by_team, meant.paid_by_model, meant.paid) == ({}, {}, Spending())
    assert meant.paid.words == ()


def test_teams_models_and_the_total_are_added_up(usage: list[tuple[int, int, int, int]]):
    usage += [(1, 7, MILLION, MILLION), (1, 8, 2 * MILLION, 0), (2, 7, 0, MILLION), (2, 7, MILLION, 0)]
    meant = of_moves(
        effects={7: move("openai/old"), 8: move("openai/older", DEAR, CHEAP)}, used_by={1: {7, 8}, 2: {7}}, using="x"
    )
    assert meant.paid_by_team == {1: Spending(Decimal(9), Decimal(9)), 2: Spending(Decimal(3), Decimal(7))}
    assert meant.paid_by_model == {7: Spending(Decimal(6), Decimal(14)), 8: Spending(Decimal(6), Decimal(2))}
    assert meant.paid == Spending(Decimal(12), Decimal(16))
    assert meant.paid.words == ("$12 a month becomes $16 a month",)


def test_a_price_that_nobody_says_is_named_and_not_invented(usage: list[tuple[int, int, int, int]]):
    usage += [(1, 7, MILLION, 0), (1, 8, 5, 5), (2, 8, 5, 5)]
    meant = of_moves(
        effects={7: move("openai/old"), 8: move("openai/older", ModelFacts(), CHEAP)},
        used_by={1: {7, 8}, 2: {8}},
        using="x",
    )
    assert meant.paid_by_team[1].words == (
        "$1.00 a month becomes $3.00 a month",
        "The price of openai/older is not known",
    )
    assert meant.paid_by_team[2].words == ("The price of openai/older is not known",)
    assert meant.paid == Spending(Decimal(1), Decimal(3), ("openai/older",))


def test_usage_of_what_a_team_is_not_moved_from_is_not_counted(usage: list[tuple[int, int, int, int]]):
    """Last month's usage of a model that the team points at no more, or a row that nobody asked for."""
    usage += [(1, 8, 1, 1), (3, 7, 1, 1), (1, 99, 1, 1)]
    meant = of_moves(effects={7: move("openai/old"), 8: move("openai/older")}, used_by={1: {7}}, using="x")
    assert (meant.paid_by_team, meant.paid_by_model) == ({}, {})


def test_the_host_is_asked_once_for_each_thousand_teams_and_only_for_those_that_move():
    used_by: dict[Any, Any] = {team: {7} for team in range(2_500)} | {9_000: {99}}
    of_moves(effects={8: move("openai/older"), 7: move("openai/old")}, used_by=used_by, using="other")
    questions = adapters.Metered.questions
    assert [(len(teams), models, using) for teams, models, using in questions] == [
        (1_000, [7, 8], "other"),
        (1_000, [7, 8], "other"),
        (500, [7, 8], "other"),
    ]
    assert 9_000 not in questions[-1][0]


def losing(name: str, *capabilities: Capability) -> MoveEffect:
    known = ModelFacts(capabilities=frozenset(capabilities))
    return move(name, known, ModelFacts(capabilities=frozenset()))


def test_what_teams_use_and_lose_is_told_team_by_team_and_counted():
    adapters.Metered.capabilities = [
        (1, 7, "tools"),
        (1, 7, "vision"),
        (2, 7, "tools"),
        (2, 7, "tools"),
        (2, 8, "audio"),
        (2, 7, "audio"),  # which is not lost
        (2, 7, "nonsense"),
        (3, 7, "tools"),  # of a team that does not point at it
    ]
    effects: dict[Any, Any] = {
        7: losing("openai/old", Capability.TOOLS, Capability.VISION),
        8: losing("openai/older", Capability.AUDIO, Capability.REASONING),
        9: move("openai/oldest"),
    }
    meant = of_moves(effects=effects, used_by={1: {7, 9}, 2: {7, 8}, 3: {9}, 4: {10}}, using="x")
    assert meant.lost_by_team == {
        1: (Loss("openai/old", "new", (Capability.TOOLS, Capability.VISION)),),
        2: (Loss("openai/old", "new", (Capability.TOOLS,)), Loss("openai/older", "new", (Capability.AUDIO,))),
    }
    assert meant.of_team(1) == ("Uses tools, vision of openai/old, which new lacks",)
    assert meant.of_team(3) == ()
    assert meant.of_model(7) == ("2 teams use tools", "1 team uses vision")
    assert meant.of_model(8) == ("1 team uses audio", "No team uses reasoning")
    assert meant.of_model(9) == ()
    assert adapters.Metered.questions[-1] == ([1, 2, 3], [7, 8], "x")


def test_what_the_host_does_not_know_is_not_said_to_be_unused():
    meant = of_moves(effects={7: losing("openai/old", Capability.TOOLS)}, used_by={1: {7}}, using="x")
    assert (meant.lost_by_team, meant.users) == (None, None)
    assert Platform().used_capabilities(team_ids=[1], model_ids=[7], using="x") is None
    assert (meant.of_model(7), meant.of_team(1)) == ((), ())


def test_nobody_is_asked_for_the_use_of_what_is_not_lost():
    meant = of_moves(effects={7: move("openai/old")}, used_by={1: {7}}, using="x")
    assert len(adapters.Metered.questions) == 1
    assert meant == Impact()


def test_many_models_without_a_price_are_counted():
    names = tuple(f"openai/{number}" for number in range(7))
    words = "The prices of openai/0, openai/1, openai/2 and 4 more are not known"
    assert Spending(unpriced=names).words == (words,)


def test_nobody_is_asked_when_nothing_moves():
    of_moves(effects={}, used_by={1: {7}}, using="default")
    assert adapters.Metered.questions == []
    assert isinstance(host(), adapters.Metered)
