"""Documents: collections of files that chatbots search."""

from __future__ import annotations

from django.db import models

from apps.service_providers.models import LlmProviderModel
from apps.teams.models import Team


class Collection(models.Model):
    """A collection of documents; a model may write the context of each chunk."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="collections")
    name = models.CharField(max_length=200)
    contextualizer_llm_model = models.ForeignKey(
        LlmProviderModel, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    def __str__(self) -> str:
        return self.name
