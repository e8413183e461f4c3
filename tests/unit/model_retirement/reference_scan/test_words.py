"""Names that speak of models, and names that do not."""

from __future__ import annotations

import pytest

from model_retirement.json_paths import EACH
from model_retirement.reference_scan.words import keys_lead_to_models, leads_to_models, speaks_of_models


@pytest.mark.parametrize(
    "name",
    [
        *(
            "model",
            "models",
            "llm",
            "llms",
            "llm_model",
            "model_id",
            "model_ids",
            "llm_id",
            "llm_model_pk",
            "model_key",
        ),
        *(
            "fallback_llm_provider_model_ids",
            "default-model",
            "modelId",
            "llmModelIDs",
            "LLMModel",
            "modelid",
            "llm_model_uuid",
        ),
        *("evaluator.model", "fallbacks", "fallback_ids", "model_ref"),
    ],
)
def test_a_name_speaks_of_models(name):
    assert speaks_of_models(name)


@pytest.mark.parametrize(
    "name",
    [
        *(
            "",
            "count",
            "max_tokens",
            "id",
            "llm_provider_id",
            "model_name",
            "model_count",
            "llm_temperature",
            "modelling",
        ),
        *(
            "max_models",
            "num_models",
            "is_default_model",
            "has_model",
            "total_llms",
            "max_fallbacks",
            "use_fallback",
            "fallback_count",
            "llm_max_tokens",
            "provider",
            "…",
        ),
    ],
)
def test_a_name_says_nothing_of_ids_of_models(name):
    assert not speaks_of_models(name)


@pytest.mark.parametrize(
    ("field", "path", "leads"),
    [
        ("params", ("llm_model",), True),
        ("params", ("routing", "primary", "model_id"), True),
        ("params", ("models", None), True),
        ("params", ("models", None, "id"), True),
        ("params", ("model", "value", "pk"), True),
        ("params", ("model", "max_tokens"), False),
        ("params", ("id",), False),
        ("params", (None,), False),
        ("model_ids", (None,), True),
        ("model", ("id",), True),
        ("model", ("tokens",), False),
        ("params", ("models", "ids", None), True),
        ("params", ("model_by_user", EACH), True),
        ("params", ("modelByUser", "7", "id"), True),
        ("params", ("fallback_by_model", "91"), True),
        ("params", ("model_fallbacks", EACH, None), True),
        ("params", ("models", EACH), False),
        ("params", ("weights_by_model", "91"), False),
        ("params", ("by_model", "91"), False),
        ("params", ("91", "model"), True),
        ("model", (EACH,), False),
        ("data", (EACH,), False),
    ],
)
def test_the_last_key_that_says_something_counts(field, path, leads):
    assert leads_to_models(field, path) == leads


@pytest.mark.parametrize(
    ("field", "path", "lead"),
    [
        ("params", ("weights_by_model",), True),
        ("params", ("model_limits",), True),
        ("params", ("modelLimits",), True),
        ("params", ("max_tokens_per_llm",), True),
        ("params", ("limits_for_model_by_user",), False),
        ("params", ("model_by_user",), False),
        ("params", ("bymodel",), True),
        ("params", ("by_model",), True),
        ("params", ("models", "by_id"), True),
        ("params", ("model_limits", EACH), True),
        ("params", ("model", "users"), False),
        ("params", ("limits",), False),
        ("params", ("modelling",), False),
        ("params", (), False),
        ("model_limits", (), True),
        ("model_limits", (None,), True),
    ],
)
def test_of_keys_the_name_of_their_object_speaks(field, path, lead):
    assert keys_lead_to_models(field, path) == lead
