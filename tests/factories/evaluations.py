"""Evaluators and transcript analyses for tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from factory.declarations import Sequence, SubFactory
from factory.django import DjangoModelFactory
from factory.helpers import post_generation

from apps.evaluations.models import Evaluator, TranscriptAnalysis
from tests.factories.service_providers import LlmProviderModelFactory
from tests.factories.teams import TeamFactory

if TYPE_CHECKING:
    from collections.abc import Iterable

    from apps.service_providers.models import LlmProviderModel


class EvaluatorFactory(DjangoModelFactory[Evaluator]):
    """An evaluator on a global model of its own; ``jury_models=[…]`` gives it a jury."""

    class Meta:
        model = Evaluator
        skip_postgeneration_save = True

    team = SubFactory(TeamFactory)
    name = Sequence("Evaluator {}".format)
    llm_provider_model = SubFactory(LlmProviderModelFactory)

    @post_generation
    def jury_models(obj: Evaluator, create: bool, jury: Iterable[LlmProviderModel] | None) -> None:  # noqa: N805  # factory-boy hands the row, not the factory
        if create and jury:
            obj.jury_models.set(jury)


class TranscriptAnalysisFactory(DjangoModelFactory[TranscriptAnalysis]):
    """An analysis on a global model of its own, without a translation model."""

    class Meta:
        model = TranscriptAnalysis

    team = SubFactory(TeamFactory)
    name = Sequence("Transcript analysis {}".format)
    llm_provider_model = SubFactory(LlmProviderModelFactory)
    translation_llm_provider_model = None
