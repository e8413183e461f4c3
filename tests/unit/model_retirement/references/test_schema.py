"""The database's own help with ids inside JSON: indexes that look-ups use, and a foreign key that no writer gets past."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, migrations, models, transaction

from apps.pipelines.models import FALLBACK_MODEL_IDS_KEY, MODEL_ID_KEY, Node
from model_retirement.models import TeamNotice
from model_retirement.references import registry
from model_retirement.references.schema import JsonIdListIndex, MirrorForeignKey
from tests.factories.pipelines import NodeFactory, PipelineFactory
from tests.factories.service_providers import LlmProviderModelFactory

SCALAR = "pipelines.Node.params.llm_provider_model_id"
FALLBACKS = "pipelines.Node.params.fallback_llm_provider_model_ids"

ODD_LIST = ["9" * 5000, "".join(str(n) for n in range(3000)), "0" * 5000, [[[["12"]]]], {"12": "13"}]


def explain(sql: str, params: tuple[Any, ...]) -> str:
    prefix = "EXPLAIN " if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN "
    with connection.cursor() as cursor:
        cursor.execute(prefix + sql, params or None)
        return "\n".join(str(row) for row in cursor.fetchall())


@pytest.fixture
def many_nodes(db):
    pipeline = PipelineFactory.create()
    model = LlmProviderModelFactory.create()
    Node.objects.bulk_create(
        Node(
            pipeline=pipeline,
            flow_id=str(number),
            params={MODEL_ID_KEY: model.pk, FALLBACK_MODEL_IDS_KEY: [str(number + 10_000)]} if number % 50 == 0 else {},
        )
        for number in range(5_000)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return model


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("label", "index"), [(SCALAR, "pipelines_node_model"), (FALLBACKS, "pipelines_node_fallbacks")]
)
def test_the_look_up_of_references_uses_its_index(label, index, many_nodes):
    plan = explain(*registry[label].pairs(model_ids=[10_000, 10_050], using="default"))
    assert index in plan
    assert "Seq Scan" not in plan


@pytest.mark.django_db
@pytest.mark.parametrize("model", [Node, TeamNotice])
def test_what_a_removal_writes_by_the_thousand_has_no_index_that_another_begins_with(model):
    with connection.cursor() as cursor:
        constraints = connection.introspection.get_constraints(cursor, model._meta.db_table)
    # An index over nothing but an expression names no column.
    indexes = [
        constraint
        for constraint in constraints.values()
        if constraint["index"] or constraint["unique"] or constraint["primary_key"]
    ]
    columns = [index["columns"] for index in indexes if index["columns"]]
    assert len(columns) > 2
    assert [
        shorter for shorter in columns for other in columns if shorter != other and other[: len(shorter)] == shorter
    ] == []


@pytest.mark.django_db
def test_the_nodes_of_a_pipeline_are_found_through_their_unique_key(many_nodes):
    sql, params = Node.objects.filter(pipeline=PipelineFactory.create()).values("pk").query.sql_with_params()
    key = "pipelines_node_flow_id_once" if connection.vendor == "postgresql" else "sqlite_autoindex_pipelines_node_1"
    assert key in explain(sql, params)


@pytest.mark.django_db
def test_the_list_index_refuses_no_write_whatever_is_stored():
    odd = [None, 1, "x", "[1, 2", {"a": 1}, [], [[1], {"b": 2}], ["", " 1 ", None, 1.5, "ü'\""], True, ODD_LIST]
    node = NodeFactory.create()
    for value in odd:
        # Entries of an index have a largest size, and numbers of thousands of digits pack badly.
        Node.objects.filter(pk=node.pk).update(params={FALLBACK_MODEL_IDS_KEY: value})
        node.refresh_from_db()
        assert node.params == {FALLBACK_MODEL_IDS_KEY: value}


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_raw_writer_cannot_leave_a_dangling_id():
    node = NodeFactory.create()
    with pytest.raises(IntegrityError, match="pipelines_node_model_exists"):
        Node.objects.filter(pk=node.pk).update(params={MODEL_ID_KEY: "987654321"})


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_model_in_use_by_a_node_cannot_be_deleted_by_raw_sql():
    model = LlmProviderModelFactory.create()
    NodeFactory.create(llm_provider_model=model)
    with pytest.raises(IntegrityError, match="pipelines_node_model_exists"), connection.cursor() as cursor:
        cursor.execute("DELETE FROM service_providers_llmprovidermodel WHERE id = %s", [model.pk])


def names_of(model: type[models.Model]) -> set[str]:
    """Return the names of a table's constraints and indexes."""
    with connection.cursor() as cursor:
        return set(connection.introspection.get_constraints(cursor, model._meta.db_table))


@pytest.mark.django_db(transaction=True)
def test_the_foreign_key_and_the_index_can_be_taken_away_and_brought_back():
    index = next(index for index in Node._meta.indexes if isinstance(index, JsonIdListIndex))
    constraint = next(candidate for candidate in Node._meta.constraints if isinstance(candidate, MirrorForeignKey))
    whole = names_of(Node)
    with connection.schema_editor() as editor:
        editor.remove_constraint(Node, constraint)
        editor.remove_index(Node, index)
    on_postgresql = {constraint.name} if connection.vendor == "postgresql" else set()
    assert whole - names_of(Node) == {index.name} | on_postgresql
    if connection.vendor == "postgresql":
        node = NodeFactory.create()
        with transaction.atomic():
            Node.objects.filter(pk=node.pk).update(params={MODEL_ID_KEY: 987654321})
        node.delete()
    with connection.schema_editor() as editor:
        editor.add_index(Node, index)
        editor.add_constraint(Node, constraint)
    assert names_of(Node) == whole


def test_both_survive_the_autodetector_unchanged():
    for declared in (*Node._meta.indexes, *Node._meta.constraints):
        if isinstance(declared, JsonIdListIndex | MirrorForeignKey):
            path, args, kwargs = declared.deconstruct()
            assert type(declared)(*args, **kwargs) == declared
            assert declared != migrations.RunSQL.noop
            assert path.endswith(type(declared).__name__)


@pytest.mark.django_db(transaction=True)
def test_a_table_can_be_created_with_both():
    with connection.schema_editor() as editor:
        editor.delete_model(Node)
        editor.create_model(apps.get_model("pipelines.Node"))
    model = LlmProviderModelFactory.create()
    assert NodeFactory.create(llm_provider_model=model).llm_provider_model_ref == model.pk
    with connection.cursor() as cursor:
        names = connection.introspection.get_constraints(cursor, Node._meta.db_table)
    assert "pipelines_node_fallbacks" in names
    assert ("pipelines_node_model_exists" in names) == (connection.vendor == "postgresql")


def test_full_clean_leaves_the_foreign_key_to_the_models_own_validation(db):
    NodeFactory.build(pipeline=PipelineFactory.create()).full_clean()


@pytest.mark.django_db(transaction=True)
def test_the_foreign_key_waits_until_all_tables_are_there_and_exists_on_postgresql_only():
    constraint = next(candidate for candidate in Node._meta.constraints if isinstance(candidate, MirrorForeignKey))
    postgresql = connection.vendor == "postgresql"
    with connection.schema_editor(collect_sql=True) as editor:
        assert constraint.constraint_sql(Node, editor) == ""
        assert [str(sql).startswith("ALTER TABLE") for sql in editor.deferred_sql] == [True] * postgresql
        assert bool(constraint.remove_sql(Node, editor)) == postgresql
