"""Rule 14 for juries, which a model's own validation cannot see."""

from __future__ import annotations

import pytest
from django.urls import reverse

from apps.evaluations.models import Evaluator
from tests.factories.evaluations import EvaluatorFactory
from tests.factories.service_providers import LlmProviderModelFactory
from tests.factories.teams import TeamFactory

pytestmark = pytest.mark.django_db


def test_a_deprecated_juror_stays_and_a_new_one_is_refused(admin_client):
    """Rule 14."""
    seated = LlmProviderModelFactory.create(deprecated=True)
    evaluator = EvaluatorFactory.create(jury_models=[seated])
    path = reverse("admin:evaluations_evaluator_change", args=[evaluator.pk])
    form = {"team": evaluator.team_id, "name": "Renamed", "llm_provider_model": evaluator.llm_provider_model_id}
    assert admin_client.post(path, {**form, "jury_models": [seated.pk]}).status_code == 302
    new = LlmProviderModelFactory.create(name="gpt-old", deprecated=True)
    refused = admin_client.post(path, {**form, "jury_models": [seated.pk, new.pk]})
    errors = refused.context["adminform"].form.errors
    assert list(errors) == ["jury_models"]
    assert "openai/gpt-old is deprecated" in errors["jury_models"][0]
    assert list(Evaluator.objects.get().jury_models.all()) == [seated]


def test_a_new_evaluator_takes_jurors_on_offer_and_needs_a_team(admin_client):
    path = reverse("admin:evaluations_evaluator_add")
    team = TeamFactory.create()
    foreign = LlmProviderModelFactory.create(team=TeamFactory.create())
    offered = LlmProviderModelFactory.create()
    refused = admin_client.post(path, {"name": "New", "jury_models": [offered.pk]})
    assert refused.context["adminform"].form.errors == {"team": ["This field is required."]}
    refused = admin_client.post(path, {"team": team.pk, "name": "New", "jury_models": [foreign.pk]})
    assert "custom model of another team" in refused.context["adminform"].form.errors["jury_models"][0]
    assert admin_client.post(path, {"team": team.pk, "name": "New", "jury_models": [offered.pk]}).status_code == 302
    assert list(Evaluator.objects.get().jury_models.all()) == [offered]
