"""What is found between a catalogue and a feed, and what is not claimed."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model_retirement.catalogue.declarations import Deleted, Model
from model_retirement.catalogue.view import Catalogue
from model_retirement.feeds import reconcile, snapshots
from model_retirement.feeds.reconcile import FeedFinding, FindingKind
from model_retirement.feeds.rows import FeedRow
from tests.unit.service_providers.feeds import declared

TODAY = dt.date(2026, 9, 1)
repeatable = settings(derandomize=True, max_examples=80)


def day(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


def said(
    name: str,
    retires_on: str | None = None,
    *,
    deprecated_on: str | None = None,
    provider: str = "openai",
    **values: Any,
) -> FeedRow:
    return FeedRow(provider, name, deprecated_on=day(deprecated_on), retires_on=day(retires_on), **values)


def compared(catalogue: Catalogue, *rows: FeedRow, within: int = 90) -> tuple[FeedFinding, ...]:
    return reconcile.compare(catalogue=catalogue, rows=rows, as_of=TODAY, within=within)


def kinds(catalogue: Catalogue, *rows: FeedRow, within: int = 90) -> list[tuple[str, str]]:
    return [(finding.finding.value, finding.name) for finding in compared(catalogue, *rows, within=within)]


@pytest.mark.parametrize(
    ("retires_on", "within", "found"),
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
def test_a_model_is_past_its_day_or_due_in_so_many_days(retires_on, within, found, deprecated):
    """Also one that is deprecated here: it goes on working where it is used, until that day."""
    catalogue = declared(Model("m", 1, deprecated=deprecated))
    assert kinds(catalogue, said("m", retires_on), within=within) == [(kind, "m") for kind in found]


def test_a_finding_has_what_a_person_needs_to_act():
    catalogue = declared(Model("m", 1, replacement="new"), Model("new", 1))
    row = said("m", "2026-08-31", replacements=("a", "b"), source_url="https://x.example/")
    assert compared(catalogue, row) == (
        FeedFinding(FindingKind.RETIRED, "openai", "m", dt.date(2026, 8, 31), "new", ("a", "b"), "https://x.example/"),
    )


@pytest.mark.parametrize(
    ("model", "deprecated_on", "found"),
    [
        (Model("m", 1), "2026-09-01", True),
        (Model("m", 1), "2026-09-02", False),
        (Model("m", 1, deprecated=True), "2026-09-01", False),
        (Model("m", 1, deprecated_on=dt.date(2026, 9, 1)), "2026-08-01", False),
        (Model("m", 1, deprecated_on=dt.date(2026, 9, 2)), "2026-08-01", True),
        (Model("m", 1, retires_on=dt.date(2027, 9, 1)), "2026-08-01", True),
        (Model("m", 1, retires_on=dt.date(2026, 8, 1)), "2026-08-01", False),
    ],
)
def test_a_model_that_is_deprecated_there_and_offered_here(model, deprecated_on, found):
    row = said("m", str(model.retires_on or "2027-09-01"), deprecated_on=deprecated_on, is_firm=False)
    assert (("deprecated", "m") in kinds(declared(model), row)) is found


def test_one_that_is_due_may_have_to_be_deprecated_first_and_one_that_is_gone_has_not():
    catalogue = declared(Model("due", 1), Model("gone", 1))
    rows = [
        said("due", "2026-10-01", deprecated_on="2026-06-01"),
        said("gone", "2026-08-01", deprecated_on="2026-06-01"),
    ]
    assert kinds(catalogue, *rows) == [("retired", "gone"), ("retiring", "due"), ("deprecated", "due")]


@pytest.mark.parametrize("retires_on", ["2026-08-01", "2026-10-01"])
def test_what_takes_the_place_of_a_model_is_looked_up_as_well(retires_on):
    catalogue = declared(
        Model("old", 1, deprecated=True, replacement="middle"),
        Model("end", 1),
        removals=(Deleted("openai", "gone", "middle"), Deleted("openai", "middle", "end"), ("openai", "cleared")),
    )
    row = said("end", retires_on, replacements=("newest",))
    found = [one for one in compared(catalogue, row) if one.finding == FindingKind.REPLACEMENT_RETIRED]
    assert [(one.name, one.replacement, one.feed_replacements) for one in found] == [
        ("gone", "end", ("newest",)),
        ("middle", "end", ("newest",)),
        ("old", "end", ("newest",)),
    ]
    assert {str(one.retires_on) for one in found} == {retires_on}


def test_replacements_in_a_circle_are_left_to_the_lint():
    circle = (Deleted("openai", "a", "b"), Deleted("openai", "b", "a"))
    assert kinds(declared(Model("m", 1), removals=circle), said("a", "2026-08-01"), said("b", "2026-08-01")) == []


@pytest.mark.parametrize(
    ("declared_day", "is_earliest", "there", "is_firm", "changed"),
    [
        ("2027-01-01", False, "2027-01-01", True, False),
        ("2027-01-01", False, "2027-01-02", True, True),
        ("2027-01-01", False, "2026-12-31", True, True),
        ("2027-01-01", True, "2027-01-01", True, True),  # it is firm now
        ("2027-01-01", True, "2027-01-01", False, False),
        ("2027-01-01", False, "2027-01-01", False, True),  # it was firm
        ("2027-01-01", True, "2027-02-01", True, True),
        ("2027-01-01", False, "2026-12-31", False, False),
        ("2027-01-01", False, "2027-01-02", False, True),
        ("2027-01-01", True, "2027-01-02", False, True),
        ("2027-01-01", False, None, True, False),
        ("2027-01-01", False, None, False, True),  # words such as "postponed"
        ("2027-01-01", True, None, False, True),
        (None, False, "2027-01-01", True, False),
    ],
)
def test_another_day_than_the_declared_one_is_a_change(declared_day, is_earliest, there, is_firm, changed):
    """A day that is only the earliest contradicts earlier days and no others."""
    model = Model("m", 1, deprecated=True, retires_on=day(declared_day), retires_on_is_earliest=is_earliest)
    row = said("m", there, is_firm=is_firm, deprecated_on="2026-01-01")
    assert kinds(declared(model), row) == ([("date_changed", "m")] if changed else [])


def test_the_day_of_a_removal_is_a_firm_one():
    catalogue = declared(Model("m", 1), removals=(Deleted("openai", "a", None, dt.date(2026, 8, 1)),))
    assert kinds(catalogue, said("a", "2026-08-01")) == []
    assert kinds(catalogue, said("a", "2026-08-01", is_firm=False)) == [("date_changed", "a")]


@pytest.mark.parametrize(
    ("rows", "changed"),
    [
        ([said("gpt-9-2026-01-01", "2027-01-01"), said("gpt-9-2026-02-02", is_firm=False)], True),
        ([said("gpt-9-2026-01-01", "2027-01-01", is_firm=False), said("gpt-9-2026-02-02")], False),
        ([said("gpt-9-2026-01-01", "2026-10-01", is_firm=False), said("gpt-9-2026-02-02", "2027-01-01")], True),
    ],
)
def test_the_day_of_an_alias_is_doubted_by_words_about_its_snapshots_and_not_by_their_absence(rows, changed):
    catalogue = declared(Model("gpt-9", 1, retires_on=dt.date(2027, 1, 1)))
    assert (("date_changed", "gpt-9") in kinds(catalogue, *rows)) is changed


@pytest.mark.parametrize("there", ["2027-01-01", None])
def test_the_day_of_an_alias_is_not_doubted_because_a_snapshot_outlives_it(there):
    catalogue = declared(Model("gpt-9", 1, retires_on=dt.date(2027, 1, 1)), Model("gpt-9-2026-02-02", 1))
    assert kinds(catalogue, said("gpt-9", there)) == []


def test_the_day_of_a_removal_is_compared_and_nothing_else():
    catalogue = declared(Model("m", 1), removals=(Deleted("openai", "a", None, dt.date(2026, 8, 1)), ("openai", "b")))
    assert kinds(catalogue, said("a", "2026-12-01"), said("b", "2026-08-01")) == [("date_changed", "a")]


@pytest.mark.parametrize(
    ("model", "row", "found"),
    [
        (Model("m", 1), said("m", "2026-10-01", is_firm=False), True),
        (Model("m", 1), said("m", "2026-08-01", is_firm=False), True),
        (Model("m", 1, deprecated=True), said("m", "2026-08-01", is_firm=False), True),
        (Model("m", 1), said("m", "2027-08-01", is_firm=False), False),
        (Model("m", 1), said("m", None, is_firm=False), True),
        (Model("m", 1, deprecated=True), said("m", None, is_firm=False), True),
        (Model("m", 1), said("m"), True),
        (Model("m", 1, deprecated=True), said("m"), False),
        (Model("m", 1), said("m", deprecated_on="2027-01-01"), False),
        (Model("m", 1, retires_on=dt.date(2027, 1, 1)), said("m"), False),
        (Model("m", 1, retires_on=dt.date(2027, 1, 1)), said("m", "2026-08-01", is_firm=False), False),
    ],
)
def test_what_is_not_clear_is_unknown_until_a_day_is_declared_here(model, row, found):
    assert kinds(declared(model), row) == ([("unknown", "m")] if found else [])


def test_absence_means_nothing():
    assert kinds(declared(Model("m", 1), Model("n", 1, deprecated=True)), said("other", "2026-08-01")) == []


def test_a_name_is_never_matched_across_providers():
    rows = [said("m", "2026-08-01", provider=provider) for provider in ("azure", "google", "groq")]
    assert kinds(declared(Model("m", 1, retires_on=dt.date(2027, 1, 1))), *rows) == []


@pytest.mark.parametrize("name", ["claude-9", "claude-9-latest"])
@pytest.mark.parametrize(
    ("snapshots_there", "found"),
    [
        ({"claude-9-20250101": "2026-08-01"}, ["retired"]),
        ({"claude-9-20250101": "2026-08-01", "claude-9-20260101": "2026-08-15"}, ["retired"]),
        ({"claude-9-20250101": "2026-08-01", "claude-9-20260101": "2026-10-01"}, ["retiring"]),
        ({"claude-9-20250101": "2026-08-01", "claude-9-20260101": "2027-10-01"}, []),
        ({"claude-9-20250101": "2026-08-01", "claude-9-20260101": None}, []),
        ({"claude-9-mini-20250101": "2026-08-01", "claude-9-preview": "2026-08-01"}, []),
    ],
)
def test_an_alias_is_retired_only_when_its_last_dated_snapshot_is(name, snapshots_there, found):
    rows = [said(snapshot, retires_on, deprecated_on="2027-12-31") for snapshot, retires_on in snapshots_there.items()]
    assert kinds(declared(Model(name, 1)), *rows) == [(kind, name) for kind in found]


def test_the_row_of_an_alias_itself_does_not_outrun_its_snapshots():
    rows = [said("gpt-9", "2026-08-01", replacements=("own",)), said("gpt-9-2026-01-01", "2026-10-01")]
    (found,) = compared(declared(Model("gpt-9", 1)), *rows)
    assert (found.finding, str(found.retires_on), found.feed_replacements) == (
        FindingKind.RETIRING,
        "2026-10-01",
        ("own",),
    )


def test_an_alias_is_deprecated_when_all_its_snapshots_are():
    rows = [said(f"gpt-9-2026-0{n}-01", "2027-01-01", deprecated_on=f"2026-0{n}-15") for n in (7, 8)]
    assert kinds(declared(Model("gpt-9", 1)), *rows) == [("deprecated", "gpt-9")]
    later = said("gpt-9-2026-09-01", "2027-01-01", deprecated_on="2026-09-15")
    assert kinds(declared(Model("gpt-9", 1)), *rows, later) == []


def test_an_alias_whose_last_snapshot_is_declared_lives_until_the_feed_has_that_one(monkeypatch):
    monkeypatch.setattr(snapshots, "LAST_SNAPSHOTS", {("openai", "gpt-9"): "gpt-9-2026-02-02"})
    catalogue = declared(Model("gpt-9", 1))
    old, last = said("gpt-9-2026-01-01", "2026-08-01"), said("gpt-9-2026-02-02", "2026-08-02")
    assert kinds(catalogue, old) == []
    assert kinds(catalogue, old, last) == [("retired", "gpt-9")]
    # Its own row says that it is gone, the feed's silence on the last snapshot says nothing: someone has to look.
    assert kinds(catalogue, old, said("gpt-9", "2026-08-01")) == [("unknown", "gpt-9")]


def test_a_snapshot_that_is_offered_here_keeps_its_alias_alive():
    catalogue = declared(Model("gpt-9", 1), Model("gpt-9-2026-02-02", 1))
    old = said("gpt-9-2026-01-01", "2026-08-01")
    assert kinds(catalogue, old) == []
    assert kinds(catalogue, old, said("gpt-9-2026-02-02", "2026-08-02")) == [
        ("retired", "gpt-9"),
        ("retired", "gpt-9-2026-02-02"),
    ]


def test_the_most_urgent_comes_first():
    catalogue = declared(
        Model("soon", 1),
        Model("past", 1),
        Model("long-past", 1),
        Model("unclear", 1),
        Model("marked", 1, retires_on=dt.date(2027, 5, 5)),
    )
    rows = [
        said("unclear", None, is_firm=False),
        said("marked", "2027-06-06", deprecated_on="2026-01-01"),
        said("soon", "2026-09-09"),
        said("past", "2026-08-08"),
        said("long-past", "2025-08-08"),
    ]
    assert kinds(catalogue, *rows) == [
        ("retired", "long-past"),
        ("retired", "past"),
        ("retiring", "soon"),
        ("deprecated", "marked"),
        ("date_changed", "marked"),
        ("unknown", "unclear"),
    ]


names = st.sampled_from(["m", "m-latest", "m-2026-01-01", "m-20260202", "m-0303", "n", "n-2026-01-01", "x"])
days = st.dates(dt.date(2026, 7, 1), dt.date(2026, 12, 31)) | st.none()
feed_rows = st.builds(
    FeedRow,
    provider=st.sampled_from(["openai", "azure"]),
    name=names,
    deprecated_on=days,
    retires_on=days,
    is_firm=st.booleans(),
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


@repeatable
@given(
    models=models,
    rows=st.lists(feed_rows, max_size=8, unique_by=lambda row: (row.provider, row.name)),
    seed=st.integers(),
)
def test_what_is_claimed_is_in_the_feed(models, rows, seed):
    """Nothing about a model follows from other providers, from the order of the rows, or from a day that is not firm."""
    catalogue = declared(*models)
    found = compared(catalogue, *rows)
    shuffled = random.Random(seed).sample(rows, len(rows))
    assert compared(catalogue, *shuffled) == found
    ours = [row for row in rows if row.provider == "openai"]
    assert compared(catalogue, *ours) == found
    firm = {(row.name, row.retires_on) for row in ours if row.is_firm and row.retires_on}
    for finding in found:
        if finding.finding in (FindingKind.RETIRED, FindingKind.RETIRING, FindingKind.REPLACEMENT_RETIRED):
            about = finding.name if finding.finding != FindingKind.REPLACEMENT_RETIRED else str(finding.replacement)
            sources = {name for name, retires_on in firm if retires_on == finding.retires_on}
            assert any(name == about or snapshots.alias_of(name) == snapshots.bare(about) for name in sources)
    assert len({(finding.finding, finding.name) for finding in found}) == len(found)


def test_a_hundred_thousand_rows_are_compared():
    rows = [said(f"m-{number}", "2026-08-01") for number in range(100_000)]
    assert len(compared(declared(*(Model(f"m-{number}", 1) for number in range(200))), *rows)) == 200
