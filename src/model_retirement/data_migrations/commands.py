"""The base of commands that are data migrations."""

from __future__ import annotations

import contextlib
import dataclasses
import inspect
from collections.abc import Callable, Mapping
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import DatabaseError, Error, connections, transaction

from model_retirement.connection_loss import drop_if_lost
from model_retirement.data_migrations import arguments, neutral, results, run_once
from model_retirement.data_migrations.failures import RESUMES, NotDone, lacks_schema
from model_retirement.data_migrations.models import CustomMigration
from model_retirement.data_migrations.pending import has_records
from model_retirement.data_migrations.project_command import ProjectCommand, first_line, typed


@dataclasses.dataclass(frozen=True, kw_only=True)
class MigrationContext:
    """What the work of a data migration is given: where it works, how it was asked for, and its claim.

    :param using: alias of the database
    :param options: the command's options as they were parsed
    :param triggered_by: what started it, for people
    :param renew: prolongs the claim, the first statement of each transaction of batched work; nothing in a preview
    """

    using: str
    options: Mapping[str, Any]
    triggered_by: str
    renew: Callable[[], None] = lambda: None

    @property
    def verbosity(self) -> int:
        """How much to print: 0 nothing, 1 the result, 2 details as well."""
        return int(self.options["verbosity"])


class WorkIncomplete(CommandError):
    """Some of the work could not be done and the rest is: the attempt has failed, and its result is presented."""

    def __init__(self, message: str, *, result: Any) -> None:
        self.result = result
        super().__init__(message)


class IdempotentCommand(ProjectCommand):
    """A data migration: work on rows that is done once per environment and recorded as a ``CustomMigration``.

    A subclass says what the work is in ``perform_migration``; claim, record, waiting and signals are done here. One that
    needs more than to know whether it is a preview takes ``context`` as well, a :class:`MigrationContext`. What the work
    returns is recorded, and printed by ``present``. A command whose work comes in units records them with
    ``run_once.record_units``, takes ``--only UNIT`` and overrides ``fake``.
    """

    migration_name: str
    """The name of the record: the command's own name, so that a record leads to its command."""
    atomic = True
    """The work is one transaction, with its record; otherwise it calls ``context.renew`` in each of its own."""
    repeatable = False
    """A new request of a finished one means that it runs again, and by hand it runs whenever it is called."""

    stealth_options = ("triggered_by", "pending_only", "migration_model")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="show what would be done; writes nothing")
        parser.add_argument("--force", action="store_true", help="do it also if it was done before")
        parser.add_argument("--fake", action="store_true", help="record it as done without doing it")
        self.add_database(parser)
        parser.add_argument(
            "--wait",
            type=arguments.seconds,
            metavar="SECONDS",
            help="how long to wait for another process that is at it; 0 gives up at once (default: until it is done)",
        )

    def add_database(self, parser: CommandParser) -> None:
        """Take ``--database``; what :meth:`handle` is given is one alias."""
        arguments.add_database(parser)

    def validate_options(self, context: MigrationContext) -> None:
        """Check what a person typed, before anything is claimed: a failed attempt would be tried again by ``migrate``.

        :raises CommandError: if the work cannot be done as it was typed
        """

    # Any arguments: most commands take dry_run alone, some take context as well.
    def perform_migration(self, *args: Any, **kwargs: Any) -> Any:
        """Do the work and return what was done, or with ``dry_run`` return what would be done.

        The signature is ``perform_migration(self, dry_run=False)`` or ``perform_migration(self, dry_run=False, *, context)``.

        :return: counts by kind, a number of rows, a text, a report, or nothing; see ``results``
        """
        raise NotImplementedError("subclasses of IdempotentCommand must provide a perform_migration() method")

    def fake(self, context: MigrationContext) -> None:
        """Record the work as done without doing it; a command whose work comes in units records those."""
        run_once.mark(name=self.migration_name, triggered_by=context.triggered_by, using=context.using)
        self._say(f"{self.migration_name} is marked as applied; nothing was done.", context)

    def present(self, result: Any, *, dry_run: bool, context: MigrationContext) -> None:
        """Print what the work returned; called when the claim has ended, so others need not wait for it."""
        self._say(f"{self.migration_name}: {results.in_words(result, dry_run=dry_run)}", context)

    def so_far(self, context: MigrationContext) -> str:
        """Return what interrupted work has done, and how to undo it: sentences, or nothing if there is nothing to say."""
        return ""

    def handle(self, **options: Any) -> None:
        context = MigrationContext(
            using=options["database"],
            options=options,
            triggered_by=options.get("triggered_by") or typed.get() or self.migration_name,
        )
        if options["fake"] and options["dry_run"]:
            raise CommandError("--fake and --dry-run exclude each other: give one of them.")
        try:
            if options["fake"]:
                self.fake(context)
                return
            result = self._preview(context) if options["dry_run"] else self._run(context)
        except run_once.AlreadyApplied as done:
            self._say(str(done), context)
            return
        except run_once.HeldByAnother as error:
            raise CommandError(str(error)) from error
        except run_once.LeaseLost as error:
            raise NotDone(
                str(error),
                reason="another process took it over, because the lease of this one had ended. The batch in hand was"
                " rolled back",
                next_step=f"The other process does the rest; see `custom_migrations show {self.migration_name}`.",
            ) from error
        except KeyboardInterrupt as error:
            raise self._stopped(error, context) from error
        except DatabaseError as error:
            if missing := without_tables(using=context.using):
                raise CommandError(missing) from error
            raise self._refused_by_database(error, context) from error
        except WorkIncomplete as incomplete:
            self.present(incomplete.result, dry_run=options["dry_run"], context=context)
            raise
        self.present(result, dry_run=options["dry_run"], context=context)

    def _preview(self, context: MigrationContext) -> Any:
        # The rollback is for the author of a command whose preview writes after all.
        with transaction.atomic(using=context.using):
            result = self._perform(context, dry_run=True)
            transaction.set_rollback(True, using=context.using)
        return result

    def _run(self, context: MigrationContext) -> Any:
        options = context.options
        # What waits is done once, whoever gets there first; a person means what was typed.
        by_hand = not options.get("pending_only")
        only = options.get("only")
        units = [f"{self.migration_name}{run_once.UNIT_SEPARATOR}{unit}" for unit in only] if only else None
        if by_hand:
            self.validate_options(context)
        with run_once.attempt(
            name=self.migration_name,
            using=context.using,
            triggered_by=context.triggered_by,
            wait=options["wait"],
            tell=lambda line: self._warn(line, context),
            force=options["force"] or (self.repeatable and by_hand),
            batched=not self.atomic,
            units=units,
            migration_model=options.get("migration_model") or CustomMigration,
        ) as attempt:
            claimed = dataclasses.replace(context, triggered_by=attempt.triggered_by, renew=attempt.renew)
            try:
                if self.atomic:
                    return self._work_in_one_transaction(attempt, claimed)
                return self._work(attempt, claimed)
            except (CommandError, DatabaseError, run_once.LeaseLost):
                raise
            except Exception as error:
                reason = f"{type(error).__name__}: {first_line(error)}"
                see = f"See `custom_migrations show {self.migration_name}`; the next"
                raise NotDone(
                    f"{self.migration_name} failed: {reason}. {see} run tries again.",
                    reason=reason,
                    next_step=f"{see} `migrate` or `custom_migrations run` tries again.",
                ) from error

    def _work(self, attempt: run_once.Attempt, context: MigrationContext) -> Any:
        try:
            result = self._perform(context, dry_run=False)
        except WorkIncomplete as incomplete:
            _keep(incomplete.result, attempt)
            raise
        _keep(result, attempt)
        return result

    def _work_in_one_transaction(self, attempt: run_once.Attempt, context: MigrationContext) -> Any:
        with transaction.atomic(using=context.using):
            attempt.renew()
            result = self._work(attempt, context)
            attempt.succeed()
        return result

    def _perform(self, context: MigrationContext, *, dry_run: bool) -> Any:
        takes_context = "context" in inspect.signature(self.perform_migration).parameters
        more = {"context": context} if takes_context else {}
        return self.perform_migration(dry_run=dry_run, **more)

    def _refused_by_database(self, error: DatabaseError, context: MigrationContext) -> NotDone:
        reason = f"the database said: {first_line(error)}"
        message = f"{self.migration_name}: {reason}"
        if lacks_schema(error) and connections[context.using].in_atomic_block:
            message += (
                ". It was called inside a transaction, as within a migration, where not all tables and columns are there"
                f' yet: ask for it with RunDataMigration("{self.migration_name}"), or call it when `migrate` has ended.'
            )
        return NotDone(message, reason=reason)

    def _stopped(self, stop: KeyboardInterrupt, context: MigrationContext) -> NotDone:
        drop_if_lost(using=context.using)
        done = ""
        with contextlib.suppress(DatabaseError):  # that somebody stopped it is what there is to tell
            done = self.so_far(context)
        if not done:
            message = str(stop) or "Stopped. The next run does the rest."
        else:
            message = f"{stopped_by(stop)} {done} The next run resumes it."
        return NotDone(message, how="was interrupted", reason=f"{stopped_by(stop)} {done}".rstrip(), next_step=RESUMES)

    def _warn(self, line: str, context: MigrationContext) -> None:
        if context.verbosity > 0:
            self.stderr.write(neutral.terminal(line))

    def _say(self, line: str, context: MigrationContext) -> None:
        if context.verbosity > 0:
            self.write_lines([line])


def _keep(result: Any, attempt: run_once.Attempt) -> None:
    attempt.counts.update(results.counts(result))
    attempt.result = results.rest(result)


def without_tables(*, using: str) -> str:
    """Return the line that says that a database has no tables of data migrations yet; nothing if it has."""
    drop_if_lost(using=using)  # or the question would fail, too, and hide the first failure
    if connections[using].in_atomic_block or has_records(using=using):
        return ""
    return f"Database {using} has no tables for data migrations yet. Run `migrate` first."


def explain(error: Error, *, command: str, using: str) -> str:
    """Return in one line what a database has against a command."""
    return without_tables(using=using) or f"{command}: the database said: {first_line(error)}"


def stopped_by(stop: KeyboardInterrupt) -> str:
    """Return the sentence that says what stopped a command."""
    return f"{stop.stopped}." if isinstance(stop, run_once.Interrupted) else "Stopped."
