"""Admin of evaluators and transcript analyses."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin

from apps.evaluations.models import Evaluator, TranscriptAnalysis
from model_retirement.admin.plain import PlainAdmin
from model_retirement.selection import refuse_new_use


class EvaluatorForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """Checks the jury, which a model's own validation cannot see."""

    def clean(self) -> dict[str, Any]:
        """Refuse jurors that are not in the jury yet and that the team may not choose.

        :raises ValidationError: on ``jury_models``.
        """
        cleaned = super().clean() or self.cleaned_data
        team = cleaned.get("team")
        stored = Evaluator.objects.filter(pk=self.instance.pk, team=team).first()
        if team is not None:
            refuse_new_use(
                team_id=team.pk,
                chosen={"jury_models": [model.pk for model in cleaned.get("jury_models", [])]},
                kept=[pk for _, pk in stored.chosen_models() if pk is not None] if stored else [],
            )
        return cleaned


@admin.register(Evaluator)
class EvaluatorAdmin(PlainAdmin):
    """Evaluators, their decide and their jury."""

    form = EvaluatorForm
    list_display = ["visible_name", "team", "llm_provider_model"]
    list_select_related = ["team", "llm_provider_model"]
    search_fields = ["name", "team__name", "team__slug"]
    autocomplete_fields = ["team", "llm_provider_model", "jury_models"]


@admin.register(TranscriptAnalysis)
class TranscriptAnalysisAdmin(PlainAdmin):
    """Transcript analyses and their two models."""

    list_display = ["visible_name", "team", "llm_provider_model", "translation_llm_provider_model"]
    list_select_related = ["team", "llm_provider_model", "translation_llm_provider_model"]
    search_fields = ["name", "team__name", "team__slug"]
    autocomplete_fields = ["team", "llm_provider_model", "translation_llm_provider_model"]
