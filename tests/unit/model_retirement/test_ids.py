"""One reading of an id: Python and both databases agree on every value that JSON can hold (rule 4)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import connection
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase as DatabaseTestCase

from apps.pipelines.models import FALLBACK_MODEL_IDS_KEY, MODEL_ID_KEY, Node
from apps.service_providers.models import LlmProviderModel
from model_retirement.ids import LARGEST_ID, postgresql_id, sqlite_id, stored_id
from model_retirement.references import registry
from tests.factories.pipelines import NodeFactory
from tests.factories.service_providers import LlmProviderModelFactory

SCALAR = "pipelines.Node.params.llm_provider_model_id"
FALLBACKS = "pipelines.Node.params.fallback_llm_provider_model_ids"

IDS = [46, 46.0, "46", "046", " 46 ", "46.0", "46.000", "\t46\n", "\v46\f", "0" * 17 + "46"]
NO_IDS: list[Any] = [
    True,
    False,
    None,
    "",
    " ",
    0,
    0.0,
    "0",
    "00.0",
    -46,
    "-46",
    "+46",
    "46abc",
    "46.",
    ".46",
    "46.5",
    46.5,
    "4 6",
    "4e1",
    "46.0.0",
    "46,0",
    "0x2e",
    "4_6",
    "\uff14\uff16",
    "²",
    "\u00a046",
    [46],
    {"id": 46},
    LARGEST_ID + 1,
    str(LARGEST_ID + 1),
    1e16 + 2,
    1e300,
    "9" * 5000,
    "0" * 18 + "46",
]


@pytest.mark.parametrize("value", IDS)
def test_every_spelling_of_an_id_is_the_id(value):
    assert stored_id(value) == 46


@pytest.mark.parametrize("value", NO_IDS, ids=lambda value: repr(value)[:20])
def test_nothing_else_is_one(value):
    assert stored_id(value) is None


def read_by_the_database(texts: list[str]) -> list[tuple[int | None, int | None, Any]]:
    """Return what the database reads in each JSON text, what the mirror keeps, and the value as Python gets it back."""
    if connection.vendor == "postgresql":
        read = postgresql_id(value="v", text="(v #>> '{}')")
        query = f"SELECT {read}, v::text FROM (SELECT %s::jsonb AS v) AS given"
    else:
        read = sqlite_id(kind="item.type", value="item.atom", text="v -> item.fullkey")
        query = f"SELECT {read}, v -> item.fullkey FROM (SELECT '[' || %s || ']' AS v) AS given, json_each(v) AS item"
    readings = []
    node = NodeFactory.create()
    with connection.cursor() as cursor:
        for text in texts:
            cursor.execute(query.replace("%'", "%%'"), [text])
            model_id, stored = cursor.fetchone()
            params = f'{{"{MODEL_ID_KEY}": {text}}}'
            cursor.execute(
                "UPDATE pipelines_node SET params = %s WHERE id = %s RETURNING llm_provider_model_ref",
                [params, node.pk],
            )
            ((mirrored,),) = cursor.fetchall()
            readings.append((model_id, mirrored, json.loads(stored)))
    node.delete()  # with an id that no model has
    return readings


odd_texts = st.text(alphabet=st.sampled_from("0123456789 .\t\n\r\v\f+-eE_x²\uff14\u00a0a"), max_size=24)
numbers = st.integers(min_value=-5, max_value=LARGEST_ID * 3) | st.floats(allow_nan=False, allow_infinity=False)
near = st.builds(
    lambda left, zeros, pk, point, right: f"{left}{'0' * zeros}{pk}{point}{right}",
    st.sampled_from(["", " ", "\t", "\n ", "\u00a0", "x"]),
    st.integers(min_value=0, max_value=20),
    st.integers(min_value=0, max_value=LARGEST_ID * 2),
    st.sampled_from(["", ".", ".0", ".00", ".5", "e0"]),
    st.sampled_from(["", " ", "\v", "\x00", "\u2003", "y"]),
)
spelled_numbers = st.builds(
    lambda whole, fraction, exponent: f"{whole}{fraction}{exponent}",
    st.integers(min_value=0, max_value=10**20),
    st.sampled_from(["", ".0", ".000", ".5", ".00000000000000000001", f".{'0' * 400}1", ".9999999999999999"]),
    st.sampled_from(["", "e0", "e2", "E-1", "e300", "e-300"]),
)


@pytest.mark.django_db
class TestReaders(DatabaseTestCase):
    """On the database of this run."""

    @given(st.lists(odd_texts | near | numbers | st.booleans() | st.none() | st.sampled_from([*IDS, *NO_IDS])))
    def test_python_the_database_and_the_mirror_read_the_same(self, values: list[Any]) -> None:
        """Rule 4: as int, string or float, padded or not."""
        if connection.vendor == "postgresql":  # takes no NUL in jsonb
            values = [value for value in values if not (isinstance(value, str) and "\x00" in value)]
        for model_id, mirrored, value in read_by_the_database([json.dumps(value) for value in values]):
            assert model_id == mirrored == stored_id(value), repr(value)

    @given(st.lists(spelled_numbers))
    @example([f"0.{'0' * 400}1", "9007199254740993.0", "999999999999999.99", "12.00000000000000000001", "1.2e1"])
    def test_numbers_are_read_by_their_value_however_they_are_spelled(self, texts: list[str]) -> None:
        """Rule 4."""
        for text, (model_id, mirrored, value) in zip(texts, read_by_the_database(texts), strict=True):
            assert model_id == mirrored == stored_id(value), text


@pytest.mark.django_db
@pytest.mark.parametrize("spelling", IDS)
@pytest.mark.parametrize("label", [SCALAR, FALLBACKS])
def test_every_spelling_is_found_in_its_place(label, spelling):
    """Rule 4: with the database's index, in lists and under the key."""
    if not LlmProviderModel.objects.filter(pk=46).exists():
        LlmProviderModelFactory.create(pk=46)
    node = NodeFactory.create()
    params = {MODEL_ID_KEY: spelling} if label == SCALAR else {FALLBACK_MODEL_IDS_KEY: ["x", spelling]}
    Node.objects.filter(pk=node.pk).update(params=params)
    query, values = registry[label].pairs(model_ids=[46], using="default")
    with connection.cursor() as cursor:
        cursor.execute(query, values or None)
        assert cursor.fetchall() == [(node.pk, 46)]


@pytest.mark.django_db
@pytest.mark.parametrize("odd", NO_IDS, ids=lambda value: repr(value)[:20])
def test_nothing_else_is_found_in_a_list(odd):
    """Rule 4."""
    node = NodeFactory.create()
    Node.objects.filter(pk=node.pk).update(params={FALLBACK_MODEL_IDS_KEY: [odd]})
    query, values = registry[FALLBACKS].pairs(model_ids=[0, 1, 4, 5, 46, LARGEST_ID], using="default")
    with connection.cursor() as cursor:
        cursor.execute(query, values or None)
        assert cursor.fetchall() == []
