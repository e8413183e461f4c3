"""What the front page says needs attention."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from apps.service_providers.llm_service import default_models
from apps.service_providers.models import LlmProviderModel
from model_retirement.admin.attention import NAMED
from model_retirement.catalogue.declarations import Deleted, Model
from model_retirement.data_migrations.models import CustomMigration
from model_retirement.models import RemovalRun, TeamMessage
from model_retirement.removal_records import MIGRATION_NAME
from tests.factories.assistants import AssistantFactory
from tests.factories.service_providers import (
    LlmProviderModelFactory,
    RemovalRunFactory,
    TeamMessageFactory,
    TeamNoticeFactory,
)
from tests.factories.teams import TeamFactory
from tests.unit.model_retirement.dated import dated, in_days

__all__ = ["dated"]

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def calm(dated: dict[str, LlmProviderModel]) -> None:
    CustomMigration.objects.all().delete()


def front(client: Client) -> str:
    return client.get(reverse("admin:index")).text


def test_a_quiet_day(admin_client: Client, dated: dict[str, LlmProviderModel]):
    CustomMigration.objects.create(name=MIGRATION_NAME, status="pending")
    assert "<p>Nothing.</p>" in front(admin_client)


def test_models_past_their_date_and_due_soon_are_told_if_something_uses_them(
    admin_client: Client, dated: dict[str, LlmProviderModel]
):
    for name, times in (("past", 2), ("due", 1), ("later", 1), ("announced", 1)):
        AssistantFactory.create_batch(times, llm_provider_model=dated[name])
    text = front(admin_client)
    assert "1 model past the date and still in use" in text
    assert "retired 5 days ago" in text
    assert "; 2 references" in text
    assert "1 model in use, due within 30 days" in text
    assert "openai/later" not in text
    # A team without an admin has every assistant here.
    assert "5 teams without an admin who can be written to" in text


def test_an_earliest_date_that_has_passed_is_no_date_that_was_missed(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch, dated: dict[str, LlmProviderModel]
):
    models = [
        Model("new", 1, retires_on=in_days(-9), retires_on_is_earliest=True),
        Model("due", 1, deprecated=True, retires_on=in_days(-9), retires_on_is_earliest=True),
    ]
    monkeypatch.setattr(default_models, "DEFAULT_LLM_PROVIDER_MODELS", {"openai": models})
    for model in models:
        AssistantFactory.create(llm_provider_model=dated[model.name])
    text = front(admin_client)
    assert "past the date" not in text
    assert "1 model in use, due within 30 days" in text
    assert "may retire any day from" in text
    assert "openai/new" not in text


def test_models_on_the_removal_list_are_told_with_and_without_a_date_and_the_link_lists_them(
    admin_client: Client, dated: dict[str, LlmProviderModel]
):
    for name in ("past", "unused", "undated"):
        AssistantFactory.create(llm_provider_model=dated[name])
    LlmProviderModelFactory.create(team=TeamFactory.create(), name="past")
    text = front(admin_client)
    assert "2 models on the removal list and still in use" in text
    assert '<span class="subdued">1 reference</span>' in text
    assert "openai/undated" not in text
    path = reverse("admin:service_providers_llmprovidermodel_changelist")
    assert f'href="{path}?listed=yes&amp;used=yes"' in text
    for query, names in (
        ({"listed": "yes", "used": "yes"}, {"past", "unused"}),
        ({"listed": "no", "used": "yes"}, {"undated"}),
        ({"listed": "nonsense", "used": "yes"}, {"past", "unused", "undated"}),
    ):
        assert {row.name for row in admin_client.get(path, query).context["cl"].result_list} == names, query


def test_a_listed_model_that_a_removal_would_leave_alone_says_why(
    admin_client: Client, dated: dict[str, LlmProviderModel]
):
    AssistantFactory.create(llm_provider_model=dated["past"])
    AssistantFactory.create(llm_provider_model=dated["unused"])
    CustomMigration.objects.create(name=f"{MIGRATION_NAME}:openai/unused", status="faked")
    text = front(admin_client)
    assert "2 models on the removal list and still in use" in text
    assert text.count("marked as done by hand") == 1
    assert f"<code>custom_migrations unmark {MIGRATION_NAME}:openai/unused</code> opens it again" in text


def test_a_listed_model_that_is_back_although_its_record_says_done_is_told_used_or_not(
    admin_client: Client, dated: dict[str, LlmProviderModel]
):
    """Rule 20."""
    CustomMigration.objects.create(name=f"{MIGRATION_NAME}:openai/past", status="applied")
    CustomMigration.objects.create(name=f"{MIGRATION_NAME}:openai/unused", status="faked")
    text = front(admin_client)
    assert "1 model in the table although the removal is recorded as done" in text
    assert "<code>remove_deprecated_models</code> removes it" in text
    assert "1 model on the removal list and kept" in text
    assert f"<code>custom_migrations unmark {MIGRATION_NAME}:openai/unused</code> opens it again" in text


def test_a_listed_model_for_whose_removal_nobody_asked_is_told_used_or_not(
    admin_client: Client, dated: dict[str, LlmProviderModel]
):
    text = front(admin_client)
    assert "2 models on the removal list whose removal nobody has asked for" in text
    assert text.count("<code>remove_deprecated_models</code> removes it") == 2
    CustomMigration.objects.create(name=MIGRATION_NAME, status="pending")
    assert "nobody has asked for" not in front(admin_client)


def test_what_is_broken_comes_first(admin_client: Client, dated: dict[str, LlmProviderModel]):
    AssistantFactory.create(llm_provider_model=dated["due"])
    CustomMigration.objects.create(name="label_nodes", status="failed")
    text = front(admin_client)
    assert text.index("failed or interrupted") < text.index("due within 30 days")


def test_the_front_page_takes_the_same_queries_however_many_models_go(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch, dated: dict[str, LlmProviderModel]
):
    AssistantFactory.create(llm_provider_model=dated["past"])
    with CaptureQueriesContext(connection) as few:
        front(admin_client)
    removals = [Deleted("openai", f"gone-{number}", None, None) for number in range(20)]
    monkeypatch.setattr(default_models, "DELETED_MODELS", removals)
    for removal in removals:
        AssistantFactory.create(llm_provider_model=LlmProviderModelFactory.create(name=removal.name))
    with CaptureQueriesContext(connection) as many:
        assert "20 models on the removal list" in front(admin_client)
    assert len(many) == len(few)


def test_what_failed_or_was_interrupted_is_told(admin_client: Client):
    past = timezone.now() - dt.timedelta(hours=2)
    CustomMigration.objects.create(name="label_nodes", status="failed")
    CustomMigration.objects.create(name="died", status="running", lease_expires_at=past, leased_at=past)
    CustomMigration.objects.create(
        name="busy", status="running", lease_expires_at=timezone.now() + dt.timedelta(hours=1)
    )
    text = front(admin_client)
    assert "2 data migrations failed or interrupted" in text
    assert "label_nodes" in text
    assert f"since {past:%Y-%m-%d}" in text
    assert "busy" not in text
    path = reverse("admin:model_retirement_data_migrations_custommigration_changelist")
    assert f'href="{path}?state=failed-or-interrupted"' in text
    for state, names in (
        ("failed-or-interrupted", {"died", "label_nodes"}),
        ("interrupted", {"died"}),
        ("running", {"busy"}),
        ("failed", {"label_nodes"}),
        ("applied", set()),
        ("nonsense", {"busy", "died", "label_nodes"}),
    ):
        listed = admin_client.get(path, {"state": state}).context["cl"].result_list
        assert {row.name for row in listed} == names, state


def test_a_removal_that_was_interrupted_is_told_unless_a_process_is_at_it(admin_client: Client):
    RemovalRun.objects.create(triggered_by="migrate")
    assert "1 removal interrupted" in front(admin_client)
    CustomMigration.objects.create(
        name=MIGRATION_NAME, status="running", lease_expires_at=timezone.now() + dt.timedelta(hours=1)
    )
    assert "removal interrupted" not in front(admin_client)


def test_messages_that_were_given_up_are_told(admin_client: Client):
    TeamMessageFactory.create_batch(2, status=TeamMessage.Status.GAVE_UP)
    assert "2 messages given up" in front(admin_client)


def test_teams_that_nobody_can_be_told_for_are_named_if_there_is_something_to_tell(admin_client: Client):
    run = RemovalRunFactory.create()
    TeamFactory.create(name="Nothing to hear")
    for number in range(NAMED + 2):
        TeamNoticeFactory.create(team=TeamFactory.create(name=f"Team <{number}>"), run=run)
    text = front(admin_client)
    assert f"{NAMED + 3} teams without an admin who can be written to" in text
    assert "Team &lt;0&gt;" in text
    assert "1 notice waiting" in text
    assert "and 2 more" in text
    assert "Nothing to hear" not in text
