"""Data migrations that wait, and the commands that do their work."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from django.core import management
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connections

from model_retirement.data_migrations.claims import HeldByAnother, LeaseLost, Status
from model_retirement.data_migrations.failures import DataMigrationFailed, NotDone
from model_retirement.data_migrations.models import CustomMigration
from model_retirement.data_migrations.run_once import UNIT_SEPARATOR


class CommandMissing(NotDone):
    """A data migration was asked for, and nothing does its work."""

    def __init__(self, name: str) -> None:
        reason = f"there is no command {name} that is a data migration"
        wanted = (
            "Bring its file back (one that does nothing will do) and run `migrate` again, or, if the work is not needed"
        )
        next_step = f"{wanted} here, run `custom_migrations mark {name}`."
        super().__init__(f"Data migration {name} failed: {reason}. {next_step}", reason=reason, next_step=next_step)


# What failed is not the unit, but the database, or a person or another process wants this one to stop.
_ENDS_ALL = (DatabaseError, HeldByAnother, LeaseLost, KeyboardInterrupt)


def find_command(name: str) -> BaseCommand:
    """Return the command that does the work of a data migration, or of the units of one.

    :raises CommandMissing: if there is none
    """
    app = management.get_commands().get(name)
    # Not load_command_class(): Django lists every module there as a command, also one that holds a base class.
    module = import_module(f"{app}.management.commands.{name}") if app else None
    command = getattr(module, "Command", None)
    # Told by its attribute: the class is above this layer.
    if command is None or getattr(command, "migration_name", None) != name:
        raise CommandMissing(name)
    found: BaseCommand = command()
    return found


def has_records(*, using: str) -> bool:
    """Return whether the tables of data migrations are on that database."""
    table = CustomMigration._meta.db_table  # noqa: SLF001  # documented by Django
    return table in connections[using].introspection.table_names()


def waiting(*, using: str) -> list[str]:
    """Return the names of what is to be run, in the order in which it was asked for.

    What another process runs is among them: it may turn out that it died. A unit is, unless its command waits itself,
    which then runs it with all others.
    """
    if not has_records(using=using):
        return []
    unfinished = CustomMigration.objects.using(using).filter(status__in=[Status.PENDING, Status.FAILED, Status.RUNNING])
    names = list(unfinished.order_by("requested_at", "id").values_list("name", flat=True))
    return [name for name in names if UNIT_SEPARATOR not in name or _command_of(name) not in names]


def run_pending(*, using: str, triggered_by: str, **options: Any) -> list[str]:
    """Run everything that waits, including what is asked for meanwhile; stop at the first failure.

    A unit that fails stops nothing else: what waits was not asked for in the belief that it is done.

    :param triggered_by: for people, ``migrate`` or a command line
    :param options: ``stdout``, ``stderr`` and ``verbosity`` for the commands
    :return: the names of what was run
    :raises DataMigrationFailed: if one failed; those behind it were not run
    """
    done: list[str] = []
    failed: dict[str, CommandError] = {}
    while left := [name for name in waiting(using=using) if name not in done and name not in failed]:
        try:
            run(name=left[0], using=using, triggered_by=triggered_by, pending_only=True, **options)
        except CommandError as error:
            if UNIT_SEPARATOR not in left[0] or isinstance(error.__cause__, _ENDS_ALL):
                raise DataMigrationFailed(name=left[0], error=error, waiting=[*failed, *left[1:]]) from error
            failed[left[0]] = error
        else:
            done.append(left[0])
    if failed:
        (name, first), *others = failed.items()
        raise DataMigrationFailed(name=name, error=first, waiting=[other for other, _ in others]) from first
    return done


def run(*, name: str, using: str, triggered_by: str, **options: Any) -> None:
    """Run one data migration, or one unit of one.

    :param options: further options of the command
    :raises CommandMissing: if no command does it
    :raises CommandError: if it failed or was refused
    """
    command_name, separator, unit = name.partition(UNIT_SEPARATOR)
    command = find_command(command_name)
    if separator:
        if command.create_parser("", command_name).parse_known_args([f"--only={unit}"])[1]:
            raise CommandError(f"{command_name} has no --only, so {unit} cannot be run by itself.")
        options["only"] = [unit]
    management.call_command(command, database=using, triggered_by=triggered_by, **options)


def _command_of(name: str) -> str:
    return name.partition(UNIT_SEPARATOR)[0]
