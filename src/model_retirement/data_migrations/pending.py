"""Data migrations that wait, and the commands that do their work."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core import management
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connections

from model_retirement.data_migrations.claim_errors import HeldByAnother, LeaseLost
from model_retirement.data_migrations.claims import Status
from model_retirement.data_migrations.failures import DataMigrationFailed, NotDone
from model_retirement.data_migrations.finding import find_command, migration_name
from model_retirement.data_migrations.models import CustomMigration
from model_retirement.data_migrations.options import as_arguments
from model_retirement.data_migrations.run_once import UNIT_SEPARATOR


class RecordedElsewhere(NotDone):
    """A record has the name of a command that records its work under another one."""

    def __init__(self, name: str, *, command: BaseCommand) -> None:
        recorded_as = migration_name(command)
        reason = f"the command of that name records its work as {recorded_as}"
        next_step = (
            f"Run `custom_migrations run {recorded_as}` if that is not done, and `custom_migrations mark {name}` to settle"
            " this record."
        )
        super().__init__(f"Data migration {name} failed: {reason}. {next_step}", reason=reason, next_step=next_step)


# What failed is not the unit, but the database, or a person or another process wants this one to stop.
_ENDS_ALL = (DatabaseError, HeldByAnother, LeaseLost, KeyboardInterrupt)


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
    """Run one data migration, or one unit of one, with the options that it was asked for with.

    :param name: of its record
    :param options: further options of the command
    :raises CommandMissing: if no command does it
    :raises OptionRefused: if its command does not take the options
    :raises CommandError: if it failed or was refused
    """
    command_name = _command_of(name)
    command = find_command(name)
    if migration_name(command) != command_name:
        raise RecordedElsewhere(name, command=command)
    arguments = as_arguments(_options(name, using=using), command=command, name=command_name)
    call(command, arguments, name=name, using=using, triggered_by=triggered_by, **options)


def call(
    command: BaseCommand, arguments: Sequence[str], *, name: str, using: str, triggered_by: str, **options: Any
) -> None:
    """Let a command do the work of a data migration, or of one unit of one.

    :param arguments: as a person would type them
    :param name: of the record
    :param options: further options of the command
    :raises CommandError: if it failed or was refused
    """
    command_name, separator, unit = name.partition(UNIT_SEPARATOR)
    if separator:
        if command.create_parser("", command_name).parse_known_args([*arguments, f"--only={unit}"])[1]:
            raise CommandError(f"{command_name} has no --only, so {unit} cannot be run by itself.")
        options["only"] = [unit]
    management.call_command(command, *arguments, database=using, triggered_by=triggered_by, **options)


def _options(name: str, *, using: str) -> dict[str, Any]:
    """Return the options that a data migration was asked for with; a unit without its own has those of all units."""
    rows = CustomMigration.objects.using(using).filter(name__in=[name, _command_of(name)])
    by_name: dict[str, dict[str, Any]] = dict(rows.values_list("name", "options"))
    return by_name.get(name) or by_name.get(_command_of(name)) or {}


def _command_of(name: str) -> str:
    return name.partition(UNIT_SEPARATOR)[0]
