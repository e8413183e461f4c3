"""What the front page says needs attention."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.data_migrations.models import CustomMigration
from apps.service_providers.admin.attention import NAMED
from apps.service_providers.models import LlmProviderModel, RemovalRun, TeamMessage
from apps.service_providers.removal.plan import MIGRATION_NAME
from tests.factories.assistants import AssistantFactory
from tests.factories.service_providers import RemovalRunFactory, TeamMessageFactory, TeamNoticeFactory
from tests.factories.teams import TeamFactory
from tests.unit.service_providers.dated import dated

__all__ = ["dated"]

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def calm(dated: dict[str, LlmProviderModel]) -> None:
    CustomMigration.objects.all().delete()


def front(client: Client) -> str:
    return client.get(reverse("admin:index")).text


def test_a_quiet_day(admin_client: Client, dated: dict[str, LlmProviderModel]):
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


def test_what_failed_or_was_cut_off_is_told(admin_client: Client):
    past = timezone.now() - dt.timedelta(hours=2)
    CustomMigration.objects.create(name="label_nodes", status="failed")
    CustomMigration.objects.create(name="died", status="running", lease_expires_at=past, leased_at=past)
    CustomMigration.objects.create(
        name="busy", status="running", lease_expires_at=timezone.now() + dt.timedelta(hours=1)
    )
    text = front(admin_client)
    assert "2 data migrations failed or cut off" in text
    assert "label_nodes" in text
    assert f"since {past:%Y-%m-%d}" in text
    assert "busy" not in text
    path = reverse("admin:data_migrations_custommigration_changelist") + "?status__in=failed,running"
    assert path in text
    assert admin_client.get(path).context["cl"].result_count == 3


def test_a_removal_that_was_cut_off_is_told_unless_a_process_is_at_it(admin_client: Client):
    RemovalRun.objects.create(triggered_by="migrate")
    assert "1 removal cut off" in front(admin_client)
    CustomMigration.objects.create(
        name=MIGRATION_NAME, status="running", lease_expires_at=timezone.now() + dt.timedelta(hours=1)
    )
    assert "removal cut off" not in front(admin_client)


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
