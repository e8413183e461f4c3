"""A platform with a past: tenants, removals, one of them undone, mails of every fate and data migrations that failed."""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import itertools
from collections.abc import Iterator

from django.conf import settings
from django.core.management import call_command
from django.db.models import F

from apps.demo.tenants import load
from apps.service_providers.models import LlmProviderModel
from model_retirement.catalogue import view as catalogue
from model_retirement.data_migrations import run_once
from model_retirement.data_migrations.models import CustomMigrationRun
from model_retirement.models import RemovalRun, TeamMessage
from model_retirement.sync import sync

FIRST = ("openai/gpt-4-turbo", "openai/gpt-4-0613", "openai/o4-mini", "azure/o3")
LAST = ("openai/gpt-3.5-turbo-1106", "google/gemini-2.0-flash", "groq/llama-guard-3-8b")

SECONDS = (41.3, 8.6, 127.0, 19.2, 3.4)
"""What attempts and removals are said to have taken."""


def make_history(*, teams: int, nodes: int) -> None:
    """Load tenants and let removals happen: one that was undone, one of most of the list, and one of a few models."""
    with _development():
        sync(model=LlmProviderModel, catalogue=catalogue.load(), using="default")
        load(teams=teams, nodes=nodes, seed=3)
    remove(*FIRST)
    call_command("restore_removed_models", RemovalRun.objects.latest("pk").pk, stdout=io.StringIO())
    listed = [f"{entry.provider}/{entry.name}" for entry in catalogue.load().removals]
    remove(*(name for name in listed if name not in {*FIRST, *LAST}))
    remove(*LAST)
    call_command("notify_deprecated_models", stdout=io.StringIO(), stderr=io.StringIO())
    fates = list(TeamMessage.objects.order_by("pk"))
    for message in fates[:2]:
        _leave(message, status="gave_up", attempts=9, error="550 5.1.1 <admin@example.org>: Recipient address rejected")
    for message in fates[2:4]:
        _leave(message, status="queued", attempts=2, error="Connection unexpectedly closed")
    make_data_migrations()
    take_time()


def take_time() -> None:
    """Let what took a blink here have taken as long as it does on a platform of some size."""
    seconds = itertools.cycle(SECONDS)
    for attempt in CustomMigrationRun.objects.filter(finished_at__isnull=False).order_by("pk"):
        CustomMigrationRun.objects.filter(pk=attempt.pk).update(
            started_at=F("started_at") - dt.timedelta(seconds=next(seconds))
        )
    for run in RemovalRun.objects.order_by("pk"):
        RemovalRun.objects.filter(pk=run.pk).update(started_at=F("started_at") - dt.timedelta(seconds=next(seconds)))


def remove(*names: str) -> None:
    """Take models out, as the command does."""
    call_command("remove_deprecated_models", only=list(names), stdout=io.StringIO(), stderr=io.StringIO())


def make_data_migrations() -> None:
    """Let one data migration fail, one wait and one be marked as done."""
    with (
        contextlib.suppress(ValueError),
        run_once.attempt(name="label_nodes", using="default", triggered_by="migrate") as attempt,
    ):
        attempt.counts["nodes"] = 1200
        raise ValueError("3 nodes have a label that is longer than the new column")
    # A path of the machine that makes the pictures does not belong in them.
    for failed in CustomMigrationRun.objects.filter(migration__name="label_nodes"):
        failed.error = failed.error.replace(str(settings.BASE_DIR), "/srv/platform")
        failed.save()
    run_once.request(name="count_tokens", requested_by="pipelines.0004_count_tokens", repeatable=False)
    run_once.mark(name="move_attachments", triggered_by="custom_migrations mark move_attachments", using="default")


def _leave(message: TeamMessage, *, status: str, attempts: int, error: str) -> None:
    TeamMessage.objects.filter(pk=message.pk).update(
        status=status, attempts=attempts, last_error=error, sent_at=None, delivered_to=[]
    )


@contextlib.contextmanager
def _development() -> Iterator[None]:
    """The demo loads in development only."""
    before, settings.DEBUG = settings.DEBUG, True
    try:
        yield
    finally:
        settings.DEBUG = before
