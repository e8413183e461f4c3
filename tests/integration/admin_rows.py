"""Rows for the tests of the admin's pages: one of each kind, and a platform with a past, full of what tenants may write."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable

from django.db.models import Model

from apps.assistants.models import Assistant
from apps.chatbots.models import Chatbot
from apps.documents.models import Collection
from apps.evaluations.models import Evaluator, TranscriptAnalysis
from apps.pipelines.models import Node, Pipeline
from apps.service_providers.models import LlmProviderModel
from apps.teams import api_tokens
from apps.teams.models import Membership, Team, TeamApiToken
from apps.users.models import User
from model_retirement.catalogue.declarations import Model as Declared
from model_retirement.data_migrations.models import CustomMigration, CustomMigrationRun
from model_retirement.models import ReferenceChange, RemovalRun, RemovedModel, TeamMessage, TeamNotice, TeamTokenLimit
from model_retirement.notices import outbox
from tests.factories.assistants import AssistantFactory
from tests.factories.chatbots import ChatbotFactory
from tests.factories.documents import CollectionFactory
from tests.factories.evaluations import EvaluatorFactory, TranscriptAnalysisFactory
from tests.factories.pipelines import NodeFactory, PipelineFactory
from tests.factories.service_providers import LlmProviderModelFactory, TeamMessageFactory, TeamNoticeFactory
from tests.factories.teams import MembershipFactory, TeamFactory
from tests.factories.users import UserFactory
from tests.unit.model_retirement.removal.removals import plan_of, run_of

TAG = '<script>alert("x")</script>'
EVIL = f"{TAG}{{{{ 7|add:7 }}}}{{% now 'Y' %}} \u202e\u05e2\u05d1\u05e8\u05d9\u05ea\u202c \U0001f469\U0001f3fd\u200d\u2695\ufe0f"
"""A tag, Django's own braces, both quotes, text from right to left, and an emoji of several characters."""
ENDLESS = "w" * 10_000
LONG = f"{EVIL}{ENDLESS}"

numbers = itertools.count()


def make_team() -> Team:
    team = TeamFactory.create(name=f"{EVIL} team")
    MembershipFactory.create_batch(3, team=team)
    return team


def make_pipeline() -> Pipeline:
    pipeline = PipelineFactory.create(team=make_team(), name=EVIL)
    NodeFactory.create_batch(3, pipeline=pipeline, label=EVIL, llm_provider_model=LlmProviderModelFactory.create())
    return pipeline


def make_chatbot() -> Chatbot:
    pipeline = make_pipeline()
    return ChatbotFactory.create(team=pipeline.team, name=EVIL, pipeline=pipeline).create_new_version()


def make_run() -> RemovalRun:
    run = RemovalRun.objects.create(triggered_by=EVIL)
    add_removed_models(run, ids=range(3))
    return run


def add_removed_models(run: RemovalRun, *, ids: range) -> None:
    for model_id in ids:
        RemovedModel.objects.create(
            run=run,
            model_id=model_id,
            provider="openai",
            name=EVIL,
            max_token_limit=1,
        )


def make_notice() -> TeamNotice:
    return TeamNoticeFactory.create(team=make_team(), run=make_run(), message=make_message(), name=EVIL)


def make_message() -> TeamMessage:
    return TeamMessageFactory.create(team=make_team(), run=make_run(), last_error=EVIL)


def make_attempt() -> CustomMigrationRun:
    migration = CustomMigration.objects.create(name=f"{EVIL}{next(numbers)}", status="failed", requested_by=EVIL)
    return CustomMigrationRun.objects.create(migration=migration, triggered_by=EVIL, error=LONG, status="failed")


def make_evaluator() -> Evaluator:
    return EvaluatorFactory.create(team=make_team(), name=EVIL, jury_models=LlmProviderModelFactory.create_batch(2))


def make_token() -> TeamApiToken:
    token = TeamApiToken(team=make_team(), name=EVIL)
    api_tokens.issue(token)
    return token


MAKERS: dict[type[Model], Callable[[], Model]] = {
    User: lambda: UserFactory.create(first_name=EVIL),
    Team: make_team,
    Membership: lambda: MembershipFactory.create(team=make_team()),
    TeamApiToken: make_token,
    LlmProviderModel: lambda: LlmProviderModelFactory.create(team=make_team()),
    TeamTokenLimit: lambda: TeamTokenLimit.objects.create(
        team=make_team(), type="openai", name=EVIL, max_token_limit=1
    ),
    RemovalRun: make_run,
    TeamNotice: make_notice,
    TeamMessage: make_message,
    Pipeline: make_pipeline,
    Node: lambda: NodeFactory.create(pipeline=make_pipeline(), label=EVIL),
    Chatbot: make_chatbot,
    Assistant: lambda: AssistantFactory.create(team=make_team(), name=EVIL).create_new_version(),
    Evaluator: make_evaluator,
    TranscriptAnalysis: lambda: TranscriptAnalysisFactory.create(
        team=make_team(), name=EVIL, translation_llm_provider_model=LlmProviderModelFactory.create()
    ),
    Collection: lambda: CollectionFactory.create(team=make_team(), name=EVIL),
    CustomMigration: lambda: make_attempt().migration,
    CustomMigrationRun: make_attempt,
}


@dataclasses.dataclass(frozen=True)
class Past:
    """A platform on which something happened.

    :param model: a global model that is in use
    :param custom: a team's own model that is in use
    :param run: a removal that has ended
    :param change: an entry of its journal, with a long value
    :param message: an e-mail about it that was given up, with a long error
    :param migration: a data migration that failed once, with a long error
    """

    model: LlmProviderModel
    custom: LlmProviderModel
    run: RemovalRun
    change: ReferenceChange
    message: TeamMessage
    notice: TeamNotice
    migration: CustomMigration


def make_past(*, teams: int) -> Past:
    """Let teams use models, and take one of them out, which each team hears of."""
    model, gone = LlmProviderModelFactory.create_batch(2)
    owner = make_team()
    custom = LlmProviderModelFactory.create(team=owner, name=f"{EVIL[:100]}{next(numbers)}")
    use(owner, custom)
    used_by = [make_team_with_admin() for _ in range(teams)]
    TeamFactory.create(name=f"{EVIL} without an admin")
    for team in used_by:
        use(team, model)
        use(team, gone)
    run = run_of(plan_of((gone.name, model.name), active=[Declared(model.name, 8192)]))
    outbox.create_messages(using="default")
    RemovalRun.objects.filter(pk=run.pk).update(triggered_by=EVIL)
    run.messages.update(status=TeamMessage.Status.GAVE_UP, attempts=9, last_error=f"{LONG} 550 no such user")
    migrations = [make_attempt().migration for _ in range(teams)]
    for _ in range(teams):
        CustomMigrationRun.objects.create(migration=migrations[0], triggered_by=EVIL, counts={"rows": 3})
    return Past(
        model=model,
        custom=custom,
        run=run,
        change=max(
            ReferenceChange.objects.filter(removed_model__run=run), key=lambda change: len(str(change.old_value))
        ),
        message=run.messages.all()[0],
        notice=run.notices.all()[0],
        migration=migrations[0],
    )


def make_team_with_admin() -> Team:
    team = make_team()
    MembershipFactory.create(team=team, role=Membership.Role.ADMIN)
    return team


def use(team: Team, model: LlmProviderModel) -> None:
    """Point at the model in every way there is."""
    pipeline = PipelineFactory.create(team=team, name=EVIL)
    NodeFactory.create_batch(3, pipeline=pipeline, label=EVIL, params=params_of(model))
    ChatbotFactory.create(team=team, name=EVIL, pipeline=pipeline)
    AssistantFactory.create(team=team, name=EVIL, llm_provider_model=model)
    EvaluatorFactory.create(team=team, name=EVIL, llm_provider_model=model, jury_models=[model])
    TranscriptAnalysisFactory.create(
        team=team, name=EVIL, llm_provider_model=model, translation_llm_provider_model=model
    )
    CollectionFactory.create(team=team, name=EVIL, contextualizer_llm_model=model)


def params_of(model: LlmProviderModel) -> dict[str, object]:
    return {
        "llm_provider_model_id": model.pk,
        "fallback_llm_provider_model_ids": [model.pk],
        "llm_model_parameters": {EVIL: LONG},
    }
