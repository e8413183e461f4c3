"""Single values: which texts are days, names and links."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model_retirement.feeds import values

DAY = dt.date(2026, 10, 23)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(), inside, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("value", "day", "is_firm"),
    [
        ("2026-10-23", DAY, True),
        (" 2026-10-23 ", DAY, True),
        ("2026-10-23T00:00:00+00:00", DAY, True),
        ("2026-10-23T00:00:00Z", DAY, True),
        ("2026-10-23T00:00:00.000000000Z", DAY, True),
        ("2026-10-22T23:00:00-07:00", DAY, True),
        ("2026-10-23 00:00", DAY, True),
        ("0001-01-01T00:00:00+14:00", dt.date.min, False),
        ("", None, True),
        ("  ", None, True),
        (None, None, True),
        ("2026-10-23 or later", DAY, False),
        ("Not sooner than 2026-10-23", DAY, False),
        ("no earlier than 2026-10-23.", DAY, False),
        ("between 2026-10-23 and 2026-12-31", None, False),
        ("the 2026-13-45 of never", None, False),
        ("2026-02-30", None, False),
        ("TBD", None, False),
        ("2026-10", None, False),
        ("12/11/2026", None, False),
        ("2026-W43", None, False),
        ("2026-W43-5", None, False),
        ("20261023", None, False),
        ("2026W435T00:00:00", None, False),
        ("Q3 2026", None, False),
        ("12026-10-234", None, False),
        ("\u0662\u0660\u0662\u0666-10-23", None, False),  # digits of another script
        (1792713600, None, False),
        (True, None, False),
        (["2026-10-23"], None, False),
        ({}, None, False),
    ],
)
def test_only_a_day_that_stands_alone_is_firm(value, day, is_firm):
    assert values.day(value) == (day, is_firm)
    assert values.firm_day(value) == (day if is_firm else None)


@pytest.mark.parametrize(
    ("value", "names"),
    [
        (None, ()),
        ("", ()),
        ("gpt-5", ("gpt-5",)),
        (["gpt-5", " gpt-5 ", "gpt-4.1", ""], ("gpt-5", "gpt-4.1")),
        (["gpt-5.6-sol", "reasoning.mode: pro"], ("gpt-5.6-sol",)),
        (["x" * 129, "a\nb", "\u202egpt", 5, None, ["a"]], ()),
        ({"a": "b"}, ()),
    ],
)
def test_advice_in_words_is_no_name(value, names):
    assert values.names(value) == names


@pytest.mark.parametrize(
    ("value", "link"),
    [
        ("https://x.example/#a", "https://x.example/#a"),
        ("http://x.example/", "http://x.example/"),
        ("javascript:alert(1)", None),
        ("https://x.example/ and more", None),
        ("https://x.example/\u202e", None),
        ("", None),
        (5, None),
    ],
)
def test_only_an_address_is_a_link(value, link):
    assert values.link(value) == link


@settings(derandomize=True, max_examples=60)
@given(json_values)
def test_no_value_breaks_anything(value):
    day, is_firm = values.day(value)
    assert isinstance(day, dt.date | None)
    assert isinstance(is_firm, bool)
    assert all(name.isprintable() for name in (*values.names(value), values.name(value)))
    assert isinstance(values.entries_of(value, "a"), list)
