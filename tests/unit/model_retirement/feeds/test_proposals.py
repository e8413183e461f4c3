"""Which edits of the catalogue follow from what sources say."""

from __future__ import annotations

import datetime as dt

import pytest

from model_retirement.catalogue.declarations import Deleted, Model
from model_retirement.feeds import proposals, reconcile
from model_retirement.feeds.proposals import Proposal, ProposedStep
from model_retirement.feeds.rows import FeedRow
from tests.unit.model_retirement.feeds.samples import declared, feed, said

TODAY = dt.date(2026, 9, 1)
LATER = dt.date(2027, 3, 1)
GONE = dt.date(2026, 8, 1)


def proposed(catalogue, *rows: FeedRow) -> list[Proposal]:
    comparison = reconcile.compare(catalogue=catalogue, feeds=[feed(*rows)], as_of=TODAY, within=90)
    return list(proposals.propose(comparison, catalogue=catalogue))


def retire(
    *names: str, retires_on: dt.date | None = GONE, replacement: str | None = None, clears: bool = False
) -> Proposal:
    return Proposal(ProposedStep.RETIRE, "openai", names, retires_on, replacement, clears)


def deprecate(*names: str, retires_on: dt.date | None = LATER, replacement: str | None = None) -> Proposal:
    return Proposal(ProposedStep.DEPRECATE, "openai", names, retires_on, replacement, False)


def test_what_has_gone_is_retired_what_goes_is_deprecated_with_its_day_and_one_call_does_what_is_alike():
    catalogue = declared(*(Model(name, 1) for name in ("a", "b", "c", "d", "new")))
    rows = [
        said("a", "2026-08-01", replacements=("new",)),
        said("b", "2026-08-01", replacements=("new",)),
        said("c", "2027-03-01"),
        said("d", "2027-03-01"),
    ]
    assert proposed(catalogue, *rows) == [retire("a", "b", replacement="new"), deprecate("c", "d")]


@pytest.mark.parametrize(
    ("declared_day", "given"),
    [
        ({"retires_on": GONE}, None),  # the line has it, and the removal takes it over
        ({"retires_on": GONE, "retires_on_is_earliest": True}, GONE),
        ({"retires_on": LATER}, GONE),
    ],
)
def test_a_removal_gets_the_day_that_is_not_declared(declared_day, given):
    catalogue = declared(Model("old", 1, replacement="new", **declared_day), Model("new", 1))
    assert proposed(catalogue, said("old", "2026-08-01")) == [retire("old", retires_on=given)]


def test_what_is_declared_already_is_not_proposed_again():
    catalogue = declared(Model("m", 1, deprecated=True, retires_on=dt.date(2026, 10, 1)), Model("n", 1))
    assert proposed(catalogue, said("m", "2026-10-01")) == []


@pytest.mark.parametrize(
    ("row", "call"),
    [
        (said("m", "2027-03-01", deprecated_on="2026-01-01"), deprecate("m")),
        (said("m", is_deprecated=True), deprecate("m", retires_on=None)),
        (said("m", "2027-03-01", is_firm=False), None),
        (said("M", "2027-03-01"), None),
    ],
)
def test_only_a_firm_day_or_a_deprecation_is_carried_over(row, call):
    assert proposed(declared(Model("m", 1)), row) == ([call] if call else [])


def test_a_day_that_moved_is_proposed_also_for_what_is_deprecated_already():
    catalogue = declared(Model("m", 1, deprecated=True, retires_on=dt.date(2027, 1, 1)))
    assert proposed(catalogue, said("m", "2027-03-01")) == [deprecate("m")]


def test_a_removal_is_not_proposed_again():
    removals = (Deleted("openai", "gone", "m", dt.date(2026, 8, 1)),)
    rows = [said("gone", "2026-08-02"), said("m", "2026-10-01")]
    calls = proposed(declared(Model("m", 1), removals=removals), *rows)
    assert calls == [deprecate("m", retires_on=dt.date(2026, 10, 1))]


@pytest.mark.parametrize(
    ("models", "more_rows", "call"),
    [
        # The declared one stays: nothing is said about it.
        ([Model("old", 1, replacement="new"), Model("new", 1), Model("x", 1)], [], retire("old")),
        # It is going itself: what the source names first, we have and stays takes its place.
        (
            [Model("old", 1, replacement="new"), Model("new", 1), Model("x", 1)],
            [said("new", "2026-10-01")],
            retire("old", replacement="x"),
        ),
        # The first that is named is deprecated here.
        ([Model("old", 1), Model("x", 1, deprecated=True), Model("y", 1)], [], retire("old", replacement="y")),
        # Nothing that is named is in the catalogue.
        ([Model("old", 1), Model("new", 1)], [], retire("old", clears=True)),
        # All that are named go, too.
        ([Model("old", 1), Model("x", 1)], [said("x", "2026-10-01")], retire("old", clears=True)),
        # It leads nowhere, which `llm_models check` reports.
        ([Model("old", 1, replacement="missing"), Model("x", 1)], [], retire("old", replacement="x")),
    ],
)
def test_a_replacement_is_in_the_catalogue_and_lives_longer(models, more_rows, call):
    rows = [said("old", "2026-08-01", replacements=("x", "y")), *more_rows]
    assert call in proposed(declared(*models), *rows)


def test_a_replacement_that_ends_before_the_model_is_none():
    catalogue = declared(Model("old", 1), Model("x", 1), Model("y", 1))
    rows = [
        said("old", "2027-03-01", replacements=("x", "y")),
        said("x", "2027-02-01"),
        said("y", "2027-04-01"),
    ]
    assert deprecate("old", replacement="y") in proposed(catalogue, *rows)


def test_calls_that_clear_references_come_last():
    catalogue = declared(Model("a", 1), Model("b", 1), Model("new", 1), Model("c", 1))
    rows = [said("a", "2026-07-01"), said("b", "2026-08-01", replacements=("new",)), said("c", "2027-03-01")]
    last = retire("a", retires_on=dt.date(2026, 7, 1), clears=True)
    calls = [retire("b", replacement="new"), deprecate("c"), last]
    assert proposed(catalogue, *rows) == calls
