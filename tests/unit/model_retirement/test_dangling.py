"""Ids of models that do not exist are reported, with team and object (rule 6)."""

from __future__ import annotations

import csv
import io
import json
import tracemalloc
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.pipelines.models import FALLBACK_MODEL_IDS_KEY, MODEL_ID_KEY, Node
from apps.service_providers.models import LlmProviderModel
from model_retirement import dangling
from model_retirement import reference_checks as checks
from model_retirement.references import registry
from tests.factories.pipelines import NodeFactory, PipelineFactory
from tests.factories.service_providers import LlmProviderModelFactory, delete_all_models
from tests.unit.model_retirement.removal.removals import plan_of, run_of

pytestmark = pytest.mark.django_db

SCALAR = "pipelines.Node.params.llm_provider_model_id"
FALLBACKS = "pipelines.Node.params.fallback_llm_provider_model_ids"
GONE = 987_654


@pytest.fixture(autouse=True)
def empty_table(db):
    delete_all_models()


def node_with(fallbacks: list[object], *, slug: str = "acme", label: str = "Answer") -> Node:
    node = NodeFactory.create(pipeline=PipelineFactory.create(team__slug=slug, name="Triage"), label=label)
    Node.objects.filter(pk=node.pk).update(params={FALLBACK_MODEL_IDS_KEY: fallbacks})
    return node


def call(*arguments: str) -> str:
    out = io.StringIO()
    call_command("llm_models", "usage", "--dangling", *arguments, stdout=out)
    return out.getvalue()


def test_an_old_process_that_writes_a_removed_id_into_a_list_is_reported():
    """Rule 6: with team, object and the model that it was. It is not revived."""
    old, kept = LlmProviderModelFactory.create(name="old"), LlmProviderModelFactory.create(name="kept")
    run_of(plan_of("old"))
    node = node_with([kept.pk, "x", f"0{old.pk}", GONE, True])

    dangling_ids = json.loads(call("--format=json"))

    place = {
        "team": "acme",
        "kind": "pipeline",
        "id": node.pipeline_id,
        "name": "Triage",
        "details": "Answer",
        "place": FALLBACKS,
        "row_id": node.pk,
    }
    assert dangling_ids == [
        {**place, "model_id": old.pk, "removed": "openai/old"},
        {**place, "model_id": GONE, "removed": None},
    ]
    where = f"team acme, pipeline {node.pipeline_id} Triage [Answer], {FALLBACKS} of row {node.pk}"
    assert call() == (
        f"{where}: model {old.pk}, which was openai/old\n{where}: model {GONE}\n"
        "Ids of models that do not exist: 2. Nothing brings them back; choose other models there.\n"
    )
    assert LlmProviderModel.objects.get() == kept


def test_a_csv_file_has_a_line_for_each():
    node_with([GONE], label="=1+1")
    (line,) = csv.DictReader(io.StringIO(call("--format=csv")))
    assert (line["team"], line["model_id"], line["removed"]) == ("acme", str(GONE), "")
    assert not line["details"].startswith("=")


def test_an_id_under_the_key_is_reported_where_no_foreign_key_keeps_it_out():
    """Rule 6: PostgreSQL refuses it when it is committed."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("ALTER TABLE pipelines_node DROP CONSTRAINT pipelines_node_model_exists")
    node = NodeFactory.create()
    Node.objects.filter(pk=node.pk).update(params={MODEL_ID_KEY: f" {GONE} "})
    (dangling_id,) = dangling.stream(registry=registry, using="default")
    assert (dangling_id.place, dangling_id.row_id, dangling_id.model_id) == (SCALAR, node.pk, GONE)
    assert dangling.counts(registry=registry, using="default") == {SCALAR: 1}


def test_nothing_dangles():
    node_with([LlmProviderModelFactory.create().pk, "x", None, {"a": GONE}, [GONE]])
    assert call() == "No id of a model that does not exist is stored anywhere.\n"
    assert json.loads(call("--format=json")) == []
    assert checks.check_dangling_ids(databases=["default"]) == []


def test_one_team_at_a_time():
    node_with([GONE])
    node_with([GONE], slug="beta")
    assert [line["team"] for line in json.loads(call("--format=json", "--team=beta"))] == ["beta"]
    with pytest.raises(CommandError, match="There is no team with the slug nobody"):
        call("--team=nobody")


@pytest.mark.parametrize("option", ["--in-use", "--deprecated"])
def test_other_filters_are_refused(option):
    with pytest.raises(CommandError, match="give --team and --format only"):
        call(option)


def test_the_check_counts_them_and_names_the_command():
    node_with([GONE, GONE + 1, GONE])
    (warning,) = checks.check_dangling_ids(databases=["default"])
    assert (warning.id, warning.msg) == (
        "model_retirement.W015",
        f"{FALLBACKS} has 2 ids of models that do not exist.",
    )
    assert "llm_models usage --dangling" in str(warning.hint)


def test_the_front_page_of_the_admin_shows_the_first_ones(admin_client: Client):
    for number in range(7):
        node_with([GONE], slug=f"team-{number}")
    page = admin_client.get("/admin/").content.decode()
    assert "7 references to a model that does not exist" in page
    assert "team team-0, Answer: model 987654" in page
    assert "and 2 more" in page


def test_they_are_read_a_page_at_a_time_whatever_page_a_row_falls_on(django_assert_num_queries):
    for number in range(3):
        node_with([GONE + 3, GONE, GONE + 1], slug=f"team-{number}")
    everything = list(dangling.stream(registry=registry, using="default"))
    assert len(everything) == 9
    for page in (1, 2, 4):
        assert list(dangling.stream(registry=registry, using="default", page=page)) == everything
    # A page of each place that is not guarded; three queries for one with something in it, one for an empty one.
    with django_assert_num_queries(1 + 2 * 3 + 3 * 1 + 1):
        list(dangling.stream(registry=registry, using="default", page=4))


def test_only_what_is_not_the_usual_spelling_of_an_existing_id_is_read():
    """Comparing is cheap and reading is not; a front page asks with hundreds of thousands of elements."""
    kept = LlmProviderModelFactory.create().pk
    for number in range(20):
        node_with([kept, f"{kept}", kept], slug=f"team-{number}")
    node_with([f"0{kept}", f"{GONE}", True])
    with CaptureQueriesContext(connection) as queries:
        assert dangling.counts(registry=registry, using="default") == {FALLBACKS: 1}
    (query,) = (query["sql"] for query in queries if "unusual" in query["sql"])
    to_read, _, _ = query.partition(" SELECT DISTINCT ")
    with connection.cursor() as cursor:
        cursor.execute(f"{to_read} SELECT row_id FROM unusual) d")
        assert cursor.fetchone() == (3,)
        if connection.vendor == "postgresql":
            cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {query}")
            (plan,) = cursor.fetchone()[0]
            assert rows_of_subplan(plan["Plan"], "CTE readings") == [3]


def rows_of_subplan(plan: dict[str, Any], name: str) -> list[int]:
    own = [int(plan["Actual Rows"])] if plan.get("Subplan Name") == name else []
    return own + [rows for part in plan.get("Plans", ()) for rows in rows_of_subplan(part, name)]


def test_no_spelling_of_an_existing_id_dangles_and_each_of_another_does():
    kept = LlmProviderModelFactory.create().pk

    def spellings(model_id: int) -> list[object]:
        digits = str(model_id)
        return [model_id, float(model_id), digits, f"00{digits}", f" {digits}\n", f"{digits}.0"]

    node_with([*spellings(kept), f'"{kept}"', [kept], -GONE, f"{GONE}x", f"{GONE}.5", True, {}, ""])
    assert dangling.counts(registry=registry, using="default") == {}
    for place, spelling in enumerate(spellings(GONE)):
        node_with([kept, spelling, *spellings(GONE)], slug=f"team-{place}")
        assert dangling.counts(registry=registry, using="default") == {FALLBACKS: place + 1}
    node_with([10**18 + kept, f"{10**18}.0"], slug="large")
    dangling_ids = dangling.stream(registry=registry, using="default")
    assert [dangling_id.model_id for dangling_id in dangling_ids if dangling_id.team == "large"] == [
        10**18,
        10**18 + kept,
    ]


def test_a_hundred_times_as_many_need_no_more_memory():
    pipeline = PipelineFactory.create()

    def peak(rows: int) -> int:
        made = [
            Node(pipeline=pipeline, flow_id=f"{rows}-{n}", label="x" * 200, params={FALLBACK_MODEL_IDS_KEY: [GONE + n]})
            for n in range(rows)
        ]
        Node.objects.bulk_create(made, batch_size=1_000)
        del made
        tracemalloc.start()
        for _ in dangling.stream(registry=registry, using="default", page=100):
            pass
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    assert peak(10_000) < 3 * peak(100) + 500_000
