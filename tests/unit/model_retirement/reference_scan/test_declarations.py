"""The lines that a scan shows work: pasted, they declare the place, or leave it out."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps

from model_retirement import references
from model_retirement.reference_scan import declarations, remarks, report
from model_retirement.reference_scan.scan import ScannedPlace
from model_retirement.references import Registry
from model_retirement.references import registry as platform
from model_retirement.testing import assert_reference_kind
from tests.factories.assistants import AssistantFactory
from tests.factories.evaluations import EvaluatorFactory
from tests.factories.pipelines import NodeFactory
from tests.factories.service_providers import LlmProviderModelFactory
from tests.factories.teams import TeamFactory
from tests.unit.model_retirement.reference_scan.rows import event, make, undeclared

pytestmark = pytest.mark.usefixtures("forgetful")

EVENT = '"forgetful_app.Event"'
OF_EVENT = 'ResourcePath(Resource("event", "forgetful_app.Event", name="title"))'
OF_STEP = 'ResourcePath(Resource("event", "forgetful_app.Event", name="title"), path="event")'
OF_LOOSE = 'ResourcePath(Resource("loose", "forgetful_app.Loose", team="", name="pk"))'


def lines(registry: Registry) -> dict[str, str]:
    return {
        report.label(place): declarations.declaration(place).removeprefix("registry.register(").removesuffix(")")
        for place in undeclared(registry)
    }


def paste(places: list[ScannedPlace], *, ignored: bool) -> Registry:
    """Return a registry in which the lines have been run."""
    registry = Registry()
    names: dict[str, Any] = {}
    exec(declarations.imports(places), names)
    for place in places:
        exec(
            declarations.ignoring(place) if ignored else declarations.declaration(place),
            {**names, "registry": registry},
        )
    return registry


def make_one_of_each(model_id: int) -> None:
    routes = {"routing": {"primary": {"model": model_id}}, "steps": [{"model": model_id}], "a.b": {"llm": model_id}}
    keyed = {"weights_by_model": {str(model_id): {"tokens": 1}}, "cost": {"model_limits": {str(model_id): 2}}}
    many = {"users": {f"user {number}": {"model": model_id} for number in range(6)}}
    row = event(payload={"model_id": model_id, "models": [model_id], "my.model": model_id, **routes, **keyed, **many})
    make("Step", event=row, params={"llm": model_id, "chosen": {"model": "openai/gpt-4"}}, label="gpt-4")
    make("Loose", data={"llm": model_id}, model_ids=[model_id])
    make("Loose", model_ids={str(model_id): 1})


def test_each_place_has_the_kind_that_stands_for_it(model_id):
    make_one_of_each(model_id)
    payload = f'{EVENT}, "payload", "team", {OF_EVENT}'
    step = f'"forgetful_app.Step", "params", "event__team", {OF_STEP}'
    assert lines(Registry()) == {
        "forgetful_app.Event.payload.model_id": f'JsonIdReference({payload}, key="model_id")',
        "forgetful_app.Event.payload.models[*]": f'JsonIdListReference({payload}, key="models")',
        'forgetful_app.Event.payload."my.model"': f"JsonPathReference({payload}, path='\"my.model\"')",
        "forgetful_app.Event.payload.routing.primary.model": f'JsonPathReference({payload}, path="routing.primary.model")',
        "forgetful_app.Event.payload.steps[*].model": f'JsonPathReference({payload}, path="steps[*].model")',
        'forgetful_app.Event.payload."a.b".llm': f"JsonPathReference({payload}, path='\"a.b\".llm')",
        "forgetful_app.Event.payload.users[*].model": f'JsonPathReference({payload}, path="users[*].model")',
        "forgetful_app.Event.payload.weights_by_model[keys]": f'JsonKeysReference({payload}, key="weights_by_model")',
        "forgetful_app.Event.payload.cost.model_limits[keys]": f'JsonKeysReference({payload}, key="cost.model_limits")',
        "forgetful_app.Loose.model_ids[keys]": (
            f'JsonKeysReference("forgetful_app.Loose", "model_ids", "", {OF_LOOSE})'
        ),
        "forgetful_app.Step.label": (
            f'ModelNameReference("forgetful_app.Step", "label", "event__team", {OF_STEP}, provider_field="provider")'
        ),
        "forgetful_app.Step.params.llm": f'JsonIdReference({step}, key="llm")',
        "forgetful_app.Step.params.chosen.model": f'ModelNameReference({step}, key="chosen.model", with_provider=True)',
        "forgetful_app.Loose.data.llm": f'JsonIdReference("forgetful_app.Loose", "data", "", {OF_LOOSE}, key="llm")',
        "forgetful_app.Loose.model_ids[*]": (
            f'JsonPathReference("forgetful_app.Loose", "model_ids", "", {OF_LOOSE}, path="[*]")'
        ),
    }


@pytest.mark.parametrize("ignored", [False, True], ids=["declared", "ignored"])
def test_when_the_lines_are_pasted_nothing_is_left(ignored, model_id):
    make_one_of_each(model_id)
    places = undeclared(Registry())
    assert undeclared(paste(places, ignored=ignored)) == []


def test_an_import_has_what_the_lines_use(model_id):
    assert declarations.imports([]) == "from model_retirement.references import registry"
    event(payload={"model_id": model_id})
    (place,) = undeclared(Registry())
    assert declarations.imports([place]) == (
        "from model_retirement.references import JsonIdReference, Resource, ResourcePath, registry"
    )
    assert set(declarations.imports([place]).partition(" import ")[2].split(", ")) <= set(references.__all__)
    assert declarations.module_of(place) == "tests/forgetful_app/llm_model_references.py"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"llm_model_id": "id"}, "an id in a plain column: make it a foreign key"),
        ({"payload": {"steps": [{"any": "gpt-4"}]}}, "write one of your own"),
        ({"payload": "gpt-4"}, "write one of your own"),
        ({"payload": {"prices": {"gpt-4": 1}}}, "write one of your own"),
        ({"payload": {"a.b": {"model_limits": {"id": 1}}}}, "write one of your own"),
        ({"text": '{"any": "gpt-4"}'}, "make the column a JSONField and declare it then"),
        ({"payload": '{"any": "gpt-4"}'}, "store it as an object or a list"),
    ],
)
def test_where_no_kind_stands_for_a_place_it_is_said(values, words, model_id):
    event(**json.loads(json.dumps(values).replace('"id":', f'"{model_id}":').replace('"id"', str(model_id))))
    (place,) = undeclared(Registry())
    assert declarations.declaration(place) == ""
    assert words in remarks.remark(place)


def test_relations_of_django_s_and_mirrors_are_named_as_the_platform_names_them(model_id):
    team = TeamFactory.create()
    model = LlmProviderModelFactory.create()
    AssistantFactory.create(team=team, llm_provider_model=model)
    EvaluatorFactory.create(team=team, llm_provider_model=model).jury_models.set([model])
    NodeFactory.create(llm_provider_model=model)
    make("Price", model=model)
    declared = lines(Registry())
    assert declared["assistants.Assistant.llm_provider_model"].startswith("ForeignKeyReference(")
    assert declared["evaluations.Evaluator.jury_models"].startswith("ManyToManyReference(")
    assert declared["pipelines.Node.params.llm_provider_model_id"].endswith(
        'key="llm_provider_model_id", mirror="llm_provider_model_ref")'
    )
    price = undeclared(platform)
    assert [report.label(place) for place in price] == ["forgetful_app.Price.model"]
    assert 'declare OwnedRows("forgetful_app.Price.model") instead' in remarks.remark(price[0])
    assert remarks.remark(undeclared(Registry())[0]) == ""


class InText(references.ForeignKeyReference):
    """A kind of a host's own that reads JSON in a column of text."""


def test_a_kind_of_the_host_s_own_declares_what_lies_in_text(model_id):
    event(text=f'{{"model": {model_id}}}', payload=f'{{"model": {model_id}}}')
    path = references.ResourcePath(references.Resource("event", "forgetful_app.Event", name="title"))
    registry = Registry()
    registry.register(
        InText("forgetful_app.Event", "text", "team", path),
        references.JsonIdReference("forgetful_app.Event", "payload", "team", path, key="model"),
    )
    assert [report.label(place) for place in undeclared(registry)] == ["forgetful_app.Event.payload.model"]


def test_pasted_keys_are_what_is_asked_of_a_kind(model_id):
    event(payload={"weights_by_model": {str(model_id): 1}})
    (reference,) = paste(undeclared(Registry()), ignored=False)
    assert_reference_kind(reference, rows=[lambda model: event(payload={"weights_by_model": {str(model.pk): 1}})])


def line_of(label: str, name: str) -> str:
    """Return the line for a foreign key to models in place of a field that a model has."""
    field = SimpleNamespace(model=apps.get_model(label), name=name, column=name, many_to_many=False, null=True)
    place, line = declarations.of_relation(field)
    assert place.column.column == name
    return line.removeprefix("registry.register(ForeignKeyReference(").removesuffix("))")


def test_whose_a_model_is_says_nothing_of_whose_the_rows_are_that_point_at_it():
    """Else nobody heard of rows that point at global models, which have no team."""
    assert line_of("forgetful_app.Price", "model") == (
        '"forgetful_app.Price", "model", "", ResourcePath(Resource("price", "forgetful_app.Price", team="", name="pk"))'
    )


def test_a_team_s_own_rows_are_its_own():
    assert (
        line_of("teams.Team", "slug")
        == '"teams.Team", "slug", "pk", ResourcePath(Resource("team", "teams.Team", team="pk"))'
    )
