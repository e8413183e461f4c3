"""Rows that are teams themselves, or lead to a team as their resource, are moved and told of like any others (rule 4)."""

from __future__ import annotations

from typing import Any

import pytest

from model_retirement.references import ModelNameReference, Resource, ResourcePath
from model_retirement.references.odd_rows import names_of
from model_retirement.references.rows import team_beyond
from model_retirement.testing import assert_reference_kind
from tests.factories.teams import TeamFactory
from tests.sample_app.pointing import Trigger

pytestmark = pytest.mark.usefixtures("pointing_tables")

TEAM = Resource("team", "teams.Team", team="pk")
OF_TEAMS = ModelNameReference("teams.Team", "name", "pk", ResourcePath(TEAM), provider="openai")
TRIGGERS = ResourcePath(TEAM, path="team")
OF_TRIGGERS = ModelNameReference("sample_app.Trigger", "model_name", "team", TRIGGERS, provider="openai")

# The way to the resource and the way to the team, both from the row; and what is left of the second one.
WAYS = {
    ("", "team"): "team",
    ("", ""): "",
    ("step", ""): "",
    ("step", "step__bot__team"): "bot__team",
    ("step", "step"): "pk",
    ("step", "team"): "owner",
}


def trigger(name: str) -> Any:
    return Trigger._base_manager.create(team=TeamFactory.create(), model_name=name)


def test_rows_that_are_teams_themselves():
    assert_reference_kind(OF_TEAMS, rows=[lambda llm: TeamFactory.create(name=llm.name)], odd_rows=[TeamFactory.create])


def test_rows_whose_resource_is_their_team():
    assert_reference_kind(OF_TRIGGERS, rows=[lambda llm: trigger(llm.name)], odd_rows=[lambda: trigger("none of ours")])


@pytest.mark.parametrize("reference", [OF_TEAMS, OF_TRIGGERS])
def test_a_row_is_named_with_its_team(reference: ModelNameReference):
    row: Any = TeamFactory.create(slug="acme", name="Acme") if reference is OF_TEAMS else trigger("gpt-4")
    named = names_of(reference, [row.pk], using="default")[row.pk]
    ours = row if reference is OF_TEAMS else row.team
    assert (named.team, named.kind, named.id, named.name) == (ours.slug, "team", ours.pk, ours.name)


def test_a_row_with_a_way_of_its_own_to_the_team_leaves_the_resource_its_way():
    """The two may have other names for it: then what is told of the resource is asked there."""
    assert [team_beyond(*ways, otherwise="owner") for ways in WAYS] == list(WAYS.values())
