"""What a reference becomes: one answer for the plan and for what people are told."""

from __future__ import annotations

import pytest

from model_retirement.catalogue.declarations import Deleted, Model, k
from model_retirement.catalogue.view import Catalogue, CatalogueError, load
from model_retirement.replacements import EVERY_TEAM, announced_replacement, replacement_for


def catalogue_of(*removals: Deleted) -> Catalogue:
    return load(models={"openai": [Model("gpt-5", k(400))]}, removals=list(removals))


@pytest.mark.parametrize("team_id", [EVERY_TEAM, 7])
def test_every_team_is_told_of_the_model_that_its_references_move_to(team_id):
    catalogue = catalogue_of(Deleted("openai", "gpt-4", "gpt-5"), Deleted("openai", "gpt-3", "gpt-4"))

    assert replacement_for(catalogue, provider="openai", name="gpt-3", team_id=team_id) == "gpt-5"
    assert announced_replacement(catalogue, provider="openai", name="gpt-3", team_id=team_id) == "gpt-5"


def test_what_nothing_replaces_is_cleared_and_announced_as_such():
    catalogue = catalogue_of(Deleted("openai", "gpt-4"))

    assert replacement_for(catalogue, provider="openai", name="gpt-4", team_id=EVERY_TEAM) is None
    assert announced_replacement(catalogue, provider="openai", name="gpt-4", team_id=EVERY_TEAM) == ""


def test_a_chain_that_leads_nowhere_stops_a_move_and_promises_nothing():
    catalogue = catalogue_of(Deleted("openai", "gpt-4", "gpt-9"))

    with pytest.raises(CatalogueError, match="leads to no model of the catalogue"):
        replacement_for(catalogue, provider="openai", name="gpt-4", team_id=EVERY_TEAM)
    assert announced_replacement(catalogue, provider="openai", name="gpt-4", team_id=EVERY_TEAM) == ""
