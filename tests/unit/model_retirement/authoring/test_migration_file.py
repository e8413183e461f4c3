"""The migration that an edit of the catalogue comes with."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from pytest_django import Settings

from model_retirement.authoring.migration_file import NEEDED, EntryKind, MigrationFolder, NoLastMigration, add, folder
from tests.architecture.documents import blocks
from tests.catalogue_tree import MIGRATIONS
from tests.processes import ROOT

REAL = ROOT / MIGRATIONS
THIRD = """
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("service_providers", "0001_initial")]
"""


@pytest.fixture
def migrations(catalogue_tree: Path) -> Path:
    return catalogue_tree / MIGRATIONS


def last() -> str:
    return (REAL / "max_migration.txt").read_text().strip()


def test_the_folder_of_the_app_with_its_last_migration():
    assert folder() == MigrationFolder(path=REAL, last=last(), app="service_providers")


def test_two_last_migrations_are_refused(migrations: Path):
    (migrations / "0999_other.py").write_text(THIRD)

    with pytest.raises(NoLastMigration) as refused:
        folder()

    assert str(refused.value) == (
        f"service_providers has several last migrations: {last()}, 0999_other. Let one depend on the other; "
        "`python manage.py rebase_migration service_providers` does it in the middle of a git merge or rebase."
    )


@pytest.mark.parametrize(("named", "shown"), [("0001_initial", "0001_initial"), (None, "nothing")])
def test_a_head_that_names_another_migration_is_refused(migrations: Path, named: str | None, shown: str):
    head = migrations / "max_migration.txt"
    head.unlink() if named is None else head.write_text(f"{named}\n")

    with pytest.raises(
        NoLastMigration, match=rf"max_migration.txt names {shown} as the last migration, but .* {last()}\."
    ):
        folder()


def test_an_app_whose_last_migration_knows_no_engine_yet_gets_the_dependencies_that_are_missing(settings: Settings):
    settings.MODEL_RETIREMENT_MIGRATIONS_APP = "teams"

    target = folder()
    migration, _ = add(EntryKind.REMOVAL, models=["groq/a"], to=target)

    assert target == MigrationFolder(
        path=ROOT / "apps/teams/migrations", last="0001_initial", app="teams", besides=NEEDED, has_head=True
    )
    (dependencies,) = [
        ast.literal_eval(node.value)
        for node in ast.walk(ast.parse(migration.after))
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "dependencies"
    ]
    assert dependencies == [("teams", "0001_initial"), *NEEDED]


@pytest.mark.parametrize("head", ["0001_initial", None])
def test_without_linear_migrations_no_file_names_the_last_one(migrations: Path, settings: Settings, head: str | None):
    """One that is there all the same is none of ours."""
    (migrations / "max_migration.txt").write_text(head) if head else (migrations / "max_migration.txt").unlink()
    settings.INSTALLED_APPS = [app for app in settings.INSTALLED_APPS if app != "django_linear_migrations"]

    target = folder()
    changes = add(EntryKind.REMOVAL, models=["groq/a"], to=target)

    assert (target.last, target.has_head) == (last(), False)
    assert [change.path.name for change in changes] == [f"{int(last()[:4]) + 1:04}_remove_groq_a.py"]


def test_nothing_is_written_outside_of_the_project(settings: Settings, tmp_path: Path):
    settings.BASE_DIR = tmp_path

    with pytest.raises(NoLastMigration) as refused:
        folder()

    assert str(refused.value) == (
        f"The migrations of service_providers are in {REAL}, outside of the project. Set MODEL_RETIREMENT_MIGRATIONS_APP "
        "to the label of an app of the project."
    )


def test_an_app_without_migrations_needs_its_first_one_before(settings: Settings):
    settings.MODEL_RETIREMENT_MIGRATIONS_APP = "demo"

    with pytest.raises(NoLastMigration) as refused:
        folder()

    assert str(refused.value) == "demo has no migrations yet. Make its first one with `makemigrations demo`."


@pytest.mark.parametrize(
    ("kind", "model", "previous", "file"),
    [
        (EntryKind.REMOVAL, "gpt-4", "0002_sync_llm_models", "0003_remove_groq_gpt_4"),
        (EntryKind.DEPRECATION, "openai/GPT-oss (2.0)", "0999_x", "1000_deprecate_groq_openai_gpt_oss_2_0"),
        (EntryKind.REMOVAL, "日本", "sync", "0001_remove_groq"),
    ],
)
def test_the_next_number_and_a_name_that_says_what_it_is_for(
    tmp_path: Path, kind: EntryKind, model: str, previous: str, file: str
):
    head = tmp_path / "max_migration.txt"
    head.write_text(f"{previous}\n")

    migration, heading = add(
        kind, models=[f"groq/{model}"], to=MigrationFolder(tmp_path, previous, "service_providers")
    )

    assert (migration.path, migration.before) == (tmp_path / f"{file}.py", None)
    assert f'("service_providers", "{previous}")' in migration.after.decode()
    assert (heading.path, heading.before, heading.after) == (head, f"{previous}\n".encode(), f"{file}\n".encode())


ENGINE_IMPORTS = {
    "from apps.data_migrations.utils.migrations import RunDataMigration": (
        "from model_retirement.data_migrations.operations import RunDataMigration"
    ),
    "from apps.service_providers.migration_utils import llm_model_migration": (
        "from model_retirement.operations import llm_model_migration"
    ),
}


def test_a_removal_has_the_content_of_the_guide():
    (guide,) = [block for block in blocks(ROOT / "docs/deleting_llm_models.md", "python") if "class Migration" in block]

    migration, _ = add(
        EntryKind.REMOVAL,
        models=["openai/gpt-4"],
        to=MigrationFolder(REAL, "0040_previous_migration", "service_providers"),
    )

    # All of it but an empty line, which the formatter takes out; a host has no modules of ours at the guide's paths.
    assert [line for line in migration.after.decode().splitlines() if line] == [
        ENGINE_IMPORTS.get(line, line) for line in guide.splitlines() if line
    ]


def test_a_deprecation_asks_to_tell_the_teams():
    migration, _ = add(
        EntryKind.DEPRECATION, models=["openai/gpt-4"], to=MigrationFolder(REAL, last(), "service_providers")
    )

    (operations,) = [
        node.value
        for node in ast.walk(ast.parse(migration.after))
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "operations"
    ]
    assert ast.unparse(operations) == "[llm_model_migration(), RunDataMigration('notify_deprecated_models')]"
