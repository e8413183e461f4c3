"""``llm_models usage``: the table, the documents and what is refused."""

from __future__ import annotations

import csv
import io
import json

import pytest
from django.core.management import CommandError, call_command

from apps.service_providers.models import LlmProviderModel
from tests.factories.assistants import AssistantFactory
from tests.factories.service_providers import LlmProviderModelFactory, delete_all_models
from tests.factories.teams import TeamFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def in_use(db):
    delete_all_models()
    team = TeamFactory.create(slug="acme")
    AssistantFactory.create(team=team, llm_provider_model=LlmProviderModelFactory.create(name="old", deprecated=True))
    LlmProviderModelFactory.create(name="own", team=team)


def printed(*arguments: str) -> str:
    out = io.StringIO()
    call_command("llm_models", "usage", *arguments, stdout=out)
    return out.getvalue()


def test_the_table_is_neither_cut_nor_wrapped():
    lines = [line.split() for line in printed().splitlines()]
    assert lines == [
        ["Model", "State", "Team", "References", "Used", "by"],
        ["openai/old", "deprecated", "acme", "1", "1", "assistant"],
        ["openai/own", "(of", "acme)", "0"],
    ]


def test_json():
    assert json.loads(printed("--format", "json", "--in-use")) == [
        {
            "provider": "openai",
            "name": "old",
            "owner": "",
            "deprecated": True,
            "team": "acme",
            "references": {"assistants.Assistant.llm_provider_model": 1},
            "resources": {"assistant": 1},
        }
    ]


def test_csv():
    rows = list(csv.DictReader(io.StringIO(printed("--format", "csv"), newline="")))
    assert [row["name"] for row in rows] == ["old", "own"]
    assert rows[0] == {
        "provider": "openai",
        "name": "old",
        "owner": "",
        "deprecated": "yes",
        "team": "acme",
        "references": "1",
        "assistant": "1",
    }


def test_filters_and_an_empty_answer():
    assert "own" not in printed("--deprecated")
    assert printed("--deprecated", "--team", "acme").count("openai/old") == 1
    LlmProviderModel.objects.filter(name="own").delete()
    TeamFactory.create(slug="other")
    assert printed("--in-use", "--team", "other") == "No models match.\n"


def test_an_unknown_team_is_refused():
    with pytest.raises(CommandError, match="There is no team with the slug nobody"):
        printed("--team", "nobody")
