"""``llm_models timeline``: which models go when, the text form of the admin's picture."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from model_retirement import departures
from model_retirement.catalogue import view as llm_catalogue
from model_retirement.catalogue.lifecycle import utc_today
from model_retirement.data_migrations import arguments
from model_retirement.data_migrations.project_command import ProjectCommand
from model_retirement.management.presenters import timeline as timeline_words

HELP = "Show the models that are on their way out, in the order of their days, how much they are used and what replaces them."


def add_arguments(parser: ArgumentParser) -> None:
    """Take ``--in-use``, the database and ``--format``."""
    parser.add_argument("--in-use", action="store_true", help="leave out models that nobody uses")
    parser.add_argument("--format", choices=["text", "json"], default="text", help="what to print on stdout")
    arguments.add_database(parser)


def run(*, options: dict[str, Any], command: ProjectCommand) -> None:
    """Print the models by day, with a line for today."""
    today = utc_today()
    departing = departures.find(catalogue=llm_catalogue.read(), today=today, using=options["database"])
    if options["in_use"]:
        departing = departing.in_use()
    if options["format"] == "json":
        command.stdout.write(json.dumps(timeline_words.as_json(departing), indent=1))
    elif departing.models:
        command.write_lines(timeline_words.lines(departing, today=today))
    else:
        command.stdout.write("No models match." if options["in_use"] else "No model is on its way out.")
