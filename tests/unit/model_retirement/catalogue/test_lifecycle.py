"""The states of a model's life and the words for its retirement."""

import datetime as dt

import pytest

from model_retirement.catalogue import lifecycle
from model_retirement.catalogue.declarations import Model
from model_retirement.catalogue.lifecycle import State

TODAY = dt.date(2026, 11, 25)
YESTERDAY, TOMORROW = TODAY - dt.timedelta(days=1), TODAY + dt.timedelta(days=1)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, State.ACTIVE),
        ({"retires_on": TOMORROW, "retires_on_is_earliest": True}, State.ACTIVE),
        ({"retires_on": YESTERDAY, "retires_on_is_earliest": True}, State.ACTIVE),
        ({"retires_on": TOMORROW}, State.LEGACY),
        ({"retires_on": TODAY}, State.LEGACY),
        ({"deprecated_on": TOMORROW}, State.LEGACY),
        ({"deprecated_on": TOMORROW, "retires_on": TOMORROW, "retires_on_is_earliest": True}, State.LEGACY),
        ({"deprecated_on": TODAY}, State.DEPRECATED),
        ({"deprecated": True}, State.DEPRECATED),
        ({"deprecated": True, "deprecated_on": TOMORROW}, State.DEPRECATED),
        ({"deprecated": True, "retires_on": TODAY}, State.DEPRECATED),
        ({"deprecated": True, "retires_on": YESTERDAY, "retires_on_is_earliest": True}, State.DEPRECATED),
        ({"deprecated": True, "retires_on": YESTERDAY}, State.RETIRED),
        ({"retires_on": YESTERDAY}, State.RETIRED),
    ],
)
def test_the_state_follows_from_the_flag_the_dates_and_the_day(facts, expected):
    model = Model("m", 1, **facts)
    assert lifecycle.state(model, today=TODAY) is expected
    assert lifecycle.of(model, today=TODAY).state is expected


def test_a_model_ages_by_the_day_alone():
    model = Model("m", 1, deprecated_on=dt.date(2026, 3, 1), retires_on=dt.date(2026, 6, 1))
    days = ["2026-02-28", "2026-03-01", "2026-06-01", "2026-06-02"]
    states = [lifecycle.state(model, today=dt.date.fromisoformat(day)) for day in days]
    assert states == [State.LEGACY, State.DEPRECATED, State.DEPRECATED, State.RETIRED]


@pytest.mark.parametrize(
    ("days", "is_earliest", "words"),
    [
        (27, False, "retires in 27 days, on 2026-12-22"),
        (27, True, "retires in 27 days, on 2026-12-22 or later"),
        (1, False, "retires in 1 day, on 2026-11-26"),
        (1200, False, "retires in 1,200 days, on 2030-03-09"),
        (0, False, "retires today, on 2026-11-25"),
        (0, True, "may retire any day from 2026-11-25 on"),
        (-1, False, "retired 1 day ago, on 2026-11-24"),
        (-3, False, "retired 3 days ago, on 2026-11-22"),
        (-3, True, "may retire any day from 2026-11-22 on"),
    ],
)
def test_the_words_say_how_many_days_are_left_and_which_day_it_is(days, is_earliest, words):
    model = Model("m", 1, retires_on=TODAY + dt.timedelta(days=days), retires_on_is_earliest=is_earliest)
    life = lifecycle.of(model, today=TODAY)
    assert (life.days_to_retirement, life.words) == (days, words)
    assert (life.retires_on, life.retires_on_is_earliest) == (model.retires_on, is_earliest)


def test_without_a_day_there_is_nothing_to_say():
    life = lifecycle.of(Model("m", 1, deprecated=True), today=TODAY)
    assert (life.retires_on, life.days_to_retirement, life.words) == (None, None, "")
