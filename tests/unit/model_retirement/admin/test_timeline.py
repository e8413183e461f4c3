"""The picture of when models go."""

from __future__ import annotations

import datetime as dt

import pytest

from model_retirement.admin import timeline
from model_retirement.catalogue import lifecycle
from model_retirement.catalogue.declarations import Model
from model_retirement.catalogue.lifecycle import Lifecycle

TODAY = dt.date(2026, 6, 1)


def going(name: str, days: int | None, *, earliest: bool = False) -> tuple[str, Lifecycle]:
    day = None if days is None else TODAY + dt.timedelta(days=days)
    model = Model(name, 1, deprecated=True, retires_on=day, retires_on_is_earliest=earliest)
    return name, lifecycle.of(model, today=TODAY)


def test_marks_stand_in_the_order_of_time_and_look_different():
    drawn = timeline.draw(
        [going("a", -20), going("b", 0), going("c", 30), going("d", 31)], layout=timeline.WIDE, today=TODAY
    )
    assert drawn is not None
    places = [mark.x for mark in drawn.marks]
    assert places == sorted(places)
    assert all(timeline.WIDE.left < place < timeline.WIDE.right for place in places)
    assert [mark.shape for mark in drawn.marks] == ["past", "soon", "soon", "later"]
    assert drawn.marks[1].x == drawn.today
    assert len({mark.y for mark in drawn.marks}) == 4
    assert max(mark.y for mark in drawn.marks) < drawn.height


def test_an_earliest_day_that_has_passed_is_past_though_the_model_may_answer():
    drawn = timeline.draw([going("a", -1, earliest=True)], layout=timeline.WIDE, today=TODAY)
    assert drawn is not None
    assert drawn.marks[0].shape == "past"
    assert drawn.marks[0].words.startswith("may retire any day")


def test_whoever_does_not_see_it_is_told_all_of_it():
    drawn = timeline.draw([going("a", 5), going("b" * 60, 6)], layout=timeline.WIDE, today=TODAY)
    assert drawn is not None
    assert drawn.description == f"a retires in 5 days, on 2026-06-06; {'b' * 60} retires in 6 days, on 2026-06-07"
    assert drawn.marks[1].name == "b" * 37 + "…"


def test_models_without_a_day_are_not_in_it():
    assert timeline.draw([going("a", None)], layout=timeline.WIDE, today=TODAY) is None
    drawn = timeline.draw([going("a", None), going("b", 3)], layout=timeline.WIDE, today=TODAY)
    assert drawn is not None
    assert [mark.name for mark in drawn.marks] == ["b"]


@pytest.mark.parametrize("layout", [timeline.WIDE, timeline.NARROW])
def test_months_are_named_and_never_too_many_to_read(layout: timeline.Layout):
    near = timeline.draw([going("a", 1)], layout=layout, today=TODAY)
    far = timeline.draw([going("a", 3000)], layout=layout, today=TODAY)
    year = timeline.draw([going("a", 330)], layout=layout, today=TODAY)
    assert near is not None
    assert far is not None
    assert year is not None
    assert [(tick.month, tick.year) for tick in near.ticks] == [("Jun", "2026")]
    assert 4 <= len(far.ticks) <= layout.most_ticks
    years = [tick.year for tick in far.ticks if tick.year]
    assert years == sorted(set(years))
    assert [tick.year for tick in year.ticks if tick.year] == ["2026", "2027"]


def test_nothing_of_a_picture_is_outside_of_it():
    for layout in (timeline.WIDE, timeline.NARROW):
        drawn = timeline.draw([going("a", -400), going("b", 4000)], layout=layout, today=TODAY)
        assert drawn is not None
        places = [*(tick.x for tick in drawn.ticks), *(mark.x for mark in drawn.marks)]
        assert all(0 < place < layout.width for place in places)
        assert all(layout.top < mark.y < drawn.height for mark in drawn.marks)
