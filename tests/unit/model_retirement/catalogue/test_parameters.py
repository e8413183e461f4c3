"""What settings a model takes."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from model_retirement.catalogue import parameters
from model_retirement.catalogue.parameters import (
    AnthropicAdaptiveParameters,
    AnthropicFable5Parameters,
    AnthropicOpus5Parameters,
    AnthropicThinkingParameters,
    BasicParameters,
    Gemini25FlashLiteParameters,
    Gemini25FlashParameters,
    Gemini25ProParameters,
    GPT5Parameters,
    GPT5ProParameters,
    GPT51Parameters,
    GPT55Parameters,
    MiniMaxParameters,
    ModelParameters,
    OpenAIReasoningParameters,
)
from model_retirement.catalogue.view import load

FAMILIES = [
    family for family in vars(parameters).values() if isinstance(family, type) and issubclass(family, ModelParameters)
]


@pytest.mark.parametrize("family", FAMILIES)
def test_every_setting_is_optional(family):
    assert family().model_dump(exclude_none=True) == {}


@pytest.mark.parametrize("family", FAMILIES)
def test_a_setting_that_the_family_does_not_have_is_refused(family):
    with pytest.raises(ValidationError):
        family(banana=1)


def test_every_family_is_used_by_a_model_or_is_the_base_of_one():
    used = [model.parameters for model in load().models if model.parameters]

    assert [family for family in FAMILIES if not any(issubclass(other, family) for other in used)] == []


@pytest.mark.parametrize(
    ("family", "settings"),
    [
        (BasicParameters, {"temperature": 2, "top_p": 1, "max_tokens": 1}),
        (OpenAIReasoningParameters, {"effort": "high"}),
        (GPT5Parameters, {"effort": "minimal", "verbosity": "low"}),
        (GPT5ProParameters, {"effort": "high"}),
        (GPT51Parameters, {"temperature": 0.5}),
        (GPT51Parameters, {"temperature": 0.5, "effort": "none"}),
        (GPT55Parameters, {"temperature": 0.5, "effort": "none"}),
        (AnthropicThinkingParameters, {"thinking": True, "budget_tokens": 1024, "max_tokens": 1025, "temperature": 1}),
        (AnthropicThinkingParameters, {"thinking": True, "budget_tokens": 1024, "top_p": 0.95}),
        (AnthropicThinkingParameters, {"temperature": 0.2, "top_k": 5, "top_p": 0.1}),
        (AnthropicAdaptiveParameters, {"thinking": False, "effort": "max"}),
        (AnthropicOpus5Parameters, {"thinking": True, "effort": "max"}),
        (AnthropicOpus5Parameters, {"thinking": False, "effort": "high"}),
        (AnthropicFable5Parameters, {"thinking": True}),
        (Gemini25FlashParameters, {"thinking_budget": 0}),
        (Gemini25FlashLiteParameters, {"thinking_budget": 512}),
        (Gemini25ProParameters, {"thinking_budget": -1}),
        (MiniMaxParameters, {"temperature": 1}),
    ],
)
def test_what_the_provider_takes_is_taken(family, settings):
    assert family(**settings).model_dump(exclude_none=True) == settings


@pytest.mark.parametrize(
    ("family", "settings"),
    [
        (BasicParameters, {"temperature": 2.1}),
        (BasicParameters, {"top_p": 1.1}),
        (BasicParameters, {"max_tokens": 0}),
        (OpenAIReasoningParameters, {"temperature": 1}),
        (OpenAIReasoningParameters, {"effort": "minimal"}),
        (GPT5Parameters, {"effort": "none"}),
        (GPT5ProParameters, {"effort": "medium"}),
        (GPT51Parameters, {"temperature": 0.5, "effort": "low"}),
        (GPT51Parameters, {"top_p": 0.5, "effort": "high"}),
        (GPT55Parameters, {"temperature": 0.5}),
        (AnthropicThinkingParameters, {"temperature": 1.5}),
        (AnthropicThinkingParameters, {"budget_tokens": 1024}),
        (AnthropicThinkingParameters, {"thinking": False, "budget_tokens": 1024}),
        (AnthropicThinkingParameters, {"thinking": True, "budget_tokens": 1023}),
        (AnthropicThinkingParameters, {"thinking": True, "budget_tokens": 2000, "max_tokens": 2000}),
        (AnthropicThinkingParameters, {"thinking": True, "temperature": 0.2}),
        (AnthropicThinkingParameters, {"thinking": True, "top_k": 5}),
        (AnthropicThinkingParameters, {"thinking": True, "top_p": 0.9}),
        (AnthropicAdaptiveParameters, {"temperature": 1}),
        (AnthropicAdaptiveParameters, {"budget_tokens": 2000}),
        (AnthropicOpus5Parameters, {"thinking": False, "effort": "xhigh"}),
        (AnthropicFable5Parameters, {"thinking": False}),
        (Gemini25FlashParameters, {"thinking_budget": 24577}),
        (Gemini25FlashLiteParameters, {"thinking_budget": 1}),
        (Gemini25ProParameters, {"thinking_budget": 0}),
        (MiniMaxParameters, {"temperature": 0}),
    ],
)
def test_what_the_provider_refuses_is_refused(family, settings):
    with pytest.raises(ValidationError):
        family(**settings)
