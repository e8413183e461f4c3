"""``prune_history``: take away old journals of removals and the addresses of old e-mails."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import Error

from model_retirement import history
from model_retirement.data_migrations.commands import explain
from model_retirement.history import RESTORABLE_DAYS, PruneReport
from model_retirement.management.host_command import HostCommand
from model_retirement.management.presenters import together
from model_retirement.management.presenters.shards import Documents
from model_retirement.management.several import SeveralDatabases
from model_retirement.numbers import whole_number
from model_retirement.wording import english_count, first_of

MOST_DAYS = 36_500
"""A hundred years; a database's calendar ends somewhere."""


class Command(HostCommand, SeveralDatabases):
    """Words around :func:`model_retirement.history.prune`."""

    help = (
        "Takes away the journals of old removals, which can then not be restored any more, and the addresses of old"
        f" e-mails. Journals stay for {RESTORABLE_DAYS} days at least. Safe to run often, and in many places at once."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--older-than",
            type=_days,
            metavar="DAYS",
            required=True,
            help="age in days of what goes, counted from its end",
        )
        parser.add_argument("--dry-run", action="store_true", help="show what would go; writes nothing")
        parser.add_argument("--format", choices=["text", "json"], default="text", help="what to print on stdout")
        self.add_database(parser)

    def merged(self, documents: Documents) -> dict[str, Any]:
        return together.pruning(documents)

    def handle_database(self, *, database: str, **options: Any) -> None:
        dry_run = options["dry_run"]
        work = history.preview if dry_run else history.prune
        try:
            done = work(days=options["older_than"], using=database)
        except Error as error:
            raise CommandError(explain(error, command="prune_history", using=database)) from error
        if options["format"] == "json":
            self.stdout.write(json.dumps(as_json(done, dry_run=dry_run), indent=1))
            return
        if options["verbosity"] > 0:
            self.write_lines(as_lines(done, dry_run=dry_run))
        self.hand_over(
            totals={
                "journals": len(done.runs),
                "journal_rows": done.journal_rows,
                "emails_pruned": done.messages,
            },
            emails=None,
        )


def as_json(done: PruneReport, *, dry_run: bool) -> dict[str, Any]:
    """Return what was pruned as one JSON document."""
    return {
        "dry_run": dry_run,
        "emails_older_than_days": done.days,
        "journals_older_than_days": done.journal_days,
        "removals": list(done.runs),
        "journal_rows": done.journal_rows,
        "emails": done.messages,
        "kept": {"restorable_removals": done.kept_restorable, "unfinished_removals": list(done.kept_unfinished)},
    }


def as_lines(done: PruneReport, *, dry_run: bool) -> Iterator[str]:
    """Yield what was pruned, for people."""
    if done.runs:
        yield (
            f"{'Would prune' if dry_run else 'Pruned'} the journal of {_named(done.runs)},"
            f" {english_count('row', done.journal_rows)}: no restore is possible without it."
        )
    if done.messages:
        yield f"{'Would prune' if dry_run else 'Pruned'} the addresses of {english_count('e-mail', done.messages)}."
    if not done.runs and not done.messages:
        yield "There is nothing to prune."
    if done.days < RESTORABLE_DAYS:
        yield (
            f"Kept: journals of the last {RESTORABLE_DAYS} days, which a restore may need"
            f" ({english_count('removal', done.kept_restorable)} older than {english_count('day', done.days)})."
        )
    if done.kept_unfinished:
        yield f"Kept: the journal of {_named(done.kept_unfinished)}, not ended or just being restored."
    if dry_run:
        yield ""
        yield "Nothing was changed: this was a dry run."


def _named(runs: Sequence[int]) -> str:
    return f"{'removal' if len(runs) == 1 else 'removals'} {first_of(runs)}"


def _days(text: str) -> int:
    number = whole_number(text, most=MOST_DAYS)
    if not number:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of days, 1 to {MOST_DAYS}")
    return number
