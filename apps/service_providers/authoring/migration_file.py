"""The migration that carries an edit of the catalogue out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from django.db.migrations import Migration
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.writer import MigrationWriter

from apps.service_providers.authoring.file_changes import FileChange

APP = "service_providers"
HEAD = (
    "max_migration.txt"  # of django-linear-migrations: names the last migration, so that two branches conflict in git
)

TEMPLATE = """\
from django.db import migrations

from apps.data_migrations.utils.migrations import RunDataMigration
from apps.service_providers.migration_utils import llm_model_migration


class Migration(migrations.Migration):
    dependencies = [
        ("{app}", "{last}"),
    ]

    operations = [
        # Update model list (marks deprecated models)
        llm_model_migration(),
        # {purpose}
        RunDataMigration("{data_migration}"),
    ]
"""


class NoLastMigration(Exception):
    """There is no single last migration for the next one to follow; the message says what to do."""


class Kind(Enum):
    """What a migration is for: the verb in its name, the data migration that it asks for, and why."""

    DEPRECATION = ("deprecate", "notify_deprecated_models", "Tell the teams that use deprecated models")
    REMOVAL = ("remove", "remove_deprecated_models", "Clean up references and notify teams")


@dataclass(frozen=True)
class MigrationFolder:
    """Where the app's migrations are, and the name of the last one."""

    path: Path
    last: str


def folder() -> MigrationFolder:
    """Return where the next migration goes.

    :raises NoLastMigration: if there are two last ones, or another one is named as the last
    """
    path = Path(MigrationWriter(Migration("next", APP)).basedir).resolve()
    leaves = sorted(name for _, name in MigrationLoader(None, ignore_no_migrations=True).graph.leaf_nodes(APP))
    if len(leaves) > 1:
        raise NoLastMigration(
            f"{APP} has several last migrations: {', '.join(leaves)}. Let one depend on the other; "
            f"`python manage.py rebase_migration {APP}` does it in the middle of a git merge or rebase."
        )
    head = path / HEAD
    named = head.read_text().strip() if head.exists() else "nothing"
    if named != leaves[0]:
        raise NoLastMigration(f"{head} names {named} as the last migration, but that is {leaves[0]}. Write that there.")
    return MigrationFolder(path=path, last=leaves[0])


def add(kind: Kind, *, provider: str, name: str, to: MigrationFolder) -> tuple[FileChange, FileChange]:
    """Return the changes that add the next migration.

    :param provider: of the model that it is about; with ``name`` it makes up the file's name
    """
    verb, data_migration, purpose = kind.value
    number = (MigrationAutodetector.parse_number(to.last) or 0) + 1
    about = re.sub(r"[^a-z0-9]+", "_", f"{provider} {name}".lower()).strip("_")
    full_name = f"{number:04}_{verb}_{about}"
    code = TEMPLATE.format(app=APP, last=to.last, purpose=purpose, data_migration=data_migration)
    head = to.path / HEAD
    return (
        FileChange(to.path / f"{full_name}.py", before=None, after=code.encode()),
        FileChange(head, before=head.read_bytes(), after=f"{full_name}\n".encode()),
    )
