"""Where rows stand: the catalogue's word, the row's own flag, and the removal list."""

from __future__ import annotations

import datetime as dt

import pytest

from apps.service_providers.llm_service import catalogue as catalogues
from apps.service_providers.llm_service.declarations import Deleted, Model
from apps.service_providers.models import LlmProviderModel
from apps.service_providers.standing import Standing, Standings
from apps.teams.models import Team

TODAY = dt.date(2026, 6, 1)

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


def standing_of(name: str, **fields: object) -> Standing:
    row = LlmProviderModel(type="openai", name=name, max_token_limit=1, **fields)
    return Standings(today=TODAY, catalogue=CATALOGUE).of(row)


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
    standing = standing_of(name)
    assert standing.state.value == state
    assert standing.lifecycle.words == words
    assert (standing.replacement, standing.to_be_removed) == (replacement, to_be_removed)


def test_a_row_that_is_marked_is_deprecated_whatever_the_catalogue_says():
    """A restored model is in the table again, and deprecated there."""
    assert standing_of("new", deprecated=True).state.value == "deprecated"


def test_a_custom_model_has_nothing_but_its_flag():
    """Rule 15: the name of a global model means nothing."""
    own = standing_of("old", team=Team(pk=1))
    assert (own.state.value, own.replacement, own.lifecycle.words) == ("active", "", "")
    assert standing_of("new", team_id=1, deprecated=True).state.value == "deprecated"
