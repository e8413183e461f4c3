"""``llm_models references``: where apps say that models are stored, and where else the data has some."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from rich.table import Table

from model_retirement import readiness
from model_retirement.catalogue import view as catalogue
from model_retirement.catalogue.view import CatalogueError
from model_retirement.data_migrations import arguments
from model_retirement.data_migrations.arguments import on_database
from model_retirement.data_migrations.project_command import ProjectCommand
from model_retirement.management.presenters import references as presenter
from model_retirement.reference_scan import report
from model_retirement.reference_scan.declared import Declared, declared
from model_retirement.references import registry

HELP = "Show where apps say that models are stored; with --scan, where the data has models and no app says so."


def add_arguments(parser: ArgumentParser) -> None:
    """Take ``--scan``, the database, and how to tell of it."""
    parser.add_argument(
        "--scan",
        action="store_true",
        help="instead: read all tables, and show the places that hold ids or names of models and that no app declares",
    )
    arguments.add_database(parser)
    parser.add_argument("--format", choices=["text", "json"], default="text", help="what to print on stdout")
    parser.add_argument("--exit-code", action="store_true", help="with --scan: exit status 1 if there is such a place")


def run(*, options: dict[str, Any], command: ProjectCommand) -> None:
    """Print what is declared, or what is not.

    :raises CommandError: if options exclude each other, the catalogue cannot be read, migrations wait, or, with
        ``--exit-code``, if there is something undeclared
    """
    if options["scan"]:
        _run_scan(options=options, command=command)
        return
    if options["exit_code"]:
        raise CommandError("--exit-code is about what a scan finds: give --scan, too.")
    references, ignored = declared(registry), report.ignored_places(registry)
    if options["format"] == "json":
        command.stdout.write(json.dumps(presenter.declared_as_json(references, ignored), indent=1))
        return
    command.console.print(_as_table(references))
    command.write_lines(presenter.ignored_lines(ignored))


def _run_scan(*, options: dict[str, Any], command: ProjectCommand) -> None:
    using = options["database"]
    if not readiness.is_ready(using=using):
        raise CommandError(f"Migrations are not applied. Run `python manage.py migrate{on_database(using)}` first.")
    try:
        scan = report.scan(registry=registry, catalogue=catalogue.load(), using=using)
    except CatalogueError as error:
        raise CommandError(str(error)) from error
    if options["format"] == "json":
        command.stdout.write(json.dumps(presenter.scan_as_json(scan, database=using), indent=1))
    else:
        command.write_lines(presenter.scan_lines(scan, database=using))
    if options["exit_code"] and scan.undeclared:
        raise CommandError(f"{presenter.summary(scan, database=using)} Declare each, or ignore it with a reason.")


def _as_table(references: list[Declared]) -> Table:
    table = Table(box=None, pad_edge=False)
    for title in ("Place", "Kind", "Found by", "Concerns"):
        table.add_column(title, overflow="fold")
    for reference in references:
        concerns = ", ".join(reference.resources) or "nobody: goes with its model"
        table.add_row(reference.place, reference.kind, presenter.found_by(reference), concerns)
    return table
