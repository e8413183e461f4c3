"""``llm_models removals``: what removals there were, and how each is undone or finished."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Iterable
from typing import Any

from django.core.management.base import CommandError

from model_retirement.data_migrations import arguments
from model_retirement.data_migrations.project_command import ProjectCommand
from model_retirement.management.presenters import summary as summary_words
from model_retirement.references import registry
from model_retirement.removal import summaries
from model_retirement.removal.summaries import RemovalSummary, UnknownRemoval

HELP = "List removals, newest first: number, state, when, by whom, models, references, e-mails, and how to undo each."


def add_arguments(parser: ArgumentParser) -> None:
    """Take the number of a removal, the database and ``--format``."""
    parser.add_argument(
        "run", nargs="?", type=arguments.removal_number, metavar="RUN", help="only this removal, with all its models"
    )
    parser.add_argument("--format", choices=["text", "json"], default="text", help="what to print on stdout")
    arguments.add_database(parser)


def run(*, options: dict[str, Any], command: ProjectCommand) -> None:
    """Print all removals, or one.

    :raises CommandError: if there is no removal of that number
    """
    as_json, using = options["format"] == "json", options["database"]
    if options["run"] is None:
        removals = summaries.summarise(registry=registry, using=using)
        _print_json(removals, command, using=using) if as_json else _print(removals, command, using=using)
        return
    try:
        removal = summaries.summary_of(run_id=options["run"], registry=registry, using=using)
    except UnknownRemoval as error:
        raise CommandError(str(error)) from error
    if as_json:
        command.stdout.write(json.dumps(summary_words.as_json(removal, using=using), indent=1))
    else:
        command.write_lines(summary_words.lines(removal, in_full=True, using=using))


def _print(removals: Iterable[RemovalSummary], command: ProjectCommand, *, using: str) -> None:
    number = 0
    for number, removal in enumerate(removals, start=1):
        lines = summary_words.lines(removal, in_full=False, using=using)
        command.write_lines([*([""] if number > 1 else []), *lines])
    if not number:
        command.stdout.write("No removals here yet.")


def _print_json(removals: Iterable[RemovalSummary], command: ProjectCommand, *, using: str) -> None:
    """Print one document without holding it."""
    separator = "["
    for removal in removals:
        command.stdout.write(
            f"{separator}\n{json.dumps(summary_words.as_json(removal, using=using), indent=1)}", ending=""
        )
        separator = ","
    command.stdout.write("[]" if separator == "[" else "\n]")
