"""``llm_models references``: what is declared, what is ignored, and what the data has beside that."""

from __future__ import annotations

import dataclasses
import io
import json
import sys

import pytest
from django.apps import apps
from django.core.checks import run_checks
from django.core.management import CommandError, call_command
from django.db.migrations.recorder import MigrationRecorder

from apps.pipelines.models import Node
from apps.service_providers.llm_service import default_models
from model_retirement import place_checks
from model_retirement.management.presenters import references as presenter
from model_retirement.reference_scan.declared import Declared
from model_retirement.reference_scan.report import ScanReport
from model_retirement.references import JsonIdReference, Registry, Resource, ResourcePath, registry
from tests.factories.pipelines import NodeFactory
from tests.factories.service_providers import LlmProviderModelFactory

NODE_LINE = (
    'registry.register(JsonIdReference("pipelines.Node", "params", "pipeline__team",'
    ' ResourcePath(Resource("pipeline", "pipelines.Pipeline"), path="pipeline"), key="judge_model"))'
)
IGNORE = 'registry.ignore("pipelines.Node.params.judge_model", why="history")'


def call(*arguments: str) -> str:
    out = io.StringIO()
    call_command("llm_models", "references", *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def asked(monkeypatch) -> None:
    monkeypatch.setattr(sys, "argv", ["manage.py", "check"])


def forgotten() -> Node:
    """Return a node with an id where no app says that there is one, and with a name."""
    node = NodeFactory.create()
    model = LlmProviderModelFactory.create()
    Node.objects.filter(pk=node.pk).update(params={"judge_model": model.pk, "note": "gpt-4 or so"})
    return node


def test_what_is_declared_is_listed_with_its_kind_and_how_it_is_found():
    lines = call().splitlines()
    assert lines[0].split() == ["Place", "Kind", "Found", "by", "Concerns"]
    assert len(lines) == 1 + len(list(registry)) + 1
    (node,) = [line for line in lines if line.startswith("pipelines.Node.params.llm_provider_model_id ")]
    assert node.split()[1:] == ["JsonIdReference", "index", "pipeline,", "chatbot"]
    assert lines[-1] == "ignored admin.LogEntry: history: what people did in the admin"


def test_programs_read_the_same_as_json():
    document = json.loads(call("--format=json"))
    assert [reference["place"] for reference in document["references"]] == sorted(
        reference.label for reference in registry
    )
    assert document["references"][0] == {
        "place": "assistants.Assistant.llm_provider_model",
        "kind": "ForeignKeyReference",
        "reads_whole_table": False,
        "missing_index": None,
        "resources": ["assistant"],
    }
    assert document["ignored"] == [{"place": "admin.LogEntry", "why": "history: what people did in the admin"}]


@pytest.mark.django_db
def test_a_scan_shows_a_forgotten_place_with_the_lines_to_paste():
    """Rule 4."""
    node = forgotten()
    model_id = Node.objects.get(pk=node.pk).params["judge_model"]
    lines = call("--scan").splitlines()
    assert lines[:-2] == [
        f"pipelines.Node.params.judge_model: 1 id of a model, such as {model_id}, in row {node.pk}",
        "",
        "To paste into apps/pipelines/llm_model_references.py; of each place one of the two lines:",
        "  from model_retirement.references import JsonIdReference, Resource, ResourcePath, registry",
        "",
        f"  {NODE_LINE}",
        f"  {IGNORE}",
        "",
    ]
    assert lines[-1].startswith("1 undeclared place in ")
    assert " of database default, " in lines[-1]

    document = json.loads(call("--scan", "--format=json"))
    assert document["undeclared"] == [
        {
            "place": "pipelines.Node.params.judge_model",
            "holds": "ids",
            "in_text": False,
            "count": 1,
            "example": str(model_id),
            "rows": [str(node.pk)],
            "module": "apps/pipelines/llm_model_references.py",
            "declaration": NODE_LINE,
            "remark": None,
            "ignoring": IGNORE,
        }
    ]
    assert (document["database"], document["unreadable"], document["too_long"]) == ("default", {}, {})
    assert document["tables"] > 5
    assert document["rows"] > 1


@pytest.mark.django_db
def test_several_names_and_what_no_kind_stands_for_are_told():
    first, last = NodeFactory.create(label="gpt-4"), NodeFactory.create(label="gpt-4")
    Node.objects.filter(pk=last.pk).update(params={"list": ["gpt-4"]})
    lines = call("--scan").splitlines()
    assert lines[0] == (f"pipelines.Node.label: 2 names of models, such as gpt-4, in rows {first.pk}, {last.pk}")
    assert "  # No kind of reference stands for this: write one of your own, a subclass of Reference." in lines
    assert '  registry.ignore("pipelines.Node.params.list[*]", why="history")' in lines


@pytest.mark.django_db
def test_with_nothing_forgotten_it_says_how_much_was_looked_at():
    assert call("--scan", "--exit-code").splitlines()[-1].startswith("Nothing is undeclared in ")


@pytest.mark.django_db
def test_what_is_forgotten_is_a_failure_where_that_is_asked_for():
    forgotten()
    call("--scan")
    with pytest.raises(CommandError, match=r"1 undeclared place in .* Declare each, or ignore it with a reason"):
        call("--scan", "--exit-code")


def test_how_rows_are_found_is_said_with_the_index_to_add():
    declared = Declared("a.B.c", "JsonIdReference", reads_whole_table=False, missing_index="", resources=())
    assert presenter.found_by(declared) == "index"
    without = dataclasses.replace(declared, reads_whole_table=True)
    assert presenter.found_by(without) == "reading all rows"
    assert (
        presenter.found_by(dataclasses.replace(without, missing_index="Index()")) == "reading all rows; to add: Index()"
    )


@pytest.mark.django_db
def test_json_that_is_stored_as_text_is_shown_with_what_has_to_be_done():
    """Rule 4."""
    node = NodeFactory.create()
    model = LlmProviderModelFactory.create()
    text = json.dumps({"llm_provider_model_id": model.pk})
    Node.objects.filter(pk=node.pk).update(label=text, params={"config": text})
    lines = call("--scan").splitlines()
    for place in ("pipelines.Node.label", "pipelines.Node.params.config"):
        assert (
            f"{place}.llm_provider_model_id: 1 id of a model in JSON that is stored as text, such as {model.pk},"
            f" in row {node.pk}"
        ) in lines
        assert f'  registry.ignore("{place}.llm_provider_model_id", why="history")' in lines
    assert (
        "  # This is JSON in a column of text, which no kind of reference opens: make the column a JSONField and declare"
        " it then, or write a kind of your own."
    ) in lines
    assert (
        "  # This is JSON that was stored as a string inside JSON, which no kind of reference opens: store it as an object"
        " or a list, or write a kind of your own."
    ) in lines
    assert {place["in_text"] for place in json.loads(call("--scan", "--format=json"))["undeclared"]} == {True}


@pytest.mark.django_db
def test_what_is_stored_as_text_under_a_declared_key_is_not_declared(asked):
    """A removal reads the key, and not what is inside the text."""
    node = NodeFactory.create()
    model = LlmProviderModelFactory.create()
    Node.objects.filter(pk=node.pk).update(params=json.dumps({"llm_provider_model_id": model.pk}))
    held = "1 id of a model in JSON that is stored as text"
    assert call("--scan").splitlines()[0].startswith(f"pipelines.Node.params.llm_provider_model_id: {held}")
    (warning,) = place_checks.check_places(databases=["default"])
    assert "holds ids of models in JSON that is stored as text, such as" in warning.msg


def test_rows_that_could_not_be_read_or_looked_into_are_named():
    """Rule 23."""
    scan = ScanReport(
        tables=1,
        rows=1,
        undeclared=(),
        ignored=(),
        unreadable={"pipelines_node": ("7", "9")},
        too_long={"pipelines.Node.label": ("8",)},
    )
    assert list(presenter.scan_lines(scan, database="default")) == [
        "The database could not read some rows of pipelines_node, which were left out: 7, 9",
        "Text of pipelines.Node.label that begins like JSON and has more than 1,000,000 characters was not looked into:"
        " row 8",
        "Nothing is undeclared in 1 table of database default, 1 row.",
    ]


def test_an_exit_code_without_a_scan_is_refused():
    with pytest.raises(CommandError, match="give --scan, too"):
        call("--exit-code")


@pytest.mark.django_db
def test_a_catalogue_that_cannot_be_read_is_one_line(monkeypatch):
    monkeypatch.setattr(default_models, "DELETED_MODELS", [("openai",)])
    with pytest.raises(CommandError, match="DELETED_MODELS"):
        call("--scan")


@pytest.mark.django_db
def test_migrations_that_wait_are_one_line_and_nothing_for_the_check(asked):
    forgotten()
    MigrationRecorder.Migration.objects.filter(app="service_providers").delete()
    with pytest.raises(CommandError, match="Migrations are not applied"):
        call("--scan")
    assert place_checks.check_places(databases=["default"]) == []


@pytest.mark.django_db
def test_the_check_warns_with_the_line_to_paste(asked):
    node = forgotten()
    (warning,) = place_checks.check_places(databases=["default"])
    model_id = Node.objects.get(pk=node.pk).params["judge_model"]
    assert (warning.id, warning.msg) == (
        "model_retirement.W103",
        f"pipelines.Node.params.judge_model holds ids of models, such as {model_id}, but no app declares it.",
    )
    assert warning.hint == (
        f"To paste into apps/pipelines/llm_model_references.py: `{NODE_LINE}` or, to leave it as it is, `{IGNORE}`."
        " At most 1,000 rows of a table were looked at; `python manage.py llm_models references --scan` reads all."
    )


@pytest.mark.django_db
def test_the_check_says_what_has_to_be_done_where_no_kind_stands_for_a_place(asked):
    Node.objects.filter(pk=NodeFactory.create().pk).update(params={"list": ["gpt-4"]})
    (warning,) = place_checks.check_places(databases=["default"])
    assert str(warning.hint).startswith(
        "No kind of reference stands for this: write one of your own, a subclass of Reference. To paste into"
        ' apps/pipelines/llm_model_references.py: `registry.ignore("pipelines.Node.params.list[*]", why="history")`.'
    )


@pytest.mark.django_db
def test_a_terminal_obeys_nothing_of_what_the_check_quotes(asked):
    """Rule 26: keys are written by tenants."""
    model = LlmProviderModelFactory.create()
    Node.objects.filter(pk=NodeFactory.create().pk).update(params={"\x9b31m\u202e": {"model": model.pk}})
    (warning,) = place_checks.check_places(databases=["default"])
    assert f"{warning.msg}{warning.hint}".isprintable()


@pytest.mark.django_db
def test_the_check_looks_where_it_was_asked_to(asked):
    forgotten()
    of_pipelines, of_teams = (apps.get_app_config(label) for label in ("pipelines", "teams"))
    assert len(place_checks.check_places(databases=["default"], app_configs=[of_pipelines])) == 1
    assert place_checks.check_places(databases=["default"], app_configs=[of_teams]) == []
    assert place_checks.check_places(databases=None) == []
    assert len(place_checks.check_places(databases=["default"], registry=Registry())) == 1
    (message,) = run_checks(tags=[place_checks.REFERENCES_TAG], databases=["default"])
    assert message.id == place_checks.UNDECLARED_PLACE


@pytest.mark.django_db
def test_only_check_looks_for_places_not_each_command_that_runs_checks(monkeypatch):
    forgotten()
    monkeypatch.setattr(sys, "argv", ["manage.py", "migrate"])
    assert place_checks.check_places(databases=["default"]) == []


@pytest.mark.django_db
def test_the_check_leaves_a_broken_catalogue_to_the_one_for_it(asked, monkeypatch):
    forgotten()
    monkeypatch.setattr(default_models, "DELETED_MODELS", [("openai",)])
    assert place_checks.check_places(databases=["default"]) == []


@pytest.mark.django_db
def test_the_check_leaves_a_wrong_declaration_to_the_one_for_it(asked):
    forgotten()
    path = ResourcePath(Resource("pipeline", "pipelines.Pipeline"), path="pipeline")
    wrong = Registry()
    wrong.register(JsonIdReference("pipelines.Nobody", "params", "pipeline__team", path, key="judge_model"))
    assert place_checks.check_places(databases=["default"], registry=wrong) == []
