"""Tenants who name things so that a terminal, a spreadsheet, a mail client or a reader is taken in: what leaves us."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import Any

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from apps.pipelines.models import MODEL_PARAMETERS_KEY
from apps.service_providers.llm_service import default_models
from apps.service_providers.models import LlmProviderModel
from apps.teams.models import Team
from model_retirement.catalogue.declarations import Deleted, Model
from tests.factories.assistants import AssistantFactory
from tests.factories.chatbots import ChatbotFactory
from tests.factories.documents import CollectionFactory
from tests.factories.evaluations import EvaluatorFactory, TranscriptAnalysisFactory
from tests.factories.pipelines import NodeFactory
from tests.factories.service_providers import LlmProviderModelFactory, delete_all_models
from tests.integration.tenants import make_team

HOSTILE = (
    "=cmd|' /C calc'!A0;=1+1\x1b[31m\x1b]0;t\x07\x9b2J\r\nE-mails: 9 sent\u2028\u202etxet\u200b https://evil.example"
)
INVISIBLE = "\u200b\u3164\ufe0f"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def lists(monkeypatch):
    delete_all_models()
    models = [Model("new", 8_000), Model("old", 8_000, deprecated=True)]
    monkeypatch.setattr(default_models, "DEFAULT_LLM_PROVIDER_MODELS", {"openai": models})
    monkeypatch.setattr(default_models, "DELETED_MODELS", [Deleted("openai", "gone", "new")])


@pytest.fixture(params=[HOSTILE, INVISIBLE], ids=["hostile", "invisible"])
def text(request) -> str:
    return str(request.param)


@pytest.fixture(autouse=True)
def tenant(lists, text: str) -> Team:
    """A team that calls everything so, and uses a model that goes, one that is deprecated, and one of its own."""
    team = make_team("acme")
    team.name = text
    team.save()
    new, old, gone = (LlmProviderModelFactory.create(name=name) for name in ("new", "old", "gone"))
    assert new.pk
    own = LlmProviderModelFactory.create(name=text, team=team)
    for model in (old, gone, own):
        node = NodeFactory.create(pipeline__team=team, pipeline__name=text, label=text, llm_provider_model=model)
        node.params[MODEL_PARAMETERS_KEY] = {text.replace("\x00", ""): 1}
        node.save()
        ChatbotFactory.create(team=team, name=text, pipeline=node.pipeline)
        AssistantFactory.create(team=team, name=text, llm_provider_model=model)
        EvaluatorFactory.create(team=team, name=text, llm_provider_model=model)
        TranscriptAnalysisFactory.create(team=team, name=text, llm_provider_model=model)
        CollectionFactory.create(team=team, name=text, contextualizer_llm_model=model)
    return team


def call(*args: str, **options: Any) -> str:
    out, err = io.StringIO(), io.StringIO()
    call_command(*args, stdout=out, stderr=err, **options)
    # Django sets the hints of its checks in with a tab.
    assert all(line.isprintable() for line in err.getvalue().replace("\t", "").split("\n"))
    return out.getvalue()


COMMANDS = [
    ["remove_deprecated_models", "--dry-run", "-v", "2"],
    ["remove_deprecated_models", "-v", "2"],
    ["notify_deprecated_models", "--dry-run", "-v", "2"],
    ["notify_deprecated_models", "-v", "2"],
    ["llm_models", "usage"],
    ["llm_models", "timeline"],
    ["llm_models", "sync"],
    ["promote_custom_models", "--dry-run"],
    ["send_team_notices"],
    ["custom_migrations", "list"],
    ["check", "--database", "default"],
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_no_command_hands_a_terminal_anything_to_obey(command: list[str]):
    """Rule 26."""
    printed = call(*command)
    assert all(line.isprintable() for line in printed.split("\n"))
    assert not any(line.startswith("E-mails: 9") for line in printed.split("\n"))


@pytest.mark.parametrize("command", [*COMMANDS[:4], COMMANDS[4]], ids=" ".join)
def test_documents_are_faithful_and_harm_no_terminal(command: list[str], text: str):
    """Rule 26: JSON escapes what a terminal would obey and loses none of it."""
    document = call(*command, "--format", "json")
    assert all(line.isprintable() for line in document.split("\n"))
    assert any(text in value for value in _texts(json.loads(document)))


def _texts(document: Any) -> list[str]:
    if isinstance(document, dict):
        return [text for value in document.values() for text in _texts(value)]
    if isinstance(document, list):
        return [text for value in document for text in _texts(value)]
    return [document] if isinstance(document, str) else []


@pytest.mark.parametrize("exported", ["command", "admin"])
def test_a_spreadsheet_finds_no_formula(exported: str, admin_client: Client):
    """Rule 26: neither at the start of a cell nor behind a separator that other countries use."""
    if exported == "command":
        made = call("llm_models", "usage", "--format", "csv")
    else:
        response: Any = admin_client.get(reverse("admin:service_providers_llmprovidermodel_export", args=["csv"]))
        made = b"".join(response.streaming_content).decode().removeprefix("\ufeff")
    assert not re.search(r"[^\r\n -\ufffd]|[\x7f-\x9f\u202e\u200b]", made)
    rows = list(csv.reader(io.StringIO(made, newline="")))
    assert {len(row) for row in rows} == {len(rows[0])}
    assert not any(
        re.search(r"(^|[;|,])\W*[=+\-@](?!\d)", cell) and not cell.startswith("'") for row in rows for cell in row
    )
    assert not any(";=" in cell for row in rows for cell in row)


@pytest.mark.parametrize("command", ["remove_deprecated_models", "notify_deprecated_models"])
def test_an_official_mail_has_no_link_but_ours(command: str, text: str, django_capture_on_commit_callbacks):
    """Rule 26: nothing that a mail client would make a link of, in text and HTML; every link of ours has words."""
    with django_capture_on_commit_callbacks(execute=True):
        call(command)
    (sent,) = mail.outbox
    assert isinstance(sent, EmailMultiAlternatives)
    html = str(sent.alternatives[0][0])
    for words in (str(sent.subject), str(sent.body), html):
        assert "evil.example" not in words
        assert "https://" not in words
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u202e\u200b\u3164]", words)
    links = re.findall(r"<a [^>]*>([^<]*)</a>", html)
    assert links
    assert all(words.strip() for words in links)
    if text == INVISIBLE:
        assert "(no name)" in links
        assert sent.subject.endswith(" ((no name))")


PAGES = [
    "admin:teams_team_changelist",
    "admin:service_providers_llmprovidermodel_changelist",
    "admin:chatbots_chatbot_changelist",
    "admin:pipelines_pipeline_changelist",
    "admin:pipelines_node_changelist",
    "admin:assistants_assistant_changelist",
    "admin:evaluations_evaluator_changelist",
    "admin:evaluations_transcriptanalysis_changelist",
    "admin:documents_collection_changelist",
]


@pytest.mark.parametrize("page", PAGES)
def test_every_row_of_a_list_has_a_link_that_people_see(page: str, admin_client: Client):
    """Rule 26: a name of invisible characters would be a link without text."""
    html = admin_client.get(reverse(page)).text
    links = re.findall(r'<th class="field-[^"]*"><a [^>]*>([^<]*)</a>', html)
    assert links
    assert not any(link.strip("\u200b\u3164\ufe0f ") == "" for link in links)
    assert not any("\x1b" in link or "\u202e" in link for link in links)


def test_pages_about_a_tenants_things_have_words_for_them(admin_client: Client, tenant: Team, text: str):
    """Rule 26."""
    old = LlmProviderModel.objects.get(name="old")
    own = LlmProviderModel.objects.get(team=tenant)
    used = admin_client.get(reverse("admin:service_providers_llmprovidermodel_use", args=[old.pk])).text
    assert not re.search(r"<a [^>]*>[\u200b\u3164\ufe0f\s]*</a>", used)
    title = admin_client.get(reverse("admin:service_providers_llmprovidermodel_use", args=[own.pk])).context["title"]
    chatbot = tenant.chatbots.all()[0]
    page = admin_client.get(chatbot.get_absolute_url()).text
    heading = re.findall(r"<h1>([^<]*)</h1>", page)
    for words in (title, *heading):
        assert "\u202e" not in words
        assert "\u200b" not in words
    assert ("(no name)" in title) is ("(no name)" in heading) is (text == INVISIBLE)
