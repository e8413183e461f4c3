"""Who may open which page, see which number and change what (rule 18)."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from apps.users.models import User
from model_retirement.data_migrations.models import CustomMigration
from model_retirement.models import TeamMessage
from tests.factories.users import UserFactory
from tests.integration.admin_rows import Past, make_past
from tests.integration.admin_views import (
    FILLED_PAGES,
    MANAGE,
    OWN_PAGES,
    SEE_MESSAGES,
    SEE_MODELS,
    SEE_REMOVALS,
    STANDARD,
    OwnPage,
)

pytestmark = pytest.mark.django_db

ACTING = [page for page in OWN_PAGES.values() if page.acts]


@pytest.fixture
def past() -> Past:
    return make_past(teams=1)


def make_staff(*permissions: str) -> User:
    user = UserFactory.create(is_staff=True)
    for permission in permissions:
        app_label, _, codename = permission.partition(".")
        user.user_permissions.add(Permission.objects.get(content_type__app_label=app_label, codename=codename))
    return user


def client_of(*permissions: str, enforce_csrf_checks: bool = False) -> Client:
    client = Client(enforce_csrf_checks=enforce_csrf_checks)
    client.force_login(make_staff(*permissions))
    return client


def test_our_own_pages_open_for_those_who_may_and_for_nobody_else(past):
    stranger, member, staff = Client(), Client(), client_of()
    member.force_login(UserFactory.create())
    for page in FILLED_PAGES:
        path = page.path(past)
        assert stranger.get(path).status_code == 302, page.name
        assert member.get(path).status_code == 302, page.name
        assert staff.get(path).status_code == 403, page.name
        assert client_of(*page.permissions).get(path).status_code == 200, page.name
        for missing in page.permissions:
            some = [permission for permission in page.permissions if permission != missing]
            assert client_of(*some).get(path).status_code == 403, f"{page.name} opens without {missing}"


def test_the_pages_that_django_makes_open_for_those_who_may_and_for_nobody_else():
    staff = client_of()
    for model in admin.site._registry:
        if not model.__module__.startswith("apps."):
            continue
        label, name = model._meta.app_label, model._meta.model_name
        viewer = client_of(f"{label}.view_{name}")
        path = reverse(f"admin:{label}_{name}_changelist")
        assert staff.get(path).status_code == 403, path
        assert viewer.get(path).status_code == 200, path
        assert viewer.get(reverse(f"admin:{label}_{name}_add")).status_code == 403, path
    assert len(STANDARD) == 5


@pytest.mark.parametrize("page", ACTING, ids=lambda page: page.name)
def test_nothing_is_changed_without_a_post_a_token_and_the_permission(past: Past, page: OwnPage):
    path = page.path(past)

    def state() -> list[object]:
        return [
            *CustomMigration.objects.order_by("pk").values_list("status"),
            *TeamMessage.objects.order_by("pk").values_list("status"),
            type(past.run).objects.get(pk=past.run.pk).restored_at,
            LogEntry.objects.count(),
        ]

    before = state()
    assert client_of(*page.permissions).get(path).status_code == 200
    assert client_of(*page.permissions, enforce_csrf_checks=True).post(path).status_code == 403
    assert client_of(*page.permissions[:-1]).post(path).status_code == 403
    assert client_of(*page.permissions).put(path).status_code == 405
    assert state() == before


@pytest.mark.parametrize("page", ACTING, ids=lambda page: page.name)
def test_a_change_is_kept_in_the_log_with_who_did_it(past: Past, page: OwnPage):
    user = make_staff(*page.permissions)
    client = Client()
    client.force_login(user)
    done = client.post(page.path(past), follow=True)
    assert [message.level_tag for message in done.context["messages"]] == ["success"]
    (entry,) = LogEntry.objects.all()
    assert entry.user == user
    assert entry.object_id == str(past_row(past, page).pk)
    assert entry.get_change_message() in {str(message) for message in done.context["messages"]}
    assert "`" not in entry.get_change_message()
    assert "Done here by staff" in done.text


def past_row(past: Past, page: OwnPage) -> TeamMessage | CustomMigration:
    (row,) = page.rows(past)
    assert not isinstance(row, str)
    return row  # type: ignore[return-value]  # whichever it is, it has a primary key


def test_buttons_are_there_for_those_who_may_only(past: Past):
    for page in ACTING:
        row = page.rows(past)[0]
        change = page.name.rpartition("_")[0] + "_change"
        path = reverse(f"admin:{change}", args=[row.pk])  # type: ignore[union-attr]  # no page that acts is without a row
        may, may_not = client_of(*page.permissions).get(path), client_of(*page.permissions[:-1]).get(path)
        wanted = f'href="{page.path(past)}"'
        if page.name == "model_retirement_data_migrations_custommigration_mark":
            assert past.migration.status == "failed"
        assert wanted in may.text, page.name
        assert wanted not in may_not.text, page.name


def test_the_front_page_tells_each_what_he_may_see_and_no_number_beside(past: Past):
    index = reverse("admin:index")
    words = {
        "": client_of(),
        "Deprecated models": client_of(*SEE_MODELS),
        "failed or interrupted": client_of(*MANAGE),
        "message given up": client_of(*SEE_MESSAGES),
        "without an admin who can be written to": client_of("model_retirement.view_teamnotice"),
    }
    for expected, client in words.items():
        text = client.get(index).text
        for word in words:
            assert (word in text) is (word in ("", expected)), (word, expected)
        assert ("What needs attention today" in text) is bool(expected)
    assert "Nothing." in client_of(*SEE_REMOVALS).get(index).text


def test_a_removal_s_page_keeps_teams_and_e_mails_from_those_who_may_not_see_them(past: Past):
    path = reverse("admin:model_retirement_removalrun_change", args=[past.run.pk])
    alone = client_of(*SEE_REMOVALS).get(path)
    assert 'id="teams-heading"' not in alone.text
    assert 'id="mails-heading"' not in alone.text
    assert past.message.team.slug not in alone.text
    assert reverse("admin:service_providers_llmprovidermodel_change", args=[past.model.pk]) not in alone.text
    both = client_of(*SEE_REMOVALS, *SEE_MESSAGES, "model_retirement.view_teamnotice").get(path)
    assert 'id="teams-heading"' in both.text
    assert 'id="mails-heading"' in both.text


def test_the_use_of_a_model_names_rows_and_links_them_for_those_who_may_open_them(past: Past):
    path = reverse("admin:service_providers_llmprovidermodel_use", args=[past.model.pk])
    assert "/admin/pipelines/node/" not in client_of(*SEE_MODELS).get(path).text
    assert "/admin/pipelines/node/" in client_of(*SEE_MODELS, "pipelines.view_node").get(path).text


def test_attempts_are_for_those_who_may_see_attempts(past: Past):
    path = reverse("admin:model_retirement_data_migrations_custommigration_change", args=[past.migration.pk])
    assert "Attempts</h2>" not in client_of(*MANAGE).get(path).text
    assert (
        "Attempts</h2>" in client_of(*MANAGE, "model_retirement_data_migrations.view_custommigrationrun").get(path).text
    )


def test_messages_are_sent_again_from_the_list_by_those_who_may(past: Past):
    path = reverse("admin:model_retirement_teammessage_changelist")
    chosen = {"action": "send_again", "_selected_action": [past.message.pk]}
    client_of(*SEE_MESSAGES).post(path, chosen)
    past.message.refresh_from_db()
    assert past.message.status == "gave_up"
    may = client_of(*SEE_MESSAGES, "model_retirement.resend_teammessage")
    done = may.post(path, chosen, follow=True)
    past.message.refresh_from_db()
    assert past.message.status == "queued"
    assert "1 message queued again" in done.text
    assert [entry.get_change_message() for entry in LogEntry.objects.all()] == ["Queued again."]
    (message,) = may.post(path, chosen, follow=True).context["messages"]
    assert (message.level_tag, message.message) == (
        "warning",
        "Nothing was queued: none of the chosen messages has been given up.",
    )
    assert LogEntry.objects.count() == 1
