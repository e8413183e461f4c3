"""States and times in the admin's words."""

from __future__ import annotations

import datetime as dt

import pytest

from model_retirement.data_migrations.admin import words

BEGAN = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0.0 s"), (12.34, "12.3 s"), (-1, "0.0 s"), (60, "1 min 0 s"), (3599, "59 min 59 s"), (7384, "2 h 3 min")],
)
def test_a_duration_is_as_exact_as_people_need_it(seconds: float, said: str):
    assert words.duration(BEGAN, BEGAN + dt.timedelta(seconds=seconds)) == said


def test_what_has_not_ended_has_no_duration():
    assert words.duration(None, BEGAN) == words.duration(BEGAN, None) == ""


def test_a_list_shows_the_beginning_of_the_first_line():
    assert words.first_line("ValueError: no\n\nTraceback") == "ValueError: no"
    assert words.first_line("x" * 200) == "x" * 99 + "…"


def test_text_in_pills_and_links_is_text():
    """Rule 18."""
    assert words.badge("bad", "<b>") == '<span class="badge bad">&lt;b&gt;</span>'
    assert words.link('/"x', "<b>") == '<a href="/&quot;x">&lt;b&gt;</a>'


def test_counts_read_like_a_sentence():
    assert words.counted({"nodes": 1200, "left_alone": 3}) == "1,200 nodes, 3 left alone"
