"""Model ids in ``Node.params``: what is stored, what is mirrored, what is refused."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from apps.pipelines.models import Node, model_ids, normalise_model_ids
from model_retirement.ids import LARGEST_ID
from tests.factories.pipelines import NodeFactory, PipelineFactory
from tests.factories.service_providers import LlmProviderModelFactory
from tests.factories.teams import TeamFactory

ID = "llm_provider_model_id"
FALLBACKS = "fallback_llm_provider_model_ids"


@pytest.mark.parametrize(
    ("given_id", "stored"),
    [
        (70_007, 70_007),
        ("70007", 70_007),
        (" 0070007 ", 70_007),
        ("", None),
        ("  ", None),
        (None, None),
        (str(LARGEST_ID), LARGEST_ID),
    ],
)
@pytest.mark.django_db
def test_saving_a_node_normalises_its_model_id(given_id, stored):
    if stored is not None:
        LlmProviderModelFactory.create(pk=stored)
    node = NodeFactory.create(params={ID: given_id, "prompt": "Hello"})
    node.refresh_from_db()
    assert node.params == {ID: stored, "prompt": "Hello"}
    assert type(node.params[ID]) is type(stored)
    assert node.llm_provider_model_ref == stored


@pytest.mark.django_db
def test_saving_a_node_normalises_its_fallbacks_in_order_with_duplicates():
    node = NodeFactory.create(params={FALLBACKS: ["3", 1, "", " 2 ", None, 3]})
    node.refresh_from_db()
    assert node.params == {FALLBACKS: [3, 1, 2, 3]}
    assert node.llm_provider_model_ref is None


@pytest.mark.parametrize(
    "bad", ["gpt-4", "1.0", "-1", -1, 0, "0", 1.0, True, [1], {"id": 1}, "1 2", "²", LARGEST_ID + 1, "9" * 5000]
)
def test_a_value_that_is_no_model_id_is_refused_by_name(bad):
    with pytest.raises(ValueError, match=r"params\['llm_provider_model_id'\] holds .* which is not a model id"):
        normalise_model_ids({ID: bad})
    with pytest.raises(
        ValueError, match=r"params\['fallback_llm_provider_model_ids'\] holds .* which is not a model id"
    ):
        normalise_model_ids({FALLBACKS: [bad]})


def test_fallbacks_that_are_no_list_are_refused():
    with pytest.raises(ValueError, match="holds '7', which is not a list"):
        normalise_model_ids({FALLBACKS: "7"})
    assert normalise_model_ids({FALLBACKS: None}) == {FALLBACKS: None}


@pytest.mark.parametrize("bad", [None, [], "text", 3])
def test_params_that_are_no_object_are_refused(bad):
    with pytest.raises(ValueError, match="give a JSON object"):
        normalise_model_ids(bad)


@pytest.mark.django_db
def test_a_refused_node_is_not_saved():
    with pytest.raises(ValueError, match="not a model id"):
        NodeFactory.create(params={ID: "gpt-4"})
    assert not Node.objects.exists()


@given(st.lists(st.integers(min_value=1, max_value=LARGEST_ID)), st.booleans())
def test_normalising_is_the_same_for_ints_and_strings_and_changes_nothing_the_second_time(ids, as_strings):
    params = {FALLBACKS: [f" {pk} " if as_strings else pk for pk in ids], "temperature": 0.5}
    once = normalise_model_ids(params)
    assert once == {FALLBACKS: ids, "temperature": 0.5}
    assert normalise_model_ids(once) == once
    assert model_ids(params) == ids


def test_readers_pass_over_what_is_no_id():
    assert model_ids({ID: "x", FALLBACKS: ["4", None, {}, 5]}) == [4, 5]
    assert model_ids({ID: 3, FALLBACKS: "4"}) == [3]
    assert model_ids({}) == []


@pytest.mark.parametrize(
    ("params", "ref"),
    [
        ({ID: 12012}, 12012),
        ({ID: "12012"}, 12012),
        ({ID: " 12012 "}, 12012),
        ({ID: None}, None),
        ({ID: ""}, None),
        ({}, None),
        ({FALLBACKS: [12012]}, None),
    ],
)
@pytest.mark.django_db
def test_the_generated_column_follows_writes_past_save(params, ref):
    """Rule 4: ids stored as int or string, by whatever writer, are found through one column."""
    LlmProviderModelFactory.create(pk=12012)
    LlmProviderModelFactory.create(pk=99099)
    pipeline = PipelineFactory.create()
    made = Node.objects.bulk_create([Node(pipeline=pipeline, flow_id="bulk", params=params)])
    assert Node.objects.get(pk=made[0].pk).llm_provider_model_ref == ref
    updated = NodeFactory.create(pipeline=pipeline, params={ID: 99099})
    Node.objects.filter(pk=updated.pk).update(params=params)
    updated.refresh_from_db()
    assert updated.params == params
    assert updated.llm_provider_model_ref == ref
    assert list(Node.objects.filter(llm_provider_model_ref=99099)) == []


@pytest.mark.django_db
def test_text_that_is_no_id_never_looks_like_one_in_the_generated_column():
    Node.objects.bulk_create([Node(pipeline=PipelineFactory.create(), flow_id="bulk", params={ID: "46 and more"})])
    assert Node.objects.get().llm_provider_model_ref is None


@pytest.mark.django_db
def test_a_deprecated_model_keeps_working_in_its_node_and_is_refused_in_a_new_one():
    """Rule 14: only new use is refused."""
    deprecated = LlmProviderModelFactory.create(name="gpt-old", deprecated=True)
    node = NodeFactory.create()
    Node.objects.filter(pk=node.pk).update(params={ID: str(deprecated.pk)})
    node.refresh_from_db()
    node.params["prompt"] = "Changed"
    node.full_clean()
    node.save()
    node.params[FALLBACKS] = [deprecated.pk]
    node.full_clean()
    new = NodeFactory.build(pipeline=node.pipeline, params={FALLBACKS: [deprecated.pk]})
    with pytest.raises(ValidationError, match="openai/gpt-old is deprecated") as refused:
        new.full_clean()
    assert list(refused.value.message_dict) == ["params"]


@pytest.mark.django_db
def test_a_node_may_choose_models_of_its_own_team_only():
    pipeline = PipelineFactory.create()
    own = LlmProviderModelFactory.create(team=pipeline.team)
    foreign = LlmProviderModelFactory.create(team=TeamFactory.create(), name="theirs")
    NodeFactory.build(pipeline=pipeline, params={ID: own.pk}).full_clean()
    with pytest.raises(ValidationError, match="openai/theirs is a custom model of another team"):
        NodeFactory.build(pipeline=pipeline, params={ID: foreign.pk}).full_clean()
    with pytest.raises(ValidationError, match="There is no LLM model with the id 987654"):
        NodeFactory.build(pipeline=pipeline, params={ID: 987654}).full_clean()


@pytest.mark.django_db
def test_a_node_that_moves_to_another_team_chooses_anew():
    node = NodeFactory.create()
    custom = LlmProviderModelFactory.create(team=node.pipeline.team)
    node.params = {ID: custom.pk}
    node.save()
    node.full_clean()
    node.pipeline = PipelineFactory.create()
    with pytest.raises(ValidationError, match="custom model of another team"):
        node.full_clean()


@pytest.mark.django_db
def test_validating_a_node_tells_bad_ids_and_a_missing_pipeline_on_their_own_fields():
    with pytest.raises(ValidationError) as refused:
        Node(flow_id="a", type="RouterNode", params={ID: "gpt-4"}).full_clean()
    assert set(refused.value.message_dict) == {"pipeline", "params"}
    with pytest.raises(ValidationError) as refused:
        Node(flow_id="a", type="RouterNode", params={ID: 5}).full_clean()
    assert set(refused.value.message_dict) == {"pipeline"}


@pytest.mark.django_db
def test_a_node_is_called_by_its_label():
    assert str(NodeFactory.build(label="", flow_id="node-x")) == "node-x"
    assert str(NodeFactory.build(label="Answer")) == "Answer"
