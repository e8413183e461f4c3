"""What settings a model takes, one schema per family of models.

Every setting is optional: what is not set is left to the provider. Facts come from the providers' documentation, named
in each class, and from their Python clients (openai 3.54, anthropic 2.12, google-genai 3.4, groq 1.7). Where a provider
documents a limit per model and not per family, the schema takes what all of the family's models take.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from model_retirement.catalogue.facts import ModelKind

Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=1)]
TemperatureToTwo = Annotated[float, Field(ge=0, le=2)]
Verbosity = Literal["low", "medium", "high"]


class ModelParameters(BaseModel):
    """Settings of a model; the base of all families."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: ClassVar[ModelKind | None] = None
    """What models of the family are for, where all of them are for the same."""

    max_tokens: Count | None = None

    def conflicts(self) -> dict[str, str]:
        """Return the settings that the provider refuses beside the others, each with the reason."""
        return {}

    @model_validator(mode="after")
    def _refuse_conflicts(self) -> Self:
        if conflicts := self.conflicts():
            raise ValueError("; ".join(f"{name}: {reason}" for name, reason in sorted(conflicts.items())))
        return self


class BasicParameters(ModelParameters):
    """Models that sample and do not reason.

    https://platform.openai.com/docs/api-reference/chat/create; Groq, Perplexity and DeepSeek take the same.
    """

    temperature: TemperatureToTwo | None = None
    top_p: Share | None = None


class TranscriptionParameters(ModelParameters):
    """Speech to text: https://console.groq.com/docs/speech-to-text."""

    kind: ClassVar[ModelKind | None] = ModelKind.TRANSCRIPTION

    temperature: Share | None = None


# OpenAI and Azure OpenAI


class OpenAIReasoningParameters(ModelParameters):
    """The o-series, which always reasons and takes no temperature: https://platform.openai.com/docs/guides/reasoning."""

    effort: Literal["low", "medium", "high"] | None = None


class GPT5Parameters(ModelParameters):
    """GPT-5 and its mini and nano, which always reason: https://platform.openai.com/docs/guides/reasoning."""

    effort: Literal["minimal", "low", "medium", "high"] | None = None
    verbosity: Verbosity | None = None


class GPT5ProParameters(ModelParameters):
    """GPT-5 pro, whose effort is always high: https://platform.openai.com/docs/models/gpt-5-pro."""

    effort: Literal["high"] | None = None


class GPT52ProParameters(ModelParameters):
    """GPT-5.2 pro and GPT-5.4 pro: https://platform.openai.com/docs/models/gpt-5.2-pro."""

    effort: Literal["medium", "high", "xhigh"] | None = None


class GPT53InstantParameters(ModelParameters):
    """The chat variant of GPT-5.3, which reasons at one fixed effort: https://platform.openai.com/docs/guides/reasoning."""

    effort: Literal["medium"] | None = None


class GPT51Parameters(ModelParameters):
    """GPT-5.1, which reasons on request and samples only while it does not reason.

    https://platform.openai.com/docs/guides/latest-model
    """

    effort: Literal["none", "low", "medium", "high"] | None = None
    verbosity: Verbosity | None = None
    temperature: TemperatureToTwo | None = None
    top_p: Share | None = None

    def reasons(self) -> bool:
        """Tell whether the model reasons with these settings; left alone it does not."""
        return self.effort not in (None, "none")

    def conflicts(self) -> dict[str, str]:
        if not self.reasons():
            return {}
        reason = "the model samples only when its effort is none"
        return {name: reason for name in ("temperature", "top_p") if getattr(self, name) is not None}


class GPT52Parameters(GPT51Parameters):
    """GPT-5.2, 5.3 and 5.4 with its mini and nano: one effort more. https://platform.openai.com/docs/guides/reasoning."""

    effort: Literal["none", "low", "medium", "high", "xhigh"] | None = None  # type: ignore[assignment]  # wider than GPT-5.1's


class GPT55Parameters(GPT52Parameters):
    """GPT-5.5, 5.6 and 6, which reason unless told not to: https://platform.openai.com/docs/guides/latest-model.

    GPT-6 has an effort max besides, which is not offered: its elder sisters refuse it.
    """

    def reasons(self) -> bool:
        """Tell whether the model reasons with these settings; left alone it does."""
        return self.effort != "none"


# Anthropic


class AnthropicParameters(ModelParameters):
    """Claude models without extended thinking: https://platform.claude.com/docs/en/api/messages."""

    temperature: Share | None = None
    top_p: Share | None = None
    top_k: Annotated[int, Field(ge=0)] | None = None


class AnthropicThinkingParameters(AnthropicParameters):
    """Claude models whose thinking has a budget: 3.7, 4 and 4.5.

    https://platform.claude.com/docs/en/build-with-claude/extended-thinking
    """

    thinking: bool | None = None
    budget_tokens: Annotated[int, Field(ge=1024)] | None = None

    def conflicts(self) -> dict[str, str]:
        conflicts: dict[str, str] = {}
        if self.budget_tokens is not None and not self.thinking:
            conflicts["budget_tokens"] = "a budget needs thinking switched on"
        elif self.budget_tokens is not None and self.max_tokens is not None and self.budget_tokens >= self.max_tokens:
            conflicts["budget_tokens"] = "the thinking budget must be below max_tokens"
        if self.thinking:
            if self.temperature not in (None, 1):
                conflicts["temperature"] = "a thinking model takes no temperature but 1"
            if self.top_k is not None:
                conflicts["top_k"] = "a thinking model takes no top_k"
            if self.top_p is not None and self.top_p < 0.95:  # noqa: PLR2004  the provider's own limit
                conflicts["top_p"] = "a thinking model takes a top_p of 0.95 to 1"
        return conflicts


class AnthropicEffortParameters(AnthropicThinkingParameters):
    """Claude Opus 4.5: a budget, and an effort up to high. https://platform.claude.com/docs/en/build-with-claude/effort."""

    effort: Literal["low", "medium", "high"] | None = None


class AnthropicMaxEffortParameters(AnthropicThinkingParameters):
    """Claude Opus 4.6 and Sonnet 4.6: a budget still, and an effort up to max.

    https://platform.claude.com/docs/en/build-with-claude/adaptive-thinking
    """

    effort: Literal["low", "medium", "high", "max"] | None = None


class AnthropicAdaptiveParameters(ModelParameters):
    """Claude models that find their own budget and take no sampling settings: Opus 4.7 and 4.8, Sonnet 5.

    https://platform.claude.com/docs/en/build-with-claude/adaptive-thinking
    """

    thinking: bool | None = None
    effort: Literal["low", "medium", "high", "xhigh", "max"] | None = None


class AnthropicOpus5Parameters(AnthropicAdaptiveParameters):
    """Claude Opus 5: no effort above high while thinking is off.

    https://platform.claude.com/docs/en/build-with-claude/effort
    """

    def conflicts(self) -> dict[str, str]:
        if self.thinking is False and self.effort in ("xhigh", "max"):
            return {"effort": "without thinking the model takes an effort up to high"}
        return {}


class AnthropicFable5Parameters(AnthropicAdaptiveParameters):
    """Claude Fable 5 and Sonnet 5.5, whose thinking cannot be switched off.

    https://platform.claude.com/docs/en/build-with-claude/adaptive-thinking
    """

    thinking: Literal[True] | None = None


# Google


class GeminiParameters(ModelParameters):
    """Gemini models without thinking: https://ai.google.dev/api/generate-content#v1beta.GenerationConfig."""

    temperature: TemperatureToTwo | None = None
    top_p: Share | None = None
    top_k: Count | None = None


class Gemini25FlashParameters(GeminiParameters):
    """Gemini 2.5 Flash; 0 switches thinking off, -1 leaves it to the model.

    https://ai.google.dev/gemini-api/docs/thinking#set-budget
    """

    thinking_budget: Annotated[int, Field(ge=-1, le=24576)] | None = None


class Gemini25FlashLiteParameters(GeminiParameters):
    """Gemini 2.5 Flash-Lite, whose budget starts at 512: https://ai.google.dev/gemini-api/docs/thinking#set-budget."""

    thinking_budget: Literal[-1, 0] | Annotated[int, Field(ge=512, le=24576)] | None = None


class Gemini25ProParameters(GeminiParameters):
    """Gemini 2.5 Pro, which always thinks: https://ai.google.dev/gemini-api/docs/thinking#set-budget."""

    thinking_budget: Literal[-1] | Annotated[int, Field(ge=128, le=32768)] | None = None


class Gemini3Parameters(GeminiParameters):
    """Gemini 3 and later, with levels in place of a budget: https://ai.google.dev/gemini-api/docs/thinking."""

    thinking_level: Literal["minimal", "low", "medium", "high"] | None = None


class Gemini3LowParameters(GeminiParameters):
    """Gemini 3.1 Pro, 3.7 and 3.8 Flash, whose lowest level is low: https://ai.google.dev/gemini-api/docs/thinking."""

    thinking_level: Literal["low", "medium", "high"] | None = None


# Others


class GptOssParameters(BasicParameters):
    """The gpt-oss models on Groq: https://console.groq.com/docs/reasoning#reasoning-effort."""

    effort: Literal["low", "medium", "high"] | None = None


class SonarResearchParameters(BasicParameters):
    """Perplexity's deep research: https://docs.perplexity.ai/models/models/sonar-deep-research."""

    effort: Literal["low", "medium", "high"] | None = None


class DeepSeekV4Parameters(BasicParameters):
    """DeepSeek V4: https://api-docs.deepseek.com/guides/thinking_mode."""

    thinking: bool | None = None
    effort: Literal["low", "high", "max"] | None = None


class MiniMaxParameters(ModelParameters):
    """MiniMax, whose temperature starts above 0: https://platform.minimax.io/docs/api-reference/text-openai-api."""

    temperature: Annotated[float, Field(gt=0, le=1)] | None = None
    top_p: Share | None = None
