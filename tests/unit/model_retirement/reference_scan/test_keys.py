"""Keys of JSON objects that are ids or names of models are found like values, and numbers that merely are keys are not."""

from __future__ import annotations

import uuid

import pytest
from django.test import override_settings

from model_retirement.reference_scan import report
from tests.factories.service_providers import LlmProviderModelFactory
from tests.unit.model_retirement.reference_scan.rows import event, make, places, scanned

pytestmark = pytest.mark.usefixtures("forgetful")


def test_ids_that_are_keys_under_a_key_that_speaks_of_models_are_found(model_id):
    """Rule 4."""
    other = LlmProviderModelFactory.create(name="other-model").pk
    both = {str(model_id): {"tokens": 1}, f" {other}.0": 2, "default": 3}
    row = event(
        payload={
            "weights_by_model": both,
            "model_limits": both,
            "max_tokens_per_llm": {str(model_id): 1},
            "models": {"by_id": {str(model_id): {}}},
            "steps": [{"llm_settings": {str(model_id): {}}}],
        }
    )
    example = str(min(model_id, other))
    assert places() == {
        ("payload.weights_by_model[keys]", "ids"): (2, example),
        ("payload.model_limits[keys]", "ids"): (2, example),
        ("payload.max_tokens_per_llm[keys]", "ids"): (1, str(model_id)),
        ("payload.models.by_id[keys]", "ids"): (1, str(model_id)),
        ("payload.steps[*].llm_settings[keys]", "ids"): (1, str(model_id)),
    }
    assert {place.rows for place in scanned().places} == {(str(row.pk),)}


def test_keys_of_a_whole_field_are_read_by_its_name(model_id):
    make("Loose", model_ids={str(model_id): 1}, data={str(model_id): 1})
    assert places("Loose") == {("model_ids[keys]", "ids"): (1, str(model_id))}


def test_keys_that_are_merely_numbers_are_not(model_id):
    key = str(model_id)
    event(payload={"users": {key: 1}, key: 1, "model": {"users": {key: 1}}, "model_limits": {f"{key}x": 1, "0": 1}})
    assert places() == {}


def test_what_stands_under_ids_is_one_place_whatever_the_ids_are(model_id):
    event(payload={"settings": {"7": {"model": model_id}}, "model_limits": {str(model_id): {"fallback": model_id}}})
    assert places() == {
        ("payload.settings[*].model", "ids"): (1, str(model_id)),
        ("payload.model_limits[keys]", "ids"): (1, str(model_id)),
        ("payload.model_limits[*].fallback", "ids"): (1, str(model_id)),
    }


def test_a_value_under_an_id_is_a_model_where_the_name_says_so(model_id):
    """``weights_by_model`` has weights, whatever models have their number as id."""
    key = str(model_id)
    event(
        payload={
            "model_by_user": {key: model_id},
            "fallback_by_model": {key: model_id},
            "fallbacks": {key: [model_id]},
            "weights_by_model": {key: model_id},
            "models": {"0": model_id},
        }
    )
    assert places() == {
        ("payload.model_by_user[*]", "ids"): (1, key),
        ("payload.fallback_by_model[*]", "ids"): (1, key),
        ("payload.fallback_by_model[keys]", "ids"): (1, key),
        ("payload.fallbacks[*][*]", "ids"): (1, key),
        ("payload.fallbacks[keys]", "ids"): (1, key),
        ("payload.weights_by_model[keys]", "ids"): (1, key),
    }


def test_names_that_are_keys_are_found(model_id):
    event(payload={"prices": {"gpt-4": {"model": "gpt-4"}, "openai/gpt-4": 2, "gpt-4-": 3, "GPT-4": 4}})
    assert places() == {
        ("payload.prices[keys]", "names"): (2, "gpt-4"),
        ("payload.prices[*].model", "names"): (1, "gpt-4"),
    }


def test_a_name_that_is_a_word_of_its_own_is_one_as_a_key_only_where_that_speaks_of_models(model_id):
    event(payload={"ship": {"sonar": True}, "prices_by_model": {"sonar": 1}, "sonar": {"range": 2}})
    assert places() == {("payload.prices_by_model[keys]", "names"): (1, "sonar")}


def test_uuids_that_are_keys_are_found_wherever_they_stand(forgetful):
    key = uuid.UUID("0189c2f0-aaaa-7bbb-8ccc-0123456789ab")
    make("LlmWithUuid", id=key, type="openai", name="test", max_token_limit=1)
    event(payload={"weights": {str(key): 1, str(uuid.uuid4()): 2}, "engines": {key.hex: {"engine": str(key)}}})
    with override_settings(MODEL_RETIREMENT_MODEL="forgetful_app.LlmWithUuid"):
        assert places() == {
            ("payload.weights[keys]", "ids"): (1, str(key)),
            ("payload.engines[keys]", "ids"): (1, str(key)),
            ("payload.engines[*].engine", "ids"): (1, str(key)),
        }


def test_many_objects_in_many_places_stay_apart_from_what_is_inside_them(model_id):
    key = str(model_id)
    event(payload={"users": {f"u{number}": {"model_limits": {key: {"llm": model_id}}} for number in range(6)}})
    assert {report.label(place): place.count for place in scanned().places} == {
        "forgetful_app.Event.payload.users[*].model_limits[keys]": 6,
        "forgetful_app.Event.payload.users[*].model_limits[*].llm": 6,
    }
