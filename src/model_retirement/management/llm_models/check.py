"""``llm_models check``: the findings of the lint, and listed models that are in the table although all seems done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.management.base import CommandError
from django.db import OperationalError

from model_retirement.catalogue import view as catalogue
from model_retirement.data_migrations import arguments
from model_retirement.data_migrations.project_command import first_line
from model_retirement.removal import closing

if TYPE_CHECKING:
    from argparse import ArgumentParser

    from model_retirement.catalogue.findings import Finding
    from model_retirement.data_migrations.project_command import ProjectCommand

HELP = "Print what is wrong with the catalogue; exit status 1 if there are errors."


def add_arguments(parser: ArgumentParser) -> None:
    """Take the database."""
    arguments.add_database(parser)


def run(*, options: dict[str, Any], command: ProjectCommand) -> None:
    """Print the findings, one a line.

    :raises CommandError: if there are errors among them.
    """
    in_the_table = _in_the_table(command, using=options["database"])
    findings = [*catalogue.read().problems(), *in_the_table]
    for finding in findings:
        command.stdout.write(f"{finding.level} {finding.id}: {finding}")
    errors = sum(finding.level == "error" for finding in findings)
    if errors:
        counted = f"{errors} error{'s' if errors > 1 else ''}"
        if any(finding.level == "error" for finding in in_the_table):
            raise CommandError(f"The catalogue and the table have {counted}.")
        raise CommandError(f"The catalogue has {counted}; see default_models.py.")
    if not findings:
        command.stdout.write("Nothing is wrong with the catalogue.")


def _in_the_table(command: ProjectCommand, *, using: str) -> list[Finding]:
    try:
        return closing.findings(using=using)
    except OperationalError as error:
        # Where a release is built there may be no database.
        command.stderr.write(f"Database {using} was not looked at: {first_line(error)}")
        return []
