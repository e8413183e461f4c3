"""Which findings are written down, and why others are not."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model_retirement.authoring import announcements, firm_findings
from model_retirement.authoring.announcements import Announcement
from model_retirement.authoring.firm_findings import FirmFindings
from model_retirement.catalogue.declarations import Model
from model_retirement.catalogue.view import Catalogue
from model_retirement.feeds import reconcile
from model_retirement.feeds.rows import Feed, FeedRow
from tests.unit.model_retirement.feeds.samples import declared, feed, said

TODAY = dt.date(2026, 8, 18)
OCTOBER = dt.date(2026, 10, 23)
NEW = Model("new", 1, is_default=True, is_translation_default=True)
URL = "https://provider.example/deprecations"


def firm(catalogue: Catalogue, *feeds: Feed, with_replacements: bool = False, as_of: dt.date = TODAY) -> FirmFindings:
    comparison = reconcile.compare(catalogue=catalogue, feeds=feeds, as_of=as_of, within=90)
    return firm_findings.read(comparison, catalogue=catalogue, with_replacements=with_replacements, today=TODAY)


def of(model: Model, *rows: FeedRow, **options: Any) -> tuple[Announcement | None, list[str]]:
    """Return what is written of a model ``openai/old``, beside one that stays, and the reasons for the rest."""
    outcome = firm(
        declared(model, NEW), *(feed(row, file=f"{number}.json") for number, row in enumerate(rows)), **options
    )
    assert {left_out.model for left_out in outcome.left_out} <= {"openai/old"}
    return next(iter(outcome.announcements), None), [left_out.reason for left_out in outcome.left_out]


@pytest.mark.parametrize("day", ["2026-08-01", "2026-10-23", "2028-01-01"])
@pytest.mark.parametrize("model", [Model("old", 1), Model("old", 1, deprecated=True)])
def test_a_firm_day_is_written_with_its_source(model: Model, day: str):
    """Retired, due soon or far away, deprecated here or not: what has a firm end is deprecated, on that day."""
    announced, reasons = of(model, said("old", day, deprecated_on="2026-06-01", source_url=URL))

    assert announced == Announcement(
        "openai/old", deprecated_on=dt.date(2026, 6, 1), retires_on=dt.date.fromisoformat(day), source=URL
    )
    assert reasons == []


def test_a_day_that_moved_is_written():
    announced, _ = of(Model("old", 1, deprecated=True, retires_on=dt.date(2026, 9, 1)), said("old", "2026-10-23"))
    assert announced == Announcement("openai/old", retires_on=OCTOBER, source="0.json")


def test_a_day_that_is_the_earliest_one_here_and_firm_there_is_written():
    announced, _ = of(
        Model("old", 1, deprecated=True, retires_on=OCTOBER, retires_on_is_earliest=True), said("old", "2026-10-23")
    )
    assert announced == Announcement("openai/old", retires_on=OCTOBER, source="0.json")


def test_what_is_deprecated_there_without_a_day_is_flagged():
    announced, _ = of(Model("old", 1), said("old", deprecated_on="2026-08-01", source_url=URL))
    assert announced == Announcement("openai/old", deprecated_on=dt.date(2026, 8, 1), source=URL)


@pytest.mark.parametrize("deprecated_on", ["2026-10-23", "2026-09-01"])
def test_a_day_of_deprecation_that_is_none_yet_is_not_written(deprecated_on: str):
    """Where a page does not say it, sources have the day of the retirement."""
    announced, _ = of(Model("old", 1), said("old", "2026-10-23", deprecated_on=deprecated_on))
    assert announced == Announcement("openai/old", retires_on=OCTOBER, source="0.json")


def test_another_source_may_have_the_day_of_the_deprecation():
    announced, reasons = of(
        Model("old", 1),
        said("old", "2026-10-23", source_url=URL),
        said("old", "2026-10-23", deprecated_on="2026-06-01"),
    )
    assert (announced, reasons) == (
        Announcement("openai/old", deprecated_on=dt.date(2026, 6, 1), retires_on=OCTOBER, source=URL),
        [],
    )


def test_what_the_catalogue_says_already_is_neither_written_nor_left_out():
    model = Model("old", 1, deprecated=True, retires_on=OCTOBER)
    assert of(model, said("old", "2026-10-23"), said("old", "2026-11-23")) == (None, [])


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        (
            [said("old", "2026-10-23"), said("old", "2026-11-23")],
            "sources disagree: 2026-10-23 in 0.json, 2026-11-23 in 1.json",
        ),
        ([said("old", "2026-10-23", is_firm=False)], "its day, 2026-10-23, is not firm (0.json)"),
        ([said("old")], "no source has a firm day (0.json)"),
        ([said("OLD", "2026-10-23")], "OLD may be meant for it (0.json)"),
        (
            [said("old-2026-01-01", "2026-10-23")],
            "only its last snapshot, old-2026-01-01, is named (0.json)",
        ),
    ],
)
def test_what_is_not_sure_is_left_out_with_its_reason(rows: list[FeedRow], reason: str):
    assert of(Model("old", 1), *rows) == (None, [reason])


def test_an_older_file_of_a_publisher_is_no_disagreement():
    older = feed(said("old", "2026-09-01"), file="older.json", as_of="2026-07-01", publisher="p")
    newer = feed(said("old", "2026-10-23"), file="newer.json", as_of="2026-08-01", publisher="p")

    outcome = firm(declared(Model("old", 1), NEW), older, newer)

    assert [announcement.retires_on for announcement in outcome.announcements] == [OCTOBER]
    assert outcome.left_out == ()


def test_what_the_newest_file_of_a_publisher_does_not_name_any_more_is_left_out():
    older = feed(said("old", "2026-10-23"), file="older.json", as_of="2026-07-01", publisher="p")
    newer = feed(said("other"), file="newer.json", as_of="2026-08-01", publisher="p")

    outcome = firm(declared(Model("old", 1), NEW), older, newer)

    assert outcome.announcements == ()
    assert [left_out.reason for left_out in outcome.left_out] == [
        "the newest file of its publisher does not name it (older.json)"
    ]


def test_a_row_of_its_own_counts_beside_one_of_its_last_snapshot():
    announced, reasons = of(
        Model("old", 1), said("old-2026-01-01", "2026-11-23"), said("old", "2026-10-23", source_url=URL)
    )
    assert (announced, reasons) == (Announcement("openai/old", retires_on=OCTOBER, source=URL), [])


def test_the_day_of_a_removal_is_for_a_person():
    catalogue = declared(
        NEW,
        removals=(
            (
                "openai",
                "gone",
                "new",
            ),
            ("openai", "older"),
        ),
    )
    dated = declared(NEW, removals=(catalogue.removals[0]._replace(retires_on=OCTOBER), catalogue.removals[1]))

    outcome = firm(dated, feed(said("gone", "2026-11-23", replacements=("newest",)), said("older", "2026-11-23")))

    assert outcome.announcements == ()
    assert [(left_out.model, left_out.reason) for left_out in outcome.left_out] == [
        ("openai/gone", "its day there is 2026-11-23, but it is in DELETED_MODELS; edit its entry")
    ]


def test_replacements_are_taken_over_where_that_is_asked_for_and_the_catalogue_has_them():
    row = said("old", "2026-10-23", replacements=("new", "newest"), source_url=URL)
    model = Model("old", 1, deprecated=True, retires_on=OCTOBER, replacement="other")
    catalogue = declared(model, Model("other", 1), NEW)

    assert firm(catalogue, feed(row)) == FirmFindings((), ())
    assert firm(catalogue, feed(row), with_replacements=True) == FirmFindings(
        (Announcement("openai/old", replacement="new", retires_on=OCTOBER, source=URL),), ()
    )
    assert of(Model("old", 1), row)[0] == Announcement("openai/old", retires_on=OCTOBER, source=URL)
    assert of(Model("old", 1), row, with_replacements=True)[0] == Announcement(
        "openai/old", replacement="new", retires_on=OCTOBER, source=URL
    )


@pytest.mark.parametrize("replacement", [None, "new"])
def test_only_the_first_successor_counts_and_is_named_where_the_catalogue_lacks_it(replacement: str | None):
    row = said("old", "2026-10-23", replacements=("newest", "new"))

    announced, reasons = of(Model("old", 1, replacement=replacement), row, with_replacements=True)

    assert announced == Announcement("openai/old", retires_on=OCTOBER, source="0.json")
    assert reasons == ["its successor there, newest, is not in the catalogue"]


@pytest.mark.parametrize(
    ("day", "reason"),
    [
        ("2026-08-01", "its successor there, next, retired itself on 2026-08-01"),
        ("2026-10-23", "its successor there, next, retires itself on 2026-10-23"),
    ],
)
def test_a_successor_that_goes_no_later_does_not_take_over(day: str, reason: str):
    rows = feed(said("old", "2026-10-23", replacements=("next",)), said("next", day))

    outcome = firm(declared(Model("old", 1), Model("next", 1), NEW), rows, with_replacements=True)

    assert Announcement("openai/old", retires_on=OCTOBER, source="feed.json") in outcome.announcements
    assert [left_out.reason for left_out in outcome.left_out] == [reason]


def test_a_model_that_stays_is_not_deprecated_for_its_successor():
    model = Model("old", 1, replacement="new")
    row = said("old", replacements=("next",), is_leaving=False)

    assert firm(declared(model, Model("next", 1), NEW), feed(row), with_replacements=True) == FirmFindings((), ())


def test_a_model_whose_replacement_goes_needs_another_one_which_the_source_may_name():
    model = Model("old", 1, deprecated=True, retires_on=OCTOBER, replacement="other")
    rows = feed(said("old", "2026-10-23", replacements=("new",)), said("other", "2026-10-01"))
    catalogue = declared(model, Model("other", 1, deprecated=True, retires_on=dt.date(2026, 10, 1)), NEW)

    assert [left_out.reason for left_out in firm(catalogue, rows).left_out] == [
        "its replacement other retires on 2026-10-01; it needs another one"
    ]
    assert firm(catalogue, rows, with_replacements=True).left_out == ()


def test_what_the_checks_would_refuse_is_left_out_and_the_rest_is_written():
    """Rule 3: ``other`` has gone, so nobody may move there; its day waits until ``old`` has another replacement."""
    rows = feed(said("old", "2026-10-23"), said("other", "2026-08-01"), said("third", "2026-08-01"))
    catalogue = declared(Model("old", 1, replacement="other"), Model("other", 1), Model("third", 1), NEW)

    outcome = firm(catalogue, rows)

    assert [announcement.model for announcement in outcome.announcements] == ["openai/old", "openai/third"]
    assert [(left_out.model, left_out.reason) for left_out in outcome.left_out] == [
        ("openai/old", "its replacement other retired on 2026-08-01; it needs another one"),
        (
            "openai/other",
            "the checks would refuse it: openai/old is replaced by openai/other, which the provider switched off on "
            "2026-08-01. Name a model that is not deprecated as the replacement of openai/old.",
        ),
    ]


def test_what_the_checks_would_refuse_passes_with_what_comes_behind_it():
    rows = feed(said("a", "2026-08-01"), said("b", "2026-10-23", replacements=("new",)))
    catalogue = declared(Model("a", 1), Model("b", 1, deprecated=True, replacement="a"), NEW)

    outcome = firm(catalogue, rows, with_replacements=True)

    assert [(announcement.model, announcement.replacement) for announcement in outcome.announcements] == [
        ("openai/b", "new"),
        ("openai/a", None),
    ]
    assert outcome.left_out == ()


def test_a_successor_that_the_checks_would_refuse_does_not_keep_the_day_back():
    rows = feed(said("old", "2026-10-23", replacements=("new",)))
    catalogue = declared(Model("old", 1), Model("new", 1, deprecated=True, replacement="old"))

    outcome = firm(catalogue, rows, with_replacements=True)

    assert outcome.announcements == (Announcement("openai/old", retires_on=OCTOBER, source="feed.json"),)
    assert [left_out.reason for left_out in outcome.left_out][1:] == [
        "the checks would refuse it: The replacements of openai run in a circle: new -> old -> new. Give one of them "
        "another replacement, or none."
    ]


def test_where_only_the_successor_is_new_and_the_checks_refuse_it_nothing_is_written():
    old = Model("old", 1, deprecated=True, retires_on=OCTOBER, replacement="other")
    catalogue = declared(old, Model("other", 1), Model("new", 1, deprecated=True, replacement="old"))

    outcome = firm(catalogue, feed(said("old", "2026-10-23", replacements=("new",))), with_replacements=True)

    assert outcome.announcements == ()
    assert "the checks would refuse it: The replacements of openai run in a circle" in outcome.left_out[-1].reason


def test_a_model_is_not_its_own_successor():
    model = Model("old", 1, deprecated=True, retires_on=OCTOBER, replacement="new")

    assert of(model, said("old", "2026-10-23", replacements=("old",)), with_replacements=True) == (None, [])


DAYS = st.one_of(st.none(), st.dates(dt.date(2026, 1, 1), dt.date(2028, 1, 1)))
ROWS = st.builds(
    FeedRow,
    provider=st.just("openai"),
    name=st.sampled_from(["a", "b", "b-2026-01-01", "B"]),
    feed_name=st.sampled_from(["a", "openai/a"]),
    is_leaving=st.booleans(),
    is_deprecated=st.booleans(),
    deprecated_on=DAYS,
    retires_on=DAYS,
    is_firm=st.booleans(),
    replacements=st.lists(st.sampled_from(["a", "b", "new", "newest"]), max_size=2).map(tuple),
)
MODELS = st.fixed_dictionaries(
    {
        "deprecated": st.booleans(),
        "replacement": st.sampled_from([None, "new"]),
        "deprecated_on": DAYS,
        "retires_on": DAYS,
        "retires_on_is_earliest": st.booleans(),
    }
)


@given(
    feeds=st.lists(st.lists(ROWS, max_size=4, unique_by=lambda row: row.name), max_size=3),
    models=st.tuples(MODELS, MODELS),
    with_replacements=st.booleans(),
)
@settings(max_examples=40)
def test_what_is_written_leaves_no_new_error_and_nothing_to_write(
    feeds: list[list[FeedRow]], models: tuple[dict[str, Any], dict[str, Any]], with_replacements: bool
):
    catalogue = declared(*(Model(name, 1, **values) for name, values in zip("ab", models, strict=True)), NEW)
    sources = [feed(*rows, file=f"{number}.json") for number, rows in enumerate(feeds)]

    outcome = firm(catalogue, *sources, with_replacements=with_replacements)

    after = announcements.applied(outcome.announcements, catalogue=catalogue)
    errors = {finding for finding in after.problems(today=TODAY) if finding.level == "error"}
    assert errors <= set(catalogue.problems(today=TODAY))
    assert firm(after, *sources, with_replacements=with_replacements).announcements == ()
