"""Evaluations: models that judge or translate what chatbots said."""

from __future__ import annotations

from django.db import models

from apps.service_providers.models import LlmProviderModel
from apps.teams.models import Team


class Evaluator(models.Model):
    """Judges conversations with a model, or with a jury of several.

    The foreign key protects its model, as on platforms where an evaluation must never lose its judge silently.
    """

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="evaluators")
    name = models.CharField(max_length=200)
    llm_provider_model = models.ForeignKey(
        LlmProviderModel, on_delete=models.PROTECT, null=True, blank=True, related_name="evaluators"
    )
    jury_models = models.ManyToManyField(LlmProviderModel, blank=True, related_name="+")

    def __str__(self) -> str:
        return self.name


class TranscriptAnalysis(models.Model):
    """Runs a question over transcripts, translated first if a translation model is set.

    The first foreign key cascades: on such a platform deleting a model by hand would take the analyses with it.
    """

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="transcript_analyses")
    name = models.CharField(max_length=200)
    llm_provider_model = models.ForeignKey(
        LlmProviderModel, on_delete=models.CASCADE, null=True, blank=True, related_name="transcript_analyses"
    )
    translation_llm_provider_model = models.ForeignKey(
        LlmProviderModel, on_delete=models.SET_NULL, null=True, blank=True, related_name="translation_analyses"
    )

    class Meta:
        verbose_name_plural = "transcript analyses"

    def __str__(self) -> str:
        return self.name
