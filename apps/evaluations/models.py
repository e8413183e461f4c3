"""Evaluations: models that decide or translate what chatbots said."""

from __future__ import annotations

from django.db import models
from django.urls import reverse

from apps.service_providers.models import LlmProviderModel
from apps.teams.models import Team
from model_retirement.data_migrations import neutral
from model_retirement.selection import ChoosesModels


class Evaluator(ChoosesModels):
    """Judges conversations with a model, or with a jury of several.

    The foreign key restricts the deletion of its model, as on platforms where an evaluation must never lose its decide
    silently. It restricts instead of protecting, so that a team can still be deleted with all that it owns.
    """

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="evaluators")
    name = models.CharField(max_length=200)
    llm_provider_model = models.ForeignKey(
        LlmProviderModel,
        on_delete=models.RESTRICT,
        null=True,
        blank=True,
        related_name="evaluators",
        verbose_name="model",
    )
    jury_models = models.ManyToManyField(LlmProviderModel, blank=True, related_name="+", verbose_name="jury")

    def __str__(self) -> str:
        return neutral.name(self.name)

    def chosen_models(self) -> list[tuple[str, int | None]]:
        """Return the decide and every member of the jury."""
        return [*super().chosen_models(), *(("Jury", model.pk) for model in self.jury_models.all())]

    def get_absolute_url(self) -> str:
        """Return the path of the page that the team sees."""
        return reverse("evaluations:evaluator", args=[self.team.slug, self.pk])


class TranscriptAnalysis(ChoosesModels):
    """Runs a question over transcripts, translated first if a translation model is set.

    The first foreign key cascades: on such a platform deleting a model by hand would take the analyses with it.
    """

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="transcript_analyses")
    name = models.CharField(max_length=200)
    llm_provider_model = models.ForeignKey(
        LlmProviderModel,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="transcript_analyses",
        verbose_name="model",
    )
    translation_llm_provider_model = models.ForeignKey(
        LlmProviderModel,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="translation_analyses",
        verbose_name="translation model",
    )

    class Meta:
        verbose_name_plural = "transcript analyses"

    def __str__(self) -> str:
        return neutral.name(self.name)

    def get_absolute_url(self) -> str:
        """Return the path of the page that the team sees."""
        return reverse("evaluations:transcript_analysis", args=[self.team.slug, self.pk])
