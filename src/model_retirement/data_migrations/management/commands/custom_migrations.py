"""``custom_migrations``: what data migrations there are here, what became of them, and by hand what migrate does."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterable
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.core.serializers.json import DjangoJSONEncoder
from rich.table import Table

from model_retirement.data_migrations import arguments, neutral, past_records, pending, records, remarks, run_once
from model_retirement.data_migrations import presenter as record_words
from model_retirement.data_migrations.failures import DataMigrationFailed
from model_retirement.data_migrations.models import CustomMigration
from model_retirement.data_migrations.options import in_words
from model_retirement.data_migrations.past_records import PastTable
from model_retirement.data_migrations.project_command import ProjectCommand, subcommands, typed


class Command(ProjectCommand):
    """Words around the records of data migrations."""

    help = "Lists, shows, runs, marks and unmarks data migrations, and imports the records of another framework."

    def add_arguments(self, parser: CommandParser) -> None:
        add = subcommands(parser, dest="action", metavar="ACTION")
        listing = _action(add, "list", "what there is and what became of it")
        listing.add_argument("--name", default="", metavar="TEXT", help="only names that contain this")
        listing.add_argument("--status", choices=CustomMigration.Status.values, help="only this status")
        show = _action(add, "show", "one of them with its attempts")
        run = _action(add, "run", "run what waits, in the order in which it was asked for, or one")
        mark = _action(add, "mark", "record one as applied without doing it")
        unmark = _action(add, "unmark", "set one back to pending, so that the next run does it again")
        importing = _action(add, "import", "take over the records of a table that a framework of your own has kept")
        importing.add_argument("label", metavar="APP.MODEL", help="its model, such as data_migrations.CustomMigration")
        importing.add_argument("--name", default="name", metavar="FIELD", help="its field of the name (%(default)s)")
        importing.add_argument(
            "--applied-at", default="applied_at", metavar="FIELD", help="its field of the time (%(default)s)"
        )
        importing.add_argument("--dry-run", action="store_true", help="show what would be imported; writes nothing")
        for reader in (listing, show):
            reader.add_argument("--format", choices=["text", "json"], default="text", help="what to print")
        for named in (show, mark, unmark):
            named.add_argument("name", metavar="NAME")
        run.add_argument("name", metavar="NAME", nargs="?")

    def handle(self, *, action: str, database: str, **options: Any) -> None:
        if not pending.has_records(using=database):
            raise CommandError(f"Database {database} has no tables for data migrations yet. Run `migrate` first.")
        actions: dict[str, Callable[..., None]] = {
            "list": self.list,
            "show": self.show,
            "run": self.run,
            "mark": self.mark,
            "unmark": self.unmark,
            "import": self.take_over,
        }
        try:
            actions[action](using=database, **options)
        except (records.UnknownName, run_once.HeldByAnother, DataMigrationFailed) as error:
            raise CommandError(str(error)) from error

    def list(self, *, using: str, name: str, status: str | None, format: str, **_options: Any) -> None:  # noqa: A002  # the option's name
        """Print the records that match."""
        remarked = remarks.names(using=using)
        shown: set[str] = set()
        printed = False
        for page in records.pages(text=name, status=status, using=using):
            shown.update(remarked & {record.name for record in page})
            self._print_page(page, format=format, is_first=not printed)
            printed = True
        if format == "json":
            self.stdout.write("]" if printed else "[]")
        elif not printed:
            self.stdout.write(
                "No data migrations match." if name or status else "No data migration has been asked for here."
            )
        # A document has no room for it, and what is wrong must not depend on the format.
        out = self.stderr if format == "json" else self.stdout
        for line in remarks.lines(names=shown, using=using):
            out.write(line)

    def _print_page(self, page: Iterable[records.Record], *, format: str, is_first: bool) -> None:  # noqa: A002  # the option's name
        if format == "text":
            self.console.print(_table(page, with_titles=is_first))
            return
        for number, record in enumerate(page):
            before = "[" if is_first and number == 0 else ","
            self.stdout.write(before + json.dumps(dataclasses.asdict(record), cls=DjangoJSONEncoder))

    def show(self, *, using: str, name: str, format: str, **_options: Any) -> None:  # noqa: A002  # the option's name
        """Print one record with its attempts."""
        details = records.describe(name=name, using=using)
        if format == "json":
            self._print_json(dataclasses.asdict(details))
        else:
            self.write_lines(record_words.lines(details))

    def run(self, *, using: str, name: str | None, verbosity: int, **_options: Any) -> None:
        """Run one data migration, or all that wait."""
        options = {"verbosity": verbosity, "stdout": self.stdout, "stderr": self.stderr}
        by = typed.get() or "custom_migrations run"
        if name is not None:
            pending.run(name=records.known_name(name=name, using=using), using=using, triggered_by=by, **options)
        elif not pending.run_pending(using=using, triggered_by=by, **options):
            self.stdout.write("No data migration waits.")

    def mark(self, *, using: str, name: str, **_options: Any) -> None:
        """Record one as not needed here."""
        record = records.known_name(name=name, using=using)
        try:
            run_once.mark(name=record, triggered_by=f"custom_migrations mark {name}", using=using)
        except run_once.AlreadyApplied as done:
            self.stdout.write(str(done))
        else:
            self.stdout.write(f"{record} is marked as applied; nothing was done.")

    def unmark(self, *, using: str, name: str, **_options: Any) -> None:
        """Set one back to pending."""
        details = records.describe(name=name, using=using)
        run_once.unmark(name=details.name, triggered_by=f"custom_migrations unmark {name}", using=using)
        with_options = f" with {in_words(details.options)}" if details.options else ""
        self.write_lines(
            [f"{details.name} is pending; the next `migrate` or `custom_migrations run` does it{with_options}."]
        )

    def take_over(self, *, using: str, label: str, name: str, applied_at: str, dry_run: bool, **_options: Any) -> None:
        """Import the records of a host's own table."""
        table = PastTable(label, name=name, applied_at=applied_at)
        report = past_records.take_over(table=table, source=table.model(), using=using, dry_run=dry_run)
        self.write_lines(record_words.import_lines(report, dry_run=dry_run, names=True))

    def _print_json(self, document: Any) -> None:
        self.stdout.write(json.dumps(document, indent=2, cls=DjangoJSONEncoder))


def _action(add: Callable[..., CommandParser], name: str, text: str) -> CommandParser:
    parser = add(name, help=text, description=text)
    arguments.add_database(parser)
    return parser


def _table(migrations: Iterable[records.Record], *, with_titles: bool) -> Table:
    table = Table(box=None, pad_edge=False, show_header=with_titles)
    for title in ("Name", "Status", "Applied at (UTC)", "Requested by"):
        table.add_column(title, overflow="fold")
    table.add_column("Runs", justify="right")
    for record in migrations:
        table.add_row(
            record.name,
            record.status,
            record_words.moment(record.applied_at),
            neutral.terminal(record.requested_by),
            str(record.runs),
        )
    return table
