"""Evaluators and transcript analyses, and the models that they use."""

from __future__ import annotations

import pytest
from django.db.models import RestrictedError

from apps.evaluations.models import TranscriptAnalysis
from tests.factories.evaluations import EvaluatorFactory, TranscriptAnalysisFactory
from tests.factories.service_providers import LlmProviderModelFactory

pytestmark = pytest.mark.django_db


def test_an_evaluator_uses_its_judge_and_its_jury():
    juror = LlmProviderModelFactory.create(deprecated=True)
    evaluator = EvaluatorFactory.create(name="Tone", jury_models=[juror])
    assert [(use.where, use.model, use.state) for use in evaluator.model_uses()] == [
        ("Model", evaluator.llm_provider_model, "active"),
        ("Jury", juror, "deprecated"),
    ]
    assert str(evaluator) == "Tone"


def test_the_model_of_an_evaluator_cannot_be_deleted_under_it(unguarded):
    """Rule 19: an evaluation never loses its decide silently."""
    model = LlmProviderModelFactory.create()
    EvaluatorFactory.create(llm_provider_model=model)
    with pytest.raises(RestrictedError):
        model.delete()


def test_a_transcript_analysis_goes_with_its_model_but_not_with_its_translation_model(unguarded):
    """Rules 4 and 19: two keys on one row behave differently when a model is deleted by hand."""
    translation = LlmProviderModelFactory.create()
    analysis = TranscriptAnalysisFactory.create(name="Calls", translation_llm_provider_model=translation)
    assert [use.where for use in analysis.model_uses()] == ["Model", "Translation model"]
    assert str(analysis) == "Calls"
    translation.delete()
    analysis.refresh_from_db()
    assert analysis.translation_llm_provider_model is None
    assert analysis.llm_provider_model is not None
    analysis.llm_provider_model.delete()
    assert not TranscriptAnalysis.objects.exists()
