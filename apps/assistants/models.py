"""Assistants: a prompt and a model, without a pipeline."""

from __future__ import annotations

from django.db import models

from apps.service_providers.models import LlmProviderModel
from apps.teams.versions import Versioned


class Assistant(Versioned):
    """One assistant of a team."""

    instructions = models.TextField(blank=True)
    llm_provider_model = models.ForeignKey(
        LlmProviderModel, on_delete=models.SET_NULL, null=True, blank=True, related_name="assistants"
    )
