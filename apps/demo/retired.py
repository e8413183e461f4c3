"""The models on the removal list as they were: context windows in tokens, and what settings they took. Data only.

A fresh database never had rows for them, so the demo makes them.
"""

from model_retirement.catalogue.parameters import (
    AnthropicParameters,
    AnthropicThinkingParameters,
    BasicParameters,
    Gemini3Parameters,
    GeminiParameters,
    ModelParameters,
    TranscriptionParameters,
)

RETIRED: dict[tuple[str, str], tuple[int, type[ModelParameters]]] = {
    ("azure", "gpt-4"): (8192, BasicParameters),
    ("azure", "gpt-4-32k"): (32768, BasicParameters),
    ("azure", "gpt-35-turbo"): (16385, BasicParameters),
    ("azure", "gpt-35-turbo-16k"): (16384, BasicParameters),
    ("anthropic", "claude-3-5-sonnet-latest"): (204800, AnthropicParameters),
    ("anthropic", "claude-3-opus-latest"): (204800, AnthropicParameters),
    ("anthropic", "claude-2.0"): (102400, AnthropicParameters),
    ("anthropic", "claude-2.1"): (204800, AnthropicParameters),
    ("anthropic", "claude-instant-1.2"): (102400, AnthropicParameters),
    ("anthropic", "claude-sonnet-4-20250514"): (204800, AnthropicThinkingParameters),
    ("openai", "o1-preview"): (128000, ModelParameters),
    ("openai", "o1-mini"): (128000, ModelParameters),
    ("openai", "gpt-4-turbo"): (128000, BasicParameters),
    ("openai", "gpt-4-turbo-preview"): (128000, BasicParameters),
    ("openai", "gpt-4-0125-preview"): (128000, BasicParameters),
    ("openai", "gpt-4-1106-preview"): (128000, BasicParameters),
    ("openai", "gpt-4-0613"): (8192, BasicParameters),
    ("groq", "whisper-large-v3"): (8192, TranscriptionParameters),
    ("groq", "llama3-groq-70b-8192-tool-use-preview"): (8192, BasicParameters),
    ("groq", "llama3-groq-8b-8192-tool-use-preview"): (8192, BasicParameters),
    ("groq", "llama-3.1-70b-versatile"): (131072, BasicParameters),
    ("groq", "llama-3.2-1b-preview"): (131072, BasicParameters),
    ("groq", "llama-3.2-3b-preview"): (131072, BasicParameters),
    ("groq", "llama-3.2-11b-vision-preview"): (131072, BasicParameters),
    ("groq", "llama-3.2-90b-vision-preview"): (131072, BasicParameters),
    ("groq", "llama-guard-3-8b"): (8192, BasicParameters),
    ("groq", "llama3-70b-8192"): (8192, BasicParameters),
    ("groq", "llama3-8b-8192"): (8192, BasicParameters),
    ("groq", "mixtral-8x7b-32768"): (32768, BasicParameters),
    ("perplexity", "sonar-reasoning"): (128000, BasicParameters),
    ("perplexity", "llama-3.1-sonar-small-128k-online"): (127072, BasicParameters),
    ("perplexity", "llama-3.1-sonar-large-128k-online"): (127072, BasicParameters),
    ("perplexity", "llama-3.1-sonar-huge-128k-online"): (127072, BasicParameters),
    ("google", "gemini-1.5-flash"): (1048576, GeminiParameters),
    ("google", "gemini-1.5-flash-8b"): (1048576, GeminiParameters),
    ("google", "gemini-1.5-pro"): (2097152, GeminiParameters),
    ("google_vertex_ai", "gemini-3-pro-preview"): (1048576, Gemini3Parameters),
}
USUAL = (8192, BasicParameters)  # for a model that went on the list after this table was written
