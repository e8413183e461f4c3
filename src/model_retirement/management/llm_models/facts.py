"""``llm_models facts``: writes what feeds say of the catalogue's models into ``model_facts.json`` beside it."""

from __future__ import annotations

import argparse
import datetime as dt
import json
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from model_retirement import conf
from model_retirement.authoring import facts_edit
from model_retirement.authoring.facts_edit import FactsEdit, FactsRefused
from model_retirement.authoring.file_changes import ChangedMeanwhile, write_all
from model_retirement.catalogue.lifecycle import utc_today
from model_retirement.catalogue.view import CatalogueError
from model_retirement.data_migrations import arguments
from model_retirement.data_migrations.project_command import ProjectCommand
from model_retirement.feeds.rows import Feed, FeedError
from model_retirement.management.llm_models import feed_arguments
from model_retirement.management.presenters import facts as presenter
from model_retirement.management.presenters.diffs import print_diff

HELP = "Write kinds, prices, limits and capabilities that feeds know of the models into model_facts.json."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take the feeds, the day of their prices, and how to tell of it."""
    feed_arguments.add_arguments(parser, feed="a feed, as JSON; of several the first that says a fact counts")
    parser.add_argument(
        "--as-of",
        type=arguments.day,
        metavar="DATE",
        help="the day of the prices (default: the newest day that a feed names itself, else today, in UTC)",
    )
    parser.add_argument("--dry-run", action="store_true", help="print the change as a diff; writes nothing")
    parser.add_argument("--format", choices=["text", "json"], default="text", help="what to print on stdout")


def run(*, options: dict[str, Any], command: ProjectCommand) -> None:
    """Write the file, or show what would be written.

    :raises CommandError: if a feed or the catalogue cannot be used, or the file cannot be written
    """
    today = utc_today()
    if options["as_of"] and options["as_of"] > today:
        raise CommandError(f"--as-of {options['as_of']} has not come yet. Give the day on which the prices were read.")
    try:
        feeds = feed_arguments.read(options)
        days = [_day(feed, as_of=options["as_of"], today=today) for feed in feeds]
        file = Path(str(conf.catalogue().__file__)).resolve()
        made = facts_edit.edit(feeds=feeds, days=days, today=today, file=file)
        if made.change and not options["dry_run"]:
            write_all([made.change])
    except (CatalogueError, ChangedMeanwhile, FactsRefused, FeedError) as error:
        raise CommandError(str(error)) from error
    except OSError as error:
        raise CommandError(f"Nothing was written: {error}.") from error
    _tell(made, feeds=feeds, days=days, options=options, command=command)


def _day(feed: Feed, *, as_of: dt.date | None, today: dt.date) -> dt.date:
    return as_of or (feed.as_of if feed.as_of and feed.as_of <= today else today)


def _tell(
    made: FactsEdit, *, feeds: list[Feed], days: list[dt.date], options: dict[str, Any], command: ProjectCommand
) -> None:
    written = None if options["dry_run"] or made.change is None else made.change
    if options["format"] == "json":
        path = written.path if written else None
        document = presenter.document(made, feeds=feeds, days=days, written=path)
        command.stdout.write(json.dumps(document, default=str, indent=1))
        return
    report = presenter.lines(made, feeds=feeds, days=days, verbose=options["verbosity"] > 1)
    if options["dry_run"]:
        # A diff is for `git apply` as well, so what else there is to say goes to stderr.
        print_diff([made.change] if made.change else [], command=command)
        command.stderr.write("\n".join([*report, "Nothing was changed: this was a dry run."]), str)
    else:
        command.write_lines(report)
    for finding in made.findings:
        command.stderr.write(f"{finding.level} {finding.id}: {finding}", command.style.WARNING)
    if written:
        command.stdout.write(f"Written: {written.name(root=conf.project_folder())}")
