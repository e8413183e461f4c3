"""The migration that an edit of the catalogue comes with."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from apps.service_providers.authoring.migration_file import Kind, MigrationFolder, NoLastMigration, add, folder
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
    assert folder() == MigrationFolder(path=REAL, last=last())


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


@pytest.mark.parametrize(
    ("kind", "model", "previous", "file"),
    [
        (Kind.REMOVAL, "gpt-4", "0002_sync_llm_models", "0003_remove_groq_gpt_4"),
        (Kind.DEPRECATION, "openai/GPT-oss (2.0)", "0999_x", "1000_deprecate_groq_openai_gpt_oss_2_0"),
        (Kind.REMOVAL, "日本", "sync", "0001_remove_groq"),
    ],
)
def test_the_next_number_and_a_name_that_says_what_it_is_for(
    tmp_path: Path, kind: Kind, model: str, previous: str, file: str
):
    head = tmp_path / "max_migration.txt"
    head.write_text(f"{previous}\n")

    migration, heading = add(kind, provider="groq", name=model, to=MigrationFolder(tmp_path, previous))

    assert (migration.path, migration.before) == (tmp_path / f"{file}.py", None)
    assert f'("service_providers", "{previous}")' in migration.after.decode()
    assert (heading.path, heading.before, heading.after) == (head, f"{previous}\n".encode(), f"{file}\n".encode())


def test_a_removal_has_the_content_of_the_guide():
    (guide,) = [block for block in blocks(ROOT / "docs/deleting_llm_models.md", "python") if "class Migration" in block]

    migration, _ = add(
        Kind.REMOVAL, provider="openai", name="gpt-4", to=MigrationFolder(REAL, "0040_previous_migration")
    )

    # All of it but an empty line, which the formatter takes out.
    assert [line for line in migration.after.decode().splitlines() if line] == [
        line for line in guide.splitlines() if line
    ]


def test_a_deprecation_asks_to_tell_the_teams():
    migration, _ = add(Kind.DEPRECATION, provider="openai", name="gpt-4", to=MigrationFolder(REAL, last()))

    (operations,) = [
        node.value
        for node in ast.walk(ast.parse(migration.after))
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "operations"
    ]
    assert ast.unparse(operations) == "[llm_model_migration(), RunDataMigration('notify_deprecated_models')]"
