"""The operation that synchronises while ``migrate`` runs."""

from __future__ import annotations

import io

import pytest
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import CommandError
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.writer import OperationWriter
from django.db.models.signals import post_migrate

from apps.service_providers.llm_service import default_models
from apps.service_providers.models import LlmProviderModel
from model_retirement import sync
from model_retirement.catalogue.declarations import Model
from model_retirement.data_migrations.models import CustomMigration
from model_retirement.data_migrations.operations import applying
from model_retirement.operations import SyncModels, llm_model_migration, report_changes
from tests.factories.service_providers import LlmProviderModelFactory, delete_all_models

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def lists(db, monkeypatch):
    delete_all_models()
    CustomMigration.objects.all().delete()
    report_changes(using="default", verbosity=0)  # what was left to report before this test
    monkeypatch.setattr(default_models, "DEFAULT_LLM_PROVIDER_MODELS", {"openai": [Model("a", 10), Model("b", 20)]})
    monkeypatch.setattr(default_models, "DELETED_MODELS", [])


@pytest.fixture
def state():
    return MigrationLoader(connection).project_state([("service_providers", "0001_initial")])


def apply(state, *, backwards: bool = False) -> None:
    # Not entered: SQLite would refuse schema changes inside the test's transaction, and there are none.
    editor = connection.schema_editor()
    operation = llm_model_migration()
    run = operation.database_backwards if backwards else operation.database_forwards
    run("service_providers", editor, state, state)


def test_the_table_matches_and_the_promotion_is_asked_for(state):
    token = applying.set("service_providers.0002_test")

    apply(state)

    applying.reset(token)
    assert sorted(LlmProviderModel.objects.values_list("name", "max_token_limit")) == [("a", 10), ("b", 20)]
    asked = CustomMigration.objects.get()
    assert (asked.name, asked.status, asked.requested_by) == (sync.PROMOTION, "pending", "service_providers.0002_test")


def test_a_host_whose_teams_keep_their_own_models_is_asked_for_no_promotion(state, settings):
    settings.MODEL_RETIREMENT_PROMOTE = False
    apply(state)
    assert LlmProviderModel.objects.count() == 2
    assert not CustomMigration.objects.exists()


def test_each_later_migration_asks_for_the_promotion_again(state):
    apply(state)
    CustomMigration.objects.update(status="applied")

    apply(state)

    assert CustomMigration.objects.get().status == "pending"
    assert CustomMigration.objects.get().requested_by == "service_providers"


def test_undone_it_leaves_the_rows_alone(state):
    apply(state)

    apply(state, backwards=True)

    assert LlmProviderModel.objects.count() == 2


def test_a_catalogue_that_cannot_be_read_stops_the_migration_before_any_change(state, monkeypatch):
    monkeypatch.setattr(default_models, "DELETED_MODELS", [("openai",)])

    with pytest.raises(CommandError, match=r"DELETED_MODELS\[0\] is \('openai',\), no removal\."):
        apply(state)

    assert not LlmProviderModel.objects.exists()
    assert not CustomMigration.objects.exists()


class Elsewhere:
    """A router that keeps the models out of every database."""

    def allow_migrate(self, db: str, app_label: str, **hints: object) -> bool:
        return app_label != "service_providers"


def test_the_router_is_asked(state, settings):
    settings.DATABASE_ROUTERS = [Elsewhere()]

    apply(state)

    assert not LlmProviderModel.objects.exists()
    assert not CustomMigration.objects.exists()


class NoRecords:
    """A router that keeps the records of data migrations out of every database."""

    def allow_migrate(self, db: str, app_label: str, **hints: object) -> bool:
        return app_label != "model_retirement_data_migrations"


def test_where_there_are_no_records_no_promotion_is_asked_for(state, settings):
    settings.DATABASE_ROUTERS = [NoRecords()]

    apply(state)

    assert LlmProviderModel.objects.exists()
    assert not CustomMigration.objects.exists()


def test_it_can_be_written_described_and_squashed():
    operation = llm_model_migration(elidable=True)

    assert OperationWriter(operation, indentation=0).serialize() == (
        "model_retirement.operations.SyncModels(\n    elidable=True,\n),",
        {"import model_retirement.operations"},
    )
    assert operation.describe() == "Make the table of LLM models match the catalogue"
    assert operation.migration_name_fragment == "sync_llm_models"
    assert not operation.reduces_to_sql
    assert operation.elidable
    assert not llm_model_migration().elidable
    assert isinstance(llm_model_migration(), SyncModels)


def test_it_leaves_the_state_alone(state):
    before = state.clone()

    llm_model_migration().state_forwards("service_providers", state)

    assert state == before


def said(verbosity: int) -> str:
    out = io.StringIO()
    report_changes(sender=apps.get_app_config("model_retirement"), using="default", verbosity=verbosity, stdout=out)
    return out.getvalue()


def test_what_changed_is_printed_once_when_it_is_committed(state, django_capture_on_commit_callbacks):
    """What is reported is what was done (rule 7)."""
    LlmProviderModelFactory.create(name="a", max_token_limit=1)
    with django_capture_on_commit_callbacks(execute=False) as callbacks:
        apply(state)
    assert said(verbosity=1) == ""

    for callback in callbacks:
        callback()

    assert said(verbosity=1) == "LLM models:\n  created for openai: b\n  openai/a: token limit 1 -> 10\n"
    assert said(verbosity=1) == ""


def test_nothing_is_printed_when_nothing_changed(state, django_capture_on_commit_callbacks):
    apply(state)
    with django_capture_on_commit_callbacks(execute=True):
        apply(state)

    assert said(verbosity=1) == ""


def test_nothing_is_printed_at_verbosity_0(state, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        apply(state)

    assert said(verbosity=0) == ""


def test_without_an_output_it_goes_to_standard_output(state, django_capture_on_commit_callbacks, capsys):
    with django_capture_on_commit_callbacks(execute=True):
        apply(state)

    report_changes(using="default", verbosity=1)

    assert capsys.readouterr().out == "LLM models:\n  created for openai: a, b\n"


def test_migrate_calls_it_at_its_end():
    app = apps.get_app_config("model_retirement")

    assert post_migrate.disconnect(report_changes, sender=app, dispatch_uid="model_retirement.report_changes")

    post_migrate.connect(report_changes, sender=app, dispatch_uid="model_retirement.report_changes")


def test_a_migration_that_comes_before_the_table_of_models_says_what_to_depend_on():
    state = MigrationLoader(connection).project_state([("model_retirement_data_migrations", "0001_initial")])

    with pytest.raises(ImproperlyConfigured) as refused:
        apply(state)

    assert str(refused.value) == (
        "llm_model_migration() needs the table of service_providers.LlmProviderModel: add a migration of "
        'service_providers, such as ("service_providers", "0001_initial"), to the dependencies of the migration that it '
        "stands in."
    )
    assert LlmProviderModel.objects.count() == 0


def test_a_twin_that_migrations_do_not_manage_is_used_as_it_is_now(monkeypatch):
    monkeypatch.setattr(LlmProviderModel._meta, "managed", False)
    state = MigrationLoader(connection).project_state([("model_retirement_data_migrations", "0001_initial")])

    apply(state)

    assert sorted(LlmProviderModel.objects.values_list("name", "max_token_limit")) == [("a", 10), ("b", 20)]
