"""The page of the models that are on their way out."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from apps.pipelines.models import FALLBACK_MODEL_IDS_KEY
from apps.service_providers.models import LlmProviderModel
from model_retirement import usage
from model_retirement.admin import deprecated
from model_retirement.references import registry
from tests.factories.assistants import AssistantFactory
from tests.factories.chatbots import ChatbotFactory
from tests.factories.evaluations import EvaluatorFactory
from tests.factories.pipelines import NodeFactory, PipelineFactory
from tests.factories.service_providers import LlmProviderModelFactory
from tests.factories.teams import TeamFactory
from tests.unit.model_retirement.dated import dated, priced

__all__ = ["dated", "priced"]

pytestmark = pytest.mark.django_db


def test_models_come_by_date_and_those_without_last(dated: dict[str, LlmProviderModel]):
    lines = deprecated.context()["lines"]
    assert [line.row.name for line in lines] == ["past", "due", "announced", "later", "undated", "unused"]
    assert [line.replacement_id for line in lines][:2] == [dated["new"].pk] * 2
    assert [line.lifecycle.to_be_removed for line in lines] == [True, False, False, False, False, True]


def test_bars_are_as_long_as_the_use_and_cut_by_kind(dated: dict[str, LlmProviderModel]):
    AssistantFactory.create_batch(3, llm_provider_model=dated["due"])
    NodeFactory.create(llm_provider_model=dated["due"])
    EvaluatorFactory.create_batch(2, llm_provider_model=dated["past"])
    bars = {line.row.name: line.bar for line in deprecated.context()["lines"]}
    assert [(part.kind, part.resources) for part in bars["due"]] == [("assistant", 3), ("pipeline", 1)]
    assert sum(part.width for part in bars["due"]) == deprecated.BAR_WIDTH
    assert bars["due"][1].x == bars["due"][0].width
    assert sum(part.width for part in bars["past"]) == deprecated.BAR_WIDTH / 2
    assert bars["unused"] == ()


def test_a_bar_counts_what_people_recognise_as_the_command_does(dated: dict[str, LlmProviderModel]):
    """Nodes are references and no pipelines: of two in one pipeline the page made two pipelines."""
    pipeline = PipelineFactory.create()
    NodeFactory.create(pipeline=pipeline, llm_provider_model=dated["due"])
    NodeFactory.create(pipeline=pipeline, params={FALLBACK_MODEL_IDS_KEY: [dated["due"].pk]})
    EvaluatorFactory.create(llm_provider_model=dated["due"], jury_models=[dated["due"]])
    ChatbotFactory.create(pipeline=pipeline, team=pipeline.team)
    (line,) = (line for line in deprecated.context()["lines"] if line.row == dated["due"])
    usage_lines = usage.report(registry=registry, using="default", in_use=True)
    (listed,) = (
        usage_line for usage_line in usage_lines if usage_line.name == "due" and usage_line.team == pipeline.team.slug
    )
    assert line.references == 4
    by_kind = {part.kind: part.resources for part in line.bar}
    assert by_kind == {"chatbot": 1, "pipeline": 1, "evaluator": 1}
    assert listed.resources == {"chatbot": 1, "pipeline": 1}


def test_the_page_draws_it_and_says_it(admin_client: Client, dated: dict[str, LlmProviderModel]):
    AssistantFactory.create_batch(3, llm_provider_model=dated["due"])
    LlmProviderModelFactory.create(team=TeamFactory.create(), deprecated=True)
    text = admin_client.get(reverse("admin:service_providers_llmprovidermodel_deprecated")).text
    assert '<title id="wide-title">When models retire</title>' in text
    assert "openai/past retired 5 days ago" in text
    assert "assistant 3" in text
    assert "1 custom model</a> of teams is deprecated as well" in text
    assert " style=" not in text
    ids = re.findall(r' id="([^"]+)"', text)
    assert len(ids) == len(set(ids))


def test_without_deprecated_models_the_page_says_so(admin_client: Client, dated: dict[str, LlmProviderModel]):
    LlmProviderModel.objects.exclude(name="new")._raw_delete("default")
    text = admin_client.get(reverse("admin:service_providers_llmprovidermodel_deprecated")).text
    assert "No model is on its way out." in text
    assert '<svg class="timeline"' not in text


@pytest.mark.usefixtures("priced")
def test_the_page_says_what_moves_mean_and_what_all_teams_pay(admin_client: Client, dated: dict[str, LlmProviderModel]):
    """Rule 28."""
    moves = {line.row.name: line.move for line in deprecated.context()["lines"]}
    assert moves["due"] == [
        "A million tokens cost $2 in place of $1 (100 % more) to read and $4 as before to write.",
        "new lacks what due has: tools.",
        "$1.00 a month becomes $2.00 a month.",
    ]
    assert moves["past"] == moves["undated"] == []  # one has no price, and one no replacement
    text = admin_client.get(reverse("admin:service_providers_llmprovidermodel_deprecated")).text
    assert "<li>$1.00 a month becomes $2.00 a month.</li>" in text
