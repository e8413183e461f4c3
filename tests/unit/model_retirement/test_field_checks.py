"""The fields of a host's table of LLM models are what the engine reads and writes, or check says so."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import models
from django.test.utils import isolate_apps
from pytest_django import Settings

from apps.teams.models import Team
from model_retirement import field_checks, host_checks

pytestmark = pytest.mark.usefixtures("isolated")

FIELDS: dict[str, Any] = {
    "team": lambda: models.ForeignKey("teams.Team", models.CASCADE, null=True, related_name="+"),
    "type": lambda: models.CharField(max_length=9),
    "name": lambda: models.CharField(max_length=9),
    "max_token_limit": models.PositiveIntegerField,
    "deprecated": models.BooleanField,
}


@pytest.fixture
def isolated() -> Any:
    with isolate_apps("apps.teams", "django.contrib.contenttypes", "apps.users", "django.contrib.auth"):
        yield


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that lets the host's model of LLM models have other fields."""

    def make(base: type[models.Model] = models.Model, **other: Any) -> Any:
        fields = {name: field() for name, field in ({**FIELDS, **other}).items() if field}
        meta = type("Meta", (), {"app_label": "hosts"})
        made: Any = type("LlmModel", (base,), {"Meta": meta, "__module__": __name__, **fields})
        # Models of apps that are not installed do not find others by their labels.
        team: Any = fields.get("team")
        if getattr(team, "remote_field", None) and team.remote_field.model == "teams.Team":
            made._meta.get_field("team").remote_field.model = Team
        monkeypatch.setattr(field_checks, "llm_model", lambda: made)
        monkeypatch.setattr(field_checks, "models_of_one_table", lambda _model: [made])
        return made

    return make


def ids_and_words() -> list[tuple[str, str]]:
    return [(str(message.id).removeprefix("model_retirement."), message.msg) for message in field_checks.check_fields()]


def test_a_table_with_the_five_fields_is_fine(model: Any):
    model()
    assert ids_and_words() == []


@pytest.mark.parametrize("name", FIELDS)
def test_each_field_that_the_table_lacks_is_told(model: Any, name: str):
    """Rule 29."""
    model(**{name: None})
    assert ids_and_words() == [("E202", f"hosts.LlmModel has no field {name}.")]


def test_a_property_is_no_field(model: Any):
    model(name=lambda: property(lambda self: "gpt-4"))
    assert ids_and_words() == [("E202", "hosts.LlmModel has no field name.")]


@pytest.mark.parametrize(
    ("name", "field", "wrong"),
    [
        ("team", models.IntegerField, "is a IntegerField, and the engine needs a foreign key"),
        (
            "team",
            lambda: models.ForeignKey("teams.Team", models.CASCADE, related_name="+"),
            "cannot be null, so no model can be there for all teams",
        ),
        (
            "team",
            lambda: models.ForeignKey("teams.Team", models.CASCADE, null=True, to_field="slug", related_name="+"),
            "is no foreign key to the key of teams.Team",
        ),
        (
            "team",
            lambda: models.ForeignKey("self", models.CASCADE, null=True, related_name="+"),
            "is no foreign key to the key of teams.Team",
        ),
        ("type", models.IntegerField, "is a IntegerField, and the engine needs text"),
        ("name", models.JSONField, "is a JSONField, and the engine needs text"),
        ("max_token_limit", lambda: models.CharField(max_length=9), "is a CharField, and the engine needs an integer"),
        ("deprecated", models.DateTimeField, "is a DateTimeField, and the engine needs a boolean"),
    ],
)
def test_a_field_of_another_kind_is_told(settings: Settings, model: Any, name: str, field: Any, wrong: str):
    """Rule 29."""
    model(**{name: field})
    assert ids_and_words() == [("E211", f"hosts.LlmModel.{name} {wrong}.")]


def test_a_row_that_is_in_two_tables_would_be_removed_by_half(model: Any):
    parent: Any = type(
        "Thing", (models.Model,), {"Meta": type("Meta", (), {"app_label": "hosts"}), "__module__": __name__}
    )
    model(base=parent)
    assert ids_and_words() == [
        ("E211", "hosts.LlmModel has a part of each row in hosts.Thing, which a removal would leave behind.")
    ]


def test_global_models_of_one_name_are_not_looked_for_without_the_fields(
    model: Any, monkeypatch: pytest.MonkeyPatch, db: None
):
    made = model(team=None)
    monkeypatch.setattr(host_checks, "llm_model", lambda: made)
    assert host_checks.check_database(databases=["default"]) == []
