"""What this project's commands have in common, and the base of those that are data migrations."""

from __future__ import annotations

import argparse
import math
import shlex
import sys
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from django.core.management.base import CommandError, CommandParser
from django.db import DEFAULT_DB_ALIAS, DatabaseError, Error, connections, transaction
from django_rich.management import RichCommand
from rich.console import Console

from apps.data_migrations import run_once
from apps.data_migrations.connection_loss import drop_if_lost
from apps.data_migrations.management import arguments
from apps.data_migrations.management.logged_stderr import LoggedStderr
from apps.data_migrations.models import CustomMigration
from apps.data_migrations.pending import has_records

T = TypeVar("T")

UNLIMITED_WIDTH = 100_000


class ProjectCommand(LoggedStderr, RichCommand):
    """A command that answers a wrong command line as it answers any other refusal: with one line, exit status 1.

    ``self.console`` prints tables and progress. Off a terminal it neither cuts nor wraps nor colours.
    """

    # A command checks what concerns it and says so in one line; the checks report every finding with a hint.
    requires_system_checks: list[str] = []

    command_line = ""
    """What was typed after ``manage.py``; empty if the command was called from code."""

    def make_rich_console(self, **kwargs: Any) -> Console:
        console = super().make_rich_console(markup=False, highlight=False, emoji=False, **kwargs)
        if not console.is_terminal:
            console.width = UNLIMITED_WIDTH
        return console

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        # The parser then raises CommandError instead of printing its usage and exiting with status 2.
        self._called_from_command_line = False
        return super().create_parser(prog_name, subcommand, allow_abbrev=False, **kwargs)

    def run_from_argv(self, argv: list[str]) -> None:
        self.command_line = shlex.join(argv[1:])
        try:
            super().run_from_argv(argv)
        except (CommandError, DatabaseError) as error:
            if "--traceback" in argv:
                raise
            self.stderr.write(f"CommandError: {_in_one_line(error, command=argv[1])}")
            sys.exit(getattr(error, "returncode", 1))
        except KeyboardInterrupt:
            self.stderr.write("CommandError: Stopped. What was committed stays; run it again for the rest.")
            sys.exit(1)


class IdempotentCommand(ProjectCommand):
    """A data migration: work on rows that is done once per environment and recorded as a ``CustomMigration``.

    A subclass says what the work is in ``perform_migration``; claim, record, waiting and signals are done here.
    Before it is called, ``self.attempt`` is the claimed attempt (None in a dry run), ``self.database`` the alias and
    ``self.options`` the parsed options. A command whose work comes in units records them with
    ``run_once.record_units``, takes ``--only UNIT`` and overrides ``fake``.
    """

    migration_name: str
    """The name of the record: the command's own name, so that a record leads to its command."""
    atomic = True
    """The work is one transaction, with its record; otherwise it renews ``self.attempt`` in each of its own."""
    repeatable = False
    """A new request of a finished one means that it runs again, and by hand it runs whenever it is called."""

    stealth_options = ("triggered_by", "pending_only", "migration_model")

    attempt: run_once.Attempt | None = None
    database: str = DEFAULT_DB_ALIAS
    options: dict[str, Any]

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="show what would be done; writes nothing")
        parser.add_argument("--force", action="store_true", help="do it also if it was done before")
        parser.add_argument("--fake", action="store_true", help="record it as done without doing it")
        arguments.add_database(parser)
        parser.add_argument(
            "--wait",
            type=_seconds,
            metavar="SECONDS",
            help="how long to wait for another process that is at it; 0 gives up at once (default: until it is done)",
        )

    def refuse_bad_input(self) -> None:
        """Check what a person typed, before anything is claimed: a failed attempt would be tried again by ``migrate``.

        :raises CommandError: if the work cannot be done as it was typed
        """

    def perform_migration(self, dry_run: bool = False) -> Mapping[str, int] | None:
        """Do the work, or with ``dry_run`` say what would be done.

        :return: what was done, by kind; it is recorded and printed as one line. None if the work fills
            ``self.attempt.counts`` and does its own printing.
        """
        raise NotImplementedError("subclasses of IdempotentCommand must provide a perform_migration() method")

    def fake(self) -> None:
        """Record the work as done without doing it; a command whose work comes in units records those."""
        run_once.mark(name=self.migration_name, triggered_by=self.triggered_by, using=self.database)
        self._say(f"{self.migration_name} is marked as applied; nothing was done.")

    @property
    def triggered_by(self) -> str:
        """What started this run, for people."""
        return self.options.get("triggered_by") or self.command_line or self.migration_name

    def handle(self, **options: Any) -> None:
        self.options = options
        self.database = options["database"]
        self.attempt = None
        if options["fake"] and options["dry_run"]:
            raise CommandError("--fake and --dry-run exclude each other: give one of them.")
        try:
            if options["dry_run"]:
                self._preview()
            elif options["fake"]:
                self.fake()
            else:
                self._run()
        except run_once.AlreadyApplied as done:
            self._say(str(done))
        except (run_once.HeldByAnother, run_once.LeaseLost) as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt as error:
            raise CommandError(str(error) or "Stopped. The next run does the rest.") from error
        except DatabaseError as error:
            raise CommandError(explain(error, command=self.migration_name, using=self.database)) from error

    def _preview(self) -> None:
        # The rollback is for the author of a command whose preview writes after all.
        with transaction.atomic(using=self.database):
            self._tell("would do", self.perform_migration(dry_run=True))
            transaction.set_rollback(True, using=self.database)

    def _run(self) -> None:
        # What waits is done once, whoever gets there first; a person means what was typed.
        by_hand = not self.options.get("pending_only")
        if by_hand:
            self.refuse_bad_input()
        with run_once.attempt(
            name=self.migration_name,
            using=self.database,
            triggered_by=self.triggered_by,
            wait=self.options["wait"],
            tell=self._warn,
            force=self.options["force"] or (self.repeatable and by_hand),
            batched=not self.atomic,
            migration_model=self.options.get("migration_model") or CustomMigration,
        ) as attempt:
            self.attempt = attempt
            attempt.partial = bool(self.options.get("only"))
            try:
                counts = self._work_in_one_transaction(attempt) if self.atomic else self._work(attempt)
            except (CommandError, DatabaseError, run_once.LeaseLost):
                raise
            except Exception as error:
                raise CommandError(
                    f"{self.migration_name} failed: {type(error).__name__}: {_first_line(error)}. See "
                    f"`custom_migrations show {self.migration_name}`; the next run tries again."
                ) from error
        self._tell("applied", counts)

    def _work(self, attempt: run_once.Attempt) -> Mapping[str, int] | None:
        counts = self.perform_migration(dry_run=False)
        attempt.counts.update(counts or {})
        return counts

    def _work_in_one_transaction(self, attempt: run_once.Attempt) -> Mapping[str, int] | None:
        with transaction.atomic(using=self.database):
            attempt.renew()
            counts = self._work(attempt)
            attempt.succeed()
        return counts

    def _tell(self, what: str, counts: Mapping[str, int] | None) -> None:
        if counts is not None:
            listed = ", ".join(f"{count} {kind}" for kind, count in counts.items())
            self._say(f"{self.migration_name}: {what}: {listed or 'nothing'}.")

    def _warn(self, line: str) -> None:
        if self.options["verbosity"] > 0:
            self.stderr.write(line)

    def _say(self, line: str) -> None:
        if self.options["verbosity"] > 0:
            self.stdout.write(line)


def explain(error: Error, *, command: str, using: str) -> str:
    """Return in one line what a database has against a command."""
    drop_if_lost(using=using)  # or the question would fail, too, and hide the first failure
    if not connections[using].in_atomic_block and not has_records(using=using):
        return f"Database {using} has no tables for data migrations yet. Run `migrate` first."
    return f"{command}: the database said: {_first_line(error)}"


def send_then_tell(send: Callable[[], T], tell: Callable[[T | None], object], *, using: str) -> None:
    """Send the e-mails of a change that is made, and tell of both, whatever became of the e-mails.

    Trouble with mail is no error. A database that fails meanwhile is one, and so is being stopped, but neither must keep
    anybody from hearing what was done.

    :param tell: gets what sending returned, or None if it did not come to its end
    :param using: alias of the database
    :raises CommandError: in the end, if sending did not come to its end
    """
    cause: BaseException
    try:
        sent = send()
    except Error as error:
        drop_if_lost(using=using)
        why, cause = f", for the database said: {_first_line(error)}.", error
    except KeyboardInterrupt as stop:
        why, cause = f": {str(stop) or 'Stopped.'}", stop
    else:
        tell(sent)
        return
    tell(None)
    raise CommandError(
        f"The change itself is made and recorded. Its e-mails are not all sent{why} `send_team_notices` sends the rest."
    ) from cause


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not (math.isfinite(seconds) and seconds >= 0):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds, 0 or more")
    return seconds


def _in_one_line(error: CommandError | DatabaseError, *, command: str) -> str:
    """Return what is wrong and what to do."""
    if isinstance(error, DatabaseError):
        return (
            f"The database said: {_first_line(error)}. DATABASE_URL says which one it is; mend it and run this again."
        )
    # Django's parser puts a word of its own in front of what was wrong with the command line.
    typed, is_typed, wrong = str(error).partition("Error: ")
    return f"{wrong}. See `python manage.py {command} --help`." if is_typed and not typed else str(error)


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or ["no message"])[0]
