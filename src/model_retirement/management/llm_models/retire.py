"""``llm_models retire``: moves models from the catalogue to the removals, and writes the migration for it."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from model_retirement.data_migrations.project_command import ProjectCommand
from model_retirement.management.llm_models import edit_arguments

if TYPE_CHECKING:
    from model_retirement.authoring.edits import Edit
    from model_retirement.catalogue.declarations import Deleted

HELP = "Retire models: move them to DELETED_MODELS in default_models.py and write the migration that removes them."


def add_arguments(parser: ArgumentParser) -> None:
    """Take the models, their replacement and their day, and ``--dry-run``."""
    edit_arguments.add_arguments(parser)


def run(*, options: dict[str, Any], command: ProjectCommand) -> None:
    """Edit and write, or show the edit.

    :raises CommandError: if the edit is refused
    """
    # libcst comes with an extra: the other subcommands do without it.
    from model_retirement.authoring import removals  # noqa: PLC0415  (libcst is in an extra)
    from model_retirement.management.presenters import authoring  # noqa: PLC0415  (libcst is in an extra)

    authoring.carry_out(
        lambda file, migrations: removals.retire(
            models=options["models"],
            replacement=options["replacement"],
            retires_on=options["retires_on"] or options["not_before"],
            is_earliest=options["not_before"] is not None,
            today=timezone.now().date(),
            file=file,
            migrations=migrations,
        ),
        summary=_summary,
        options=options,
        command=command,
    )


def _summary(edit: Edit[Deleted]) -> Iterator[str]:
    for model in edit.models:
        fate = f"will move to {model.replacement}" if model.replacement else "will be cleared"
        yield f"{model.provider}/{model.name} is on the list of removals; what points at it {fate}."
    yield "`python manage.py remove_deprecated_models --dry-run -v 2` shows what that means here. Commit what was written."
