"""The records in the admin: read by everybody who may, marked and unmarked by some, written by nobody."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from model_retirement.data_migrations import run_once
from model_retirement.data_migrations.admin.records import RUNS_SHOWN
from model_retirement.data_migrations.models import CustomMigration, CustomMigrationRun

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_records")]


@pytest.fixture
def row() -> CustomMigration:
    with run_once.attempt(name="<b>sample</b>", using="default", triggered_by="<i>migrate</i>") as attempt:
        attempt.counts["teams"] = 3
    return CustomMigration.objects.get()


def path(page: str, row: CustomMigration) -> str:
    return reverse(f"admin:model_retirement_data_migrations_custommigration_{page}", args=[row.pk])


def said(client: Client, page: str, row: CustomMigration) -> list[str]:
    """Carry an action out and return what the page says then."""
    return [str(message) for message in client.post(path(page, row), follow=True).context["messages"]]


@pytest.mark.parametrize("model", ["custommigration", "custommigrationrun"])
def test_lists_and_pages(admin_client: Client, row: CustomMigration, model: str):
    """Rule 18: escaped."""
    pk = row.pk if model == "custommigration" else row.runs.get().pk
    for url in (
        reverse(f"admin:model_retirement_data_migrations_{model}_changelist") + "?q=sample",
        reverse(f"admin:model_retirement_data_migrations_{model}_change", args=[pk]),
    ):
        page = admin_client.get(url)
        assert page.status_code == 200
        assert "&lt;b&gt;sample" in page.text
        assert "<b>sample" not in page.text


@pytest.mark.parametrize("model", ["custommigration", "custommigrationrun"])
def test_nothing_is_changed_there(admin_client: Client, row: CustomMigration, model: str):
    pk = row.pk if model == "custommigration" else row.runs.get().pk
    assert admin_client.get(reverse(f"admin:model_retirement_data_migrations_{model}_add")).status_code == 403
    assert (
        admin_client.post(reverse(f"admin:model_retirement_data_migrations_{model}_change", args=[pk])).status_code
        == 403
    )
    assert (
        admin_client.post(reverse(f"admin:model_retirement_data_migrations_{model}_delete", args=[pk])).status_code
        == 403
    )
    assert row.runs.count() == 1


def test_the_list_tells_state_attempts_and_the_error_until_it_is_mended(admin_client: Client):
    migration = CustomMigration.objects.create(name="label_nodes", status="failed")
    CustomMigrationRun.objects.create(migration=migration, status="succeeded", triggered_by="migrate")
    CustomMigrationRun.objects.create(
        migration=migration,
        status="failed",
        triggered_by="migrate",
        error="ValueError: too long\n\nTraceback",
        started_at=timezone.now() - dt.timedelta(seconds=90),
        finished_at=timezone.now(),
    )
    listed = reverse("admin:model_retirement_data_migrations_custommigration_changelist")
    failed = admin_client.get(listed).text
    assert '<span class="badge bad">Failed</span>' in failed
    assert '<td class="field-attempts">2</td>' in failed
    assert '<td class="field-took">1 min 30 s</td>' in failed
    assert '<td class="field-error">ValueError: too long</td>' in failed
    CustomMigration.objects.update(status="applied")
    assert "ValueError" not in admin_client.get(listed).text


def test_a_process_that_died_is_told_from_one_that_works(admin_client: Client, row: CustomMigration):
    def state(**values: object) -> str:
        CustomMigration.objects.filter(pk=row.pk).update(status="running", **values)
        return admin_client.get(path("change", row)).text

    assert '<span class="badge busy">Running</span>' in state(lease_expires_at=timezone.now() + dt.timedelta(hours=1))
    dead = state(lease_expires_at=timezone.now() - dt.timedelta(hours=1))
    assert '<span class="badge bad">Interrupted</span>' in dead
    assert path("mark", row) in dead


def test_the_page_of_an_attempt_has_all_of_it(admin_client: Client, row: CustomMigration):
    run = row.runs.get()
    run.error = "ValueError: no\n\nTraceback <here>"
    run.save()
    text = admin_client.get(
        reverse("admin:model_retirement_data_migrations_custommigrationrun_change", args=[run.pk])
    ).text
    assert "Traceback &lt;here&gt;" in text
    assert '<th scope="row">teams</th><td class="number">3</td>' in text
    assert path("change", row) in text


def test_the_page_has_the_options_of_the_last_request(admin_client: Client):
    """Rule 18: escaped."""
    asked = CustomMigration.objects.create(name="label_nodes", options={"limit": 5, "tag": ["<b>"]})
    assert "limit=5, tag=[&quot;&lt;b&gt;&quot;]" in admin_client.get(path("change", asked)).text
    CustomMigration.objects.update(options={})
    assert '<div class="readonly">none</div>' in admin_client.get(path("change", asked)).text


@pytest.mark.parametrize(
    ("counts", "result", "shown"),
    [
        ({}, "All <b> have a label.", "All &lt;b&gt; have a label."),
        ({"nodes": 3_000}, {"first": "2026-03-01"}, "3,000 nodes, first: 2026-03-01"),
        ({}, "x" * 200, "x" * 99 + "…"),
    ],
)
def test_what_is_no_number_is_shown_as_well(
    admin_client: Client, row: CustomMigration, counts: dict[str, int], result: object, shown: str
):
    CustomMigrationRun.objects.update(counts=counts, result=result)
    assert shown in admin_client.get(path("change", row)).text
    listed = reverse("admin:model_retirement_data_migrations_custommigrationrun_changelist")
    assert shown in admin_client.get(listed).text
    page = reverse("admin:model_retirement_data_migrations_custommigrationrun_change", args=[row.runs.get().pk])
    text = admin_client.get(page).text
    assert ('<th scope="row">nodes</th>' in text) == bool(counts)
    assert "All &lt;b&gt; have a label." in text or "first: 2026-03-01" in text or "x" * 200 in text


def test_many_attempts_are_a_list_of_their_own(admin_client: Client, row: CustomMigration):
    def page() -> str:
        return admin_client.get(path("change", row)).text

    assert "All attempts" not in page()
    for _ in range(RUNS_SHOWN):
        CustomMigrationRun.objects.create(migration=row, triggered_by="migrate")
    assert f"?migration__id__exact={row.pk}" in page()
    listed = reverse("admin:model_retirement_data_migrations_custommigrationrun_changelist")
    CustomMigrationRun.objects.create(migration=CustomMigration.objects.create(name="other"), triggered_by="x")
    changelist = admin_client.get(listed, {"migration__id__exact": row.pk}).context["cl"]
    assert changelist.result_count == RUNS_SHOWN + 1


def test_a_record_without_a_command_says_so(admin_client: Client, row: CustomMigration):
    known = CustomMigration.objects.create(name="sample_units:one", status="pending")
    text = admin_client.get(path("change", row)).text
    assert "This cannot be run: there is no command &lt;b&gt;sample&lt;/b&gt; that is a data migration." in text
    assert "<code>custom_migrations mark &lt;b&gt;sample&lt;/b&gt;</code>" in text
    text = admin_client.get(path("change", known)).text
    assert "This cannot be run" not in text
    assert "Nobody has tried yet" in text


def test_mark_and_unmark_leave_a_trace(admin_client: Client):
    waiting = CustomMigration.objects.create(name="sample_units:one", status="pending")
    assert "nothing is done" in admin_client.get(path("mark", waiting)).text
    assert said(admin_client, "mark", waiting) == ["sample_units:one was marked as applied; nothing was done."]
    run = waiting.runs.get()
    assert (run.status, run.triggered_by.endswith(" in the admin")) == ("faked", True)
    assert "<code>sample_units</code>" in admin_client.get(path("unmark", waiting)).text
    assert "set back to pending" in said(admin_client, "unmark", waiting)[0]
    waiting.refresh_from_db()
    assert waiting.status == "pending"
    assert not CustomMigration.objects.filter(name="sample_units").exists()


def test_what_cannot_be_marked_is_refused_in_words(admin_client: Client, row: CustomMigration):
    assert "there is nothing to do" in said(admin_client, "mark", row)[0]
    soon = timezone.now() + dt.timedelta(hours=1)
    CustomMigration.objects.update(status="running", lease_expires_at=soon, lease_holder="migrate on <pod>")
    assert "is held by migrate on &lt;pod&gt;" in said(admin_client, "unmark", row)[0]
    page = admin_client.get(path("unmark", row)).text
    assert "is running, by migrate on &lt;pod&gt;. Wait until that has ended." in page
    assert 'type="submit" value="Set back' not in page


def test_commands_in_the_words_of_a_terminal_are_set_as_code(admin_client: Client):
    failed = CustomMigration.objects.create(name="label_nodes", status="failed")
    error = "CommandError: <b> is missing; run `migrate` or `llm_models sync` first."
    CustomMigrationRun.objects.create(migration=failed, status="failed", triggered_by="migrate", error=error)
    shown = "CommandError: &lt;b&gt; is missing; run <code>migrate</code> or <code>llm_models sync</code> first."
    for url in (
        path("change", failed),
        reverse("admin:model_retirement_data_migrations_custommigration_changelist"),
        reverse("admin:model_retirement_data_migrations_custommigrationrun_changelist"),
    ):
        assert shown in admin_client.get(url).text, url
    assert "`" not in said(admin_client, "unmark", failed)[0]


def test_a_page_of_a_record_that_is_not_there_is_not_found(admin_client: Client):
    nothing = CustomMigration(pk=10**30)
    assert admin_client.get(path("mark", nothing)).status_code == 404
