"""``migrate``, one at a time: Django's own dies with a traceback when two processes run it on a fresh database."""

from __future__ import annotations

import contextlib
from typing import Any

from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import DatabaseError, OperationalError, connections

from model_retirement.checks import migrating
from model_retirement.connection_loss import is_loss
from model_retirement.contrib.migrate.lock import migrate_lock
from model_retirement.data_migrations.after_migrate import faking
from model_retirement.data_migrations.logged_stderr import LoggedStderr
from model_retirement.data_migrations.operations import applying
from model_retirement.data_migrations.pending import waiting
from model_retirement.data_migrations.unread import output_may_stay_unread


class Command(LoggedStderr, migrate.Command):
    """Django's command under a lock; the lock is held until the data migrations are done, too."""

    def run_from_argv(self, argv: list[str]) -> None:
        with output_may_stay_unread(self):
            super().run_from_argv(argv)

    def handle(self, *args: Any, **options: Any) -> None:
        _require_connection(options["database"])
        lock: contextlib.AbstractContextManager[None]
        if options["plan"] or options["check_unapplied"]:
            lock = contextlib.nullcontext()
        else:
            lock = migrate_lock(using=options["database"], tell=self.stderr.write)
        token = faking.set(bool(options["fake"]))
        try:
            with lock:
                super().handle(*args, **options)
        except OperationalError as error:
            # Anything else is for the author of an operation, who needs to see where it was.
            if not is_loss(error):
                raise
            raise CommandError(
                f"The connection to database {options['database']} was lost: {_in_one_line(error)} Run `migrate` again: "
                "it goes on after the last migration that it called OK."
            ) from error
        finally:
            faking.reset(token)
        if options["plan"] and (names := waiting(using=options["database"])):
            self.stdout.write(f"Data migrations that wait: {', '.join(names)}")

    def check(self, *args: Any, **kwargs: Any) -> Any:
        for alias in kwargs.get("databases") or ():
            _require_connection(alias)
        token = migrating.set(True)
        try:
            return super().check(*args, **kwargs)
        except DatabaseError as error:
            # A file that is no database, such as one that was cut off, is found out by the first statement.
            raise CommandError(f"The database said: {_in_one_line(error)} Check DATABASES in the settings.") from error
        finally:
            migrating.reset(token)

    def migration_progress_callback(self, action: str, migration: Any = None, fake: bool = False) -> None:
        # Operations that write down who asked learn it from here.
        applying.set(str(migration) if action in ("apply_start", "unapply_start") else "")
        super().migration_progress_callback(action, migration, fake)


def _require_connection(alias: str) -> None:
    """Return if the database answers.

    :raises CommandError: if not
    """
    try:
        connections[alias].ensure_connection()
    except OperationalError as error:
        raise CommandError(
            f"Database {alias} cannot be reached: {_in_one_line(error)} Check DATABASES in the settings."
        ) from error


def _in_one_line(error: DatabaseError) -> str:
    line = " ".join(str(error).split())
    return line if line.endswith((".", "?", "!")) else f"{line}."
