"""Where rows stand: the catalogue's word, the row's own flag, and the removal list."""

from __future__ import annotations

import datetime as dt

import pytest

from apps.service_providers.models import LlmProviderModel
from apps.teams.models import Team
from model_retirement import team_models
from model_retirement.catalogue import view as catalogues
from model_retirement.catalogue.declarations import Deleted, Model
from model_retirement.catalogue.lifecycle import Lifecycle
from model_retirement.lifecycle import Lifecycles
from model_retirement.references import registry
from tests.factories.assistants import AssistantFactory
from tests.factories.service_providers import LlmProviderModelFactory

TODAY = dt.date(2026, 6, 1)
PAST, SOON, LATER = dt.date(2026, 5, 31), dt.date(2026, 6, 20), dt.date(2026, 12, 1)

CATALOGUE = catalogues.read(
    models={
        "openai": [
            Model("new", 8192),
            Model("old", 8192, deprecated=True, replacement="middle", retires_on=dt.date(2026, 6, 11)),
            Model("lost", 8192, deprecated=True, replacement="nowhere"),
        ]
    },
    removals=[Deleted("openai", "middle", "new", dt.date(2026, 5, 31))],
)


def lifecycle_of(name: str, **fields: object) -> Lifecycle:
    row = LlmProviderModel(type="openai", name=name, max_token_limit=1, **fields)
    return Lifecycles(today=TODAY, catalogue=CATALOGUE).of(row)


@pytest.mark.parametrize(
    ("name", "state", "words", "replacement", "to_be_removed"),
    [
        ("new", "active", "", "", False),
        ("old", "deprecated", "retires in 10 days, on 2026-06-11", "new", False),
        ("middle", "retired", "retired 1 day ago, on 2026-05-31", "new", True),
        ("lost", "deprecated", "", "", False),
        ("in no list", "active", "", "", False),
    ],
)
def test_a_global_model_stands_where_the_catalogue_says(
    name: str, state: str, words: str, replacement: str, to_be_removed: bool
):
    lifecycle = lifecycle_of(name)
    assert lifecycle.state.value == state
    assert lifecycle.words == words
    assert (lifecycle.replacement, lifecycle.to_be_removed) == (replacement, to_be_removed)


@pytest.mark.parametrize(
    ("declared", "removed_on", "expected"),
    [
        (Model("both", 1), None, ("deprecated", None, False)),
        (Model("both", 1, retires_on=LATER), None, ("deprecated", LATER, False)),
        (Model("both", 1, retires_on=LATER, retires_on_is_earliest=True), None, ("deprecated", LATER, True)),
        (Model("both", 1, retires_on=LATER, retires_on_is_earliest=True), SOON, ("deprecated", SOON, False)),
        (Model("both", 1, retires_on=SOON, retires_on_is_earliest=True), PAST, ("retired", PAST, False)),
    ],
)
def test_pages_and_api_say_the_same_of_a_model_in_both_lists(db, declared: Model, removed_on: dt.date | None, expected):
    """It is on the removal list, whose date is firm; the pages said "or later" of it and the API that it is active."""
    both = catalogues.read(models={"openai": [declared]}, removals=[Deleted("openai", "both", None, removed_on)])
    row = LlmProviderModelFactory.create(name="both")
    team = AssistantFactory.create(llm_provider_model=row).team
    page = Lifecycles(today=TODAY, catalogue=both).of(row)
    (api,) = team_models.used_by(team, registry=registry, catalogue=both, today=TODAY, using="default")
    assert (page.state, page.retires_on, page.retires_on_is_earliest) == expected
    assert (api.state, api.retires_on, api.retires_on_is_earliest) == expected
    assert page.to_be_removed


def test_a_row_that_is_marked_is_deprecated_whatever_the_catalogue_says():
    """A restored model is in the table again, and deprecated there."""
    assert lifecycle_of("new", deprecated=True).state.value == "deprecated"


def test_a_custom_model_has_nothing_but_its_flag():
    """Rule 15: the name of a global model means nothing."""
    own = lifecycle_of("old", team=Team(pk=1))
    assert (own.state.value, own.replacement, own.words) == ("active", "", "")
    assert lifecycle_of("new", team_id=1, deprecated=True).state.value == "deprecated"
