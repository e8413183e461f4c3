"""``llm_models deprecate``: marks a model of the catalogue as deprecated, and writes the migration for it."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from model_retirement.data_migrations import arguments
from model_retirement.data_migrations.project_command import ProjectCommand
from model_retirement.management.llm_models import edit_arguments

if TYPE_CHECKING:
    from model_retirement.authoring.edits import Edit

HELP = "Deprecate a model: edit default_models.py and write the migration that tells the teams that use it."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take the model, its replacement and its date, and ``--dry-run``."""
    edit_arguments.add_arguments(parser)
    parser.add_argument(
        "--retires-on", type=arguments.day, metavar="YYYY-MM-DD", help="the day on which the provider switches it off"
    )


def run(*, options: dict[str, Any], command: ProjectCommand) -> None:
    """Edit and write, or show the edit.

    :raises CommandError: if the edit is refused
    """
    # libcst comes with an extra: the other subcommands do without it.
    from model_retirement.authoring import edits  # noqa: PLC0415  (libcst is in an extra)
    from model_retirement.management.presenters import authoring  # noqa: PLC0415  (libcst is in an extra)

    authoring.carry_out(
        lambda file, migrations: edits.deprecate(
            model=options["model"],
            replacement=options["replacement"],
            retires_on=options["retires_on"],
            today=timezone.now().date(),
            file=file,
            migrations=migrations,
        ),
        summary=partial(_summary, options["model"]),
        options=options,
        command=command,
    )


def _summary(model: str, edit: Edit) -> Iterator[str]:
    yield f"{model} is deprecated in the catalogue; {edit.replacement or 'nothing'} is to replace it."
    yield "Commit what was written; `migrate` then refuses new use and tells the teams that use it."
