"""What is taken off a name, what is part of it, and which spellings are near."""

from __future__ import annotations

import pytest

from model_retirement.feeds import names, providers


@pytest.mark.parametrize(
    ("written", "provider", "plain"),
    [
        ("gpt-4", "openai", "gpt-4"),
        ("openai/gpt-4.1-nano", "openai", "gpt-4.1-nano"),
        ("models/gemini-2.0-flash", "google", "gemini-2.0-flash"),
        ("publishers/google/models/gemini-2.5-pro", "google_vertex_ai", "gemini-2.5-pro"),
        ("gemini/gemini-2.5-pro", "google", "gemini-2.5-pro"),
        ("vertex_ai/gemini-2.5-pro", "google_vertex_ai", "gemini-2.5-pro"),
        ("groq/whisper-large-v3", "groq", "whisper-large-v3"),
        ("groq/openai/gpt-oss-120b", "groq", "openai/gpt-oss-120b"),
        ("openai/gpt-oss-120b", "groq", "openai/gpt-oss-120b"),
        ("azure/gpt-4o", "azure", "gpt-4o"),
        ("azure/eu/gpt-4o", "azure", "gpt-4o"),
        ("azure/us/gpt-4o", "azure", "gpt-4o"),
        ("azure/global/gpt-4o", "azure", "gpt-4o"),
        ("azure/global-standard/gpt-4o", "azure", "gpt-4o"),
        ("azure/data-zone-standard/gpt-4o", "azure", "gpt-4o"),
        ("azure_ai/gpt-4o", "azure", "gpt-4o"),
        ("bedrock/us-east-1/anthropic.claude-3-haiku", "bedrock", "anthropic.claude-3-haiku"),
        ("bedrock/us-gov-west-1/anthropic.claude-3-haiku", "bedrock", "anthropic.claude-3-haiku"),
        ("us.anthropic.claude-3-haiku-v1:0", "bedrock", "anthropic.claude-3-haiku-v1:0"),
        ("perplexity/perplexity/sonar", "perplexity", "perplexity/sonar"),
        ("low/1024-x-1024/gpt-image-1", "openai", "low/1024-x-1024/gpt-image-1"),
        ("eu/", "openai", "eu/"),
        ("models/", "google", "models/"),
        ("openai/", "openai", "openai/"),
        ("ft:gpt-3.5-turbo", "openai", "ft:gpt-3.5-turbo"),
        ("global.mini", "openai", "global.mini"),
    ],
)
def test_prefixes_and_regions_are_taken_off_and_nothing_else(written, provider, plain):
    ours = {**providers.ours(), "bedrock": "bedrock"}
    assert names.plain(written, provider=provider, ours=ours) == plain


@pytest.mark.parametrize(
    ("name", "other", "near"),
    [
        ("gpt-4.1", "GPT_4.1", True),
        ("gpt-35-turbo", "gpt-3.5-turbo", True),
        ("MiniMax-M2", "minimax-m2", True),
        ("claude-opus-4-8", "claude-opus-4.8", True),
        ("gpt-4", "gpt-4o", False),
        ("o3", "o3-mini", False),
    ],
)
def test_case_and_separators_make_names_near(name, other, near):
    assert (names.spelling(name) == names.spelling(other)) is near
