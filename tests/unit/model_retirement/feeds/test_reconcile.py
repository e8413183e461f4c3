"""What is found between a catalogue and sources, and what is not claimed."""

from __future__ import annotations

import dataclasses
import datetime as dt
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model_retirement.catalogue.declarations import Deleted, Model
from model_retirement.catalogue.view import Catalogue
from model_retirement.feeds import reconcile, snapshots
from model_retirement.feeds.reconcile import Comparison, FeedFinding, FindingKind
from model_retirement.feeds.rows import Feed, FeedRow
from tests.unit.model_retirement.feeds.samples import day, declared, feed, said

TODAY = dt.date(2026, 9, 1)


def compared(catalogue: Catalogue, *feeds: Feed, within: int = 90) -> Comparison:
    return reconcile.compare(catalogue=catalogue, feeds=feeds, as_of=TODAY, within=within)


def kinds(catalogue: Catalogue, *rows: FeedRow, within: int = 90) -> list[tuple[str, str]]:
    return [
        (finding.finding.value, finding.name) for finding in compared(catalogue, feed(*rows), within=within).findings
    ]


def of_feeds(catalogue: Catalogue, *feeds: Feed) -> list[tuple[str, str, str]]:
    return [
        (finding.finding.value, str(finding.retires_on), finding.source)
        for finding in compared(catalogue, *feeds).findings
    ]


@pytest.mark.parametrize(
    ("retires_on", "within", "by_day"),
    [
        ("2026-08-31", 90, ["retired"]),
        ("2026-09-01", 90, ["retiring"]),  # on the day itself it may still answer
        ("2026-09-01", 0, ["retiring"]),
        ("2026-09-02", 0, []),
        ("2026-11-30", 90, ["retiring"]),
        ("2026-12-01", 90, []),
        ("9999-12-31", 10**30, ["retiring"]),
    ],
)
@pytest.mark.parametrize("deprecated", [True, False])
def test_a_model_is_past_its_day_or_due_in_so_many_days_and_undated_here(retires_on, within, by_day, deprecated):
    """Also one that is deprecated here: it goes on working where it is used, until that day."""
    catalogue = declared(Model("m", 1, deprecated=deprecated))
    expected = [(kind, "m") for kind in [*by_day, "undated"]]
    assert kinds(catalogue, said("m", retires_on), within=within) == expected


def test_a_finding_has_what_a_person_needs_to_act():
    catalogue = declared(Model("m", 1, replacement="new", retires_on=dt.date(2026, 8, 31)), Model("new", 1))
    row = said("m", "2026-08-31", feed_name="openai/m", replacements=("new", "b"), source_url="https://x.example/")
    assert compared(catalogue, feed(row, file="there/feed.json")).findings == (
        FeedFinding(
            finding=FindingKind.RETIRED,
            provider="openai",
            name="m",
            retires_on=dt.date(2026, 8, 31),
            replacement="new",
            feed_replacements=("new", "b"),
            feed_name="openai/m",
            inferred=False,
            source_url="https://x.example/",
            source="there/feed.json",
        ),
    )


@pytest.mark.parametrize(
    ("model", "row", "is_found"),
    [
        (Model("m", 1), said("m", deprecated_on="2026-09-01"), True),
        (Model("m", 1), said("m", deprecated_on="2026-09-02"), False),
        (Model("m", 1), said("m", is_deprecated=True), True),
        (Model("m", 1, deprecated=True), said("m", deprecated_on="2026-09-01"), False),
        (Model("m", 1, deprecated_on=dt.date(2026, 9, 1)), said("m", is_deprecated=True), False),
        (Model("m", 1, deprecated_on=dt.date(2026, 9, 2)), said("m", deprecated_on="2026-08-01"), True),
        (Model("m", 1), said("m", "2026-10-01", deprecated_on="2026-08-01"), True),
        (Model("m", 1), said("m", "2026-08-31", deprecated_on="2026-08-01"), False),  # it is retired there
        (Model("m", 1, retires_on=dt.date(2026, 8, 1)), said("m", is_deprecated=True), False),  # it is retired here
    ],
)
def test_a_model_that_is_deprecated_there_and_offered_here(model, row, is_found):
    assert (("deprecated", "m") in kinds(declared(model), row)) is is_found


@pytest.mark.parametrize("retires_on", ["2026-08-01", "2026-10-01"])
def test_what_takes_the_place_of_a_model_is_looked_up_as_well(retires_on):
    catalogue = declared(
        Model("old", 1, deprecated=True, replacement="middle"),
        Model("end", 1),
        removals=(Deleted("openai", "gone", "middle"), Deleted("openai", "middle", "end"), ("openai", "cleared")),
    )
    findings = compared(catalogue, feed(said("end", retires_on, replacements=("newest",)))).findings
    matching = [finding for finding in findings if finding.finding == FindingKind.REPLACEMENT_RETIRED]
    assert [
        (finding.name, finding.replacement, finding.feed_name, finding.feed_replacements) for finding in matching
    ] == [
        ("gone", "end", "end", ("newest",)),
        ("middle", "end", "end", ("newest",)),
        ("old", "end", "end", ("newest",)),
    ]
    assert {str(finding.retires_on) for finding in matching} == {retires_on}


def test_replacements_in_a_circle_are_left_to_the_lint():
    circle = (Deleted("openai", "a", "b"), Deleted("openai", "b", "a"))
    assert kinds(declared(Model("m", 1), removals=circle), said("a", "2026-08-01"), said("b", "2026-08-01")) == []


@pytest.mark.parametrize(
    ("here", "is_earliest", "there", "is_firm", "expected"),
    [
        ("2027-01-01", False, "2027-01-01", True, []),
        ("2027-01-01", False, "2027-01-02", True, ["date_changed"]),
        ("2027-01-01", False, "2026-12-31", True, ["date_changed"]),
        ("2027-01-01", True, "2027-01-01", True, ["undated"]),  # it is firm now
        ("2027-01-01", True, "2027-02-01", True, ["undated"]),
        ("2027-01-01", True, "2027-01-01", False, []),
        ("2027-01-01", False, "2027-01-01", False, ["unknown"]),  # it was firm
        ("2027-01-01", True, "2027-01-02", False, ["unknown"]),
        ("2027-01-01", False, None, True, []),  # it says nothing of a day
        ("2027-01-01", False, None, False, ["unknown"]),  # words such as "postponed"
        (None, False, "2027-01-01", True, ["undated"]),
        (None, False, "2027-01-01", False, ["unknown"]),
        (None, False, None, True, ["unknown"]),
        (None, False, None, False, ["unknown"]),
    ],
)
def test_two_firm_days_are_compared_and_one_that_is_missing_is_said(here, is_earliest, there, is_firm, expected):
    """The flag changes nothing about it."""
    model = Model("m", 1, retires_on=day(here), retires_on_is_earliest=is_earliest)
    for variant in (model, dataclasses.replace(model, deprecated=True)):
        assert kinds(declared(variant), said("m", there, is_firm=is_firm)) == [(kind, "m") for kind in expected]


def test_a_day_that_is_not_firm_is_told_with_what_is_unknown_and_nowhere_else():
    row = said("m", "2027-01-01", is_firm=False, is_deprecated=True, replacements=("x",))
    catalogue = declared(Model("m", 1, replacement="n"), Model("n", 1))
    days = {finding.finding.value: finding.retires_on for finding in compared(catalogue, feed(row)).findings}
    assert days == {"deprecated": None, "unknown": dt.date(2027, 1, 1), "replacement_differs": None}


def test_a_model_that_stays_is_no_finding():
    assert kinds(declared(Model("m", 1), Model("n", 1)), said("m", is_leaving=False)) == []


def test_of_a_removal_day_and_replacement_are_compared_and_nothing_else():
    removals = (Deleted("openai", "a", None, dt.date(2026, 8, 1)), ("openai", "b"), ("openai", "c", "m"))
    rows = [said("a", "2026-12-01"), said("b", "2026-08-01"), said("c", None, is_firm=False, replacements=("n",))]
    assert kinds(declared(Model("m", 1), removals=removals), *rows) == [
        ("date_changed", "a"),
        ("replacement_differs", "c"),
    ]


@pytest.mark.parametrize(
    ("here", "there", "differs"),
    [
        ("a", ("a", "b"), False),
        ("a", ("b", "a"), True),
        ("a", (), False),
        (None, ("a",), False),
        ("a", ("a-2026-01-01",), False),
        ("a-20260101", ("a",), False),
        ("a-latest", ("a-20260101",), False),
        ("a-2026-01-01", ("a-2026-02-02",), True),
    ],
)
def test_a_replacement_that_is_not_the_first_named_one_differs(here, there, differs):
    catalogue = declared(Model("m", 1, replacement=here), *([Model(here, 1)] if here else []))
    assert (("replacement_differs", "m") in kinds(catalogue, said("m", replacements=there))) is differs


def test_the_newest_source_that_names_a_replacement_decides():
    catalogue = declared(Model("m", 1, replacement="a", retires_on=dt.date(2027, 1, 1)), Model("a", 1))
    old = feed(said("m", "2027-01-01", replacements=("b",)), file="old", as_of="2026-07-01")
    undated = feed(said("m", "2027-01-01", replacements=("c",)), file="undated")
    new = feed(said("m", "2027-01-01", replacements=("a",)), file="new", as_of="2026-08-01")
    assert of_feeds(catalogue, undated, old, new) == []
    assert of_feeds(catalogue, undated, old) == [("replacement_differs", "2027-01-01", "old")]


def test_absence_means_nothing():
    assert kinds(declared(Model("m", 1), Model("n", 1, deprecated=True)), said("other", "2026-08-01")) == []


def test_a_name_is_never_matched_across_providers():
    rows = [said("m", "2026-08-01", provider=provider) for provider in ("azure", "google", "groq")]
    assert kinds(declared(Model("m", 1, retires_on=dt.date(2027, 1, 1))), *rows) == []


@pytest.mark.parametrize("name", ["claude-9", "claude-9-latest"])
@pytest.mark.parametrize(
    ("snapshots_there", "expected"),
    [
        ({"claude-9-20250101": "2026-08-01"}, ["retired", "undated"]),
        ({"claude-9-20250101": "2026-08-01", "claude-9-20260101": "2026-08-15"}, ["retired", "undated"]),
        ({"claude-9-20250101": "2026-08-01", "claude-9-20260101": "2026-10-01"}, ["retiring", "undated"]),
        ({"claude-9-20250101": "2027-08-01", "claude-9-20260101": "2026-08-01"}, ["retired", "undated"]),
        ({"claude-9-20250101": "2026-08-01", "claude-9-20260101": "2027-10-01"}, ["undated"]),
        ({"claude-9-20250101": "2026-08-01", "claude-9-20260101": None}, []),
        ({"claude-9-mini-20250101": "2026-08-01", "claude-9-preview": "2026-08-01"}, []),
    ],
)
def test_a_name_without_a_row_follows_its_last_snapshot_and_is_inferred(name, snapshots_there, expected):
    rows = [
        said(snapshot, retires_on, is_leaving=retires_on is not None)
        for snapshot, retires_on in snapshots_there.items()
    ]
    findings = compared(declared(Model(name, 1)), feed(*rows)).findings
    assert [finding.finding.value for finding in findings] == expected
    last = max(snapshots_there)
    assert all((finding.name, finding.feed_name, finding.inferred) == (name, last, True) for finding in findings)


def test_a_row_of_its_own_wins_over_snapshots():
    rows = [said("gpt-9", "2027-08-01"), said("gpt-9-2026-01-01", "2026-08-01")]
    assert kinds(declared(Model("gpt-9", 1)), *rows) == [("undated", "gpt-9")]
    assert kinds(declared(Model("gpt-9", 1)), said("gpt-9", is_leaving=False), rows[1]) == []


def test_an_alias_that_a_source_names_is_no_inference():
    """The earliest firm day counts where several rows have the alias; a row of its own wins over all of them."""
    rows = [
        said("gpt-9-2026-02-02", aliases=("gpt-9",)),
        said("gpt-9-2026-01-01", "2026-10-01", aliases=("gpt-9",)),
        said("gpt-9-2026-03-03", "2026-11-01", aliases=("gpt-9",)),
    ]
    findings = compared(declared(Model("gpt-9", 1)), feed(*rows)).findings
    assert [(finding.finding.value, finding.feed_name, finding.inferred) for finding in findings] == [
        ("retiring", "gpt-9-2026-01-01", False),
        ("undated", "gpt-9-2026-01-01", False),
    ]
    assert kinds(declared(Model("gpt-9", 1)), *rows, said("gpt-9", is_leaving=False)) == []


def test_a_prefix_that_is_part_of_our_name_is_one():
    catalogue = declared(Model("groq/compound", 1), provider="groq")
    row = said("compound", "2026-08-01", provider="groq", feed_name="groq/compound")
    assert kinds(catalogue, row) == [("retired", "groq/compound"), ("undated", "groq/compound")]


def test_an_alias_lives_while_its_last_snapshot_does_wherever_that_is_known(monkeypatch):
    old = said("gpt-9-2026-01-01", "2026-08-01")
    last = said("gpt-9-2026-02-02", is_leaving=False)
    alone = declared(Model("gpt-9", 1))
    assert kinds(alone, old) == [("retired", "gpt-9"), ("undated", "gpt-9")]
    assert kinds(alone, old, last) == []
    assert of_feeds(alone, feed(old, file="a"), feed(last, file="b")) == []
    assert kinds(declared(Model("gpt-9", 1), Model("gpt-9-2026-02-02", 1)), old) == []
    monkeypatch.setattr(snapshots, "LAST_SNAPSHOTS", {("openai", "gpt-9"): "gpt-9-2026-02-02"})
    assert kinds(alone, old) == []


@pytest.mark.parametrize("there", ["GPT-4.1", "gpt_4.1", "gpt-41", "gpt.4.1"])
def test_a_name_that_differs_in_case_or_separators_is_reported_and_never_taken_for_ours(there):
    catalogue = declared(Model("gpt-4.1", 1, replacement="n"), Model("n", 1))
    comparison = compared(catalogue, feed(said(there, "2026-08-01")))
    (finding,) = comparison.findings
    assert (finding.finding, finding.name, finding.feed_name, str(finding.retires_on), finding.replacement) == (
        FindingKind.NEAR_MISS,
        "gpt-4.1",
        there,
        "2026-08-01",
        "n",
    )
    assert (comparison.covered, comparison.ends) == (0, {})


def test_a_near_miss_beside_a_row_of_the_name_itself_is_none():
    rows = [said("GPT-4.1", "2026-08-01"), said("gpt-4.1", "2027-08-01")]
    assert kinds(declared(Model("gpt-4.1", 1)), *rows) == [("undated", "gpt-4.1")]


def test_of_two_sources_the_earliest_firm_day_counts_and_the_other_is_said():
    catalogue = declared(Model("m", 1))
    first = feed(said("m", "2027-03-01", source_url="https://one.example/"), file="one")
    second = feed(said("m", "2027-02-01", other_days=(dt.date(2027, 5, 1),)), file="two")
    words = feed(said("m", is_firm=False), file="words")
    comparison = compared(catalogue, first, second, words)
    assert [(finding.finding.value, str(finding.retires_on), finding.source) for finding in comparison.findings] == [
        ("undated", "2027-02-01", "two"),
        ("sources_disagree", "2027-03-01", "one"),
    ]
    (conflict,) = comparison.conflicts
    assert [(str(named_day.day), named_day.source) for named_day in conflict.days] == [
        ("2027-02-01", "two"),
        ("2027-05-01", "two"),
        ("2027-03-01", "one"),
    ]
    assert comparison.ends == {("openai", "m"): dt.date(2027, 2, 1)}


def test_sources_that_agree_are_no_conflict_and_a_row_of_its_own_is_named_before_an_inferred_one():
    inferred = feed(said("m-2026-01-01", "2027-02-01"), file="inferred")
    own = feed(said("m", "2027-02-01"), file="own")
    comparison = compared(declared(Model("m", 1)), inferred, own)
    assert [(finding.finding.value, finding.source) for finding in comparison.findings] == [("undated", "own")]
    assert comparison.conflicts == ()


def test_of_two_snapshots_of_one_feed_the_newer_one_counts_and_the_older_one_disagrees():
    catalogue = declared(Model("m", 1))
    old = feed(said("m", "2026-08-01", deprecated_on="2026-01-01"), file="old", as_of="2026-07-24", publisher="p")
    new = feed(said("m", "2027-08-01"), file="new", as_of="2026-10-02", publisher="p")
    expected = [("undated", "2027-08-01", "new"), ("sources_disagree", "2026-08-01", "old")]
    assert of_feeds(catalogue, old, new) == of_feeds(catalogue, new, old) == expected
    assert [named_day.outdated for named_day in compared(catalogue, old, new).conflicts[0].days] == [False, True]


def test_what_a_newer_file_leaves_out_counts_where_no_other_source_has_a_day():
    catalogue = declared(Model("m", 1))
    old = feed(said("m", "2026-08-01"), file="old", as_of="2026-07-24", publisher="p")
    new = feed(said("n", "2027-08-01"), file="new", as_of="2026-10-02", publisher="p")
    other = feed(said("m", "2027-08-01"), file="other")
    assert of_feeds(catalogue, old, new) == [("retired", "2026-08-01", "old"), ("undated", "2026-08-01", "old")]
    assert of_feeds(catalogue, old, new, other) == [
        ("undated", "2027-08-01", "other"),
        ("sources_disagree", "2026-08-01", "old"),
    ]


def test_what_is_inferred_from_a_newer_file_does_not_outdate_a_row():
    catalogue = declared(Model("m", 1))
    old = feed(said("m", "2026-10-01"), file="old", as_of="2026-07-24", publisher="p")
    new = feed(said("m-2026-01-01", "2027-08-01"), file="new", as_of="2026-10-02", publisher="p")
    assert ("undated", "2027-08-01", "new") in of_feeds(catalogue, old, new)
    assert [named_day.outdated for named_day in compared(catalogue, old, new).conflicts[0].days] == [False, False]


def test_files_without_a_day_of_their_own_do_not_outdate_each_other():
    catalogue = declared(Model("m", 1))
    first = feed(said("m", "2027-09-01"), file="one", as_of="2026-10-02", publisher="p")
    second = feed(said("m", "2027-08-01"), file="two", publisher="p")
    assert of_feeds(catalogue, first, second)[0] == ("undated", "2027-08-01", "two")


def test_a_source_that_says_deprecated_is_named_if_it_is_not_the_one_of_the_day():
    catalogue = declared(Model("m", 1))
    days = feed(said("m", "2027-08-01"), file="days")
    states = feed(said("m", deprecated_on="2026-01-01"), file="states")
    assert of_feeds(catalogue, days, states)[0] == ("deprecated", "None", "states")
    both = feed(said("m", "2027-08-01", deprecated_on="2026-02-01"), file="both")
    assert of_feeds(catalogue, states, both)[0] == ("deprecated", "2027-08-01", "both")


def test_every_source_says_what_it_covers():
    catalogue = declared(Model("m", 1), Model("gpt-9", 1), Model("silent", 1))
    first = feed(
        said("m", is_leaving=False), said("gpt-9-2026-01-01", "2027-01-01"), file="one", not_read={"Cohere": 2}
    )
    second = feed(said("m", "2027-01-01"), file="two", not_read={"Cohere": 1, "AWS": 3})
    comparison = compared(catalogue, first, second)
    assert [(len(source.models), len(source.inferred)) for source in comparison.sources] == [(2, 1), (1, 0)]
    assert (comparison.models, comparison.covered) == (3, 2)
    assert comparison.not_read == {"AWS": 3, "Cohere": 3}


def test_the_most_urgent_comes_first():
    catalogue = declared(
        Model("soon", 1, retires_on=dt.date(2026, 9, 9)),
        Model("past", 1, retires_on=dt.date(2026, 8, 8)),
        Model("long-past", 1, retires_on=dt.date(2025, 8, 8)),
        Model("unclear", 1),
        Model("marked", 1, retires_on=dt.date(2027, 5, 5)),
    )
    rows = [
        said("unclear", None, is_firm=False),
        said("marked", "2027-06-06", deprecated_on="2026-01-01"),
        said("soon", "2026-09-09"),
        said("past", "2026-08-08"),
        said("long-past", "2025-08-08"),
        said("PAST", "2026-08-08"),
    ]
    assert kinds(catalogue, *rows) == [
        ("retired", "long-past"),
        ("retired", "past"),
        ("retiring", "soon"),
        ("deprecated", "marked"),
        ("date_changed", "marked"),
        ("unknown", "unclear"),
    ]


names = st.sampled_from(["m", "M", "m-latest", "m-2026-01-01", "m-20260202", "m-0303", "n", "n-2026-01-01", "x"])
days = st.dates(dt.date(2026, 7, 1), dt.date(2026, 12, 31)) | st.none()
feed_rows = st.builds(
    said,
    name=names,
    provider=st.sampled_from(["openai", "azure"]),
    is_leaving=st.booleans(),
    is_firm=st.booleans(),
    is_deprecated=st.booleans(),
    replacements=st.lists(names, max_size=2).map(tuple),
    aliases=st.lists(names, max_size=1).map(tuple),
)
models = st.lists(
    st.builds(
        Model,
        name=names,
        token_limit=st.just(1),
        deprecated=st.booleans(),
        replacement=names | st.none(),
        deprecated_on=days,
        retires_on=days,
        retires_on_is_earliest=st.booleans(),
    ),
    min_size=1,
    max_size=6,
    unique_by=lambda model: model.name,
)


@settings(derandomize=True, max_examples=80)
@given(
    models=models,
    rows=st.lists(feed_rows, max_size=8, unique_by=lambda row: (row.provider, row.name)),
    ends=st.lists(days, min_size=8, max_size=8),
    seed=st.integers(),
)
def test_what_is_claimed_is_in_the_feed(models, rows, ends, seed):
    """Nothing about a model follows from other providers, from the order of the rows, or from a day that is not firm."""
    catalogue = declared(*models)
    rows = [dataclasses.replace(row, retires_on=end) for row, end in zip(rows, ends, strict=False)]
    findings = compared(catalogue, feed(*rows)).findings
    shuffled = random.Random(seed).sample(rows, len(rows))
    without_aliases = [dataclasses.replace(row, aliases=()) for row in rows]
    reordered = [dataclasses.replace(row, aliases=()) for row in shuffled]
    assert compared(catalogue, feed(*reordered)).findings == compared(catalogue, feed(*without_aliases)).findings
    ours = [row for row in rows if row.provider == "openai"]
    assert compared(catalogue, feed(*ours)).findings == findings
    said_there: dict[str, Any] = {row.feed_name: row for row in ours}
    for finding in findings:
        row = said_there[finding.feed_name]
        assert finding.retires_on == (row.retires_on if finding.finding is FindingKind.UNKNOWN else row.firm_day)
        if finding.inferred:
            about = finding.replacement if finding.finding is FindingKind.REPLACEMENT_RETIRED else finding.name
            assert snapshots.alias_of(row.name) == snapshots.bare(str(about))
    assert len({(finding.finding, finding.name, finding.feed_name) for finding in findings}) == len(findings)


def test_many_rows_are_compared_in_no_time():
    rows = [said(f"m-{number}", "2026-08-01") for number in range(20_000)]
    comparison = compared(declared(*(Model(f"m-{number}", 1) for number in range(200))), feed(*rows))
    assert (comparison.covered, len(comparison.findings)) == (200, 400)
