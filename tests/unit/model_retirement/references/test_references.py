"""Every shape of reference is found and moved, and nothing beside it (rule 4 of the design)."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, models, transaction
from django.test.utils import CaptureQueriesContext

from apps.evaluations.models import Evaluator
from apps.pipelines.models import FALLBACK_MODEL_IDS_KEY, MODEL_ID_KEY, Node
from apps.service_providers.models import LlmProviderModel
from model_retirement.batching import collect_ids
from model_retirement.fields import ModelMirror
from model_retirement.references import (
    Change,
    JsonIdListReference,
    JsonIdReference,
    Moves,
    Reference,
    Resource,
    ResourcePath,
    registry,
)
from model_retirement.references.schema import JsonIdListIndex
from tests.factories.assistants import AssistantFactory
from tests.factories.documents import CollectionFactory
from tests.factories.evaluations import EvaluatorFactory, TranscriptAnalysisFactory
from tests.factories.pipelines import NodeFactory, PipelineFactory
from tests.factories.service_providers import LlmProviderModelFactory
from tests.factories.teams import TeamFactory
from tests.integration.tenants import pointers, use_everywhere

pytestmark = pytest.mark.django_db

SCALAR = "pipelines.Node.params.llm_provider_model_id"
FALLBACKS = "pipelines.Node.params.fallback_llm_provider_model_ids"
JURY = "evaluations.Evaluator.jury_models"

CONCERN = ResourcePath(Resource("pipeline", "pipelines.Pipeline"), path="pipeline")

MakeRow = Callable[[LlmProviderModel], models.Model]

FOREIGN_KEYS: dict[str, tuple[MakeRow, str]] = {
    "assistants.Assistant.llm_provider_model": (
        lambda model: AssistantFactory.create(llm_provider_model=model),
        "llm_provider_model_id",
    ),
    "evaluations.Evaluator.llm_provider_model": (
        lambda model: EvaluatorFactory.create(llm_provider_model=model),
        "llm_provider_model_id",
    ),
    "evaluations.TranscriptAnalysis.llm_provider_model": (
        lambda model: TranscriptAnalysisFactory.create(llm_provider_model=model),
        "llm_provider_model_id",
    ),
    "evaluations.TranscriptAnalysis.translation_llm_provider_model": (
        lambda model: TranscriptAnalysisFactory.create(translation_llm_provider_model=model),
        "translation_llm_provider_model_id",
    ),
    "documents.Collection.contextualizer_llm_model": (
        lambda model: CollectionFactory.create(contextualizer_llm_model=model),
        "contextualizer_llm_model_id",
    ),
}


@pytest.fixture
def old() -> LlmProviderModel:
    return LlmProviderModelFactory.create(name="old")


@pytest.fixture
def new() -> LlmProviderModel:
    return LlmProviderModelFactory.create(name="new")


@pytest.fixture
def other() -> LlmProviderModel:
    return LlmProviderModelFactory.create(name="other")


def move(reference: Reference, moves: dict[Any, Any]) -> list[Change]:
    """Move everything; return the changes without what they concern, which has a test of its own."""
    ids = collect_ids(reference.pairs(model_ids=moves, using="default"), using="default")
    changes = reference.move(row_ids=ids, moves=Moves(moves), using="default") if ids else []
    return [dataclasses.replace(change, row_ids=sorted(change.row_ids), affected=[]) for change in changes]


def stored(node: Node, params: dict[str, Any]) -> Node:
    """Store params as an editor of the past did: past Node.save()."""
    Node.objects.filter(pk=node.pk).update(params=params)
    return node


def params_of(node: Node) -> dict[str, Any]:
    node.refresh_from_db()
    return dict(node.params)


def changed_rows(changes: list[Change]) -> int:
    return sum(len(change.row_ids) for change in changes)


def after(move: Callable[[], int]) -> tuple[int, list[tuple[int, int]], list[dict[str, Any]]]:
    """Return how much was moved, where every pointer of the platform points then, and all params; then undo it."""
    with transaction.atomic():
        moved = move()
        outcome = (moved, sorted(pointers()), list(Node.objects.order_by("pk").values_list("params", flat=True)))
        transaction.set_rollback(True)
    return outcome


def test_the_registry_knows_every_relation_of_the_platform():
    relations = {
        f"{relation.related_model._meta.label}.{relation.field.name}"
        for relation in LlmProviderModel._meta.get_fields(include_hidden=True)
        if isinstance(relation, models.ForeignObjectRel) and not relation.related_model._meta.auto_created
    }
    assert relations == {reference.label for reference in registry} - {SCALAR, FALLBACKS}


@pytest.mark.parametrize("label", FOREIGN_KEYS)
@pytest.mark.parametrize("cleared", [True, False])
def test_a_foreign_key_moves_and_its_neighbour_does_not(label, cleared, old, new, other):
    """Rule 4: also a hidden relation (related_name="+") and the second foreign key of one row."""
    make, column = FOREIGN_KEYS[label]
    mine, neighbour = make(old), make(other)

    changes = move(registry[label], {old.pk: None if cleared else new.pk})

    mine.refresh_from_db()
    neighbour.refresh_from_db()
    assert getattr(mine, column) == (None if cleared else new.pk)
    assert getattr(neighbour, column) == other.pk
    assert changes == [
        Change(model_id=old.pk, old_value=old.pk, new_value=None if cleared else new.pk, row_ids=[mine.pk])
    ]


def test_of_two_foreign_keys_on_one_row_only_the_one_that_points_at_the_model_moves(old, new, other):
    """Rule 4."""
    analysis = TranscriptAnalysisFactory.create(llm_provider_model=other, translation_llm_provider_model=old)
    for reference in registry:
        move(reference, {old.pk: new.pk})
    analysis.refresh_from_db()
    assert (analysis.llm_provider_model_id, analysis.translation_llm_provider_model_id) == (other.pk, new.pk)


@pytest.mark.parametrize(
    "as_stored", [int, str, " {} ".format, "0{}".format], ids=["int", "string", "padded", "with a zero"]
)
def test_a_json_id_moves_however_it_is_stored_and_other_keys_stay(as_stored, old, new, other):
    """Rule 4: the new id is a number; the old one is reported exactly as it was."""
    mine = stored(NodeFactory.create(), {MODEL_ID_KEY: as_stored(old.pk), "prompt": "Grüße {input}", "n": 1.5})
    neighbour = stored(NodeFactory.create(), {MODEL_ID_KEY: as_stored(other.pk), "prompt": f"{old.pk}"})

    changes = move(registry[SCALAR], {old.pk: new.pk})

    assert params_of(mine) == {MODEL_ID_KEY: new.pk, "prompt": "Grüße {input}", "n": 1.5}
    assert params_of(neighbour) == {MODEL_ID_KEY: as_stored(other.pk), "prompt": f"{old.pk}"}
    assert changes == [Change(old.pk, old_value=as_stored(old.pk), new_value=new.pk, row_ids=[mine.pk])]


@pytest.mark.parametrize("as_stored", [float, "{}.0".format, " {} ".format, "0{}".format])
def test_an_id_that_is_spelled_oddly_moves(as_stored, old, new):
    """Rule 4."""
    node = stored(NodeFactory.create(), {MODEL_ID_KEY: as_stored(old.pk)})
    assert move(registry[SCALAR], {old.pk: new.pk}) == [Change(old.pk, as_stored(old.pk), new.pk, [node.pk])]
    assert params_of(node) == {MODEL_ID_KEY: new.pk}


def test_a_cleared_json_id_becomes_null_and_the_rest_of_the_params_stays(old):
    node = NodeFactory.create(params={MODEL_ID_KEY: old.pk, "keep": [1, {"a": None}]})
    assert move(registry[SCALAR], {old.pk: None}) == [Change(old.pk, old.pk, None, [node.pk])]
    assert params_of(node) == {MODEL_ID_KEY: None, "keep": [1, {"a": None}]}
    assert node.llm_provider_model_ref is None


def test_a_change_tells_which_resources_its_rows_concern_and_which_part_of_them(old, new):
    node = NodeFactory.create(label="Answer", params={MODEL_ID_KEY: old.pk, FALLBACK_MODEL_IDS_KEY: [old.pk]})
    evaluator = EvaluatorFactory.create(llm_provider_model=old, jury_models=[old])
    concerned = {
        reference.label: [affected for change in changes for affected in change.affected]
        for reference in registry
        if (ids := collect_ids(reference.pairs(model_ids=[old.pk], using="default"), using="default"))
        and (changes := reference.move(row_ids=ids, moves=Moves({old.pk: new.pk}), using="default"))
    }
    assert concerned == {
        SCALAR: [(node.pipeline_id, "Answer")],
        FALLBACKS: [(node.pipeline_id, "Answer")],
        "evaluations.Evaluator.llm_provider_model": [(evaluator.pk, "")],
        "evaluations.Evaluator.jury_models": [(evaluator.pk, "")],
    }


@pytest.mark.parametrize("value", [None, "", "  ", 0])
def test_a_json_value_that_is_no_id_is_no_reference(value, old):
    stored(NodeFactory.create(), {MODEL_ID_KEY: value} if value != "  " else {MODEL_ID_KEY: ""})
    assert move(registry[SCALAR], {old.pk: None}) == []


def test_many_models_move_in_one_pass_and_values_are_packed(old, new, other):
    third = LlmProviderModelFactory.create()
    a, b = NodeFactory.create(llm_provider_model=old), NodeFactory.create(llm_provider_model=old)
    c = stored(NodeFactory.create(), {MODEL_ID_KEY: str(old.pk)})
    d = NodeFactory.create(llm_provider_model=third)

    changes = move(registry[SCALAR], {old.pk: new.pk, third.pk: None})

    assert changes == [
        Change(old.pk, old.pk, new.pk, [a.pk, b.pk]),
        Change(old.pk, str(old.pk), new.pk, [c.pk]),
        Change(third.pk, third.pk, None, [d.pk]),
    ]
    assert [params_of(node)[MODEL_ID_KEY] for node in (a, b, c, d)] == [new.pk, new.pk, new.pk, None]


def test_ids_inside_a_list_move_and_cleared_ones_vanish_while_order_and_duplicates_of_the_rest_stay(old, new, other):
    """Rule 4."""
    gone = LlmProviderModelFactory.create()
    before = [other.pk, str(old.pk), gone.pk, other.pk, old.pk, f" {gone.pk} ", "not an id", None]
    node = stored(NodeFactory.create(), {FALLBACK_MODEL_IDS_KEY: before, "x": 1})
    neighbour = stored(NodeFactory.create(), {FALLBACK_MODEL_IDS_KEY: [other.pk]})

    changes = move(registry[FALLBACKS], {old.pk: new.pk, gone.pk: None})

    between = [other.pk, new.pk, gone.pk, other.pk, new.pk, f" {gone.pk} ", "not an id", None]
    after = [other.pk, new.pk, other.pk, new.pk, "not an id", None]
    assert params_of(node) == {FALLBACK_MODEL_IDS_KEY: after, "x": 1}
    assert params_of(neighbour) == {FALLBACK_MODEL_IDS_KEY: [other.pk]}
    assert changes == [
        Change(old.pk, before, between, [node.pk]),
        Change(gone.pk, between, after, [node.pk]),
    ]


@pytest.mark.parametrize("odd", [None, "7", 7, {"a": 7}, [], "[7]", True])
def test_what_is_no_list_is_left_as_it_is(odd, old):
    """Rule 4: an array guard on both databases."""
    node = stored(NodeFactory.create(), {FALLBACK_MODEL_IDS_KEY: odd})
    assert move(registry[FALLBACKS], {old.pk: None, 7: None}) == []
    assert registry[FALLBACKS].move(row_ids=[node.pk], moves=Moves({7: None}), using="default") == []
    assert params_of(node) == {FALLBACK_MODEL_IDS_KEY: odd}


def test_rows_that_default_managers_hide_are_found(old, new):
    """Rule 4: archived pipelines and published versions."""
    working = PipelineFactory.create()
    archived = PipelineFactory.create(is_archived=True)
    version = PipelineFactory.create(team=working.team, working_version=working, version_number=2)
    nodes = [NodeFactory.create(pipeline=pipeline, llm_provider_model=old) for pipeline in (archived, version)]
    assistant = AssistantFactory.create(is_archived=True, llm_provider_model=old)

    for reference in registry:
        move(reference, {old.pk: new.pk})

    assert [params_of(node)[MODEL_ID_KEY] for node in nodes] == [new.pk, new.pk]
    assistant.refresh_from_db()
    assert assistant.llm_provider_model_id == new.pk


def test_a_many_to_many_link_moves_or_goes_and_never_doubles(old, new, other):
    """Rule 4."""
    plain, linked_to_both, neighbour = EvaluatorFactory.create(), EvaluatorFactory.create(), EvaluatorFactory.create()
    plain.jury_models.set([old, other])
    linked_to_both.jury_models.set([old, new])
    neighbour.jury_models.set([other])
    links = dict(Evaluator.jury_models.through.objects.filter(llmprovidermodel=old).values_list("evaluator_id", "pk"))

    changes = move(registry[JURY], {old.pk: new.pk})

    assert set(plain.jury_models.all()) == {new, other}
    assert set(linked_to_both.jury_models.all()) == {new}
    assert set(neighbour.jury_models.all()) == {other}
    assert changes == [
        Change(old.pk, {"model": old.pk, "links": [links[plain.pk]]}, new.pk, [plain.pk]),
        Change(old.pk, {"model": old.pk, "links": [links[linked_to_both.pk]]}, None, [linked_to_both.pk]),
    ]


def test_a_batch_of_links_moves_without_a_branch_for_each(old, new):
    """Databases try the branches of a CASE one after the other, so that time would grow with the square."""
    for _ in range(5):
        EvaluatorFactory.create().jury_models.set([old])
    with CaptureQueriesContext(connection) as queries:
        move(registry[JURY], {old.pk: new.pk})
    (update,) = [query["sql"] for query in queries if query["sql"].startswith("UPDATE")]
    assert update.count("WHEN") == 1
    assert Evaluator.objects.filter(jury_models=new).count() == 5


def test_two_links_that_move_to_one_model_become_one(old, new, other):
    evaluator = EvaluatorFactory.create()
    evaluator.jury_models.set([old, other])
    move(registry[JURY], {old.pk: new.pk, other.pk: new.pk})
    assert list(evaluator.jury_models.all()) == [new]


def test_a_cleared_many_to_many_link_goes(old, other):
    evaluator = EvaluatorFactory.create()
    evaluator.jury_models.set([old, other])
    move(registry[JURY], {old.pk: None})
    assert list(evaluator.jury_models.all()) == [other]


@pytest.mark.parametrize("label", [reference.label for reference in registry])
def test_a_row_that_changed_meanwhile_is_left_alone(label, old, other):
    """What a batch was made for and what it finds may differ; it moves what it finds."""
    node = NodeFactory.create(
        llm_provider_model=other, params={MODEL_ID_KEY: other.pk, FALLBACK_MODEL_IDS_KEY: [other.pk]}
    )
    assistant = AssistantFactory.create(llm_provider_model=other)
    ids = [node.pk, assistant.pk]
    assert registry[label].move(row_ids=ids, moves=Moves({old.pk: None}), using="default") == []


@pytest.mark.parametrize("odd", ["{}abc", "{}.7", "{0} {0}", "{},5"])
def test_what_only_begins_with_an_id_is_no_reference(odd, old):
    """Rule 3: SQLite's CAST takes the digits that it finds first."""
    params = {MODEL_ID_KEY: odd.format(old.pk)}
    node = stored(NodeFactory.create(), params)
    assert move(registry[SCALAR], {old.pk: None}) == []
    assert registry[SCALAR].repoint(row_ids=[node.pk], targets={old.pk: None}, using="default") == 0
    assert params_of(node) == params


@pytest.mark.parametrize("item", [True, False, 1.5, "1.5", [1], {"a": 1}, None, ""])
def test_what_is_no_id_in_a_list_is_no_reference_to_the_first_model(item, db):
    node = stored(NodeFactory.create(), {FALLBACK_MODEL_IDS_KEY: [item]})
    assert list(collect_ids(registry[FALLBACKS].pairs(model_ids=[0, 1], using="default"), using="default")) == []
    assert params_of(node) == {FALLBACK_MODEL_IDS_KEY: [item]}


@pytest.mark.parametrize("label", [reference.label for reference in registry])
@pytest.mark.parametrize("cleared", [True, False])
def test_who_asks_for_no_account_of_it_gets_the_same_rows_moved(label, cleared, old, new, other):
    """Rule 4, for promotions, which keep no journal."""
    reference, targets = registry[label], {old.pk: None if cleared else new.pk}
    team = TeamFactory.create()
    use_everywhere(team, old, beside=other)
    use_everywhere(team, other, beside=new)
    ids = collect_ids(reference.pairs(model_ids=[old.pk, other.pk], using="default"), using="default")
    untold = after(lambda: reference.repoint(row_ids=ids, targets=targets, using="default"))
    accounted = after(lambda: changed_rows(reference.move(row_ids=ids, moves=Moves(targets), using="default")))
    assert untold == accounted
    assert 0 < accounted[0] < len(ids)


@pytest.mark.parametrize("label", [SCALAR, *FOREIGN_KEYS])
def test_moving_a_batch_untold_takes_one_query(label, old, new, django_assert_num_queries):
    use_everywhere(TeamFactory.create(), old, beside=new)
    ids = collect_ids(registry[label].pairs(model_ids=[old.pk], using="default"), using="default")
    with django_assert_num_queries(1):
        assert registry[label].repoint(row_ids=ids, targets={old.pk: new.pk}, using="default") == len(ids)


def test_moving_a_batch_takes_two_queries(old, new, django_assert_max_num_queries):
    nodes = [NodeFactory.create(llm_provider_model=old) for _ in range(20)]
    with django_assert_max_num_queries(2):
        registry[SCALAR].move(row_ids=[node.pk for node in nodes], moves=Moves({old.pk: new.pk}), using="default")


def test_a_reference_cannot_be_declared_twice():
    with pytest.raises(ValueError, match="declared twice"):
        registry.register(registry[SCALAR])
    assert SCALAR in registry


@pytest.mark.parametrize(
    "key",
    [
        "a.b",
        "it's",
        'a"b',
        "a\\b",
        "a[0]",
        "$",
        "100%",
        "{a}",
        "a,b",
        "",
        " ",
        "a b",
        "a\nb",
        "a\x00b",
        "*",
        "a:b",
        "grüße",
    ],
)
def test_a_key_that_databases_read_differently_is_refused_where_it_is_declared(key):
    """A dot is a path in one and a literal key in the other; a quote is a syntax error at the first query."""
    declarations: list[Callable[[], object]] = [
        lambda: JsonIdReference("pipelines.Node", "params", "team", CONCERN, key=key, mirror="m"),
        lambda: JsonIdListReference("pipelines.Node", "params", "team", CONCERN, key=key),
        lambda: JsonIdListIndex(field="params", key=key, name="an_index"),
        lambda: ModelMirror("params", key=key),
    ]
    if key:
        declarations.append(
            lambda: JsonIdReference(
                "pipelines.Node", "params", "team", CONCERN, key="k", mirror="m", parameters_key=key
            )
        )
    for declare in declarations:
        with pytest.raises(ValueError, match="cannot be declared: use only the letters A to Z"):
            declare()


@pytest.mark.parametrize("key", ["null", "a-b", "0", "_", "select"])
def test_any_other_key_is_read_and_written_alike(key, old, new):
    reference = JsonIdListReference("pipelines.Node", "params", "pipeline__team", CONCERN, key=key)
    node = stored(NodeFactory.create(), {key: [old.pk], "other": 1})
    assert changed_rows(move(reference, {old.pk: new.pk})) == 1
    assert params_of(node) == {key: [new.pk], "other": 1}


def test_the_database_constraints_are_all_declared():
    from model_retirement.references import database

    assert database.constraints(using="default")
    assert database.undeclared(registry=registry, using="default") == []


def test_a_constraint_that_no_app_declares_is_found_by_name(db):
    """Rule 5."""
    from model_retirement.references import database

    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE partner_prices (model_id bigint REFERENCES service_providers_llmprovidermodel (id))"
        )
    (constraint,) = database.undeclared(registry=registry, using="default")
    assert (constraint.table, constraint.column) == ("partner_prices", "model_id")
    assert str(constraint).startswith("partner_prices.model_id (")


@pytest.mark.postgresql
@pytest.mark.parametrize("label", [SCALAR, "assistants.Assistant.llm_provider_model"])
def test_vacuuming_an_index_leaves_the_planner_as_it_was(label, old):
    registry[label].vacuum_index(model_ids=[old.pk], using="default")
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('enable_seqscan'), current_setting('enable_bitmapscan')")
        assert cursor.fetchone() == ("on", "on")
