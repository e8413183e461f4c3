"""``send_team_notices``: deliver the e-mails that removals and restores have left in the outbox."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import Error

from model_retirement.data_migrations import arguments
from model_retirement.data_migrations.commands import explain, stopped_by
from model_retirement.management.host_command import TELLING, HostCommand
from model_retirement.management.presenters import delivery as delivery_words
from model_retirement.management.presenters import together
from model_retirement.management.presenters.shards import Documents
from model_retirement.management.several import SeveralDatabases
from model_retirement.notices import outbox
from model_retirement.notices.outbox import SendReport


class Command(HostCommand, SeveralDatabases):
    """Words around :func:`model_retirement.notices.outbox.send_pending`."""

    help = (
        "Sends the e-mails to teams that are due, and those about removals that nobody continued within an hour."
        " Safe to run often, and on many machines at once. A mail server that is down is reported, not an error."
    )
    needs = TELLING

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--limit",
            type=arguments.positive_integer,
            metavar="N",
            help="try at most so many messages of each database",
        )
        parser.add_argument("--format", choices=["text", "json"], default="text", help="what to print on stdout")
        self.add_database(parser)

    def merged(self, documents: Documents) -> dict[str, Any]:
        return together.sending(documents)

    def handle_database(self, *, database: str, **options: Any) -> None:
        try:
            done = outbox.send_pending(using=database, limit=options["limit"])
        except Error as error:
            raise CommandError(explain(error, command="send_team_notices", using=database)) from error
        except KeyboardInterrupt as error:
            raise CommandError(f"{stopped_by(error)} The next run does the rest.") from error
        if options["format"] == "json":
            self.stdout.write(json.dumps(as_json(done), indent=1))
            return
        if options["verbosity"] > 0:
            self.write_lines(as_lines(done, using=database))
        self.hand_over(
            totals={"teams_without_recipients": len(done.unreachable_teams)},
            emails=delivery_words.as_json(done.delivery),
        )


def as_json(done: SendReport) -> dict[str, Any]:
    """Return what was done as one JSON document."""
    return {
        "sent": done.delivery.sent,
        "failed": done.delivery.failed,
        "queued": done.delivery.queued,
        "gave_up": done.delivery.gave_up,
        "mail_server": done.delivery.error or None,
        "teams_without_recipients": list(done.unreachable_teams),
    }


def as_lines(done: SendReport, *, using: str) -> Iterator[str]:
    """Yield what was done, for people.

    :param using: alias of the database
    """
    lines = list(delivery_words.delivery_lines(done.delivery, using=using))
    yield from lines or ["There is nothing to send."]
    if done.unreachable_teams:
        yield "Teams without a reachable admin; tell them another way, or give them one and run this again:"
        yield from (f"  {slug}" for slug in done.unreachable_teams)
