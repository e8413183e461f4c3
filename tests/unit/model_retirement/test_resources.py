"""Resources: what they are called, what is archived and what is a published version is for the host to say."""

from __future__ import annotations

from typing import Any

import pytest

from apps.assistants.models import Assistant
from apps.service_providers.models import LlmProviderModel
from model_retirement.host_checks import check_resources
from model_retirement.reference_checks import check_declarations
from model_retirement.references import (
    ForeignKeyReference,
    JsonIdReference,
    ModelNameReference,
    OwnedRows,
    Registry,
    Resource,
    ResourcePath,
)
from model_retirement.references.usage import pointing_now, stream_resources
from tests.factories.assistants import AssistantFactory
from tests.factories.service_providers import LlmProviderModelFactory
from tests.factories.teams import TeamFactory

PIPELINE = ResourcePath(Resource("pipeline", "pipelines.Pipeline"), path="pipeline", detail="label")


def registry_of(**fields: Any) -> Registry:
    """Return a registry that knows assistants only, as a host with other fields would declare them."""
    own_registry = Registry()
    path = ResourcePath(Resource("bot", "assistants.Assistant", **fields))
    own_registry.register(ForeignKeyReference("assistants.Assistant", "llm_provider_model", "team", path))
    return own_registry


@pytest.fixture
def model(db: None) -> LlmProviderModel:
    """A model that four assistants use: one that people edit, a published version of it, and the same two put away."""
    used = LlmProviderModelFactory.create()
    team = TeamFactory.create(name="Acme")
    for archived in (False, True):
        shared: dict[str, Any] = {"team": team, "llm_provider_model": used, "is_archived": archived}
        edited = AssistantFactory.create(name="Edited", instructions="Be kind.", version_number=7, **shared)
        AssistantFactory.create(name="Published", working_version=edited, version_number=6, **shared)
    return used


def names(model: LlmProviderModel, *, in_use_only: bool = False, **fields: Any) -> list[str]:
    pairs = pointing_now(model_ids=[model.pk], using="default")
    resources = stream_resources(registry=registry_of(**fields), pairs=pairs, using="default", in_use_only=in_use_only)
    return [resource.name for resource in resources]


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({}, ["Edited", "Published (version 6)", "Edited (archived)", "Published (version 6) (archived)"]),
        ({"archived": "", "version_of": ""}, ["Edited", "Published", "Edited", "Published"]),
        ({"archived": ""}, ["Edited", "Published (version 6)", "Edited", "Published (version 6)"]),
        ({"version_of": ""}, ["Edited", "Published", "Edited (archived)", "Published (archived)"]),
        (
            {"version_number": ""},
            ["Edited", "Published (version)", "Edited (archived)", "Published (version) (archived)"],
        ),
        ({"name": "instructions", "archived": "", "version_of": ""}, ["Be kind.", "", "Be kind.", ""]),
        ({"name": "version_number", "archived": "", "version_of": ""}, ["7", "6", "7", "6"]),
        ({"name": "pk", "archived": "team__name", "version_of": ""}, None),
        # Anything but null will do, such as the time at which it was put away.
        (
            {"archived": "working_version", "version_of": ""},
            ["Edited", "Published (archived)", "Edited", "Published (archived)"],
        ),
    ],
)
def test_a_resource_is_named_as_its_host_says(model: LlmProviderModel, fields: dict[str, Any], named: list[str] | None):
    expected = named or [f"{pk} (archived)" for pk in Assistant.all_objects.order_by("pk").values_list("pk", flat=True)]
    assert names(model, **fields) == expected


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({}, ["Edited"]),
        ({"archived": ""}, ["Edited", "Edited"]),
        ({"version_of": ""}, ["Edited", "Published"]),
        ({"archived": "", "version_of": ""}, ["Edited", "Published", "Edited", "Published"]),
        ({"archived": "", "in_use": "is_archived"}, ["Edited", "Edited", "Published (version 6)"]),
        ({"archived": "working_version", "version_of": ""}, ["Edited", "Edited"]),
    ],
)
def test_what_nobody_uses_any_more_is_what_its_host_says(
    model: LlmProviderModel, fields: dict[str, Any], named: list[str]
):
    assert names(model, in_use_only=True, **fields) == named


def test_a_name_that_is_not_there_is_no_name(model: LlmProviderModel):
    """A line without a name would not be a line."""
    assert names(model, name="working_version__name", archived="", version_of="") == ["", "Edited", "", "Edited"]


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"name": "title"}, "name is title, and the model has no such field"),
        ({"team": "tenant"}, "team is 'tenant', and assistants.Assistant has no field tenant"),
        ({"archived": "deleted_at"}, "archived is deleted_at, and the model has no such field"),
        ({"archived": "name__deleted_at"}, "archived is name__deleted_at, and the model has no such field"),
        ({"version_of": "published_from"}, "version_of is published_from, and the model has no such field"),
        ({"in_use": "live"}, "in_use is live, and the model has no such field"),
        ({"name": "versions"}, "name is versions, and the model has no such field"),
        ({"name": ""}, "name is , and the model has no such field"),
        ({"team": "name"}, "team is 'name', and name is not a foreign key"),
        ({"team": "versions"}, "team is 'versions', and versions is not a foreign key"),
        (
            {"team": "llm_provider_model"},
            "team is 'llm_provider_model', which is no foreign key to the key of teams.Team",
        ),
        ({"version_number": "name"}, "version_number is name, which is no integer"),
    ],
)
def test_a_field_that_is_not_there_is_told_by_check(fields: dict[str, str], wrong: str):
    (message,) = check_resources(registry=registry_of(**fields))
    assert message.id == "model_retirement.E210"
    assert message.msg == f'Resource("bot", "assistants.Assistant"): {wrong}.'


def test_a_model_that_is_not_there_is_told_by_check():
    gone = Registry()
    path = ResourcePath(Resource("bot", "assistants.Bot"))
    gone.register(ForeignKeyReference("assistants.Assistant", "llm_provider_model", "team", path))
    (message,) = check_resources(registry=gone)
    assert (
        message.msg
        == 'Resource("bot", "assistants.Bot"): model is \'assistants.Bot\', and no installed app has such a model.'
    )


@pytest.mark.parametrize("fields", [{}, {"team": ""}, {"name": "pk"}, {"name": "team__name"}, {"archived": ""}])
def test_fields_that_are_there_are_not_told(fields: dict[str, str]):
    assert check_resources(registry=registry_of(**fields)) == []


def test_rows_that_are_no_teams_are_not_declared_as_such():
    own = Registry()
    own.register(JsonIdReference("pipelines.Node", "params", "pk", PIPELINE, key="id"))
    (error,) = check_declarations(registry=own)
    assert error.msg == "JsonIdReference pipelines.Node.params.id: team is 'pk', and pipelines.Node is not teams.Team."


def test_ways_that_are_there_are_no_error():
    own = Registry()
    own.register(
        JsonIdReference("pipelines.Node", "params", "pipeline__team", PIPELINE, key="id"),
        ModelNameReference("teams.Team", "name", "pk", ResourcePath(Resource("team", "teams.Team", team="pk"))),
        OwnedRows("assistants.Assistant.llm_provider_model"),
    )
    assert check_declarations(registry=own) == []
    assert check_declarations() == []
