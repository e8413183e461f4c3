"""The records in the admin: to look at only."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

from apps.data_migrations import run_once
from apps.data_migrations.models import CustomMigration

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_records")]


@pytest.fixture
def staff(client: Client) -> Client:
    client.force_login(get_user_model().objects.create_superuser(email="staff@example.com", password="x"))
    return client


@pytest.fixture
def row() -> CustomMigration:
    with run_once.attempt(name="<b>sample</b>", using="default", triggered_by="<i>migrate</i>") as attempt:
        attempt.counts["teams"] = 3
    return CustomMigration.objects.get()


@pytest.mark.parametrize("model", ["custommigration", "custommigrationrun"])
def test_lists_and_pages(staff: Client, row: CustomMigration, model: str):
    """Rule 18: escaped."""
    pk = row.pk if model == "custommigration" else row.runs.get().pk
    for url in (
        reverse(f"admin:data_migrations_{model}_changelist") + "?q=sample",
        reverse(f"admin:data_migrations_{model}_change", args=[pk]),
    ):
        page = staff.get(url)
        assert page.status_code == 200
        assert "&lt;b&gt;sample" in page.text
        assert "<b>sample" not in page.text


@pytest.mark.parametrize("model", ["custommigration", "custommigrationrun"])
def test_nothing_is_changed_there(staff: Client, row: CustomMigration, model: str):
    pk = row.pk if model == "custommigration" else row.runs.get().pk
    assert staff.get(reverse(f"admin:data_migrations_{model}_add")).status_code == 403
    assert staff.post(reverse(f"admin:data_migrations_{model}_change", args=[pk])).status_code == 403
    assert staff.post(reverse(f"admin:data_migrations_{model}_delete", args=[pk])).status_code == 403
    assert row.runs.count() == 1
