"""Tenants for integration tests: teams that point at models through every kind of reference that the platform has."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from apps.assistants.models import Assistant
from apps.documents.models import Collection
from apps.evaluations.models import Evaluator, TranscriptAnalysis
from apps.pipelines.models import FALLBACK_MODEL_IDS_KEY, MODEL_ID_KEY, Node, model_ids
from apps.service_providers.models import LlmProviderModel
from apps.teams.models import Membership, Team
from tests.factories.assistants import AssistantFactory
from tests.factories.chatbots import ChatbotFactory
from tests.factories.documents import CollectionFactory
from tests.factories.evaluations import EvaluatorFactory, TranscriptAnalysisFactory
from tests.factories.pipelines import NodeFactory, PipelineFactory
from tests.factories.teams import MembershipFactory, TeamFactory


def make_team(slug: str, *, admins: int = 1) -> Team:
    """Make a team with so many admins, and a member who is none."""
    team = TeamFactory.create(slug=slug, name=slug.title())
    for number in range(admins):
        MembershipFactory.create(team=team, role=Membership.Role.ADMIN, user__email=f"{slug}-{number}@example.org")
    MembershipFactory.create(team=team, user__email=f"{slug}-member@example.org")
    return team


def use_everywhere(team: Team, model: LlmProviderModel, *, beside: LlmProviderModel) -> None:
    """Point at ``model`` through every kind of reference, hidden rows included, each with a pointer at another model.

    :param beside: the other model, whose pointers must stay as they are
    """
    pipeline = PipelineFactory.create(team=team, name=f"{model.name} pipeline")
    chatbot = ChatbotFactory.create(team=team, name=f"{model.name} bot", pipeline=pipeline)
    params: list[dict[str, Any]] = [
        {MODEL_ID_KEY: model.pk, "temperature": 0.5},
        {MODEL_ID_KEY: str(model.pk), FALLBACK_MODEL_IDS_KEY: [beside.pk]},
        {MODEL_ID_KEY: f" {model.pk} "},
        {MODEL_ID_KEY: beside.pk, FALLBACK_MODEL_IDS_KEY: [beside.pk, str(model.pk), model.pk, beside.pk]},
        {MODEL_ID_KEY: None, FALLBACK_MODEL_IDS_KEY: [f" {model.pk} "]},
        {MODEL_ID_KEY: str(beside.pk), FALLBACK_MODEL_IDS_KEY: []},
        {"prompt": "No model at all"},
    ]
    # In bulk, because saving would make integers of the strings.
    Node.objects.bulk_create(NodeFactory.build(pipeline=pipeline, params=node_params) for node_params in params)
    chatbot.create_new_version()
    pipeline.is_archived = chatbot.is_archived = True
    pipeline.save()
    chatbot.save()
    AssistantFactory.create(team=team, llm_provider_model=model).create_new_version()
    AssistantFactory.create(team=team, llm_provider_model=model, is_archived=True)
    EvaluatorFactory.create(team=team, llm_provider_model=model, jury_models=[model, beside])
    EvaluatorFactory.create(team=team, llm_provider_model=beside, jury_models=[model])
    TranscriptAnalysisFactory.create(team=team, llm_provider_model=model, translation_llm_provider_model=beside)
    TranscriptAnalysisFactory.create(team=team, llm_provider_model=beside, translation_llm_provider_model=model)
    CollectionFactory.create(team=team, contextualizer_llm_model=model)


def pointers() -> Iterator[tuple[int, int]]:
    """Yield the team and the model of every pointer that is stored, as this platform's code reads them.

    It does not ask the registry, which is what the tests are about.
    """
    for team_id, params in Node.objects.values_list("pipeline__team_id", "params"):
        yield from ((team_id, model_id) for model_id in model_ids(params))
    yield from _filled(Assistant.all_objects.values_list("team_id", "llm_provider_model_id"))
    yield from _filled(Evaluator.objects.values_list("team_id", "llm_provider_model_id"))
    yield from _filled(Evaluator.objects.values_list("team_id", "jury_models"))
    yield from _filled(TranscriptAnalysis.objects.values_list("team_id", "llm_provider_model_id"))
    yield from _filled(TranscriptAnalysis.objects.values_list("team_id", "translation_llm_provider_model_id"))
    yield from _filled(Collection.objects.values_list("team_id", "contextualizer_llm_model_id"))


def _filled(pairs: Iterable[tuple[int, int | None]]) -> Iterator[tuple[int, int]]:
    return ((team_id, model_id) for team_id, model_id in pairs if model_id is not None)
