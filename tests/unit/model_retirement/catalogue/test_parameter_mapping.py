"""What becomes of settings when another model takes the place of theirs (rule 13)."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_retirement.catalogue.parameter_mapping import (
    NO_EFFECT,
    NOT_TAKEN,
    OUT_OF_RANGE,
    ParameterChange,
    map_parameters,
)
from model_retirement.catalogue.parameters import (
    AnthropicAdaptiveParameters,
    AnthropicFable5Parameters,
    AnthropicMaxEffortParameters,
    AnthropicThinkingParameters,
    BasicParameters,
    DeepSeekV4Parameters,
    Gemini3LowParameters,
    Gemini3Parameters,
    Gemini25FlashLiteParameters,
    Gemini25FlashParameters,
    Gemini25ProParameters,
    GPT5Parameters,
    GPT5ProParameters,
    GPT51Parameters,
    GPT52Parameters,
    GPT55Parameters,
    OpenAIReasoningParameters,
)
from tests.unit.model_retirement.catalogue.test_parameters import FAMILIES


def after(parameters: dict, source, target) -> dict:
    return map_parameters(parameters=parameters, source_schema=source, target_schema=target).parameters


def test_each_setting_is_kept_mapped_or_dropped_and_the_report_says_which():
    """What the replacement does not accept is mapped or dropped, and can be told (rule 13)."""
    mapping = map_parameters(
        parameters={"max_tokens": 500, "effort": "minimal", "verbosity": "low", "seed": 7},
        source_schema=GPT5Parameters,
        target_schema=OpenAIReasoningParameters,
    )

    assert mapping.kept == (ParameterChange("max_tokens", 500, "max_tokens", 500),)
    assert mapping.mapped == (ParameterChange("effort", "minimal", "effort", "low"),)
    assert mapping.dropped == (
        ParameterChange("verbosity", "low", None, None, NOT_TAKEN),
        ParameterChange("seed", 7, None, None, NOT_TAKEN),
    )
    assert mapping.parameters == {"max_tokens": 500, "effort": "low"}
    assert mapping.changed


def test_within_one_family_everything_is_kept_also_what_no_schema_knows():
    mapping = map_parameters(
        parameters={"temperature": 0.2, "seed": 7, "top_p": None},
        source_schema=BasicParameters,
        target_schema=BasicParameters,
    )

    assert mapping.parameters == {"temperature": 0.2, "seed": 7, "top_p": None}
    assert not mapping.changed


def test_the_report_is_frozen():
    mapping = map_parameters(parameters={}, source_schema=None, target_schema=BasicParameters)

    with pytest.raises(dataclasses.FrozenInstanceError):
        mapping.kept = ()  # type: ignore[misc]  # that is the test


@pytest.mark.parametrize(
    ("source", "before", "target", "expected"),
    [
        (BasicParameters, {"temperature": 0.7}, OpenAIReasoningParameters, {}),
        (BasicParameters, {"temperature": 0.7}, GPT51Parameters, {"temperature": 0.7}),
        (BasicParameters, {"temperature": 0.7, "max_tokens": 9}, GPT55Parameters, {"max_tokens": 9}),
        (BasicParameters, {"temperature": "0.7"}, GPT51Parameters, {"temperature": "0.7"}),
        (BasicParameters, {"temperature": 1.5}, AnthropicThinkingParameters, {}),
        (OpenAIReasoningParameters, {"effort": "high"}, GPT52Parameters, {"effort": "high"}),
        (GPT52Parameters, {"effort": "xhigh"}, GPT51Parameters, {"effort": "high"}),
        (GPT51Parameters, {"effort": "none", "temperature": 0.5}, GPT5Parameters, {"effort": "minimal"}),
        (OpenAIReasoningParameters, {"effort": "low"}, GPT5ProParameters, {}),
        (GPT52Parameters, {"effort": "xhigh"}, GPT5ProParameters, {"effort": "high"}),
        (
            AnthropicThinkingParameters,
            {"thinking": True, "budget_tokens": 8192, "temperature": 1},
            AnthropicAdaptiveParameters,
            {"thinking": True, "effort": "medium"},
        ),
        (
            AnthropicThinkingParameters,
            {"thinking": True, "budget_tokens": 1024},
            AnthropicMaxEffortParameters,
            {"thinking": True, "budget_tokens": 1024},
        ),
        (AnthropicThinkingParameters, {"thinking": False, "budget_tokens": 9000}, AnthropicFable5Parameters, {}),
        (AnthropicAdaptiveParameters, {"effort": "max"}, DeepSeekV4Parameters, {"effort": "max"}),
        (AnthropicAdaptiveParameters, {"effort": "xhigh"}, DeepSeekV4Parameters, {"effort": "high"}),
        (Gemini25ProParameters, {"thinking_budget": 128}, Gemini3Parameters, {"thinking_level": "low"}),
        (Gemini25ProParameters, {"thinking_budget": 8193}, Gemini3Parameters, {"thinking_level": "high"}),
        (Gemini25FlashParameters, {"thinking_budget": 0}, Gemini3Parameters, {"thinking_level": "minimal"}),
        (Gemini25FlashParameters, {"thinking_budget": 0}, Gemini3LowParameters, {"thinking_level": "low"}),
        (Gemini25FlashParameters, {"thinking_budget": -1}, Gemini3Parameters, {}),
        (Gemini25FlashParameters, {"thinking_budget": 1}, Gemini25FlashLiteParameters, {}),
        (Gemini3Parameters, {"thinking_level": "high"}, Gemini25FlashParameters, {"thinking_budget": 24576}),
        (Gemini3Parameters, {"thinking_level": "minimal"}, Gemini25ProParameters, {"thinking_budget": 1024}),
        (None, {"effort": "medium"}, Gemini3Parameters, {"thinking_level": "medium"}),
        (None, {"thinking_budget": True}, Gemini3Parameters, {}),
        (None, {"thinking_level": ["high"]}, GPT5Parameters, {}),
        (
            None,
            {"thinking": True, "max_tokens": 9000, "thinking_budget": 4000},
            AnthropicThinkingParameters,
            {"thinking": True, "max_tokens": 9000, "budget_tokens": 4000},
        ),
        (
            None,
            {"thinking": True, "max_tokens": "2000", "thinking_budget": 4000, "top_p": "0.9"},
            AnthropicThinkingParameters,
            {"thinking": True, "max_tokens": "2000"},
        ),
    ],
)
def test_the_reasoning_dial_is_carried_over_as_declared(source, before, target, expected):
    """What the replacement does not accept is mapped or dropped (rule 13)."""
    assert after(before, source, target) == expected


def test_a_dial_that_is_set_already_wins_over_one_that_is_mapped():
    mapping = map_parameters(
        parameters={"thinking_budget": 0, "thinking_level": "high"},
        source_schema=Gemini25FlashParameters,
        target_schema=Gemini3Parameters,
    )

    assert mapping.parameters == {"thinking_level": "high"}
    assert [change.name for change in mapping.dropped] == ["thinking_budget"]


@pytest.mark.parametrize(
    ("before", "target", "reason"),
    [
        ({"temperature": 1.5}, AnthropicThinkingParameters, OUT_OF_RANGE),
        ({"banana": 1}, AnthropicThinkingParameters, NOT_TAKEN),
        ({"budget_tokens": 4000}, AnthropicAdaptiveParameters, NO_EFFECT),
        ({"budget_tokens": 4000}, AnthropicMaxEffortParameters, "a budget needs thinking switched on"),
        ({"temperature": 0.3}, GPT55Parameters, "the model samples only when its effort is none"),
    ],
)
def test_what_is_dropped_says_why(before, target, reason):
    mapping = map_parameters(parameters=before, source_schema=None, target_schema=target)

    assert [change.reason for change in mapping.dropped] == [reason]
    assert mapping.parameters == {}


known = {name for family in FAMILIES for name in family.model_fields}
values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(min_value=-2, max_value=40000),
    st.floats(),
    st.sampled_from(["none", "minimal", "low", "medium", "high", "xhigh", "max", "0.5", "100", ""]),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=2), st.none(), max_size=1),
)
settings = st.dictionaries(st.sampled_from(sorted(known)) | st.text(max_size=4), values, max_size=8)


@given(before=settings, source=st.none() | st.sampled_from(FAMILIES), target=st.sampled_from(FAMILIES))
def test_the_replacement_takes_what_comes_out_and_every_setting_is_told_of_once(before, source, target):
    """Parameters that the replacement does not accept are mapped or dropped, and the team is told which (rule 13)."""
    mapping = map_parameters(parameters=before, source_schema=source, target_schema=target)
    again = map_parameters(parameters=before, source_schema=source, target_schema=target)

    names = [change.name for change in (*mapping.kept, *mapping.mapped, *mapping.dropped)]
    assert sorted(names) == sorted(before)
    assert repr(mapping) == repr(again)
    assert all(change.old_value is before[change.name] for change in (*mapping.kept, *mapping.mapped, *mapping.dropped))
    assert all(change.reason for change in mapping.dropped)
    if source is not target:
        target.model_validate(mapping.parameters)
