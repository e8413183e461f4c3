"""A reference that no app declares fails the checks, and a model in use cannot be deleted by hand."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys
from typing import Any

import pytest
from django.apps import apps
from django.core.checks import run_checks
from django.db import connection
from django.db.models.deletion import ProtectedError
from django.test.utils import modify_settings

from apps.service_providers.models import LlmProviderModel
from model_retirement import reference_checks as checks
from model_retirement.references import Registry
from tests.factories.assistants import AssistantFactory
from tests.factories.pipelines import NodeFactory
from tests.factories.service_providers import LlmProviderModelFactory
from tests.factories.teams import TeamFactory
from tests.statements import without_table

ROOT = pathlib.Path(__file__).parents[3]

MODELS = """
from django.db import models

MODEL = "service_providers.LlmProviderModel"


class Price(models.Model):
    foreign_key = models.ForeignKey(MODEL, null=True, on_delete=models.SET_NULL, related_name="prices")
    hidden_foreign_key = models.ForeignKey(MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    one_to_one = models.OneToOneField(MODEL, null=True, on_delete=models.SET_NULL, related_name="price")
    many_to_many = models.ManyToManyField(MODEL, related_name="price_lists")
    hidden_many_to_many = models.ManyToManyField(MODEL, related_name="+")
    declared = models.ForeignKey(MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    declared_but_never_null = models.ForeignKey(MODEL, on_delete=models.CASCADE, related_name="+")
"""
DECLARED = """
from model_retirement.references import ResourcePath, ForeignKeyReference, Resource, registry

path = ResourcePath(Resource("price", "partners.Price", team="", name="pk"))
registry.register(
    ForeignKeyReference("partners.Price", "declared", "", path),
    ForeignKeyReference("partners.Price", "declared_but_never_null", "", path),
)
"""


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What ``manage.py check`` prints when an app with all kinds of relations to a model is installed."""
    folder = tmp_path_factory.mktemp("partners")
    app = folder / "partners"
    app.mkdir()
    (app / "__init__.py").write_text("")
    (app / "models.py").write_text(MODELS)
    (app / "llm_model_references.py").write_text(DECLARED)
    settings = 'from config.settings import *\n\nINSTALLED_APPS = [*INSTALLED_APPS, "partners"]\n'
    (folder / "partner_settings.py").write_text(settings)
    completed = subprocess.run(
        [sys.executable, "manage.py", "check", "--settings", "partner_settings", "--tag", "models"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(folder), "DATABASE_URL": "sqlite://:memory:"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert completed.returncode == 1
    return completed.stderr


@pytest.mark.parametrize(
    "field", ["foreign_key", "hidden_foreign_key", "one_to_one", "many_to_many", "hidden_many_to_many"]
)
def test_a_relation_that_no_app_declares_fails_with_the_file_to_write(printed, field):
    """Rule 4: no reference can be forgotten."""
    assert f"(model_retirement.E101) partners.Price.{field} points at LLM models, but no app declares it" in printed
    assert "HINT: Declare it in partners/llm_model_references.py" in printed


def test_a_declared_relation_passes_and_one_that_cannot_be_null_does_not(printed):
    assert "partners.Price.declared " not in printed
    assert "(model_retirement.E102) partners.Price.declared_but_never_null cannot be null" in printed
    assert printed.count("(model_retirement.E1") == 6


def test_the_platform_passes_and_other_apps_are_not_reported_when_one_is_asked_for():
    from django.apps import apps

    assert checks.check_relations() == []
    nothing = Registry()
    assert {message.id for message in checks.check_relations(registry=nothing)} == {checks.UNDECLARED}
    (message,) = checks.check_relations(app_configs=[apps.get_app_config("documents")], registry=nothing)
    assert "documents.Collection.contextualizer_llm_model" in message.msg


@pytest.mark.django_db
def test_a_constraint_that_only_the_database_knows_fails_the_database_check():
    """Rule 5."""
    assert checks.check_constraints(databases=["default"]) == []
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE prices (model_id bigint REFERENCES service_providers_llmprovidermodel (id))")
    (message,) = [message for message in run_checks(databases=["default"]) if message.id == checks.UNKNOWN_CONSTRAINT]
    assert "prices.model_id" in message.msg
    assert checks.check_constraints(databases=None) == []


@pytest.mark.django_db
def test_the_database_check_copes_with_a_database_without_the_table():
    with without_table(LlmProviderModel):
        assert checks.check_constraints(databases=["default"]) == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("use", [AssistantFactory, NodeFactory])
def test_a_model_in_use_cannot_be_deleted_by_hand(use):
    model = LlmProviderModelFactory.create()
    row = use.create(llm_provider_model=model)
    with pytest.raises(ProtectedError, match="is in use and was not deleted"):
        model.delete()
    with pytest.raises(ProtectedError):
        LlmProviderModel.objects.filter(pk=model.pk).delete()
    row.delete()
    model.delete()


@pytest.mark.django_db
def test_a_team_is_deleted_with_its_custom_models_and_what_uses_them():
    team = TeamFactory.create()
    custom = LlmProviderModelFactory.create(team=team)
    AssistantFactory.create(team=team, llm_provider_model=custom)
    team.delete()
    assert not LlmProviderModel.objects.filter(pk=custom.pk).exists()


def test_a_relation_whose_rows_have_a_key_of_several_columns_is_told_with_what_to_do(monkeypatch: pytest.MonkeyPatch):
    """No line could declare it, so none is offered."""
    with modify_settings(INSTALLED_APPS={"append": "tests.forgetful_app"}):
        rows: Any = apps.get_app_config("forgetful_app").get_model("Setting")
        relation = rows._meta.get_field("llm")
        monkeypatch.setattr(checks, "pointing_fields", lambda: [relation])
        (error,) = checks.check_relations(registry=Registry())
    assert error.id == checks.UNDECLARED
    assert "Such rows cannot be declared (model_retirement.E204)." in str(error.hint)
    assert "Declare it in" not in str(error.hint)
