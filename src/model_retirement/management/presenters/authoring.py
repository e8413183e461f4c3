"""What the subcommands that edit the catalogue have in common: their refusals and their words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from model_retirement import conf
from model_retirement.authoring import migration_file
from model_retirement.authoring.edits import Edit, EditRefused, Entry
from model_retirement.authoring.file_changes import ChangedMeanwhile, write_all
from model_retirement.authoring.migration_file import MigrationFolder, NoLastMigration
from model_retirement.authoring.source import NotWrittenPlainly
from model_retirement.catalogue import lifecycle
from model_retirement.catalogue.entries import CatalogueModel
from model_retirement.catalogue.view import CatalogueError
from model_retirement.data_migrations import neutral
from model_retirement.data_migrations.project_command import ProjectCommand
from model_retirement.management.presenters.diffs import print_diff


def carry_out(
    edit: Callable[[Path, MigrationFolder], Edit[Entry]],
    *,
    summary: Callable[[Edit[Entry]], Iterable[str]],
    remarks: Sequence[str] = (),
    options: dict[str, Any],
    command: ProjectCommand,
) -> None:
    """Make an edit and write it, or with ``--dry-run`` print it as a diff.

    :param edit: makes it of ``default_models.py`` and the folder of migrations; it may have nothing to change
    :param summary: what to print when it is written, or when there is nothing to write
    :param remarks: what to print in any case
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
        lines = [*remarks, *([] if changes else summary(made)), "Nothing was changed: this was a dry run."]
        command.stderr.write("\n".join(map(neutral.terminal, lines)), str)
        return
    command.write_lines([*remarks, *summary(made)])
    if changes:
        command.stdout.write("Written:")
    for change in changes:
        command.stdout.write(f"  {change.name(root=conf.project_folder())}")


def deprecations(edit: Edit[CatalogueModel]) -> Iterator[str]:
    """Yield what became of each model that was to be deprecated, and what to do now."""
    today = lifecycle.utc_today()
    for model in edit.models:
        words = lifecycle.of(model, today=today).words
        state = f"is deprecated in the catalogue{' and ' if words else ''}{words}"
        yield f"{model.provider}/{model.name} {state}; {model.replacement or 'nothing'} is to replace it."
    for name in edit.unchanged:
        yield f"{name} stays as it is: the catalogue says this already."
    yield "Commit what was written; `migrate` then refuses new use and tells the teams concerned."
