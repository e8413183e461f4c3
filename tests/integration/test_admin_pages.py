"""Every page of the admin opens, shows what there is, escapes what tenants wrote and stays fast (rule 18)."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, reverse

from apps.assistants.models import Assistant
from apps.chatbots.models import Chatbot
from apps.pipelines.models import Pipeline
from tests.factories.assistants import AssistantFactory
from tests.factories.chatbots import ChatbotFactory
from tests.factories.pipelines import NodeFactory, PipelineFactory
from tests.factories.service_providers import LlmProviderModelFactory
from tests.factories.teams import MembershipFactory, TeamFactory
from tests.integration.admin_rows import (
    ENDLESS,
    MAKERS,
    TAG,
    add_removed_models,
    make_evaluator,
    make_past,
    make_pipeline,
    make_run,
    make_team,
)
from tests.integration.admin_views import DJANGO_S_OWN, FILLED_PAGES, OWN_PAGES, STANDARD

pytestmark = pytest.mark.django_db

REGISTERED = [model for model in admin.site._registry if model.__module__.startswith(("apps.", "model_retirement."))]


def page(name: str, model: type[Model], *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{name}", args=args)


OPTION = re.compile(r"<option\b")
MOST_OPTIONS = 200


def most_options(text: str) -> int:
    """Return the number of options of the page's largest select box."""
    return max((len(OPTION.findall(part)) for part in text.split("<select")[1:]), default=0)


def cost(client: Client, path: str) -> tuple[int, int]:
    """Return how many queries a page takes, and how many options its largest select box has."""
    queries = queries_of(client, path)
    response = client.get(path)
    return queries, 0 if response.streaming else most_options(response.text)


def queries_of(client: Client, path: str) -> int:
    client.get(path)  # content types are read once per process
    with CaptureQueriesContext(connection) as captured:
        response = client.get(path)
    assert response.status_code == 200
    assert response.streaming or TAG not in response.text
    return len(captured)


def test_every_page_of_the_admin_is_tested_here():
    """Rule 18: who adds a page adds it to OWN_PAGES, and so to the tests of queries, permissions and escaping."""

    def names(patterns: list[Any]) -> set[str]:
        page_names: set[str] = set()
        for pattern in patterns:
            if isinstance(pattern, URLResolver):
                page_names |= names(pattern.url_patterns)
            elif isinstance(pattern, URLPattern) and pattern.name:
                page_names.add(pattern.name)
        return page_names

    standard = {f"{model._meta.app_label}_{model._meta.model_name}_{name}" for model in REGISTERED for name in STANDARD}
    ours = {name for name in names(admin.site.get_urls()) if not name.startswith("auth_group_")}
    assert ours - standard - DJANGO_S_OWN == set(OWN_PAGES)


def test_our_own_pages_cost_as_much_for_many_rows_as_for_two(admin_client):
    """Rule 18: and whatever tenants wrote is text on them."""
    # Each of the last removal that there is: the undo of an earlier one asks for what later ones did to the same places.
    few, many = (
        {page.name + page.query: cost(admin_client, page.path(past)) for page in FILLED_PAGES}
        for past in (make_past(teams=teams) for teams in (2, 8))
    )
    assert many == few
    assert max(options for _, options in many.values()) <= MOST_OPTIONS


def test_the_front_page_takes_as_many_queries_for_many_rows_as_for_two(admin_client):
    """Rule 18."""
    counts = []
    for teams in (2, 8):
        make_past(teams=teams)
        counts.append(queries_of(admin_client, reverse("admin:index")))
    assert counts[0] == counts[1]


def test_text_of_tenants_is_shown_as_it_was_written(admin_client):
    """Rule 18: escaped once, neither swallowed nor escaped twice, however long it is."""
    past = make_past(teams=2)
    for page in FILLED_PAGES:
        response = admin_client.get(page.path(past))
        if page.shows_tenants:
            text = response.text
            assert "&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;{{ 7|add:7 }}{% now &#x27;Y&#x27; %}" in text, (
                page.name
            )
            assert "&amp;lt;script" not in text, page.name
            assert "\u05e2\u05d1\u05e8\u05d9\u05ea" in text, page.name
            assert "\U0001f469" in text, page.name


def test_text_that_is_very_long_is_shown_to_its_end_on_the_page_of_its_row(admin_client):
    past = make_past(teams=1)
    attempt = past.migration.runs.get(status="failed")
    for path in (
        page("change", type(attempt), attempt.pk),
        page("change", type(past.message), past.message.pk),
        reverse("admin:model_retirement_removalrun_entry", args=[past.run.pk, past.change.pk]),
    ):
        assert ENDLESS in admin_client.get(path).text, path


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
def test_the_page_of_a_row_costs_the_same_however_many_rows_there_are(admin_client, model):
    """Rule 18: no select box over a whole table."""
    row = MAKERS[model]()
    few = cost(admin_client, page("change", model, row.pk))
    for _ in range(8):
        MAKERS[model]()
    many = cost(admin_client, page("change", model, row.pk))
    assert many == few
    assert many[1] <= MOST_OPTIONS


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
    answer = admin_client.get(page("changelist", model), {"q": "script"})
    assert answer.status_code == 200
    assert TAG not in answer.text


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
    answer = admin_client.get(
        reverse("admin:autocomplete"),
        {"term": "findab", "app_label": "chatbots", "model_name": "chatbot", "field_name": "team"},
    ).json()
    assert answer["results"] == [{"id": str(team.pk), "text": "Findable"}]
