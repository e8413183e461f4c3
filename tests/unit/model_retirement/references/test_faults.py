"""What apps declare wrongly is told by check, clause by clause, and nothing else fails at it."""

from __future__ import annotations

from typing import Any, cast

import pytest
from django.core.checks import run_checks
from django.db import models
from django.test.utils import isolate_apps

from apps.assistants.models import Assistant
from apps.service_providers.models import LlmProviderModel
from model_retirement import host_checks, reference_checks
from model_retirement.host_models import holds_keys_of
from model_retirement.references import (
    ForeignKeyReference,
    JsonIdListReference,
    JsonIdReference,
    JsonIdWithKeyReference,
    JsonKeysReference,
    JsonPathReference,
    ManyToManyReference,
    ModelNameReference,
    OwnedRows,
    Registry,
    Resource,
    ResourcePath,
)
from model_retirement.references import (
    registry as platform_registry,
)
from model_retirement.references.pointing_field import PointingField

ASSISTANT = ResourcePath(Resource("assistant", "assistants.Assistant"))
NODE = ResourcePath(Resource("pipeline", "pipelines.Pipeline"), path="pipeline", detail="label")
KEY = "llm_provider_model"


def faults(reference: Any) -> list[str]:
    return list(reference.faults())


def of_assistant(**other: Any) -> ForeignKeyReference:
    given: dict[str, Any] = {"model": "assistants.Assistant", "field": KEY, "team": "team", "resource_path": ASSISTANT}
    return ForeignKeyReference(**(given | other))


def of_node(kind: type[Any], **other: Any) -> Any:
    given = {"model": "pipelines.Node", "field": "params", "team": "pipeline__team", "resource_path": NODE}
    return kind(**(given | other))


def test_what_this_platform_declares_is_right():
    assert list(platform_registry.faults()) == []
    assert platform_registry.is_sound
    assert faults(of_assistant()) == []
    assert faults(of_assistant(team="")) == []
    assert faults(of_assistant(team="working_version__team")) == []


@pytest.mark.parametrize(
    ("other", "wrong"),
    [
        ({"model": "assistants.Nope"}, "model is 'assistants.Nope', and no installed app has such a model"),
        ({"model": "nope.Assistant"}, "model is 'nope.Assistant', and no installed app has such a model"),
        ({"model": "Assistant"}, "model is 'Assistant', and no installed app has such a model"),
        ({"model": None}, "model is None, and no installed app has such a model"),
        ({"model": "assistants.assistant"}, "model is 'assistants.assistant', which has to be written 'assistants.Assistant'"),
        ({"field": "llm"}, "field is 'llm', and assistants.Assistant has no such field"),
        ({"field": None}, "field is None, and assistants.Assistant has no such field"),
        ({"field": "name"}, "field is 'name', a CharField and no ForeignKey"),
        ({"field": "team"}, "field is 'team', which does not point at the key of LLM models"),
        ({"team": "tenant"}, "team is 'tenant', and assistants.Assistant has no field tenant"),
        ({"team": "team__tenant"}, "team is 'team__tenant', and teams.Team has no field tenant"),
        ({"team": "name"}, "team is 'name', and name is not a foreign key"),
        ({"team": "versions__team"}, "team is 'versions__team', and versions is not a foreign key"),
        ({"team": KEY}, f"team is '{KEY}', which is no foreign key to the key of teams.Team"),
        ({"team": None}, "team is None, and assistants.Assistant has no field None"),
        ({"resource_path": ASSISTANT.resource}, f"resource_path is {ASSISTANT.resource!r}, and has to be ResourcePath(Resource(...))"),
        ({"resource_path": ResourcePath(cast("Any", "assistant"))}, "resource_path is ResourcePath(resource='assistant', path='', detail=''), and has to be ResourcePath(Resource(...))"),
        ({"resource_path": NODE}, "detail is 'label', and assistants.Assistant has no such field"),
        ({"resource_path": ResourcePath(ASSISTANT.resource, detail="label")}, "detail is 'label', and assistants.Assistant has no such field"),
        ({"resource_path": ResourcePath(ASSISTANT.resource, path="bot")}, "path is 'bot', and assistants.Assistant has no such field"),
        ({"resource_path": ResourcePath(ASSISTANT.resource, path="team")}, "path is 'team', which is no foreign key to the key of assistants.Assistant"),
        ({"resource_path": ResourcePath(ASSISTANT.resource, path="versions")}, "path is 'versions', which points here from assistants.Assistant"),
        ({"resource_path": ResourcePath(NODE.resource)}, "path is '', and a assistants.Assistant is no pipelines.Pipeline: give the foreign key that leads from one to the other"),
    ],
)  # fmt: skip
def test_what_is_not_there_or_something_else_is_told(other: dict[str, Any], wrong: str):
    """Rows of one team must not be taken for another one's, and no id for an id of something else."""
    first, *others = faults(of_assistant(**other))
    assert first == wrong
    assert all("path is" in fault for fault in others)


def test_a_kind_of_a_hosts_own_may_be_held_in_anything():
    assert list(PointingField("assistants.Assistant", "name", "team", ASSISTANT).faults()) == []


def test_what_points_back_holds_no_key():
    relation = Assistant._meta.get_field("versions")
    assert not holds_keys_of(relation, Assistant)


def test_a_resource_that_is_not_there_is_told_once():
    gone = of_assistant(resource_path=ResourcePath(Resource("bot", "assistants.Bot")))
    assert faults(gone) == []
    own = Registry()
    own.register(gone)
    assert not own.is_sound
    assert len(host_checks.check_resources(registry=own)) == 1


@pytest.mark.parametrize(
    ("reference", "wrong"),
    [
        (of_node(JsonIdReference, field="label", key="a"), "field is 'label', a CharField and no JSONField"),
        (of_node(JsonIdListReference, field="label", key="a"), "field is 'label', a CharField and no JSONField"),
        (of_node(JsonPathReference, field="label", path="a"), "field is 'label', a CharField and no JSONField"),
        (of_node(JsonKeysReference, field="label"), "field is 'label', a CharField and no JSONField"),
        (of_node(ModelNameReference, field="label", key="a"), "field is 'label', a CharField and no JSONField"),
        (of_node(ModelNameReference), "field is 'params', a JSONField and no CharField or TextField"),
        (
            of_node(ModelNameReference, field="label", provider_field="vendor"),
            "provider_field is 'vendor', and pipelines.Node has no such field",
        ),
        (
            of_node(JsonIdWithKeyReference, key="a", foreign_key="llm"),
            "foreign_key is 'llm', and pipelines.Node has no such field",
        ),
        (
            of_node(JsonIdWithKeyReference, key="a", foreign_key="pipeline"),
            "foreign_key is 'pipeline', which does not point at the key of LLM models",
        ),
        (of_node(JsonIdWithKeyReference, model="pipelines.Nope", key="a", foreign_key="llm"), "model is 'pipelines.Nope', and no installed app has such a model"),
        (of_node(ModelNameReference, model="pipelines.Nope", provider_field="a"), "model is 'pipelines.Nope', and no installed app has such a model"),
        (ManyToManyReference("teams.Team", "members", "", ResourcePath(Resource("team", "teams.Team", team=""))), "field is 'members', which does not point at the key of LLM models"),
        (ManyToManyReference("assistants.Assistant", KEY, "team", ASSISTANT), f"field is '{KEY}', a ForeignKey and no ManyToManyField"),
        (OwnedRows("assistants.Assistant.name"), "field is 'name', a CharField and no ForeignKey"),
        (OwnedRows("assistants.Assistant"), "model is 'assistants', and no installed app has such a model"),
        (of_node(ModelNameReference, field="label", provider_field="type"), None),
    ],
)  # fmt: skip
def test_each_kind_tells_of_the_fields_that_it_reads(reference: Any, wrong: str | None):
    assert faults(reference) == ([wrong] if wrong else [])


@isolate_apps("tests.unit.model_retirement")
def test_a_field_of_a_parent_is_declared_of_the_parent(monkeypatch: pytest.MonkeyPatch):
    meta = {"Meta": type("Meta", (), {"app_label": "hosts"}), "__module__": __name__}
    parent: Any = type("Base", (models.Model,), {**meta, "model": models.ForeignKey(LlmProviderModel, models.CASCADE)})
    child: Any = type("Bot", (parent,), dict(meta))
    monkeypatch.setattr(ForeignKeyReference, "model_class", child)
    reference = ForeignKeyReference("hosts.Bot", "model", "", ResourcePath(Resource("bot", "hosts.Bot", team="")))
    assert list(reference.field_faults("field", "model")) == [
        "field is 'model', which is in the table of hosts.Base: declare it of that model"
    ]


@pytest.mark.parametrize(
    ("of", "owner", "wrong"),
    [
        ("pipelines.Nope", ResourcePath(NODE.resource, path="x"), "model is 'pipelines.Nope', and no installed app has such a model"),
        ("teams.Team", ResourcePath(ASSISTANT.resource, path="bots"), "assistants.Assistant has no foreign key to teams.Team whose reverse is called so"),
        ("teams.Team", ResourcePath(ASSISTANT.resource, path="memberships"), "assistants.Assistant has no foreign key to teams.Team whose reverse is called so"),
        ("teams.Team", ResourcePath(ASSISTANT.resource, path="name"), "assistants.Assistant has no foreign key to teams.Team whose reverse is called so"),
        ("teams.Team", ResourcePath(Resource("bot", "assistants.Bot"), path="bots"), None),
    ],
)  # fmt: skip
def test_a_resource_above_that_leads_nowhere_is_told(of: str, owner: ResourcePath, wrong: str | None):
    own = Registry()
    own.register_owner(of=of, owner=owner)
    assert list(own.faults()) == ([(f"The owner {owner.path} of {of}", wrong)] if wrong else [])


@pytest.mark.parametrize("given", ["assistants.Assistant.llm", ForeignKeyReference, None])
def test_what_is_no_reference_is_not_registered(given: Any):
    with pytest.raises(TypeError, match="is no reference: register objects such as ForeignKeyReference"):
        Registry().register(given)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "wrong",
    [
        of_assistant(model="assistants.Nope"),
        of_assistant(field="llm"),
        of_assistant(team="tenant"),
        of_assistant(resource_path=ASSISTANT.resource),
        of_node(JsonIdWithKeyReference, key="a", foreign_key="llm"),
        ManyToManyReference("evaluations.Nope", "jury_models", "team", ASSISTANT),
        ManyToManyReference("evaluations.Evaluator", "jury", "team", ASSISTANT),
        ManyToManyReference("evaluations.Evaluator", KEY, "team", ASSISTANT),
    ],
)
def test_check_comes_to_its_end_whatever_is_declared(wrong: Any, monkeypatch: pytest.MonkeyPatch):
    """One check that raises would hide what the others have to say, and its hint."""
    own = Registry()
    own.register(wrong)
    (error, *_) = reference_checks.check_declarations(registry=own)
    assert error.id == "model_retirement.E105"
    assert error.msg.startswith(f"{type(wrong).__name__} {wrong.label}: ")
    assert error.hint == "Correct it in the llm_model_references.py that declares it."
    options: dict[str, Any] = {"registry": own, "databases": ["default"]}
    assert host_checks.check_keys(**options) == host_checks.check_mirrors(**options) == []
    assert host_checks.check_resources(**options) == reference_checks.check_owned_rows(**options) == []
    assert reference_checks.check_disagreeing_rows(**options) == reference_checks.check_relations(**options) == []
    monkeypatch.setattr(Registry, "__iter__", lambda _registry: iter([wrong]))
    assert "model_retirement.E105" in {message.id for message in run_checks(databases=["default"])}
