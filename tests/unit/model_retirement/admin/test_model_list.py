"""The list of models, as people filter, sort and export it."""

from __future__ import annotations

import csv
import io
import json

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.service_providers.models import LlmProviderModel
from model_retirement.admin import exports
from model_retirement.admin.exports import COLUMNS
from tests.factories.assistants import AssistantFactory
from tests.factories.service_providers import LlmProviderModelFactory
from tests.factories.teams import TeamFactory
from tests.unit.model_retirement.dated import dated, in_days

__all__ = ["dated"]

pytestmark = pytest.mark.django_db

LIST = "admin:service_providers_llmprovidermodel_changelist"


def names(client: Client, **query: str) -> list[str]:
    return [row.name for row in client.get(reverse(LIST), query).context["cl"].result_list]


def export(client: Client, suffix: str, **query: str) -> str:
    path = reverse("admin:service_providers_llmprovidermodel_export", args=[suffix])
    response = client.get(path, query)
    assert response.streaming
    assert response["Content-Disposition"].startswith("attachment; filename=")
    return response.getvalue().decode()


def lines(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


def test_a_line_tells_where_a_model_stands_and_what_takes_over(
    admin_client: Client, dated: dict[str, LlmProviderModel]
):
    AssistantFactory.create_batch(3, llm_provider_model=dated["due"])
    text = admin_client.get(reverse(LIST), {"q": "due"}).text
    assert '<span class="badge warn">Deprecated</span>' in text
    assert f"retires in 10 days, on {in_days(10)}" in text
    assert reverse("admin:service_providers_llmprovidermodel_change", args=[dated["new"].pk]) in text
    assert '<td class="field-references">3</td><td class="field-teams">3</td>' in text


def test_a_replacement_that_is_not_in_the_table_has_no_link(admin_client: Client, dated: dict[str, LlmProviderModel]):
    LlmProviderModel.objects.filter(name="new")._raw_delete("default")
    assert '<td class="field-replacement">new</td>' in admin_client.get(reverse(LIST), {"q": "due"}).text


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("active", {"new", "own"}),
        ("legacy", {"announced"}),
        ("deprecated", {"due", "later", "undated", "unused", "own-old"}),
        ("retired", {"past"}),
    ],
)
def test_states_can_be_chosen(admin_client: Client, dated: dict[str, LlmProviderModel], state: str, expected: set[str]):
    team = TeamFactory.create()
    LlmProviderModelFactory.create(name="own", team=team)
    LlmProviderModelFactory.create(name="own-old", team=team, deprecated=True)
    assert set(names(admin_client, state=state)) == expected
    assert len(names(admin_client, state="nonsense")) == 9


def test_use_can_be_chosen_and_sorted_by(admin_client: Client, dated: dict[str, LlmProviderModel]):
    AssistantFactory.create_batch(2, llm_provider_model=dated["due"])
    AssistantFactory.create_batch(5, llm_provider_model=dated["later"])
    AssistantFactory.create_batch(11, llm_provider_model=dated["past"])
    assert names(admin_client, used="yes", o="-3") == ["past", "later", "due"]
    assert names(admin_client, used="yes", o="4") == ["due", "later", "past"]
    assert set(names(admin_client, used="no")) == {"new", "announced", "undated", "unused"}
    assert len(names(admin_client, used="nonsense")) == 7


def test_the_export_is_what_the_list_shows(admin_client: Client, dated: dict[str, LlmProviderModel]):
    AssistantFactory.create_batch(2, llm_provider_model=dated["due"])
    AssistantFactory.create(llm_provider_model=dated["past"])
    (past, due) = lines(export(admin_client, "csv", used="yes", o="3"))
    assert tuple(due) == COLUMNS
    assert past["name"] == "past"
    assert due["state"] == "deprecated"
    assert due["retires_on"] == in_days(10).isoformat()
    assert (due["days_to_retirement"], past["days_to_retirement"]) == ("10", "-5")
    assert (due["replacement"], due["references"], due["teams"], due["team"]) == ("new", "2", "2", "")
    rows = json.loads(export(admin_client, "json", used="yes", o="3"))
    assert [row["name"] for row in rows] == ["past", "due"]
    assert rows[0]["to_be_removed"] is True
    assert rows[1]["team"] is None
    assert json.loads(export(admin_client, "json", q="nothing is called this")) == []


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "＝", "＠"])  # noqa: RUF001  # the wide ones, too
def test_a_spreadsheet_finds_no_formula_in_what_tenants_wrote(admin_client: Client, start: str):
    text = f'{start}HYPERLINK("http://example.org")'
    LlmProviderModelFactory.create(name=text, team=TeamFactory.create(name=text, slug="-1"))
    (line,) = lines(export(admin_client, "csv", custom="yes"))
    shown = f" {text[1:]}" if start.isspace() else text  # one line
    assert line["name"] == line["team_name"] == f"'{shown}"
    assert line["team"] == "'-1"
    assert json.loads(export(admin_client, "json", custom="yes"))[0]["name"] == text


@pytest.mark.parametrize("query", ["p=99", "id__exact=abc", "nothing=1"])
def test_an_export_by_filters_that_make_no_sense_leads_to_the_list(admin_client: Client, query: str):
    path = reverse("admin:service_providers_llmprovidermodel_export", args=["csv"])
    response = admin_client.get(f"{path}?{query}", follow=True)
    assert response.redirect_chain == [(reverse(LIST), 302)]
    assert "Nothing was exported" in response.text


def test_the_links_to_exports_keep_filters_but_not_the_page(admin_client: Client, dated: dict[str, LlmProviderModel]):
    path = reverse("admin:service_providers_llmprovidermodel_export", args=["json"])
    text = admin_client.get(reverse(LIST), {"used": "no", "o": "7", "p": "1", "all": ""}).text
    assert f'href="{path}?used=no&amp;o=7"' in text


def test_there_is_no_other_kind_of_export(admin_client: Client):
    path = reverse("admin:service_providers_llmprovidermodel_export", args=["xlsx"])
    assert admin_client.get(path).status_code == 404


def test_a_global_model_has_no_button_to_save_what_cannot_be_changed(
    admin_client: Client, dated: dict[str, LlmProviderModel]
):
    own = LlmProviderModelFactory.create(team=TeamFactory.create())
    pages = {
        row: admin_client.get(reverse("admin:service_providers_llmprovidermodel_change", args=[row.pk])).text
        for row in (dated["due"], own)
    }
    assert 'name="_save"' not in pages[dated["due"]]
    assert 'name="_save"' in pages[own]
    assert '<div class="readonly">8,192</div>' in pages[dated["due"]]
    assert 'name="max_token_limit"' in pages[own]


def test_an_export_reads_a_page_at_a_time_in_the_order_of_the_list(
    admin_client: Client, dated: dict[str, LlmProviderModel], monkeypatch: pytest.MonkeyPatch
):
    """A hundred thousand models need no more memory than a page of them, and no cursor that a pooler breaks."""
    LlmProviderModelFactory.create_batch(7)
    at_once = [line["id"] for line in lines(export(admin_client, "csv", o="-1"))]
    monkeypatch.setattr(exports, "ROWS_PER_FETCH", 3)
    with CaptureQueriesContext(connection) as queries:
        assert [line["id"] for line in lines(export(admin_client, "csv", o="-1"))] == at_once
    assert not any("DECLARE" in query["sql"] for query in queries)
    assert len(at_once) > 7
