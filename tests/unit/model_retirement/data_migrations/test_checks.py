"""System checks of the migrations that ask for data migrations."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.core import checks
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from pytest_django import Settings

from model_retirement.data_migrations import asking
from model_retirement.data_migrations.checks import check_migrations
from model_retirement.data_migrations.models import CustomMigration

MIGRATION = """
from django.db import migrations, models

from model_retirement.data_migrations.operations import ImportRecords, RunDataMigration
from model_retirement.operations import llm_model_migration


class Migration(migrations.Migration):
    dependencies = [{dependencies}]
    replaces = [{replaces}]
    operations = [migrations.RunSQL("SELECT 1"), {operation}]
"""
RECORDS = '("model_retirement_data_migrations", "0001_initial")'
LINE = f"{RECORDS},"

Write = Callable[..., None]


@pytest.fixture
def migration(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Return what writes a migration of an app that has none."""
    package = tmp_path / f"asking_{uuid.uuid4().hex}"
    package.mkdir()
    (package / "__init__.py").touch()
    settings.MIGRATION_MODULES = {"demo": package.name}
    monkeypatch.syspath_prepend(tmp_path)

    def write(operation: str, *, name: str = "0001_ask", dependencies: str = LINE, replaces: str = "") -> None:
        code = MIGRATION.format(operation=operation, dependencies=dependencies, replaces=replaces)
        (package / f"{name}.py").write_text(code)

    return write


def messages() -> list[tuple[str | None, str, str | None]]:
    return [(message.id, message.msg, message.hint) for message in check_migrations()]


def test_nothing_is_wrong_here():
    assert messages() == []
    registered: set[Any] = {*checks.registry.registry.registered_checks}
    assert check_migrations in registered


@pytest.mark.parametrize(
    ("operation", "said"),
    [
        ('RunDataMigration("sample_atomic")', "Run data migration sample_atomic when the schema is complete"),
        ("llm_model_migration()", "Make the table of LLM models match the catalogue"),
    ],
)
def test_a_migration_that_does_not_depend_on_the_table_is_named_with_the_line_to_add(
    migration: Write, operation: str, said: str
):
    migration(operation, dependencies="")
    assert messages() == [
        (
            "model_retirement_data_migrations.E001",
            f"{said}: it may be applied before there is a table of data migrations.",
            f"Add {LINE} to the dependencies of demo.0001_ask.",
        )
    ]


def test_a_dependency_of_a_dependency_will_do(migration: Write):
    migration('RunDataMigration("sample_atomic")', dependencies='("service_providers", "0002_sync_llm_models")')
    assert messages() == []


def test_a_migration_that_is_replaced_is_its_replacements_matter(migration: Write):
    migration('RunDataMigration("sample_atomic")', dependencies="")
    migration(
        'RunDataMigration("sample_atomic")', name="0001_squashed", dependencies=LINE, replaces='("demo", "0001_ask")'
    )
    assert messages() == []


def test_a_table_that_no_migration_makes_is_there_first(migration: Write, settings: Settings):
    migration('RunDataMigration("sample_atomic")', dependencies="")
    settings.MIGRATION_MODULES |= {"model_retirement_data_migrations": None, "service_providers": None}
    settings.MIGRATION_MODULES |= dict.fromkeys({config.label for config in apps.get_app_configs()} - {"demo"})
    assert messages() == []


def test_an_option_that_the_command_does_not_take_is_found_before_migrate(migration: Write, limited: None):
    migration('RunDataMigration("limited", options={"limmit": 5})')
    assert [(message.id, message.obj, message.msg) for message in check_migrations()] == [
        (
            "model_retirement_data_migrations.E002",
            "demo.0001_ask",
            'RunDataMigration("limited"): limited has no option limmit; it takes limit, since, kind, tag,'
            " slugs, archived, mail, words.",
        )
    ]


MODELS = '("service_providers", "0001_initial"),'
IMPORT = 'ImportRecords("service_providers.LlmProviderModel", applied_at="created_at")'


@pytest.mark.parametrize(
    ("operation", "dependencies", "said", "hint"),
    [
        (
            IMPORT,
            LINE,
            "it may be applied before there is a table of service_providers.LlmProviderModel.",
            f"Add {MODELS} to the dependencies of the migration.",
        ),
        (
            IMPORT.replace("created_at", "created_on"),
            LINE + MODELS,
            "service_providers.LlmProviderModel has no field created_on;",
            'Name the fields of your table: name="...", applied_at="...".',
        ),
        (
            'ImportRecords("service_providers.Robot")',
            LINE + MODELS,
            "there is no model service_providers.Robot.",
            "Name it as APP.MODEL, with the label of its app.",
        ),
    ],
)
def test_records_that_cannot_be_imported_are_found_before_migrate(
    migration: Write, operation: str, dependencies: str, said: str, hint: str
):
    migration(operation, dependencies=dependencies)
    ((check, message, next_step),) = messages()
    assert (check, next_step) == ("model_retirement_data_migrations.E003", hint)
    assert f": {said}" in str(message)


def test_records_that_can_be_imported_are_not_named(migration: Write):
    migration(IMPORT, dependencies=LINE + MODELS)
    assert messages() == []


def test_a_table_that_its_own_migration_makes_and_drops_can_be_imported(migration: Write):
    """A host that gives up its own framework does so in one migration."""
    fields = '[("name", models.TextField()), ("applied_at", models.DateTimeField())]'
    migration(
        f'migrations.CreateModel("Past", {fields}), ImportRecords("demo.Past"), migrations.DeleteModel("Past")',
    )
    assert messages() == []


def test_an_import_in_a_migration_that_is_replaced_is_its_replacements_matter(migration: Write):
    migration(IMPORT, dependencies="")
    migration(IMPORT, name="0001_squashed", dependencies=LINE + MODELS, replaces='("demo", "0001_ask")')
    assert messages() == []


def test_options_of_a_command_that_is_gone_are_nobodys_matter(migration: Write):
    """Rule 12: old migrations outlive their commands."""
    migration('RunDataMigration("sample_gone", options={"limit": 5})')
    assert messages() == []


def test_only_the_apps_that_are_asked_for_are_checked(migration: Write):
    migration('RunDataMigration("sample_atomic")', dependencies="")
    assert check_migrations(app_configs=[apps.get_app_config("teams")]) == []
    assert len(check_migrations(app_configs=[apps.get_app_config("demo")])) == 1


@pytest.mark.parametrize(
    ("operation", "dependencies"),
    [
        ('RunDataMigration("sample_atomic")', '("demo", "0000_nothing")'),
        ('RunDataMigration("sample_atomic")', '("demo", "0001_ask")'),
        ('RunDataMigration("sample_atomic"', LINE),
    ],
    ids=["nothing to depend on", "a circle", "no Python"],
)
def test_migrations_that_cannot_be_read_are_left_to_django(migration: Write, operation: str, dependencies: str):
    """What else there is to check is checked."""
    migration(operation, dependencies=dependencies)
    assert messages() == []


@pytest.mark.parametrize(
    ("operation", "line"),
    [
        ('RunDataMigration("sample_atomic", options={"dry_run": True})', "option dry_run cannot be given"),
        ('RunDataMigration("sample_atomic", run="now")', "run is 'now'"),
    ],
)
def test_what_no_command_takes_is_one_line_when_the_migration_is_read(migration: Write, operation: str, line: str):
    migration(operation)
    with pytest.raises(CommandError, match=line):
        call_command("check")


@pytest.mark.django_db
@pytest.mark.parametrize("operation", ['RunDataMigration("sample_atomic")', "llm_model_migration()"])
def test_without_the_locked_migrate_the_operation_names_its_migration_all_the_same(migration: Write, operation: str):
    """Django tells an operation no more than its app."""
    migration(operation, dependencies="")
    CustomMigration.objects.all().delete()
    (asked,) = [asker for asker in asking.find() if asker.app_label == "demo"]
    state = MigrationLoader(connection).project_state(("service_providers", "0001_initial"))
    for model in ("custommigration", "custommigrationrun"):
        state.models.pop(("model_retirement_data_migrations", model), None)
    editor: Any = SimpleNamespace(connection=connection)
    with pytest.raises(ImproperlyConfigured) as caught:
        asked.operation.database_forwards("demo", editor, state, state)
    assert f"add {LINE} to the dependencies of demo.0001_ask." in str(caught.value)
    assert str(caught.value).startswith(asked.operation.describe())
    assert not CustomMigration.objects.exists()
