"""What sources call the providers. One table for all of them; a host adds to it with ``Platform.feed_providers``."""

from __future__ import annotations

import re
from collections.abc import Mapping

from model_retirement import answers

_VERTEX = (
    "ai21 anthropic chat code_chat code_text deepseek embedding image language llama minimax mistral moonshot openai"
    " qwen text video vision zai"
)

PROVIDERS: Mapping[str, str] = {
    "amazon": "bedrock",
    "amazon_bedrock": "bedrock",
    "aws_bedrock": "bedrock",
    "bedrock_converse": "bedrock",
    "azure_ai": "azure",
    "azure_ai_foundry": "azure",
    "azure_openai": "azure",
    "azure_text": "azure",
    "microsoft_foundry": "azure",
    "cohere_chat": "cohere",
    "gemini": "google",
    "google_ai_studio": "google",
    "google_gemini": "google",
    "google_vertex": "google_vertex_ai",
    "vertex_ai": "google_vertex_ai",
    **{f"vertex_ai_{kind}_models": "google_vertex_ai" for kind in _VERTEX.split()},
    "mistralai": "mistral",
    "text_completion_openai": "openai",
    "x_ai": "xai",
}
"""Our key by another name, which is written as :func:`normal` does."""


def normal(written: str) -> str:
    """Return a provider's name as the table has it: ``AWS Bedrock`` is ``aws_bedrock``."""
    return re.sub(r"[\s_-]+", "_", written.strip().casefold())


def ours() -> Mapping[str, str]:
    """Return our key of each provider that the host can call, by each name that sources have for it."""
    keys = [key for key, _ in answers.providers()]
    # A host's own key is no other provider's name, whatever the table says; what the host adds is its decision.
    added = {normal(there): key for there, key in answers.feed_providers().items()}
    names = {**PROVIDERS, **{normal(key): key for key in keys}, **added}
    return {there: key for there, key in names.items() if key in keys}
