"""``llm_models reconcile``: the catalogue beside what sources say about retirements."""

from __future__ import annotations

import argparse
import json
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from model_retirement.catalogue import view as catalogue
from model_retirement.catalogue.view import Catalogue, CatalogueError
from model_retirement.data_migrations import arguments
from model_retirement.data_migrations.project_command import ProjectCommand
from model_retirement.feeds import proposals, reconcile
from model_retirement.feeds.reconcile import Comparison
from model_retirement.feeds.rows import FeedError
from model_retirement.management.llm_models import feed_arguments, reconcile_write
from model_retirement.management.presenters import reconcile as presenter
from model_retirement.numbers import whole_number

HELP = "Compare the catalogue with feeds of retirements, which are files. Only reports, unless told to write."

WITHIN_DAYS = 90
MOST_DAYS = 9_999_999
"""All days that a date can name are fewer."""
LONGEST_SHOWN = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take the feeds, the day to compare with, and what to do about findings."""
    feed_arguments.add_arguments(parser, feed="a feed, or a saved answer of a provider's list of models, as JSON")
    parser.add_argument(
        "--as-of", type=arguments.day, metavar="DATE", help="the day to compare with (default: today, in UTC)"
    )
    parser.add_argument(
        "--within",
        type=_days,
        default=WITHIN_DAYS,
        metavar="DAYS",
        help="how many days ahead a retirement is reported as due (default: %(default)s)",
    )
    parser.add_argument("--format", choices=["text", "json"], default="text", help="what to print on stdout")
    parser.add_argument("--exit-code", action="store_true", help="exit status 1 if there are findings")
    reconcile_write.add_arguments(parser)


def run(*, options: dict[str, Any], command: ProjectCommand) -> None:
    """Print what was compared and what differs, or write down what is sure.

    :raises CommandError: if a feed or the catalogue cannot be used; with ``--exit-code`` if there are findings
    """
    reconcile_write.validate_options(options)
    try:
        declared = catalogue.load()
        comparison = reconcile.compare(
            catalogue=declared,
            feeds=feed_arguments.read(options),
            as_of=options["as_of"] or timezone.now().date(),
            within=options["within"],
        )
    except (FeedError, CatalogueError) as error:
        raise CommandError(str(error)) from error
    if options["write"]:
        reconcile_write.run(comparison, catalogue=declared, options=options, command=command)
    elif options["format"] == "json":
        command.stdout.write(json.dumps(presenter.as_json(comparison), indent=1))
    else:
        _write_text(comparison, catalogue=declared, command=command)
    if options["exit_code"] and comparison.findings:
        raise CommandError(f"{presenter.summary(comparison)} Look at each, and fix default_models.py.")


def _write_text(comparison: Comparison, *, catalogue: Catalogue, command: ProjectCommand) -> None:
    proposed = proposals.propose(comparison, catalogue=catalogue)
    blocks = (
        presenter.source_lines(comparison),
        presenter.finding_lines(comparison),
        presenter.conflict_lines(comparison),
        [presenter.summary(comparison)],
        presenter.proposal_lines(proposed),
    )
    written = [block for lines in blocks if (block := list(lines))]
    for number, block in enumerate(written):
        command.write_lines([*([""] if number else []), *block])


def _days(text: str) -> int:
    number = whole_number(text, most=MOST_DAYS)
    if number is None:
        shown = text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}..."
        raise argparse.ArgumentTypeError(
            f"{shown!r} is not a number of days, 0 or more, of at most {len(str(MOST_DAYS))} digits"
        )
    return number
