"""What sources call the providers."""

from __future__ import annotations

import pytest

from apps.service_providers.providers import LlmProviderType
from model_retirement.feeds import providers
from model_retirement.platform import Platform


@pytest.mark.parametrize(
    ("there", "here"),
    [
        ("OpenAI", "openai"),
        (" OpenAI ", "openai"),
        ("text-completion-openai", "openai"),
        ("Azure", "azure"),
        ("azure-ai-foundry", "azure"),
        ("Google", "google"),
        ("gemini", "google"),
        ("Google Vertex", "google_vertex_ai"),
        ("Google Vertex AI", "google_vertex_ai"),
        ("vertex_ai-language-models", "google_vertex_ai"),
        ("vertex_ai-anthropic_models", "google_vertex_ai"),
        ("AWS Bedrock", None),
        ("Cohere", None),
    ],
)
def test_providers_get_our_keys(there, here):
    assert providers.ours().get(providers.normal(there)) == here


def test_every_provider_of_ours_is_known_by_its_key():
    assert {key: providers.ours()[key] for key in LlmProviderType.values} == {
        key: key for key in LlmProviderType.values
    }


class OwnNames(Platform):
    """A host that calls Google ``gemini``, and has Bedrock."""

    def providers(self):
        return [("gemini", "Gemini"), ("bedrock", "Bedrock")]

    def feed_providers(self):
        return {"Google": "gemini", "AWS Bedrock": "bedrock", "OpenAI": "nobody"}


def test_a_host_adds_to_the_table_and_its_own_keys_win(settings):
    settings.MODEL_RETIREMENT_PLATFORM = f"{__name__}.OwnNames"
    assert providers.ours() == {
        "amazon": "bedrock",
        "amazon_bedrock": "bedrock",
        "aws_bedrock": "bedrock",
        "bedrock": "bedrock",
        "bedrock_converse": "bedrock",
        "gemini": "gemini",
        "google": "gemini",
    }
