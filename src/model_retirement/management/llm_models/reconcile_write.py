"""``llm_models reconcile --write``: what sources say for sure is written into the catalogue, with the migration for it."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.core.management.base import CommandError

from model_retirement.catalogue import lifecycle
from model_retirement.catalogue.lifecycle import State
from model_retirement.catalogue.view import Catalogue
from model_retirement.data_migrations.project_command import ProjectCommand
from model_retirement.feeds.reconcile import Comparison
from model_retirement.management.llm_models import edit_arguments
from model_retirement.management.presenters import reconcile as presenter

if TYPE_CHECKING:
    from model_retirement.authoring.edits import Edit
    from model_retirement.authoring.firm_findings import FirmFindings
    from model_retirement.catalogue.entries import CatalogueModel


def add_arguments(parser: ArgumentParser) -> None:
    """Take ``--write`` and what goes with it."""
    parser.add_argument(
        "--write",
        action="store_true",
        help="write what is sure into default_models.py, with its migration: deprecated, the day, the source",
    )
    parser.add_argument(
        "--replacements",
        action="store_true",
        help="with --write: also the first successor that a source names, where the catalogue has it",
    )
    edit_arguments.add_dry_run(parser)


def validate_options(options: dict[str, Any]) -> None:
    """Return if the options go together.

    :raises CommandError: if not
    """
    if not options["write"]:
        for option in ("replacements", "dry_run"):
            if options[option]:
                raise CommandError(f"--{option.replace('_', '-')} is for --write: without it, nothing is written.")
    elif options["format"] == "json" or options["exit_code"]:
        other = "--format json" if options["format"] == "json" else "--exit-code"
        raise CommandError(f"--write and {other} exclude each other. Make two calls.")


def run(comparison: Comparison, *, catalogue: Catalogue, options: dict[str, Any], command: ProjectCommand) -> None:
    """Edit and write, or show the edit.

    :raises CommandError: if the edit is refused
    """
    # libcst comes with an extra: to compare takes none.
    from model_retirement.authoring import announcements, firm_findings  # noqa: PLC0415  (libcst is in an extra)
    from model_retirement.management.presenters import authoring  # noqa: PLC0415  (libcst is in an extra)

    today = lifecycle.utc_today()
    firm = firm_findings.read(comparison, catalogue=catalogue, with_replacements=options["replacements"], today=today)

    def summary(edit: Edit[CatalogueModel]) -> Iterator[str]:
        if not edit.models:
            yield "Nothing to write: the catalogue says all that the sources say for sure."
            return
        yield from authoring.deprecations(edit)
        retired = [model for model in edit.models if lifecycle.state(model, today=today) is State.RETIRED]
        if retired:
            yield f"Retired already: {len(retired)}. Without --write, this command ends with those that take them out."

    authoring.carry_out(
        lambda file, migrations: announcements.announce(
            announcements=firm.announcements, today=today, file=file, migrations=migrations
        ),
        summary=summary,
        remarks=[*presenter.source_lines(comparison), *_left_out(firm)],
        options=options,
        command=command,
    )


def _left_out(firm: FirmFindings) -> list[str]:
    lines = [f"  {left_out.model}: {left_out.reason}" for left_out in firm.left_out]
    return ["Left out, for a person to decide:", *lines] if lines else []
