"""The catalogue: every model that the platform offers, and every model that it takes out. Data only.

``DEFAULT_LLM_PROVIDER_MODELS`` holds the models per provider, in the order in which they are offered.
``DELETED_MODELS`` holds the removals, as ``(provider, name)``, ``(provider, name, replacement)`` or ``Deleted(...)``.
``docs/deleting_llm_models.md`` tells how to move a model from the first to the second.
"""

from datetime import date

from model_retirement.catalogue.declarations import Deleted, Model, k
from model_retirement.catalogue.parameters import (
    AnthropicAdaptiveParameters,
    AnthropicEffortParameters,
    AnthropicFable5Parameters,
    AnthropicMaxEffortParameters,
    AnthropicOpus5Parameters,
    AnthropicThinkingParameters,
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
    GPT52ProParameters,
    GPT53InstantParameters,
    GPT55Parameters,
    GptOssParameters,
    MiniMaxParameters,
    OpenAIReasoningParameters,
    SonarResearchParameters,
    TranscriptionParameters,
)

__all__ = ["DEFAULT_LLM_PROVIDER_MODELS", "DELETED_MODELS", "Deleted", "Model", "k"]

# One entry is one line, whatever its length, so that to comment one out or to move it is to edit one line.
# fmt: off
DEFAULT_LLM_PROVIDER_MODELS: dict[str, list[Model]] = {
    "azure": [
        Model("gpt-5.6-sol", 1_050_000, retires_on=date(2028, 1, 11), parameters=GPT55Parameters),  # https://learn.microsoft.com/en-us/azure/ai-foundry/concepts/model-lifecycle-retirement#timelines-for-foundry-models
        Model("gpt-5.6-terra", 1_050_000, is_translation_default=True, retires_on=date(2028, 1, 11), parameters=GPT55Parameters),  # https://learn.microsoft.com/en-us/azure/ai-foundry/concepts/model-lifecycle-retirement#timelines-for-foundry-models
        Model("gpt-5.6-luna", 1_050_000, is_default=True, retires_on=date(2028, 1, 11), parameters=GPT55Parameters),  # https://learn.microsoft.com/en-us/azure/ai-foundry/concepts/model-lifecycle-retirement#timelines-for-foundry-models
        Model("gpt-5.1", k(400), deprecated=True, replacement="gpt-5.6-terra", retires_on=date(2027, 5, 15), parameters=GPT51Parameters),  # https://learn.microsoft.com/en-us/azure/ai-foundry/concepts/model-lifecycle-retirement#timelines-for-foundry-models
        Model("gpt-4.1", 1_000_000, deprecated=True, replacement="gpt-5.6-terra", retires_on=date(2027, 4, 14)),  # https://learn.microsoft.com/en-us/azure/ai-foundry/concepts/model-lifecycle-retirement#timelines-for-foundry-models
        Model("gpt-4.1-mini", 1_000_000, deprecated=True, replacement="gpt-5.6-luna", retires_on=date(2027, 4, 14)),  # https://learn.microsoft.com/en-us/azure/ai-foundry/concepts/model-lifecycle-retirement#timelines-for-foundry-models
        Model("gpt-4o-mini", 128000, deprecated=True, replacement="gpt-5.6-luna", retires_on=date(2027, 4, 14)),  # https://learn.microsoft.com/en-us/azure/ai-foundry/concepts/model-lifecycle-retirement#timelines-for-foundry-models
        Model("gpt-4o", 128000, deprecated=True, replacement="gpt-5.6-sol", retires_on=date(2026, 12, 9)),  # https://learn.microsoft.com/en-us/azure/ai-foundry/concepts/model-lifecycle-retirement#timelines-for-foundry-models
    ],
    "anthropic": [
        Model("claude-opus-5", k(1000), parameters=AnthropicOpus5Parameters),
        Model("claude-sonnet-5-5", k(1000), parameters=AnthropicFable5Parameters),
        Model("claude-sonnet-5", k(1000), parameters=AnthropicAdaptiveParameters),
        Model("claude-fable-5", k(1000), parameters=AnthropicFable5Parameters),
        Model("claude-opus-4-8", k(1000), parameters=AnthropicAdaptiveParameters),
        Model("claude-opus-4-7", k(1000), parameters=AnthropicAdaptiveParameters),
        Model("claude-opus-4-6", k(200), is_translation_default=True, parameters=AnthropicMaxEffortParameters),
        Model("claude-sonnet-4-6", 1_000_000, is_default=True, parameters=AnthropicMaxEffortParameters),
        Model("claude-sonnet-4-5-20250929", k(200), deprecated=True, replacement="claude-sonnet-5-5", deprecated_on=date(2026, 9, 30), retires_on=date(2026, 11, 30), parameters=AnthropicThinkingParameters),  # https://platform.claude.com/docs/en/about-claude/model-deprecations#2026-09-30-claude-sonnet-4-5-model
        Model("claude-haiku-4-5-20251001", k(200), parameters=AnthropicThinkingParameters),
        Model("claude-opus-4-5-20251101", k(200), parameters=AnthropicEffortParameters),
    ],
    "openai": [
        Model("o4-mini-high", 200000, deprecated=True, replacement="gpt-5.6-terra", parameters=OpenAIReasoningParameters),
        Model("gpt-4.1", 1_000_000, deprecated=True, replacement="gpt-6-luna", retires_on=date(2027, 1, 14)),  # https://developers.openai.com/api/docs/deprecations
        Model("gpt-4.1-mini", 1_000_000, deprecated=True, replacement="gpt-6-luna", retires_on=date(2027, 1, 14)),  # https://developers.openai.com/api/docs/deprecations
        Model("o3", 128000, deprecated=True, replacement="gpt-5.6-sol", deprecated_on=date(2026, 6, 11), retires_on=date(2026, 12, 11), parameters=OpenAIReasoningParameters),  # litellm_model_prices_1.110.2_part.json
        Model("gpt-4o-mini", 128000, deprecated=True, replacement="gpt-6-luna", retires_on=date(2027, 1, 14)),  # https://developers.openai.com/api/docs/deprecations
        Model("gpt-4o", 128000, deprecated=True, replacement="gpt-6-luna", retires_on=date(2027, 1, 14)),  # https://developers.openai.com/api/docs/deprecations
        Model("gpt-5", k(400), deprecated=True, replacement="gpt-5.6-sol", retires_on=date(2026, 12, 11), parameters=GPT5Parameters),  # https://developers.openai.com/api/docs/deprecations
        Model("gpt-5.1", k(400), deprecated=True, replacement="gpt-6-sol", deprecated_on=date(2026, 10, 1), retires_on=date(2027, 4, 1), parameters=GPT51Parameters),  # https://platform.openai.com/docs/deprecations#2026-10-01-gpt-5-3-codex-gpt-5-1-gpt-5-4-nano
        Model("gpt-5.2", k(400), parameters=GPT52Parameters),
        Model("gpt-5.2-pro", k(400), parameters=GPT52ProParameters),
        Model("gpt-5.3", k(400), parameters=GPT52Parameters),
        Model("gpt-5.3-instant", k(400), parameters=GPT53InstantParameters),
        Model("gpt-5.4", 1_050_000, parameters=GPT52Parameters),
        Model("gpt-5.4-pro", 1_050_000, parameters=GPT52ProParameters),
        Model("gpt-5.4-mini", 400000, parameters=GPT52Parameters),
        Model("gpt-5.4-nano", 400000, deprecated=True, replacement="gpt-6-luna", deprecated_on=date(2026, 10, 1), retires_on=date(2027, 4, 1), parameters=GPT52Parameters),  # https://platform.openai.com/docs/deprecations#2026-10-01-gpt-5-3-codex-gpt-5-1-gpt-5-4-nano
        Model("gpt-5.5", 1_050_000, parameters=GPT55Parameters),
        Model("gpt-6-sol", 1_050_000, is_translation_default=True, parameters=GPT55Parameters),
        Model("gpt-6-luna", 1_050_000, is_default=True, parameters=GPT55Parameters),
        Model("gpt-5.6-terra", 1_100_000, parameters=GPT55Parameters),
        Model("gpt-5.6-sol", 1_100_000, parameters=GPT55Parameters),
        Model("gpt-5.6-luna", 1_100_000, parameters=GPT55Parameters),
        Model("gpt-5-mini", k(400), deprecated=True, replacement="gpt-5.6-terra", retires_on=date(2026, 12, 11), parameters=GPT5Parameters),  # https://developers.openai.com/api/docs/deprecations
        Model("gpt-5-nano", k(400), deprecated=True, replacement="gpt-5.6-luna", retires_on=date(2026, 12, 11), parameters=GPT5Parameters),  # https://developers.openai.com/api/docs/deprecations
        Model("gpt-5-pro", k(400), deprecated=True, replacement="gpt-5.6-sol", retires_on=date(2026, 12, 11), parameters=GPT5ProParameters),  # https://developers.openai.com/api/docs/deprecations
    ],
    "groq": [
        Model("whisper-large-v3-turbo", k(8), parameters=TranscriptionParameters),
        Model("openai/gpt-oss-120b", k(128), is_default=True, is_translation_default=True, parameters=GptOssParameters),
        Model("openai/gpt-oss-20b", k(128), parameters=GptOssParameters),
    ],
    "perplexity": [
        Model("sonar", 128000, is_default=True),
        Model("sonar-pro", 200000),
        Model("sonar-reasoning-pro", 128000, is_translation_default=True),
        Model("sonar-deep-research", 128000, parameters=SonarResearchParameters),
        Model("llama-3.1-sonar-small-128k-chat", 127072),
        Model("llama-3.1-sonar-large-128k-chat", 127072),
        Model("llama-3.1-8b-instruct", k(128)),
        Model("llama-3.1-70b-instruct", k(128)),
    ],
    "deepseek": [
        Model("deepseek-v4-flash", 1_000_000, is_default=True, parameters=DeepSeekV4Parameters),
        Model("deepseek-v4-pro", 1_000_000, is_translation_default=True, parameters=DeepSeekV4Parameters),
    ],
    "minimax": [
        Model("MiniMax-M3", k(1000), is_default=True, is_translation_default=True, parameters=MiniMaxParameters),
        Model("MiniMax-M2.7", 200000, parameters=MiniMaxParameters),
        Model("MiniMax-M2", 200000, parameters=MiniMaxParameters),
    ],
    "google": [
        Model("gemini-3.8-flash", k(1024), is_translation_default=True, parameters=Gemini3LowParameters),
        Model("gemini-3.7-flash", k(1024), parameters=Gemini3LowParameters),
        Model("gemini-3.6-flash", k(1024), parameters=Gemini3Parameters),
        Model("gemini-3.5-flash", k(1024), parameters=Gemini3Parameters),
        Model("gemini-3.5-flash-lite", k(1024), is_default=True, parameters=Gemini3Parameters),
        Model("gemini-2.5-flash", k(1024), deprecated=True, replacement="gemini-3.5-flash-lite", retires_on=date(2026, 12, 1), parameters=Gemini25FlashParameters),  # https://ai.google.dev/gemini-api/docs/deprecations
        Model("gemini-2.5-pro", k(1024), deprecated=True, replacement="gemini-3.8-flash", retires_on=date(2026, 12, 1), parameters=Gemini25ProParameters),  # https://ai.google.dev/gemini-api/docs/deprecations
    ],
    "google_vertex_ai": [
        Model("gemini-3.7-flash", k(1024), parameters=Gemini3LowParameters),
        Model("gemini-3.6-flash", k(1024), is_translation_default=True, parameters=Gemini3Parameters),
        Model("gemini-3.5-flash", k(1024), is_default=True, parameters=Gemini3Parameters),
        Model("gemini-3.5-flash-lite", k(1024), parameters=Gemini3Parameters),
        Model("gemini-3.1-pro-preview", k(1024), parameters=Gemini3LowParameters),
        Model("gemini-3.1-flash-lite", k(1024), parameters=Gemini3Parameters),
        Model("gemini-2.5-pro", k(1024), deprecated=True, replacement="gemini-3.6-flash", parameters=Gemini25ProParameters),
        Model("gemini-2.5-flash", k(1024), deprecated=True, replacement="gemini-3.5-flash", parameters=Gemini25FlashParameters),
        Model("gemini-2.5-flash-lite", k(1024), deprecated=True, replacement="gemini-3.1-flash-lite", parameters=Gemini25FlashLiteParameters),
    ],
}

DELETED_MODELS: list[Deleted | tuple[str, str] | tuple[str, str, str | None]] = [
    ("azure", "gpt-4"),
    ("azure", "gpt-4-32k"),
    ("azure", "gpt-35-turbo"),
    ("azure", "gpt-35-turbo-16k"),
    Deleted("azure", "o4-mini", "gpt-5.6-terra", retires_on=date(2026, 11, 19)),  # https://learn.microsoft.com/en-us/azure/ai-foundry/concepts/model-lifecycle-retirement#timelines-for-foundry-models
    Deleted("azure", "o3", "gpt-5.6-sol", retires_on=date(2026, 11, 19)),  # https://learn.microsoft.com/en-us/azure/ai-foundry/concepts/model-lifecycle-retirement#timelines-for-foundry-models
    Deleted("azure", "o3-mini", "gpt-5.6-terra", retires_on=date(2026, 11, 19)),  # https://learn.microsoft.com/en-us/azure/ai-foundry/concepts/model-lifecycle-retirement#timelines-for-foundry-models
    Deleted("azure", "gpt-4.1-nano", "gpt-5.6-luna", retires_on=date(2026, 10, 14)),  # https://learn.microsoft.com/en-us/azure/ai-foundry/concepts/model-lifecycle-retirement#timelines-for-foundry-models
    Deleted("anthropic", "claude-3-5-sonnet-latest", retires_on=date(2025, 10, 28)),  # the day of its last snapshot, claude-3-5-sonnet-20241022: https://platform.claude.com/docs/en/about-claude/model-deprecations#2025-08-13-claude-sonnet-3-5-models
    Deleted("anthropic", "claude-3-opus-latest", retires_on=date(2026, 1, 5)),  # the day of its last snapshot, claude-3-opus-20240229: https://platform.claude.com/docs/en/about-claude/model-deprecations#2025-06-30-claude-opus-3-model
    Deleted("anthropic", "claude-2.0", retires_on=date(2025, 7, 21)),  # https://platform.claude.com/docs/en/about-claude/model-deprecations#2025-01-21-claude-2-claude-2-1-and-claude-sonnet-3-models
    Deleted("anthropic", "claude-2.1", retires_on=date(2025, 7, 21)),  # https://platform.claude.com/docs/en/about-claude/model-deprecations#2025-01-21-claude-2-claude-2-1-and-claude-sonnet-3-models
    Deleted("anthropic", "claude-instant-1.2", retires_on=date(2024, 11, 6)),  # https://platform.claude.com/docs/en/about-claude/model-deprecations#2024-09-04-claude-1-and-instant-models
    Deleted("anthropic", "claude-sonnet-4-20250514", "claude-sonnet-4-6", retires_on=date(2026, 6, 15)),  # https://platform.claude.com/docs/en/about-claude/model-deprecations#2026-04-14-claude-sonnet-4-and-claude-opus-4-models
    Deleted("anthropic", "claude-opus-4-20250514", "claude-opus-4-8", retires_on=date(2026, 6, 15)),  # https://platform.claude.com/docs/en/about-claude/model-deprecations#2026-04-14-claude-sonnet-4-and-claude-opus-4-models
    Deleted("anthropic", "claude-3-7-sonnet-20250219", "claude-sonnet-4-6", retires_on=date(2026, 2, 19)),  # https://platform.claude.com/docs/en/about-claude/model-deprecations#2025-10-28-claude-sonnet-3-7-model
    Deleted("anthropic", "claude-3-5-haiku-latest", "claude-haiku-4-5-20251001", retires_on=date(2026, 2, 19)),  # the day of its last snapshot, claude-3-5-haiku-20241022: https://platform.claude.com/docs/en/about-claude/model-deprecations#2025-12-19-claude-haiku-3-5-model
    Deleted("openai", "o1-preview", retires_on=date(2025, 7, 28)),  # https://platform.openai.com/docs/deprecations#2025-04-28-o1-preview-and-o1-mini
    Deleted("openai", "o1-mini", retires_on=date(2025, 10, 27)),  # https://platform.openai.com/docs/deprecations#2025-04-28-o1-preview-and-o1-mini
    Deleted("openai", "gpt-4-turbo", "gpt-5.6-sol", retires_on=date(2026, 10, 23)),  # https://platform.openai.com/docs/deprecations#2026-04-22-legacy-gpt-model-snapshots
    Deleted("openai", "gpt-4-turbo-preview", "gpt-5.6-sol", retires_on=date(2026, 3, 26)),  # https://platform.openai.com/docs/deprecations#2025-09-26-legacy-gpt-model-snapshots-march-2026-shutdown
    Deleted("openai", "gpt-4-0125-preview", "gpt-5.6-sol", retires_on=date(2026, 3, 26)),  # https://platform.openai.com/docs/deprecations#2025-09-26-legacy-gpt-model-snapshots-march-2026-shutdown
    Deleted("openai", "gpt-4-1106-preview", "gpt-5.6-sol", retires_on=date(2026, 10, 23)),  # https://platform.openai.com/docs/deprecations#2026-04-22-legacy-gpt-model-snapshots
    Deleted("openai", "gpt-4-0613", "gpt-5.6-sol", retires_on=date(2026, 10, 23)),  # https://platform.openai.com/docs/deprecations#2026-04-22-legacy-gpt-model-snapshots
    Deleted("openai", "o4-mini", "gpt-5.6-terra", retires_on=date(2026, 10, 23)),  # https://platform.openai.com/docs/deprecations#2026-04-22-legacy-gpt-model-snapshots
    Deleted("openai", "gpt-4.1-nano", "gpt-5.6-luna", retires_on=date(2026, 10, 23)),  # https://platform.openai.com/docs/deprecations#2026-04-22-legacy-gpt-model-snapshots
    Deleted("openai", "o3-mini", "gpt-5.6-sol", retires_on=date(2026, 10, 23)),  # https://platform.openai.com/docs/deprecations#2026-04-22-legacy-gpt-model-snapshots
    Deleted("openai", "chatgpt-4o-latest", "gpt-5.6-sol", retires_on=date(2026, 2, 17)),  # https://platform.openai.com/docs/deprecations#2025-11-18-chatgpt-4o-latest-snapshot
    Deleted("openai", "gpt-4", "gpt-5.6-sol", retires_on=date(2026, 10, 23)),  # https://platform.openai.com/docs/deprecations#2026-04-22-legacy-gpt-model-snapshots
    Deleted("openai", "gpt-3.5-turbo", "gpt-5.6-terra", retires_on=date(2026, 10, 23)),  # https://platform.openai.com/docs/deprecations#2026-04-22-legacy-gpt-model-snapshots
    Deleted("openai", "gpt-3.5-turbo-1106", "gpt-5.6-terra", retires_on=date(2026, 9, 28)),  # https://platform.openai.com/docs/deprecations#2025-09-26-legacy-gpt-model-snapshots
    ("groq", "whisper-large-v3"),
    Deleted("groq", "llama3-groq-70b-8192-tool-use-preview", retires_on=date(2025, 1, 6)),  # https://console.groq.com/docs/deprecations#january-6-2025-llama-3-groq-tool-use-models
    Deleted("groq", "llama3-groq-8b-8192-tool-use-preview", retires_on=date(2025, 1, 6)),  # https://console.groq.com/docs/deprecations#january-6-2025-llama-3-groq-tool-use-models
    Deleted("groq", "llama-3.1-70b-versatile", retires_on=date(2025, 1, 24)),  # https://console.groq.com/docs/deprecations#january-24-2025-llama-31-70b-and-llama-31-70b-speculative-decoding
    Deleted("groq", "llama-3.2-1b-preview", retires_on=date(2025, 4, 14)),  # https://console.groq.com/docs/deprecations#april-14-2025-multiple-model-deprecations
    Deleted("groq", "llama-3.2-3b-preview", retires_on=date(2025, 4, 14)),  # https://console.groq.com/docs/deprecations#april-14-2025-multiple-model-deprecations
    Deleted("groq", "llama-3.2-11b-vision-preview", retires_on=date(2025, 4, 14)),  # https://console.groq.com/docs/deprecations#april-14-2025-multiple-model-deprecations
    Deleted("groq", "llama-3.2-90b-vision-preview", retires_on=date(2025, 4, 14)),  # https://console.groq.com/docs/deprecations#april-14-2025-multiple-model-deprecations
    Deleted("groq", "llama-guard-3-8b", retires_on=date(2025, 6, 6)),  # https://console.groq.com/docs/deprecations#june-6-2025-llama-guard-3
    Deleted("groq", "llama3-70b-8192", retires_on=date(2025, 8, 30)),  # https://console.groq.com/docs/deprecations#august-30-2025-llama370b8192-and-llama38b8192
    Deleted("groq", "llama3-8b-8192", retires_on=date(2025, 8, 30)),  # https://console.groq.com/docs/deprecations#august-30-2025-llama370b8192-and-llama38b8192
    Deleted("groq", "mixtral-8x7b-32768", retires_on=date(2025, 3, 20)),  # https://console.groq.com/docs/deprecations#march-20-2025-mixtral-8x7b
    Deleted("groq", "gemma2-9b-it", "openai/gpt-oss-20b", retires_on=date(2025, 10, 8)),  # https://console.groq.com/docs/deprecations#october-8-2025-gemma29bit
    Deleted("groq", "gemma-7b-it", "openai/gpt-oss-20b", retires_on=date(2024, 12, 18)),  # https://console.groq.com/docs/deprecations#december-18-2024-gemma-7b
    Deleted("groq", "llama-3.3-70b-versatile", "openai/gpt-oss-120b", retires_on=date(2026, 8, 16)),  # https://console.groq.com/docs/deprecations#august-16-2026-llama318binstant-and-llama3370bversatile
    Deleted("groq", "llama-3.1-8b-instant", "openai/gpt-oss-20b", retires_on=date(2026, 8, 16)),  # https://console.groq.com/docs/deprecations#august-16-2026-llama318binstant-and-llama3370bversatile
    ("perplexity", "sonar-reasoning"),
    ("perplexity", "llama-3.1-sonar-small-128k-online"),
    ("perplexity", "llama-3.1-sonar-large-128k-online"),
    ("perplexity", "llama-3.1-sonar-huge-128k-online"),
    Deleted("google", "gemini-1.5-flash", retires_on=date(2025, 9, 29)),  # https://ai.google.dev/gemini-api/docs/changelog#20250929
    Deleted("google", "gemini-1.5-flash-8b", retires_on=date(2025, 9, 29)),  # https://ai.google.dev/gemini-api/docs/changelog#20250929
    Deleted("google", "gemini-1.5-pro", retires_on=date(2025, 9, 29)),  # https://ai.google.dev/gemini-api/docs/changelog#20250929
    Deleted("google", "gemini-2.0-flash", "gemini-3.6-flash", retires_on=date(2026, 6, 1)),  # https://ai.google.dev/gemini-api/docs/deprecations#gemini-2.0-models
    ("google_vertex_ai", "gemini-3-pro-preview", "gemini-3.1-pro-preview"),
    Deleted("deepseek", "deepseek-chat", "deepseek-v4-flash", retires_on=date(2026, 7, 24)),  # https://api-docs.deepseek.com/updates
    Deleted("deepseek", "deepseek-reasoner", "deepseek-v4-flash", retires_on=date(2026, 7, 24)),  # https://api-docs.deepseek.com/updates
]
# fmt: on
