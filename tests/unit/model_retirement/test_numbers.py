"""Whole numbers that somebody has written are read in one way."""

from __future__ import annotations

import pytest

from model_retirement.numbers import LARGEST_INTEGER, whole_number


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("7", 7), ("007", 7), (str(LARGEST_INTEGER), LARGEST_INTEGER)])
def test_digits_are_a_number(text, number):
    assert whole_number(text) == number


@pytest.mark.parametrize(
    "text", ["", " 7", "+7", "-7", "1_000", "7.0", "7e3", "²", "٣", "seven", str(LARGEST_INTEGER + 1), "9" * 5_000]
)
def test_what_no_database_holds_or_nobody_means_is_none(text):
    assert whole_number(text) is None


def test_a_number_above_the_limit_is_none():
    assert whole_number("36500", most=36_500) == 36_500
    assert whole_number("36501", most=36_500) is None
