"""The JSON that a team gets about its models, and the headers."""

from __future__ import annotations

import datetime as dt
import json
import re
from email.utils import parsedate_to_datetime

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openapi_schema_validator import OAS31Validator

from apps.service_providers.llm_service import default_models
from apps.service_providers.models import LlmProviderModel
from apps.teams.models import Team
from model_retirement.api import views as api
from model_retirement.catalogue.declarations import Model
from tests.architecture.documents import blocks
from tests.factories.assistants import AssistantFactory
from tests.factories.service_providers import LlmProviderModelFactory, delete_all_models
from tests.factories.teams import MembershipFactory, TeamFactory
from tests.processes import ROOT

pytestmark = pytest.mark.django_db

EVIL = '</script><script>alert("x")</script>\u202e\n'


@pytest.fixture(autouse=True)
def _today(time_machine):
    time_machine.move_to("2026-09-01 12:00 +0000")


@pytest.fixture
def acme(client) -> Team:
    return make_acme(client)


def make_acme(client: Client) -> Team:
    """Make a team, and let one of its members be the client."""
    delete_all_models()
    team = TeamFactory.create(slug="acme", name="Acme")
    client.force_login(MembershipFactory.create(team=team).user)
    return team


@pytest.fixture
def declare(monkeypatch):
    def put(*models: Model) -> None:
        monkeypatch.setattr(default_models, "DEFAULT_LLM_PROVIDER_MODELS", {"openai": list(models)})
        monkeypatch.setattr(default_models, "DELETED_MODELS", [])

    put()
    return put


def use(team: Team, name: str = "old") -> LlmProviderModel:
    model = LlmProviderModelFactory.create(name=name)
    AssistantFactory.create(team=team, llm_provider_model=model)
    return model


def path_of(model: LlmProviderModel) -> str:
    return f"/api/teams/acme/llm-models/{model.pk}/"


def described(client, schema: str) -> OAS31Validator:
    """Return what the API's own description asks of an answer."""
    components = client.get("/api/openapi.json").json()["components"]
    return OAS31Validator({"$ref": f"#/components/schemas/{schema}", "components": components})


def test_a_team_that_uses_no_model_gets_an_empty_list(client, acme, declare):
    LlmProviderModelFactory.create()
    answer = client.get("/api/teams/acme/llm-models/")
    assert answer.json() == {"team": {"slug": "acme", "name": "Acme"}, "models": []}


def test_the_models_of_a_team(client, acme, declare):
    declare(
        Model(
            "old",
            1,
            deprecated_on=dt.date(2026, 4, 22),
            retires_on=dt.date(2026, 10, 23),
            retires_on_is_earliest=True,
            replacement="new",
        ),
        Model("new", 1),
    )
    old, new = use(acme), use(acme, "new")
    answer = client.get("/api/teams/acme/llm-models/")
    described(client, "ModelsOut").validate(answer.json())
    first, other = answer.json()["models"]
    assert (first["name"], first["url"]) == ("new", f"http://localhost:8000{path_of(new)}")
    assert other == {
        "provider": "openai",
        "name": "old",
        "token_limit": 8192,
        "is_custom": False,
        "state": "deprecated",
        "deprecated_on": "2026-04-22",
        "retires_on": "2026-10-23",
        "retires_on_is_earliest": True,
        "replacement": "new",
        "references": {"assistants.Assistant.llm_provider_model": 1},
        "resources": {"assistant": 1},
        "url": f"http://localhost:8000{path_of(old)}",
    }


def test_the_answer_in_the_document_is_one_that_is_given(client, db):
    (shown,) = blocks(ROOT / "docs/team_api.md", "json")
    described(client, "ModelsOut").validate(json.loads(shown))


def test_one_model_with_what_points_at_it(client, acme, declare, monkeypatch):
    declare(Model("old", 1))
    model = use(acme)
    assistant = AssistantFactory.create(team=acme, llm_provider_model=model, name="Coach")
    (listed,) = client.get("/api/teams/acme/llm-models/").json()["models"]
    answer = client.get(path_of(model)).json()
    described(client, "ModelDetailOut").validate(answer)
    used_by = answer.pop("used_by")
    assert answer == listed
    assert used_by[1] == {
        "kind": "assistant",
        "id": assistant.pk,
        "name": "Coach",
        "url": f"http://localhost:8000/a/acme/assistants/{assistant.pk}/",
    }
    assert len(used_by) == listed["resources"]["assistant"] == 2
    monkeypatch.setattr(api, "MOST_RESOURCES", 1)
    assert len(client.get(path_of(model)).json()["used_by"]) == 1


def test_what_is_not_the_team_s_is_not_found(client, acme, declare):
    theirs = LlmProviderModelFactory.create(team=TeamFactory.create())
    used_by_others = use(TeamFactory.create())
    for model_id in (theirs.pk, used_by_others.pk, 0):
        answer = client.get(f"/api/teams/acme/llm-models/{model_id}/")
        assert (answer.status_code, answer.json()) == (404, {"detail": "The team uses no such model."})
    for no_id in (10**30, "x"):
        assert client.get(f"/api/teams/acme/llm-models/{no_id}/").status_code == 404


@pytest.mark.parametrize(
    ("model", "deprecation", "sunset"),
    [
        (Model("old", 1), None, None),
        (Model("old", 1, deprecated=True), None, None),
        (Model("old", 1, deprecated_on=dt.date(2026, 4, 22)), "@1776816000", None),
        (Model("old", 1, deprecated_on=dt.date(2027, 4, 22)), "@1808352000", None),
        (Model("old", 1, retires_on=dt.date(2026, 10, 23)), None, "Fri, 23 Oct 2026 00:00:00 GMT"),
        (
            Model("old", 1, retires_on=dt.date(2026, 10, 23), retires_on_is_earliest=True),
            None,
            "Fri, 23 Oct 2026 00:00:00 GMT",
        ),
        (
            Model("old", 1, deprecated_on=dt.date(2026, 4, 22), retires_on=dt.date(2026, 8, 1)),
            "@1776816000",
            "Sat, 01 Aug 2026 00:00:00 GMT",
        ),
        (
            Model("old", 1, deprecated_on=dt.date(2026, 8, 2), retires_on=dt.date(2026, 8, 1)),
            "@1785542400",
            "Sat, 01 Aug 2026 00:00:00 GMT",
        ),
    ],
)
def test_the_headers_say_when_the_model_ends(client, declare, model, deprecation, sunset):
    """RFC 9745 and RFC 8594; the sunset is never before the deprecation."""
    declare(model)
    path = path_of(use(make_acme(client)))
    for answer in (client.get(path), client.head(path)):
        assert answer.status_code == 200
        assert (answer.headers.get("Deprecation"), answer.headers.get("Sunset")) == (deprecation, sunset)
    if deprecation and sunset:
        assert int(deprecation[1:]) <= parsedate_to_datetime(sunset).timestamp()


def test_the_list_itself_does_not_end_with_a_model(client, acme, declare):
    declare(Model("old", 1, deprecated_on=dt.date(2026, 4, 22), retires_on=dt.date(2026, 10, 23)))
    use(acme)
    for answer in (client.get("/api/teams/acme/llm-models/"), client.head("/api/teams/acme/llm-models/")):
        assert answer.status_code == 200
        assert not {"Deprecation", "Sunset"} & set(answer.headers)


def test_head_answers_as_get_does_without_the_body(client, acme, declare):
    declare(Model("old", 1, deprecated_on=dt.date(2026, 4, 22), retires_on=dt.date(2026, 10, 23)))
    model = use(acme)
    for path in ("/api/teams/acme/llm-models/", path_of(model), "/api/teams/acme/llm-models/0/"):
        got, asked = client.get(path), client.head(path)
        assert (asked.status_code, asked.content) == (got.status_code, b"")
        assert asked.headers["Content-Length"] == got.headers["Content-Length"] == str(len(got.content))
    client.logout()
    for path in ("/api/teams/acme/llm-models/", path_of(model)):
        got, asked = client.get(path), client.head(path)
        assert (asked.status_code, asked.headers["Content-Length"]) == (401, got.headers["Content-Length"])


def test_the_description_tells_of_the_headers(client, db):
    paths = client.get("/api/openapi.json").json()["paths"]
    operation = paths["/api/teams/{team_slug}/llm-models/{model_id}/"]["get"]
    headers = operation["responses"]["200"]["headers"]
    assert set(headers) == {"Deprecation", "Sunset"}
    assert re.fullmatch(headers["Deprecation"]["schema"]["pattern"], headers["Deprecation"]["example"])


def test_no_cache_between_keeps_an_answer(client, acme, declare):
    for path in ("/api/teams/acme/llm-models/", path_of(use(acme))):
        answer: HttpResponse = client.get(path)
        assert answer.headers["Cache-Control"] == "private, no-cache"


def test_tenant_text_stays_text(client, acme, declare):
    acme.name = EVIL
    acme.save()
    model = LlmProviderModelFactory.create(team=acme, name=EVIL)
    AssistantFactory.create(team=acme, llm_provider_model=model, name=EVIL)
    answer = client.get(path_of(model))
    assert answer.headers["Content-Type"].startswith("application/json")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    body = json.loads(answer.content)
    assert body["name"] == body["used_by"][0]["name"] == EVIL
    assert client.get("/api/teams/acme/llm-models/").json()["team"]["name"] == EVIL


def test_a_request_takes_as_many_queries_for_many_models_as_for_one(client, acme, declare):
    def queries(path: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(path).status_code == 200
        return len(captured)

    paths = ["/api/teams/acme/llm-models/", path_of(use(acme))]
    few = [queries(path) for path in paths]
    for number in range(5):
        use(acme, f"m{number}")
    assert [queries(path) for path in paths] == few
