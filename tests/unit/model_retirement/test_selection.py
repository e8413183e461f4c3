"""Rule 14: a deprecated model keeps working where it is used; only new use is refused."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from tests.factories.assistants import AssistantFactory
from tests.factories.documents import CollectionFactory
from tests.factories.evaluations import EvaluatorFactory, TranscriptAnalysisFactory
from tests.factories.service_providers import LlmProviderModelFactory
from tests.factories.teams import TeamFactory

pytestmark = pytest.mark.django_db

CHOOSERS = [
    (AssistantFactory, "llm_provider_model"),
    (EvaluatorFactory, "llm_provider_model"),
    (TranscriptAnalysisFactory, "llm_provider_model"),
    (TranscriptAnalysisFactory, "translation_llm_provider_model"),
    (CollectionFactory, "contextualizer_llm_model"),
]


@pytest.mark.parametrize(("factory", "field"), CHOOSERS)
def test_a_deprecated_model_keeps_working_where_it_is_used(factory, field):
    """Rule 14."""
    used = factory.create(**{field: LlmProviderModelFactory.create()})
    model = getattr(used, field)
    model.deprecated = True
    model.save()
    used.name = "Renamed"
    used.full_clean()
    used.save()


@pytest.mark.parametrize(("factory", "field"), CHOOSERS)
def test_new_use_of_a_deprecated_model_is_refused_on_its_field(factory, field):
    """Rule 14."""
    chosen = factory.create()
    setattr(chosen, field, LlmProviderModelFactory.create(name="gpt-old", deprecated=True))
    with pytest.raises(ValidationError) as refused:
        chosen.full_clean()
    assert list(refused.value.message_dict) == [field]
    assert refused.value.messages == [
        "openai/gpt-old is deprecated: it keeps working where it is used, but nothing new may use it. Choose another one."
    ]


@pytest.mark.parametrize(("factory", "field"), CHOOSERS)
def test_a_custom_model_of_another_team_is_refused(factory, field):
    chosen = factory.create()
    setattr(chosen, field, LlmProviderModelFactory.create(team=chosen.team))
    chosen.full_clean()
    setattr(chosen, field, LlmProviderModelFactory.create(team=TeamFactory.create()))
    with pytest.raises(ValidationError, match="custom model of another team") as refused:
        chosen.full_clean()
    assert list(refused.value.message_dict) == [field]


def test_an_archived_object_and_a_version_keep_their_deprecated_model():
    """Rule 14: what default managers hide is in use too."""
    working = AssistantFactory.create(llm_provider_model__deprecated=True)
    version = working.create_new_version()
    version.full_clean()
    AssistantFactory.create(is_archived=True, llm_provider_model__deprecated=True).full_clean()


def test_an_object_that_moves_to_another_team_chooses_anew():
    assistant = AssistantFactory.create(llm_provider_model__deprecated=True)
    assistant.team = TeamFactory.create()
    with pytest.raises(ValidationError, match="deprecated"):
        assistant.full_clean()


def test_no_model_is_always_allowed():
    AssistantFactory.create(llm_provider_model=None).full_clean()


def test_without_a_team_only_the_missing_team_is_told():
    with pytest.raises(ValidationError) as refused:
        AssistantFactory.build(
            team=None, llm_provider_model=LlmProviderModelFactory.create(deprecated=True)
        ).full_clean()
    assert list(refused.value.message_dict) == ["team"]
