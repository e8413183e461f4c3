"""The providers that the platform can call."""

from django.db import models


class LlmProviderType(models.TextChoices):
    """A provider's key in the catalogue and in the table, and its name for people."""

    OPENAI = "openai", "OpenAI"
    AZURE = "azure", "Azure OpenAI"
    ANTHROPIC = "anthropic", "Anthropic"
    GROQ = "groq", "Groq"
    PERPLEXITY = "perplexity", "Perplexity"
    DEEPSEEK = "deepseek", "DeepSeek"
    MINIMAX = "minimax", "MiniMax"
    GOOGLE = "google", "Google Gemini"
    GOOGLE_VERTEX_AI = "google_vertex_ai", "Google Vertex AI"
