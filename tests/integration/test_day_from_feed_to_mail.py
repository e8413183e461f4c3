"""A provider names a day and moves it: from the feed into the catalogue, the table, a notice and the team's mail."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.mail import EmailMessage
from django.core.management import call_command

from apps.service_providers.models import LlmProviderModel
from model_retirement import sync
from model_retirement.catalogue import view as catalogue
from model_retirement.models import TeamNotice
from tests.catalogue_tree import import_again
from tests.factories.assistants import AssistantFactory
from tests.integration.tenants import make_team
from tests.unit.model_retirement.management.test_llm_models import typed

OCTOBER, DECEMBER = dt.date(2026, 10, 23), dt.date(2026, 12, 1)


def says(day: dt.date, sent: EmailMessage) -> bool:
    return day.isoformat() in str(sent.body) or f"{day.day} {day:%B} {day.year}" in str(sent.body)


Release = Callable[..., str]


@pytest.fixture
def release(
    catalogue_tree: Path,
    pinned_catalogue: None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    django_capture_on_commit_callbacks: Any,
) -> Release:
    """Write down what the feed says on a day, and do what the migration does; return what was printed."""

    def release(retires_on: dt.date, *, seen: str) -> str:
        row = {
            "provider": "OpenAI",
            "model_id": "gpt-4",
            "shutdown_date": retires_on.isoformat(),
            "last_observed": seen,
        }
        feed = catalogue_tree / "feed.json"
        feed.write_text(json.dumps([row]))
        with time_machine.travel(f"{seen}T12:00:00Z", tick=False), django_capture_on_commit_callbacks(execute=True):
            status, out, error = typed(capsys, "reconcile", "--feed", str(feed), "--write")
            assert (status, error.count("CommandError")) == (0, 0)
            import_again(catalogue_tree, monkeypatch)
            sync.sync(model=LlmProviderModel, catalogue=catalogue.load(), using="default")
            call_command("notify_deprecated_models", verbosity=0)
        return out

    return release


@pytest.mark.django_db
def test_a_day_that_moves_in_the_feed_reaches_the_team_as_news(release: Release, mailoutbox: list[EmailMessage]):
    """Rule 21."""
    sync.sync(model=LlmProviderModel, catalogue=catalogue.load(), using="default")
    model = LlmProviderModel.objects.get(team=None, type="openai", name="gpt-4")
    AssistantFactory.create(team=make_team("acme"), llm_provider_model=model)

    release(OCTOBER, seen="2026-08-18")
    model.refresh_from_db()
    assert model.deprecated
    assert [says(OCTOBER, sent) for sent in mailoutbox] == [True]

    release(DECEMBER, seen="2026-09-10")
    assert [notice.retires_on for notice in TeamNotice.objects.order_by("pk")] == [OCTOBER, DECEMBER]
    assert [(says(OCTOBER, sent), says(DECEMBER, sent)) for sent in mailoutbox] == [(True, False), (True, True)]

    assert "Nothing to write" in release(DECEMBER, seen="2026-09-11")
    assert len(mailoutbox) == 2
