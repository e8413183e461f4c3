"""Assistants: a prompt and a model, without a pipeline."""

from __future__ import annotations

from django.db import models
from django.urls import reverse

from apps.service_providers.models import LlmProviderModel
from apps.teams.versions import Versioned
from model_retirement.selection import ChoosesModels


class Assistant(ChoosesModels, Versioned):
    """One assistant of a team."""

    instructions = models.TextField(blank=True)
    llm_provider_model = models.ForeignKey(
        LlmProviderModel,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="assistants",
        verbose_name="model",
    )

    def get_absolute_url(self) -> str:
        """Return the path of the page that the team sees."""
        return reverse("assistants:assistant", args=[self.team.slug, self.pk])
