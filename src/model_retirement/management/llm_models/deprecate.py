"""``llm_models deprecate``: marks models of the catalogue as deprecated, and writes the migration for it."""

from __future__ import annotations

import argparse
from typing import Any

from model_retirement.catalogue import lifecycle
from model_retirement.data_migrations.project_command import ProjectCommand
from model_retirement.management.llm_models import edit_arguments

HELP = (
    "Deprecate models, or change the day or the replacement of deprecated ones: edit default_models.py and write the"
    " migration that tells the teams that use them."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take the models, their replacement and their day, and ``--dry-run``."""
    edit_arguments.add_arguments(parser)


def run(*, options: dict[str, Any], command: ProjectCommand) -> None:
    """Edit and write, or show the edit.

    :raises CommandError: if the edit is refused
    """
    # libcst comes with an extra: the other subcommands do without it.
    from model_retirement.authoring import announcements  # noqa: PLC0415  (libcst is in an extra)
    from model_retirement.management.presenters import authoring  # noqa: PLC0415  (libcst is in an extra)

    authoring.carry_out(
        lambda file, migrations: announcements.deprecate(
            models=options["models"],
            replacement=options["replacement"],
            retires_on=options["retires_on"] or options["not_before"],
            is_earliest=options["not_before"] is not None,
            today=lifecycle.utc_today(),
            file=file,
            migrations=migrations,
        ),
        summary=authoring.deprecations,
        options=options,
        command=command,
    )
