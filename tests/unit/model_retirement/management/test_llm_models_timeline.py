"""``llm_models timeline``: the text form of the admin's picture."""

from __future__ import annotations

import io
import json

import pytest
from django.core.management import call_command

from apps.service_providers.models import LlmProviderModel
from model_retirement.admin import deprecated
from tests.factories.assistants import AssistantFactory
from tests.factories.service_providers import delete_all_models
from tests.unit.model_retirement.dated import dated, in_days

__all__ = ["dated"]

pytestmark = pytest.mark.django_db


def printed(*args: str) -> str:
    out = io.StringIO()
    call_command("llm_models", "timeline", *args, stdout=out)
    return out.getvalue()


def columns(text: str) -> list[list[str]]:
    return [[cell for cell in line.split("  ") if cell] for line in text.splitlines()]


def test_models_come_by_day_around_today(dated: dict[str, LlmProviderModel]):
    AssistantFactory.create_batch(2, llm_provider_model=dated["due"])
    rows = [[cell.strip() for cell in row] for row in columns(printed())]
    assert rows == [
        [str(in_days(-5)), "openai/past", "retired 5 days ago", "not used", "new replaces it"],
        [str(in_days(0)), "today"],
        [str(in_days(10)), "openai/due", "retires in 10 days", "2 references of 2 teams", "new replaces it"],
        [str(in_days(100)), "openai/announced", "retires in 100 days", "not used", "nothing replaces it"],
        [str(in_days(200)), "openai/later", "retires in 200 days", "not used", "new replaces it"],
        ["no day", "openai/undated", "deprecated", "not used", "nothing replaces it"],
        ["no day", "openai/unused", "deprecated", "not used", "nothing replaces it"],
    ]


def test_it_has_the_models_of_the_admin_s_page_in_their_order(dated: dict[str, LlmProviderModel]):
    shown = [(line.row.name, line.references, line.teams) for line in deprecated.context()["lines"]]
    listed = json.loads(printed("--format", "json"))
    assert [(model["name"], model["references"], model["teams"]) for model in listed] == shown


def test_programs_read_days_and_replacements(dated: dict[str, LlmProviderModel]):
    past, due, *_, unused = json.loads(printed("--format", "json"))
    assert due == {
        "provider": "openai",
        "name": "due",
        "state": "deprecated",
        "deprecated_on": None,
        "retires_on": str(in_days(10)),
        "retires_on_is_earliest": False,
        "days_to_retirement": 10,
        "replacement": "new",
        "to_be_removed": False,
        "references": 0,
        "teams": 0,
    }
    assert (past["state"], past["to_be_removed"]) == ("retired", True)
    assert (unused["retires_on"], unused["replacement"]) == (None, None)


def test_what_nobody_uses_can_be_left_out(dated: dict[str, LlmProviderModel]):
    assistant = AssistantFactory.create(llm_provider_model=dated["past"])
    assert [row[:2] for row in columns(printed("--in-use"))] == [
        [str(in_days(-5)), "openai/past"],
        [str(in_days(0)), "today"],
    ]
    assistant.delete()
    assert printed("--in-use") == "No models match.\n"


def test_there_may_be_none():
    delete_all_models()
    assert printed() == "No model is on its way out.\n"
    assert json.loads(printed("--format", "json")) == []


def test_a_name_that_a_terminal_would_obey_is_harmless(dated: dict[str, LlmProviderModel]):
    """Rule 26."""
    LlmProviderModel.objects.create(type="openai", name="evil\x1b[31m", max_token_limit=1, deprecated=True)
    assert "\x1b" not in printed()
