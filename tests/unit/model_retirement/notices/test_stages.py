"""Which deprecated models teams have to hear of, and at which stage they are."""

from __future__ import annotations

import datetime as dt

import pytest

from model_retirement.catalogue import view as catalogues
from model_retirement.catalogue.declarations import Deleted, Model
from model_retirement.catalogue.lifecycle import State
from model_retirement.notices.stages import NotificationRefused, deprecated_models, stage, stage_words
from tests.factories.service_providers import LlmProviderModelFactory, delete_all_models
from tests.factories.teams import TeamFactory

TODAY = dt.date(2026, 11, 25)
BEFORE = [90, 30, 7, 0]


def in_days(days: int) -> dt.date:
    return TODAY + dt.timedelta(days=days)


def due_models(*models: Model, removals: list | None = None):
    catalogue = catalogues.load(models={"openai": list(models)}, removals=removals or [])
    return deprecated_models(catalogue=catalogue, days_before=BEFORE, today=TODAY, using="default")


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (None, "announced"),
        (91, "announced"),
        (90, "90"),
        (31, "90"),
        (30, "30"),
        (8, "30"),
        (7, "7"),
        (1, "7"),
        (0, "0"),
        (-400, "0"),
    ],
)
def test_the_stage_is_the_nearest_one_that_has_been_reached(days, expected):
    assert stage(days, days_before=BEFORE) == expected


def test_without_a_stage_on_the_day_the_last_one_before_it_stays():
    assert stage(-1, days_before=[30, 7]) == "7"


@pytest.mark.parametrize(
    ("stage", "words"),
    [("announced", "announced"), ("30", "30-day stage"), ("1", "1-day stage"), ("0", "on the day"), ("", "")],
)
def test_a_stage_has_words(stage, words):
    assert stage_words(stage) == words


@pytest.fixture
def rows(db):
    delete_all_models()
    for name in ("old", "older", "new", "small"):
        LlmProviderModelFactory.create(name=name)


def test_deprecated_and_retired_models_are_found_those_that_retire_first_before_the_others(rows):
    models = due_models(
        Model("new", 10),
        Model("small", 10, deprecated=True),
        Model("old", 10, deprecated=True, replacement="new", retires_on=in_days(30)),
        Model("older", 10, retires_on=in_days(-1)),
    )
    assert [(str(model), model.stage, model.replacement, model.life.state) for model in models] == [
        ("openai/older", "0", "", State.RETIRED),
        ("openai/old", "30", "new", State.DEPRECATED),
        ("openai/small", "announced", "", State.DEPRECATED),
    ]


def test_neither_active_models_nor_those_whose_end_is_only_announced_are_told_of(rows):
    assert due_models(Model("new", 10), Model("old", 10, retires_on=in_days(3))) == ()


def test_models_without_a_global_row_are_left_out(rows):
    LlmProviderModelFactory.create(name="mine", team=TeamFactory.create())
    assert (
        due_models(Model("mine", 10, deprecated=True), Model("never came", 10, deprecated=True, replacement="nope"))
        == ()
    )


def test_a_model_on_the_removal_list_is_left_to_its_removal(rows):
    assert due_models(Model("new", 10), removals=[("openai", "old", "new")]) == ()


def test_a_model_on_the_removal_list_matters_to_owners_of_its_namesakes_until_its_day(rows):
    """Rule 15: whether its row is there or not. Of a replacement nothing is promised, so a wrong one stops nobody."""
    models = due_models(
        Model("new", 10),
        removals=[
            Deleted("openai", "old", "gone", in_days(30)),
            Deleted("openai", "gone", "new", in_days(0)),
            Deleted("openai", "over", "new", in_days(-1)),
            Deleted("openai", "lost", "nowhere", in_days(100)),
            ("openai", "undated", "new"),
        ],
    )
    assert [(str(model), model.stage, model.replacement, model.is_listed, model.warnings) for model in models] == [
        ("openai/gone", "0", "new", True, ()),
        ("openai/old", "30", "new", True, ()),
        ("openai/lost", "announced", "", True, ()),
    ]


def test_a_chain_of_removals_is_followed_to_its_end(rows):
    (old,) = due_models(
        Model("new", 10), Model("old", 10, deprecated=True, replacement="older"), removals=[("openai", "older", "new")]
    )
    assert old.replacement == "new"


def test_a_replacement_that_reads_less_is_a_warning(rows):
    (old,) = due_models(Model("old", 10_000, deprecated=True, replacement="small"), Model("small", 9_000))
    assert old.warnings == ("small reads at most 9,000 tokens, old read 10,000: long texts may not fit any more",)


def test_nobody_is_told_of_a_replacement_that_is_none(rows):
    """Rule 3: what would stop the removal must not be promised."""
    with pytest.raises(NotificationRefused) as refused:
        due_models(
            Model("old", 10, deprecated=True, replacement="nope"),
            Model("older", 10, deprecated=True, replacement="small"),
            Model("small", 10, retires_on=in_days(-1)),
        )
    assert str(refused.value) == (
        "Nobody was told. openai/old is replaced by openai/nope, which is not in the catalogue. Name a model of"
        " DEFAULT_LLM_PROVIDER_MODELS['openai'], or none. openai/older is replaced by openai/small, which the provider"
        " switched off on 2026-11-24. Name a model that is not deprecated as the replacement of openai/older."
    )
