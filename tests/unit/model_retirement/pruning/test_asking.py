"""The migrations that ask for the removals."""

from __future__ import annotations

from pathlib import Path

from model_retirement.pruning import asking
from tests.catalogue_tree import MIGRATIONS
from tests.processes import ROOT

MIGRATION = """
from django.db import migrations

from model_retirement.data_migrations.operations import RunDataMigration


class Migration(migrations.Migration):
    dependencies = [("service_providers", "{last}")]
    operations = [RunDataMigration("{asks}")]
"""


def test_those_of_this_project_are_found_with_their_files():
    first = asking.find()[0]

    assert first.name == "service_providers.0002_sync_llm_models"
    assert first.path == ROOT / MIGRATIONS / "0002_sync_llm_models.py"
    assert {
        "service_providers.0001_initial",
        first.name,
        "model_retirement_data_migrations.0001_initial",
    } <= first.proves


def test_each_proves_those_that_it_depends_on(catalogue_tree: Path):
    folder = catalogue_tree / MIGRATIONS
    last = (folder / "max_migration.txt").read_text().strip()
    asking_before = [migration.name for migration in asking.find()]
    (folder / "0998_other.py").write_text(MIGRATION.format(last=last, asks="label_nodes"))
    (folder / "0999_remove.py").write_text(MIGRATION.format(last="0998_other", asks="remove_deprecated_models"))

    *others, newest = asking.find()

    assert [migration.name for migration in others] == asking_before
    assert newest.name == "service_providers.0999_remove"
    assert newest.path == folder / "0999_remove.py"
    assert {*asking_before, "service_providers.0998_other"} <= newest.proves
    assert all(newest.name not in migration.proves for migration in others)
