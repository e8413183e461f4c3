"""Every kind of reference keeps to what ``model_retirement.testing`` asks of all (rules 4, 22 and 23)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from apps.pipelines.models import FALLBACK_MODEL_IDS_KEY, MODEL_ID_KEY, Node
from model_retirement.references import registry
from model_retirement.testing import assert_reference_kind
from tests.factories.assistants import AssistantFactory
from tests.factories.evaluations import EvaluatorFactory
from tests.factories.pipelines import NodeFactory

pytestmark = pytest.mark.django_db

MODEL_ID = "pipelines.Node.params.llm_provider_model_id"
FALLBACKS = "pipelines.Node.params.fallback_llm_provider_model_ids"


def node_with(params: str) -> Node:
    """Save a node with params as SQL can store them, past Python."""
    node = NodeFactory.create()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE pipelines_node SET params = %s WHERE id = %s", [params, node.pk])
    return node


def node_pointing(params: str) -> Callable[[Any], Node]:
    """Return what makes a node whose params have a model's id in the place of ``ID``."""
    return lambda model: node_with(params.replace("ID", str(model.pk)))


def odd_node(params: str) -> Callable[[], Node]:
    return lambda: node_with(params)


ODD_VALUES = (
    "null",
    '""',
    "true",
    '"9abc"',
    "[[7]]",
    '{"a": 7}',
    "1.5",
    "9" * 5000,
    f'"{"9" * 5000}"',
    "[" * 990 + "]" * 990,
)


def test_a_foreign_key():
    assert_reference_kind(
        registry["assistants.Assistant.llm_provider_model"],
        rows=[lambda model: AssistantFactory.create(llm_provider_model=model)],
        odd_rows=[lambda: AssistantFactory.create(llm_provider_model=None)],
    )


def test_a_many_to_many_relation():
    assert_reference_kind(
        registry["evaluations.Evaluator.jury_models"],
        rows=[lambda model: EvaluatorFactory.create(jury_models=[model])],
        odd_rows=[EvaluatorFactory.create],
    )


def test_an_id_in_json_with_a_mirror():
    spellings = ("ID", '"ID"', "ID.0", '" ID "', '"0ID"')
    assert_reference_kind(
        registry[MODEL_ID],
        rows=[node_pointing(f'{{"{MODEL_ID_KEY}": {spelling}, "n": 1.50}}') for spelling in spellings],
        odd_rows=[
            *(odd_node(f'{{"{MODEL_ID_KEY}": {value}}}') for value in ODD_VALUES),
            *map(odd_node, ("[]", "{}", "7", "null", '"7"')),
        ],
    )


def test_ids_in_a_list_in_json():
    spellings = ("[ID]", '["ID", null, "x"]', "[ID.0, true]", '[[1], " ID "]')
    assert_reference_kind(
        registry[FALLBACKS],
        main=registry[MODEL_ID],
        rows=[node_pointing(f'{{"{FALLBACK_MODEL_IDS_KEY}": {spelling}, "n": 1.50}}') for spelling in spellings],
        odd_rows=[
            *(odd_node(f'{{"{FALLBACK_MODEL_IDS_KEY}": {value}}}') for value in ODD_VALUES),
            *(odd_node(f'{{"{FALLBACK_MODEL_IDS_KEY}": [{value}]}}') for value in ODD_VALUES),
        ],
    )
