"""Documents: collections of files that chatbots search."""

from __future__ import annotations

from django.db import models
from django.urls import reverse

from apps.service_providers.models import LlmProviderModel
from apps.teams.models import Team
from model_retirement.data_migrations import neutral
from model_retirement.selection import ChoosesModels


class Collection(ChoosesModels):
    """A collection of documents; a model may write the context of each chunk."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="collections")
    name = models.CharField(max_length=200)
    contextualizer_llm_model = models.ForeignKey(
        LlmProviderModel,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="contextualizer model",
    )

    def __str__(self) -> str:
        return neutral.name(self.name)

    def get_absolute_url(self) -> str:
        """Return the path of the page that the team sees."""
        return reverse("documents:collection", args=[self.team.slug, self.pk])
