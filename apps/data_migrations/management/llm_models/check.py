"""``llm_models check``: the findings of the lint."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.management.base import CommandError

from apps.service_providers.llm_service import catalogue

if TYPE_CHECKING:
    from argparse import ArgumentParser

    from apps.data_migrations.management.project_command import ProjectCommand

HELP = "Print what is wrong with the catalogue; exit status 1 if there are errors."


def add_arguments(parser: ArgumentParser) -> None:
    """Take no options."""


def run(*, options: dict[str, Any], command: ProjectCommand) -> None:  # noqa: ARG001  every subcommand is called alike
    """Print the findings, one a line.

    :raises CommandError: if there are errors among them.
    """
    findings = catalogue.read().problems()
    for finding in findings:
        command.stdout.write(f"{finding.level} {finding.id}: {finding}")
    errors = sum(finding.level == "error" for finding in findings)
    if errors:
        raise CommandError(f"The catalogue has {errors} error{'s' if errors > 1 else ''}; see default_models.py.")
    if not findings:
        command.stdout.write("Nothing is wrong with the catalogue.")
