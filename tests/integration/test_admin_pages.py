"""Every page of the admin opens, shows what there is, escapes what tenants wrote and stays fast (rule 18)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from apps.assistants.models import Assistant
from apps.chatbots.models import Chatbot
from apps.data_migrations.models import CustomMigration, CustomMigrationRun
from apps.documents.models import Collection
from apps.evaluations.models import Evaluator, TranscriptAnalysis
from apps.pipelines.models import Node, Pipeline
from apps.service_providers.models import (
    LlmProviderModel,
    RemovalRun,
    RemovedModel,
    TeamMessage,
    TeamNotice,
    TeamTokenLimit,
)
from apps.teams import api_tokens
from apps.teams.models import Membership, Team, TeamApiToken
from apps.users.models import User
from tests.factories.assistants import AssistantFactory
from tests.factories.chatbots import ChatbotFactory
from tests.factories.documents import CollectionFactory
from tests.factories.evaluations import EvaluatorFactory, TranscriptAnalysisFactory
from tests.factories.pipelines import NodeFactory, PipelineFactory
from tests.factories.service_providers import LlmProviderModelFactory
from tests.factories.teams import MembershipFactory, TeamFactory
from tests.factories.users import UserFactory

pytestmark = pytest.mark.django_db

EVIL = '<script>alert("x")</script>'


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
            model_created_at=timezone.now(),
        )


def make_notice() -> TeamNotice:
    return TeamNotice.objects.create(
        team=make_team(),
        run=make_run(),
        message=make_message(),
        event=TeamNotice.Event.REMOVED,
        provider="openai",
        name=EVIL,
        payload={"words": EVIL},
    )


def make_message() -> TeamMessage:
    return TeamMessage.objects.create(team=make_team(), run=make_run(), last_error=EVIL)


def make_attempt() -> CustomMigrationRun:
    number = CustomMigration.objects.count()
    migration = CustomMigration.objects.create(name=f"{EVIL}{number}")
    return CustomMigrationRun.objects.create(migration=migration, triggered_by=EVIL)


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
REGISTERED = [model for model in admin.site._registry if model.__module__.startswith("apps.")]


def page(name: str, model: type[Model], *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{name}", args=args)


def queries_of(client: Client, path: str) -> int:
    client.get(path)  # content types are read once per process
    with CaptureQueriesContext(connection) as captured:
        response = client.get(path)
    assert response.status_code == 200
    assert EVIL not in response.text
    return len(captured)


def test_every_registered_model_is_tested_here():
    missing = [model.__name__ for model in REGISTERED if model not in MAKERS]
    assert not missing, f"Add to MAKERS how to make a row of {', '.join(missing)}."


@pytest.mark.parametrize("model", REGISTERED)
def test_a_list_takes_as_many_queries_for_many_rows_as_for_two(admin_client, model):
    """Rule 18."""
    for _ in range(2):
        MAKERS[model]()
    few = queries_of(admin_client, page("changelist", model))
    for _ in range(8):
        MAKERS[model]()
    assert queries_of(admin_client, page("changelist", model)) == few


@pytest.mark.parametrize("model", REGISTERED)
def test_the_page_of_a_row_opens_and_takes_the_same_queries_however_many_rows_there_are(admin_client, model):
    """Rule 18: no select box over a whole table."""
    row = MAKERS[model]()
    few = queries_of(admin_client, page("change", model, row.pk))
    for _ in range(8):
        MAKERS[model]()
    assert queries_of(admin_client, page("change", model, row.pk)) == few


def test_a_page_takes_the_same_queries_however_many_rows_belong_to_it(admin_client):
    """Rule 18: lists inside a page do not ask once per row."""
    pipeline, team, evaluator, run = make_pipeline(), make_team(), make_evaluator(), make_run()
    paths = [page("change", type(row), row.pk) for row in (pipeline, team, evaluator, run)]
    few = [queries_of(admin_client, path) for path in paths]
    NodeFactory.create_batch(20, pipeline=pipeline)
    MembershipFactory.create_batch(20, team=team)
    evaluator.jury_models.add(*LlmProviderModelFactory.create_batch(20))
    add_removed_models(run, ids=range(100, 120))
    assert [queries_of(admin_client, path) for path in paths] == few


@pytest.mark.parametrize("model", REGISTERED)
def test_lists_can_be_searched(admin_client, model):
    MAKERS[model]()
    found = admin_client.get(page("changelist", model), {"q": "script"})
    assert found.status_code == 200
    assert EVIL not in found.text


@pytest.mark.parametrize("model", REGISTERED)
def test_a_row_can_be_added_or_it_is_refused(admin_client, model):
    response = admin_client.get(page("add", model))
    may = admin.site._registry[model].has_add_permission(response.wsgi_request)
    assert response.status_code == (200 if may else 403)


@pytest.mark.parametrize("model", [Chatbot, Pipeline, Assistant])
def test_archived_rows_and_published_versions_are_listed_and_can_be_opened(admin_client, model):
    factories: dict[Any, Any] = {Chatbot: ChatbotFactory, Pipeline: PipelineFactory, Assistant: AssistantFactory}
    working = factories[model].create()
    version = working.create_new_version()
    model.all_objects.filter(pk=working.pk).update(is_archived=True)
    listed = admin_client.get(page("changelist", model)).context["cl"].result_list
    assert {row.pk for row in listed} == {working.pk, version.pk}
    assert admin_client.get(page("change", model, working.pk)).status_code == 200
    assert admin_client.get(page("change", model, version.pk)).status_code == 200


@pytest.mark.parametrize(("choice", "shown"), [("no", {"Desk"}), ("yes", {"Desk v1"}), ("", {"Desk", "Desk v1"})])
def test_working_and_published_versions_are_told_apart(admin_client, choice, shown):
    PipelineFactory.create(name="Desk").create_new_version()
    listed = admin_client.get(page("changelist", Pipeline), {"published": choice})
    assert {str(row) for row in listed.context["cl"].result_list} == shown
    assert "Published version</a>" in listed.text


def test_a_published_version_can_be_saved_with_its_hidden_pipeline(admin_client):
    """Rule 4: what default managers hide is still a valid choice where it is chosen already."""
    version = ChatbotFactory.create().create_new_version()
    response = admin_client.post(
        page("change", Chatbot, version.pk),
        {
            "team": version.team_id,
            "name": "Renamed",
            "working_version": version.working_version_id,
            "version_number": 1,
            "is_default_version": "on",
            "pipeline": version.pipeline_id,
        },
    )
    assert response.status_code == 302, response.context["errors"]
    version.refresh_from_db()
    assert version.name == "Renamed"


def test_the_index_and_search_boxes_open(admin_client):
    assert admin_client.get(reverse("admin:index")).status_code == 200
    team = TeamFactory.create(name="Findable")
    found = admin_client.get(
        reverse("admin:autocomplete"),
        {"term": "findab", "app_label": "chatbots", "model_name": "chatbot", "field_name": "team"},
    ).json()
    assert found["results"] == [{"id": str(team.pk), "text": "Findable"}]
