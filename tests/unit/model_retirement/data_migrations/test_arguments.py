"""Arguments that several commands take."""

from __future__ import annotations

import argparse
import datetime as dt

import pytest

from model_retirement.data_migrations import arguments


def test_a_day_is_read():
    assert arguments.day("2026-10-23") == dt.date(2026, 10, 23)


@pytest.mark.parametrize("text", ["", "2026-13-01", "2026-W43-5", "20261023", "23.10.2026", "soon"])
def test_what_is_no_day_is_refused(text):
    with pytest.raises(argparse.ArgumentTypeError, match=f"'{text}' is not a day in the form 2026-10-23"):
        arguments.day(text)
