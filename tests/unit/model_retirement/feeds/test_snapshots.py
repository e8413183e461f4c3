"""Which names are dated, and what they are dated forms of."""

from __future__ import annotations

import pytest

from model_retirement.catalogue import view as catalogue
from model_retirement.feeds import snapshots
from tests.unit.model_retirement.feeds.samples import day


@pytest.mark.parametrize(
    ("name", "alias"),
    [
        ("gpt-4o-2024-11-20", "gpt-4o"),
        ("claude-3-5-sonnet-20241022", "claude-3-5-sonnet"),
        ("claude-3-5-sonnet@20241022", "claude-3-5-sonnet"),
        ("gpt-4-0613", "gpt-4"),
        ("gemini-2.5-flash-preview-05-20", "gemini-2.5-flash-preview"),
        ("gemini-2.5-flash-lite-preview-09-2025", "gemini-2.5-flash-lite-preview"),
        ("gpt-4o", None),
        ("gpt-4o-mini", None),
        ("llama3-70b-8192", None),
        ("mixtral-8x7b-32768", None),
        ("gpt-4-0125-preview", None),
        ("gemini-2.0-flash-001", None),
        ("claude-opus-4-1", None),
    ],
)
def test_a_snapshot_is_a_name_with_a_date(name, alias):
    assert snapshots.alias_of(name) == alias


def test_latest_is_no_part_of_the_name():
    assert snapshots.bare("claude-3-5-sonnet-latest") == "claude-3-5-sonnet"
    assert snapshots.bare("gpt-4o") == "gpt-4o"


def test_last_snapshots_are_of_models_that_the_catalogue_has():
    declared = catalogue.load()
    for (provider, alias), last in snapshots.LAST_SNAPSHOTS.items():
        assert declared.find(provider, alias) or declared.find_removal(provider, alias)
        assert snapshots.alias_of(last) == alias


@pytest.mark.parametrize(
    ("ends", "last"),
    [
        ({"m-2025-01-01": "2030-01-01", "m-20260101": "2026-01-01"}, "m-20260101"),
        ({"m-0613": "2026-01-01", "m-0125": "2026-02-01"}, "m-0125"),
        ({"m-0613": "2026-01-01", "m-0125": None}, "m-0125"),
        ({"m-0613": None, "m-0125": "2026-01-01"}, "m-0613"),
        ({"m-09-2025": "2026-01-01", "m-2026-01-01": "2025-01-01"}, "m-09-2025"),
        ({"other": "2026-01-01", "m-2026-01-01": "2025-01-01"}, "other"),
    ],
)
def test_the_last_snapshot_is_that_of_the_latest_date_or_without_years_the_one_that_goes_on_longest(ends, last):
    assert snapshots.last(ends, ends=lambda name: day(ends[name])) == last
