"""Commands that are data migrations, found by name.

The framework knows commands by their names alone, those of the host and of the engine alike: it imports what Django lists
and looks at its attributes, and no module here names one that is above it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import reduce
from importlib import import_module

from django.core import management
from django.core.management.base import BaseCommand

from model_retirement.data_migrations import neutral
from model_retirement.data_migrations.failures import NotDone
from model_retirement.data_migrations.run_once import UNIT_SEPARATOR
from model_retirement.data_migrations.suggestions import nearest
from model_retirement.wording import Words

LONGEST_ERROR = 200
"""Characters of what an import said; enough to know which one it was."""


class CommandMissing(NotDone):
    """A data migration was asked for, and nothing does its work.

    :param known: the names of the data migrations that there are
    :param broken: commands that cannot be imported, with the reason; any of them may be the one that is meant
    """

    def __init__(self, name: str, *, known: list[str], broken: dict[str, str]) -> None:
        self.broken = broken
        command_name = name.partition(UNIT_SEPARATOR)[0]
        self.cannot_be_imported = command_name in broken
        if self.cannot_be_imported:
            reason = Words("its command cannot be imported: %(error)s", error=broken[command_name])
            next_step = Words(
                "Fix that and run `migrate` again, or, if the work is not needed here, run `custom_migrations mark %(name)s`.",
                name=name,
            )
        elif broken:
            reason = Words(
                "there is no command %(command)s that is a data migration, unless it is one of those that cannot be"
                " imported: %(commands)s",
                command=command_name,
                commands=listed(broken),
            )
            next_step = Words(
                "Fix that or bring its file back, and run `migrate` again, or, if the work is not needed here, run"
                " `custom_migrations mark %(name)s`.",
                name=name,
            )
        else:
            reason = Words("there is no command %(command)s that is a data migration", command=command_name)
            next_step = Words(
                "Bring its file back (one that does nothing will do) and run `migrate` again, or, if the work is not"
                " needed here, run `custom_migrations mark %(name)s`.",
                name=name,
            )
        if close := nearest(command_name, known):
            likely = reduce(lambda first, other: Words("%(one)s or %(other)s", one=first, other=other), close)
            next_step = Words("Did you mean %(likely)s? %(next_step)s", likely=likely, next_step=next_step)
        super().__init__(f"Data migration {name} failed: {reason}. {next_step}", reason=reason, next_step=next_step)


def listed(broken: Mapping[str, str]) -> str:
    """Return commands that cannot be imported for people, each with its reason."""
    return ", ".join(f"{command} ({why})" for command, why in broken.items())


def migration_name(command: BaseCommand) -> str:
    """Return the name under which a command records its work."""
    name: str = getattr(command, "migration_name")  # noqa: B009  # Django's class does not declare it
    return name


def find_command(name: str) -> BaseCommand:
    """Return the command that does the work of a data migration: the one of that name, else of that ``migration_name``.

    :param name: of the data migration, or of a unit of one
    :raises CommandMissing: if there is none
    """
    # Its own file first, so that what every deploy asks for imports no other command.
    wanted = name.partition(UNIT_SEPARATOR)[0]
    if wanted in management.get_commands():
        own, _ = _load(wanted)
        if own is not None:
            return own
    broken: dict[str, str] = {}
    known: list[str] = []
    for command_name, command, error in _all_commands():
        if error:
            broken[command_name] = error
        elif command is not None:
            if migration_name(command) == wanted:
                return command
            known.append(migration_name(command))
    raise CommandMissing(name, known=known, broken=broken)


def record_name(name: str) -> str:
    """Return the name of the record for what somebody calls by the name of its command, or of the record, or of a unit.

    A command may be called otherwise than its data migration: ``cleanup_nodes`` with ``migration_name = "2024_cleanup"``.
    """
    _, separator, unit = name.partition(UNIT_SEPARATOR)
    try:
        recorded_as = migration_name(find_command(name))
    except CommandMissing:
        return name
    return f"{recorded_as}{separator}{unit}"


def record_names(names: Collection[str]) -> tuple[dict[str, str], dict[str, str]]:
    """Return the same for many names, each command imported once, and those of their commands that cannot be imported.

    :return: the name of the record by name, and the reason by the name of the command
    """
    by_command: dict[str, str] = {}
    broken: dict[str, str] = {}
    for command_name, command, error in _all_commands():
        if error:
            broken[command_name] = error
        elif command is not None:
            by_command[command_name] = migration_name(command)
    recorded_as: dict[str, str] = {}
    for name in names:
        command_name, separator, unit = name.partition(UNIT_SEPARATOR)
        recorded_as[name] = f"{by_command.get(command_name, command_name)}{separator}{unit}"
    meant = {name.partition(UNIT_SEPARATOR)[0] for name in names}
    return recorded_as, {command_name: why for command_name, why in broken.items() if command_name in meant}


def missing(name: str) -> CommandMissing | None:
    """Return why nothing can do the work of a data migration, or of the unit of one; None if a command can."""
    try:
        find_command(name)
    except CommandMissing as error:
        return error
    return None


def names() -> list[str]:
    """Return the names of the data migrations that have a command."""
    return [migration_name(command) for _, command, _ in _all_commands() if command is not None]


def _all_commands() -> Iterator[tuple[str, BaseCommand | None, str]]:
    """Yield name, command and error of this project's commands; Django's own are not loaded to find out."""
    for name, app in sorted(management.get_commands().items()):
        if not f"{app}.".startswith("django."):
            yield name, *_load(name)


def _load(name: str) -> tuple[BaseCommand | None, str]:
    """Return a command if it is a data migration, and why it cannot be imported if so."""
    app = management.get_commands()[name]
    try:
        # Not load_command_class(): Django lists every module there as a command, also one that holds a base class.
        module = import_module(f"{app}.management.commands.{name}")
    except Exception as error:  # noqa: BLE001  # a host's module may raise anything, and another one may be meant
        return None, neutral.one_line(f"{type(error).__name__}: {error}", at_most=LONGEST_ERROR)
    command = getattr(module, "Command", None)
    # Told by its attribute: the class is above this layer, and a host may have one of its own.
    if isinstance(getattr(command, "migration_name", None), str):
        return command(), ""  # type: ignore[misc]  # a class, as it has the attribute
    return None, ""
