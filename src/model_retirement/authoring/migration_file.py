"""The migration that carries an edit of the catalogue out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from django.apps import apps
from django.db.migrations import Migration
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.writer import MigrationWriter

from model_retirement import conf
from model_retirement.authoring.file_changes import FileChange

HEAD = (
    "max_migration.txt"  # of django-linear-migrations: names the last migration, so that two branches conflict in git
)

NEEDED = (("model_retirement", "0001_initial"), ("model_retirement_data_migrations", "0001_initial"))
"""What the operations of such a migration write to."""

TEMPLATE = """\
from django.db import migrations

from model_retirement.data_migrations.operations import RunDataMigration
from model_retirement.operations import llm_model_migration


class Migration(migrations.Migration):
    dependencies = [
{dependencies}
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


class EntryKind(Enum):
    """What a migration is for: the verb in its name, the data migration that it asks for, and why."""

    DEPRECATION = ("deprecate", "notify_deprecated_models", "Tell the teams that use deprecated models")
    REMOVAL = ("remove", "remove_deprecated_models", "Clean up references and notify teams")


@dataclass(frozen=True)
class MigrationFolder:
    """Where an app's migrations are, the name of the last one, the app's label, and what the next one depends on besides.

    :param has_head: the name of the last migration stands in a file of its own
    """

    path: Path
    last: str
    app: str
    besides: tuple[tuple[str, str], ...] = ()
    has_head: bool = True


def folder() -> MigrationFolder:
    """Return where the next migration goes.

    :raises NoLastMigration: if there is none, if there are two last ones, or if another one is named as the last
    """
    app = conf.migrations_app()
    path = Path(MigrationWriter(Migration("next", app)).basedir).resolve()
    if not path.is_relative_to(conf.project_folder()):
        raise NoLastMigration(
            f"The migrations of {app} are in {path}, outside of the project. Set MODEL_RETIREMENT_MIGRATIONS_APP to the"
            " label of an app of the project."
        )
    graph = MigrationLoader(None, ignore_no_migrations=True).graph
    leaves = sorted(name for _, name in graph.leaf_nodes(app))
    if not leaves:
        raise NoLastMigration(f"{app} has no migrations yet. Make its first one with `makemigrations {app}`.")
    if len(leaves) > 1:
        raise NoLastMigration(
            f"{app} has several last migrations: {', '.join(leaves)}. Let one depend on the other; "
            f"`python manage.py rebase_migration {app}` does it in the middle of a git merge or rebase."
        )
    has_head = apps.is_installed("django_linear_migrations")
    head = path / HEAD
    named = head.read_text().strip() if head.exists() else "nothing"
    if has_head and named != leaves[0]:
        raise NoLastMigration(f"{head} names {named} as the last migration, but that is {leaves[0]}. Write that there.")
    before = graph.forwards_plan((app, leaves[0]))
    return MigrationFolder(
        path=path,
        last=leaves[0],
        app=app,
        besides=tuple(key for key in NEEDED if key not in before),
        has_head=has_head,
    )


def add(kind: EntryKind, *, models: Sequence[str], to: MigrationFolder) -> tuple[FileChange, ...]:
    """Return the changes that add the next migration.

    :param models: those that it is about, each ``provider/name``; they make up the file's name
    """
    verb, data_migration, purpose = kind.value
    number = (MigrationAutodetector.parse_number(to.last) or 0) + 1
    first, *others = models
    more = f" and {len(others)} more" if others else ""
    about = re.sub(r"[^a-z0-9]+", "_", f"{first}{more}".lower()).strip("_")
    full_name = f"{number:04}_{verb}_{about}"
    dependencies = "\n".join(f'        ("{app}", "{last}"),' for app, last in ((to.app, to.last), *to.besides))
    code = TEMPLATE.format(dependencies=dependencies, purpose=purpose, data_migration=data_migration)
    changes = [FileChange(to.path / f"{full_name}.py", before=None, after=code.encode())]
    if to.has_head:
        head = to.path / HEAD
        changes.append(FileChange(head, before=head.read_bytes(), after=f"{full_name}\n".encode()))
    return tuple(changes)
