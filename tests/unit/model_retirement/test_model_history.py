"""What happened to a model."""

from __future__ import annotations

import pytest
from django.utils import timezone

from model_retirement import model_history
from model_retirement.models import RemovedModel, TeamNotice
from tests.factories.service_providers import RemovalRunFactory, TeamNoticeFactory

pytestmark = pytest.mark.django_db


def test_removal_and_restore_are_two_happenings(django_assert_num_queries):
    run = RemovalRunFactory.create()
    now = timezone.now()
    common = {"provider": "openai", "max_token_limit": 1, "run": run}
    RemovedModel.objects.create(model_id=1, name="old", removed_at=now, restored_at=now, **common)
    RemovedModel.objects.create(model_id=2, name="other", removed_at=now, **common)
    RemovedModel.objects.create(model_id=3, name="old", **{**common, "run": RemovalRunFactory.create()})
    with django_assert_num_queries(1):
        entries = model_history.removals(provider="openai", name="old", using="default")
    assert [(entry.what, entry.run) for entry in entries] == [("removed", run.pk), ("restored", run.pk)]


def test_teams_that_were_told_together_are_counted(django_assert_num_queries):
    run = RemovalRunFactory.create()
    TeamNoticeFactory.create_batch(3, name="old", run=run)
    TeamNoticeFactory.create(name="old", run=None, event=TeamNotice.Event.DEPRECATED, stage="30")
    with django_assert_num_queries(1):
        entries = model_history.notices(provider="openai", name="old", using="default")
    assert {(entry.what, entry.run, entry.teams) for entry in entries} == {
        ("teams told: removed", run.pk, 3),
        ("teams told: deprecated (30-day stage)", None, 1),
    }
