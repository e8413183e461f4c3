"""What is ignored names a place that there is, and says why."""

from __future__ import annotations

import pytest

from model_retirement.reference_scan.paths import is_inside
from model_retirement.references import ForeignKeyReference, Registry, Resource, ResourcePath

EVALUATOR = ForeignKeyReference(
    "evaluations.Evaluator", "llm_provider_model", "team", ResourcePath(Resource("evaluator", "evaluations.Evaluator"))
)


@pytest.mark.parametrize(
    "place",
    [
        "pipelines.Node",
        "pipelines.Node.label",
        "pipelines.Node.params",
        "pipelines.Node.params.old.model",
        "pipelines.Node.params[*]",
        'pipelines.Node.params.steps[*]."a.b"',
        "pipelines.Node.params[keys]",
        "pipelines.Node.params.limits[keys]",
        "pipelines.Node.label.model",  # the text may be JSON
    ],
)
def test_a_place_can_be_ignored(place):
    registry = Registry()
    registry.ignore(place, why="history")
    assert [(ignored.place, ignored.why) for ignored in registry.ignored] == [(place, "history")]


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("", "No installed app has a model"),
        ("pipelines", "No installed app has a model"),
        ("pipelines.Nodes.params", "No installed app has a model pipelines.Nodes"),
        ("pipeline.Node.params", "No installed app has a model pipeline.Node"),
        ("pipelines.Node.parameters", "pipelines.Node has no field parameters"),
        ("pipelines.Node.pipeline.key", "pipelines.Node.pipeline has nothing inside it"),
        ("pipelines.Node.pipeline[*]", "pipelines.Node.pipeline has nothing inside it"),
        ("pipelines.Node.pipeline[keys]", "pipelines.Node.pipeline has nothing inside it"),
        ("pipelines.Node.params[keys].model", "cannot be read"),
        ("pipelines.Node.params.", "ends in a dot"),
        ("pipelines.Node.params.a..b", "cannot be read"),
        ("pipelines.Node.", "ends in a dot"),
    ],
)
def test_a_place_that_is_none_is_refused(place, words):
    with pytest.raises(ValueError, match=words):
        Registry().ignore(place, why="history")


@pytest.mark.parametrize("why", ["", " \n"])
def test_a_reason_is_asked_for(why):
    with pytest.raises(ValueError, match=r"Nothing says why pipelines\.Node is ignored"):
        Registry().ignore("pipelines.Node", why=why)


def test_nothing_is_declared_and_ignored_at_once():
    registry = Registry()
    registry.register(EVALUATOR)
    with pytest.raises(ValueError, match="drop one of the two"):
        registry.ignore(EVALUATOR.label, why="history")
    registry = Registry()
    registry.ignore(EVALUATOR.label, why="history")
    with pytest.raises(ValueError, match="drop one of the two"):
        registry.register(EVALUATOR)


@pytest.mark.parametrize(
    ("label", "place", "lies_inside"),
    [
        ("a.B.data.model", "a.B", True),
        ("a.B.data.model", "a.B.data", True),
        ("a.B.data[*]", "a.B.data", True),
        ("a.B.data.model", "a.B.data.model", True),
        ('a.B.data.users."x.y".model', "a.B.data.users[*]", True),
        ("a.B.data[*].model", "a.B.data[*]", True),
        ("a.B.data.models", "a.B.data.model", False),
        ("a.Bc.data", "a.B", False),
        ("a.B.data", "a.B.data.model", False),
    ],
)
def test_what_lies_inside_is_ignored_too(label, place, lies_inside):
    assert is_inside(label, place) == lies_inside
