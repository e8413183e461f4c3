"""What a person writes into an address of the admin makes no page fail and keeps no process busy (rule 18)."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.urls import reverse

from model_retirement.data_migrations.admin.lists import LONGEST_SEARCH, MOST_WORDS
from model_retirement.models import TeamMessage
from tests.factories.service_providers import LlmProviderModelFactory
from tests.integration.admin_rows import make_past

pytestmark = pytest.mark.django_db

LISTS = [f"{model._meta.app_label}_{model._meta.model_name}_changelist" for model in admin.site._registry]
HUGE = "9" * 30


def listed(name: str) -> str:
    return reverse(f"admin:{name}")


@pytest.mark.parametrize("name", LISTS)
def test_a_list_filters_by_what_it_declares_and_by_nothing_else(admin_client, name):
    for lookup in ("pk__regex", "id__in", "id__gt", "id__isnull", "name__regex", "team__slug__iregex", "nothing"):
        assert admin_client.get(listed(name), {lookup: "(a+)+$"}).status_code == 400, lookup


def test_annotations_are_no_filters_either(admin_client):
    path = listed("service_providers_llmprovidermodel_changelist")
    assert admin_client.get(path, {"reference_count__gt": "1"}).status_code == 400
    export = reverse("admin:service_providers_llmprovidermodel_export", args=["csv"])
    refused = admin_client.get(export, {"name__regex": "(a+)+$"}, follow=True)
    assert "Nothing was exported" in refused.text


def test_what_is_declared_and_what_pages_link_to_filters(admin_client):
    past = make_past(teams=2)
    for path in (
        f"{listed('model_retirement_teammessage_changelist')}?run__id__exact={past.run.pk}&status__exact=gave_up",
        f"{listed('model_retirement_teammessage_changelist')}?created_at__gte=2020-01-01+00:00:00%2B00:00&created_at__lt=2999-01-01+00:00:00%2B00:00",
        f"{listed('model_retirement_teamnotice_changelist')}?name__exact={past.notice.name}&event__exact=removed&stage__exact=",
        f"{listed('service_providers_llmprovidermodel_changelist')}?type__exact=openai&custom=no&state=active&used=no&listed=no",
        f"{listed('chatbots_chatbot_changelist')}?is_archived__exact=0&published=yes&is_default_version__exact=1",
        f"{listed('users_user_changelist')}?is_staff__exact=1",
        f"{listed('model_retirement_data_migrations_custommigrationrun_changelist')}?migration__id__exact={past.migration.pk}",
    ):
        assert admin_client.get(path).status_code == 200, path
    assert TeamMessage.objects.exists()


@pytest.mark.parametrize("name", LISTS)
def test_a_search_for_many_words_is_cut_with_a_message(admin_client, name):
    """1,500 words were too many conditions for SQLite."""
    for search in ("word " * 1_500, "x" * 60_000):
        page = admin_client.get(listed(name), {"q": search})
        assert page.status_code == 200
        messages = [str(message) for message in page.context["messages"]]
        assert messages == [
            f"Only the first {MOST_WORDS} words, {LONGEST_SEARCH} characters at most, were searched for."
        ]
    usual = admin_client.get(listed(name), {"q": "two words"})
    assert not list(usual.context["messages"])


def test_a_choice_of_related_rows_is_cut_as_well(admin_client):
    asked = {"app_label": "assistants", "model_name": "assistant", "field_name": "team", "term": "word " * 1_500}
    assert admin_client.get(reverse("admin:autocomplete"), asked).status_code == 200


@pytest.mark.parametrize("query", [f"p={HUGE}", "p=-1", "p=x", "o=1.99.-99", "o=x", f"created_at__gte={HUGE}",
    "created_at__gte=9999-12-31T23:59:59-23:59", "created_at__gte=0001-01-01T00:00:00%2B23:59", "created_at__lt=x", "created_at__lt=2020-01-01T00:00:00%2B23:00", "created_at__lt=2020-02-31T00:00:00",
    f"run__id__exact={HUGE}", "run__id__exact=x", "e=1", "status__exact=x", "status__exact=%ED%A0%80"])  # fmt: skip
def test_values_that_make_no_sense_are_no_failure(admin_client, query):
    answer = admin_client.get(f"{listed('model_retirement_teammessage_changelist')}?{query}", follow=True)
    assert answer.status_code in {200, 400}


def test_pages_of_our_own_take_any_value(admin_client):
    past = make_past(teams=1)
    journal = reverse("admin:model_retirement_removalrun_journal", args=[past.run.pk])
    use = reverse("admin:service_providers_llmprovidermodel_use", args=[past.model.pk])
    for path in (
        f"{journal}?model={HUGE}&object={HUGE}&reference=x&p={HUGE}",
        f"{journal}?model=x&object=-{HUGE}",
        f"{use}?team={'x' * 60_000}&kind=x&p={HUGE}",
    ):
        assert admin_client.get(path).status_code == 200, path[:80]
    for path in (f"/admin/pipelines/node/{HUGE}/change/", "/admin/pipelines/node/x/change/"):
        assert admin_client.get(path).status_code == 302, path
    for path in (
        f"/api/teams/acme/llm-models/{HUGE}/",
        f"/a/acme/chatbots/{HUGE}/",
        f"/a/acme/chatbots/{'9' * 5_000}/",
    ):
        assert admin_client.get(path).status_code == 404, path[:80]


@pytest.mark.parametrize("chosen", ["x", HUGE, "\0", ""])
def test_an_action_on_rows_that_do_not_exist_is_no_failure(admin_client, chosen):
    LlmProviderModelFactory.create()
    form = {"action": "send_again", "_selected_action": chosen}
    answer = admin_client.post(listed("model_retirement_teammessage_changelist"), form, follow=True)
    assert answer.status_code in {200, 400}
