"""The demo's catalogue is the shipped one, moved to today."""

from __future__ import annotations

import datetime as dt
import runpy
from decimal import Decimal

import pytest
import time_machine

from apps.demo import catalogue
from apps.service_providers.llm_service.review import REVIEWED_ON
from model_retirement.catalogue import view
from model_retirement.catalogue.declarations import Deleted, Model
from model_retirement.catalogue.facts import ModelFacts
from model_retirement.catalogue.view import Catalogue

A_YEAR = dt.timedelta(days=365)
DAY, LATER = dt.date(2026, 12, 11), dt.date(2027, 12, 11)


def test_days_move_and_nothing_else_does():
    old = Model("old", 8, deprecated=True, replacement="new", deprecated_on=DAY, retires_on=DAY)
    new = Model("new", 8, is_default=True)
    expected = {
        "openai": [Model("old", 8, deprecated=True, replacement="new", deprecated_on=LATER, retires_on=LATER), new]
    }
    assert catalogue.moved_models({"openai": [old, new]}, by=A_YEAR) == expected
    dated = Deleted("openai", "c", "new", DAY, accept_price_increase=True)
    assert catalogue.moved_removals([("openai", "a"), ("openai", "b", "new"), dated], by=A_YEAR) == [
        Deleted("openai", "a"),
        Deleted("openai", "b", "new"),
        Deleted("openai", "c", "new", LATER, accept_price_increase=True),
    ]
    facts = {("openai", "a"): ModelFacts(price_in=Decimal(1), priced_on=DAY), ("openai", "b"): ModelFacts(source="x")}
    assert catalogue.moved_facts(facts, by=A_YEAR) == {
        ("openai", "a"): ModelFacts(price_in=Decimal(1), priced_on=LATER),
        ("openai", "b"): ModelFacts(source="x"),
    }


@pytest.mark.parametrize("days", [0, 400])
def test_what_it_says_is_as_far_ahead_on_any_day(days: int):
    """A year later the shipped catalogue is out of date, and the demo still shows what it does today."""
    today = REVIEWED_ON + dt.timedelta(days=days)
    with time_machine.travel(dt.datetime.combine(today, dt.time(12), tzinfo=dt.UTC), tick=False):
        shown = runpy.run_path(str(catalogue.__file__))
    moved = view.read(
        models=shown["DEFAULT_LLM_PROVIDER_MODELS"], removals=shown["DELETED_MODELS"], facts=shown["MODEL_FACTS"]
    )
    shipped = view.read()

    assert len(moved.models) == len(shipped.models)
    assert moved.facts.keys() == shipped.facts.keys()
    assert ahead(moved, today=today) == ahead(shipped, today=REVIEWED_ON)
    assert [problem.rule for problem in moved.problems(today=today)] == [
        problem.rule for problem in shipped.problems(today=REVIEWED_ON)
    ]


def ahead(declared: Catalogue, *, today: dt.date) -> dict[tuple[str, str], int]:
    """Return the days to each retirement."""
    models = [(model.provider, model.name, model.retires_on) for model in declared.models]
    removals = [(removal.provider, removal.name, removal.retires_on) for removal in declared.removals]
    return {(provider, name): (day - today).days for provider, name, day in models + removals if day}
