"""The pages of one model: overview, use and removal."""

from __future__ import annotations

import dataclasses
import re
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.service_providers.llm_service import default_models
from apps.service_providers.models import LlmProviderModel
from model_retirement.catalogue import view as catalogues
from model_retirement.catalogue.declarations import Model
from model_retirement.data_migrations.models import CustomMigration
from model_retirement.models import TeamNotice
from tests.factories.assistants import AssistantFactory
from tests.factories.evaluations import EvaluatorFactory
from tests.factories.pipelines import NodeFactory
from tests.factories.service_providers import LlmProviderModelFactory, RemovalRunFactory, TeamNoticeFactory
from tests.factories.teams import TeamFactory
from tests.unit.model_retirement.dated import dated, in_days, priced

__all__ = ["dated", "priced"]

pytestmark = pytest.mark.django_db


def open_page(client: Client, page: str, row: LlmProviderModel, **query: Any) -> Any:
    return client.get(reverse(f"admin:service_providers_llmprovidermodel_{page}", args=[row.pk]), query)


def words(response: Any) -> str:
    return " ".join(response.text.split())


def test_the_overview_tells_life_use_and_history(admin_client: Client, dated: dict[str, LlmProviderModel]):
    run = RemovalRunFactory.create()
    AssistantFactory.create_batch(2, llm_provider_model=dated["past"])
    TeamNoticeFactory.create_batch(3, name="past", run=run, event=TeamNotice.Event.RESTORED)
    TeamNoticeFactory.create(name="past", run=None, event=TeamNotice.Event.DEPRECATED, stage="announced")
    TeamNoticeFactory.create(name="another", run=None, event=TeamNotice.Event.DEPRECATED, stage="announced")
    text = words(open_page(admin_client, "change", dated["past"]))
    assert f"retired 5 days ago, on {in_days(-5)}" in text
    assert "listed: the next removal takes it out" in text
    assert "Used by 2 teams" in text
    assert "teams told: restored" in text
    assert "teams told: deprecated (announced)" in text
    for words_of_link, number in (("3", 3), ("1", 1)):
        (path,) = re.findall(rf'<a href="([^"]*event__exact[^"]*)">{words_of_link}</a>', text)
        assert admin_client.get(unescape(path)).context["cl"].result_count == number
    assert f">Removal {run.pk}</a>" in text
    assert "Nothing points at it" in words(open_page(admin_client, "change", dated["new"]))
    assert "none declared" in words(open_page(admin_client, "change", dated["undated"]))


def test_a_custom_model_has_no_history_of_removals(admin_client: Client, dated: dict[str, LlmProviderModel]):
    """Rule 15: what happened to the global model of its name is not its own."""
    own = LlmProviderModelFactory.create(team=TeamFactory.create(), name="past")
    TeamNoticeFactory.create(name="past")
    assert "What happened to it" not in words(open_page(admin_client, "change", own))
    assert "A custom model is its team's own" in words(open_page(admin_client, "removal", own)).replace("&#x27;", "'")


def test_the_use_can_be_narrowed_and_turned_page_by_page(admin_client: Client, dated: dict[str, LlmProviderModel]):
    team = TeamFactory.create(slug="acme", name="Acme")
    AssistantFactory.create_batch(60, team=team, llm_provider_model=dated["due"], name="Helper")
    EvaluatorFactory.create(team=team, llm_provider_model=dated["due"], name="")
    everything = open_page(admin_client, "use", dated["due"])
    assert "61 resources" in words(everything)
    assert "Page 1 of 2" in words(everything)
    assert '<a href="?p=2" rel="next">' in everything.text
    second = open_page(admin_client, "use", dated["due"], p=2, kind="assistant")
    assert "60 resources" in words(second)
    assert 'href="?p=1&amp;kind=assistant" rel="prev"' in second.text
    assert "(no name)" in words(open_page(admin_client, "use", dated["due"], kind="evaluator", team="acme"))
    assert "Nothing like that uses the model" in words(open_page(admin_client, "use", dated["due"], team="nobody"))
    assert "61 resources" in words(open_page(admin_client, "use", dated["due"], kind="nonsense", p="nonsense"))
    assert "Nothing uses the model" in words(open_page(admin_client, "use", dated["new"]))


def test_rows_without_words_go_by_kind_and_number(admin_client: Client, dated: dict[str, LlmProviderModel]):
    node = NodeFactory.create(label="", llm_provider_model=dated["due"])
    assert f">Node {node.pk}</a>" in words(open_page(admin_client, "use", dated["due"]))


def test_a_preview_is_what_the_command_would_do(admin_client: Client, dated: dict[str, LlmProviderModel]):
    """Rule 13: settings included. It changes nothing."""
    params = {"llm_provider_model_id": dated["due"].pk, "llm_model_parameters": {"temperature": 1, "<odd>": 2}}
    node = NodeFactory.create(params=params)
    AssistantFactory.create(llm_provider_model=dated["due"])
    text = words(open_page(admin_client, "removal", dated["due"]))
    assert (
        "The model is not on the removal list. If it were, a removal would move <strong>2 references</strong>" in text
    )
    assert ">new</a>" in text
    assert "&lt;odd&gt; is dropped" in text
    assert "2 teams would be told, but 2 of them have no admin who can be written to" in text
    node.refresh_from_db()
    assert node.params["llm_provider_model_id"] == dated["due"].pk


@pytest.mark.usefixtures("priced")
def test_overview_and_preview_say_what_a_move_means_and_costs(admin_client: Client, dated: dict[str, LlmProviderModel]):
    """Rule 28."""
    sentences = (
        "<li>A million tokens cost $2 in place of $1 (100 % more) to read and $4 as before to write.</li>"
        "<li>new lacks what due has: tools.</li><li>$1.00 a month becomes $2.00 a month.</li>"
    )
    assert sentences in words(open_page(admin_client, "change", dated["due"]))
    preview = words(open_page(admin_client, "removal", dated["due"]))
    assert sentences in preview
    assert '<td data-label="What it means">$1.00 a month becomes $2.00 a month.</td>' in preview
    assert "What the move means" not in words(open_page(admin_client, "change", dated["new"]))


@pytest.mark.usefixtures("priced")
def test_a_preview_is_refused_for_a_dearer_replacement_until_the_model_accepts_it(
    admin_client: Client, dated: dict[str, LlmProviderModel], settings, monkeypatch
):
    settings.MODEL_RETIREMENT_MAX_PRICE_INCREASE = 10
    refused = words(open_page(admin_client, "removal", dated["due"]))
    assert "accept_price_increase=True in the entry of openai/due" in refused
    models = default_models.DEFAULT_LLM_PROVIDER_MODELS["openai"]
    accepting = [dataclasses.replace(model, accept_price_increase=model.name == "due") for model in models]
    monkeypatch.setitem(default_models.DEFAULT_LLM_PROVIDER_MODELS, "openai", accepting)
    assert "What the move means" in words(open_page(admin_client, "removal", dated["due"]))


def test_no_page_has_a_column_of_money_where_nothing_is_known(admin_client: Client, dated: dict[str, LlmProviderModel]):
    AssistantFactory.create(llm_provider_model=dated["due"])
    assert "What it means" not in words(open_page(admin_client, "removal", dated["due"]))


def test_a_preview_of_a_listed_model_says_that_it_is_listed(admin_client: Client, dated: dict[str, LlmProviderModel]):
    AssistantFactory.create(llm_provider_model=dated["unused"])
    text = words(open_page(admin_client, "removal", dated["unused"]))
    assert "The model is on the removal list. The next removal would clear <strong>1 reference</strong>" in text
    LlmProviderModel.objects.filter(pk=dated["new"].pk).update(max_token_limit=10)
    assert "long texts may not fit any more" in words(open_page(admin_client, "removal", dated["past"]))


def test_a_listed_model_that_was_restored_is_not_said_to_go(admin_client: Client, dated: dict[str, LlmProviderModel]):
    """What was restored or faked stays until somebody opens its entry."""
    row = dated["unused"]
    assert "listed: the next removal takes it out" in words(open_page(admin_client, "change", row))
    CustomMigration.objects.create(name=f"remove_deprecated_models:{row}", status="faked")
    for page in ("change", "removal"):
        text = words(open_page(admin_client, page, row))
        assert "but the next removal leaves it alone: marked as done by hand; <code>custom_migrations unmark" in text
        assert "The next removal would" not in text


def test_a_preview_is_refused_where_the_command_would_be(
    admin_client: Client, dated: dict[str, LlmProviderModel], monkeypatch: pytest.MonkeyPatch
):
    """Rule 3."""
    declared = default_models.DEFAULT_LLM_PROVIDER_MODELS["openai"]
    broken = [Model("broken", 1, deprecated=True, replacement="nowhere")]
    monkeypatch.setattr(default_models, "DEFAULT_LLM_PROVIDER_MODELS", {"openai": [*declared, *broken]})
    row = LlmProviderModelFactory.create(name="broken", deprecated=True)
    text = words(open_page(admin_client, "removal", row))
    assert "Nothing was removed." in text
    assert "nowhere" in text


def test_a_model_in_no_list_can_be_previewed(admin_client: Client, dated: dict[str, LlmProviderModel]):
    assert catalogues.read().find("openai", "odd") is None
    row = LlmProviderModelFactory.create(name="odd")
    assert "If it were, a removal would clear <strong>0 references</strong>" in words(
        open_page(admin_client, "removal", row)
    )
