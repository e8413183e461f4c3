"""What ``llm_models deprecate`` and ``llm_models retire`` have in common: their refusals and their words."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from model_retirement import conf
from model_retirement.authoring import migration_file
from model_retirement.authoring.edits import Edit, EditRefused, Entry
from model_retirement.authoring.file_changes import ChangedMeanwhile, write_all
from model_retirement.authoring.migration_file import MigrationFolder, NoLastMigration
from model_retirement.authoring.source import NotWrittenPlainly
from model_retirement.catalogue.view import CatalogueError
from model_retirement.data_migrations.project_command import ProjectCommand
from model_retirement.management.presenters.diffs import print_diff


def carry_out(
    edit: Callable[[Path, MigrationFolder], Edit[Entry]],
    *,
    summary: Callable[[Edit[Entry]], Iterable[str]],
    options: dict[str, Any],
    command: ProjectCommand,
) -> None:
    """Make an edit and write it, or with ``--dry-run`` print it as a diff.

    :param edit: makes it of ``default_models.py`` and the folder of migrations
    :param summary: what to print when it is written
    :raises CommandError: if it is refused; nothing is written then
    """
    try:
        made = edit(Path(str(conf.catalogue().__file__)).resolve(), migration_file.folder())
        if not options["dry_run"]:
            write_all(made.changes)
    except (CatalogueError, ChangedMeanwhile, EditRefused, NoLastMigration, NotWrittenPlainly) as error:
        raise CommandError(str(error)) from error
    except OSError as error:
        raise CommandError(f"Nothing was written: {error}.") from error
    # A diff is for `git apply` as well, so what else there is to say goes to stderr.
    for finding in made.warnings:
        command.stderr.write(f"{finding.level} {finding.id}: {finding}", command.style.WARNING)
    changes = sorted(made.changes, key=lambda change: change.path)
    if options["dry_run"]:
        print_diff(changes, command=command)
        command.stderr.write("Nothing was changed: this was a dry run.", str)
        return
    command.stdout.write("\n".join(summary(made)))
    command.stdout.write("Written:")
    for change in changes:
        command.stdout.write(f"  {change.name(root=conf.project_folder())}")
