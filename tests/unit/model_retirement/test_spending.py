"""What moves cost by the month: asked of the host in chunks, at known prices, and never invented."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from pytest_django import Settings

from model_retirement.catalogue.declarations import Model
from model_retirement.catalogue.facts import ModelFacts
from model_retirement.catalogue.moves import MoveEffect, effect_of
from model_retirement.platform import Platform, host
from model_retirement.spending import Spending, monthly
from tests.unit.model_retirement import adapters

CHEAP, DEAR = (
    ModelFacts(price_in=Decimal(1), price_out=Decimal(2)),
    ModelFacts(price_in=Decimal(3), price_out=Decimal(4)),
)
MILLION = 1_000_000


@pytest.fixture(autouse=True)
def usage(settings: Settings) -> list[tuple[int, int, int, int]]:
    """What the host says it knows."""
    settings.MODEL_RETIREMENT_PLATFORM = f"{adapters.__name__}.Metered"
    adapters.Metered.usage, adapters.Metered.questions = [], []
    return adapters.Metered.usage


def move(name: str, before: ModelFacts = CHEAP, after: ModelFacts = DEAR) -> MoveEffect:
    return effect_of(
        name, before=before, after=after, family=None, replacement=Model("new", 1), today=dt.date(2026, 11, 29)
    )


def test_by_default_nothing_is_known(settings: Settings):
    settings.MODEL_RETIREMENT_PLATFORM = ""
    assert list(Platform().monthly_usage(team_ids=[1], model_ids=[2], using="default")) == []
    found = monthly(effects={7: move("openai/old")}, used_by={1: {7}}, using="default")
    assert (found.by_team, found.by_model, found.total) == ({}, {}, Spending())
    assert found.total.words is None


def test_teams_models_and_the_total_are_added_up(usage: list[tuple[int, int, int, int]]):
    usage += [(1, 7, MILLION, MILLION), (1, 8, 2 * MILLION, 0), (2, 7, 0, MILLION), (2, 7, MILLION, 0)]
    found = monthly(
        effects={7: move("openai/old"), 8: move("openai/older", DEAR, CHEAP)}, used_by={1: {7, 8}, 2: {7}}, using="x"
    )
    assert found.by_team == {1: Spending(Decimal(9), Decimal(9)), 2: Spending(Decimal(3), Decimal(7))}
    assert found.by_model == {7: Spending(Decimal(6), Decimal(14)), 8: Spending(Decimal(6), Decimal(2))}
    assert found.total == Spending(Decimal(12), Decimal(16))
    assert found.total.words == "$12 a month becomes $16 a month"


def test_a_price_that_nobody_says_is_named_and_not_invented(usage: list[tuple[int, int, int, int]]):
    usage += [(1, 7, MILLION, 0), (1, 8, 5, 5), (2, 8, 5, 5)]
    found = monthly(
        effects={7: move("openai/old"), 8: move("openai/older", ModelFacts(), CHEAP)},
        used_by={1: {7, 8}, 2: {8}},
        using="x",
    )
    assert found.by_team[1].words == "$1.00 a month becomes $3.00 a month, the price of openai/older is not known"
    assert found.by_team[2].words == "the price of openai/older is not known"
    assert found.total == Spending(Decimal(1), Decimal(3), ("openai/older",))


def test_usage_of_what_a_team_is_not_moved_from_is_not_counted(usage: list[tuple[int, int, int, int]]):
    """Last month's usage of a model that the team points at no more, or a row that nobody asked for."""
    usage += [(1, 8, 1, 1), (3, 7, 1, 1), (1, 99, 1, 1)]
    found = monthly(effects={7: move("openai/old"), 8: move("openai/older")}, used_by={1: {7}}, using="x")
    assert (found.by_team, found.by_model) == ({}, {})


def test_the_host_is_asked_once_for_each_thousand_teams_and_only_for_those_that_move():
    used_by = {team: {7} for team in range(2_500)} | {9_000: {99}}
    monthly(effects={8: move("openai/older"), 7: move("openai/old")}, used_by=used_by, using="other")
    questions = adapters.Metered.questions
    assert [(len(teams), models, using) for teams, models, using in questions] == [
        (1_000, [7, 8], "other"),
        (1_000, [7, 8], "other"),
        (500, [7, 8], "other"),
    ]
    assert 9_000 not in questions[-1][0]


def test_nobody_is_asked_when_nothing_moves():
    monthly(effects={}, used_by={1: {7}}, using="default")
    assert adapters.Metered.questions == []
    assert isinstance(host(), adapters.Metered)
