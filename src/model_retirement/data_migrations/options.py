"""Options that a migration gives to the command of a data migration.

They wait with the request, as JSON, and become what a person would type: the command's own parser converts and checks them,
so that a command has one way to say what it takes.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from django.core.management.base import BaseCommand, CommandError

from model_retirement.data_migrations import neutral
from model_retirement.data_migrations.failures import OneLine
from model_retirement.data_migrations.results import LARGEST_NUMBER

Value: TypeAlias = "str | int | float | bool | Sequence[str | int | float]"

NOT_FOR_A_MIGRATION = {
    "dry_run": "a migration asks for work that is done",
    "fake": "`custom_migrations mark` records work as done where it is not needed",
    "force": "a request is fulfilled once; a command that is repeatable runs again for each",
    "only": "a request is for all units of a command",
    "wait": "`migrate` waits until another process has ended",
    "database": "it is the database that is migrated",
}
"""Options that a request decides itself, and how."""


class OptionRefused(OneLine, ValueError):
    """An option makes no sense; nothing was changed. The message is for whoever wrote the migration."""


def checked(options: Mapping[str, Value], *, name: str) -> dict[str, Any]:
    """Return the options of a request as JSON has them; whether the command takes them is for :func:`as_arguments` to say.

    :param name: of the data migration
    :raises OptionRefused: if a request decides that option itself, or the value cannot be kept
    """
    if not isinstance(options, Mapping):
        raise OptionRefused(f"{_call(name)}: options is {options!r}; it takes a dict of the command's own options.")
    for option, value in options.items():
        if reason := NOT_FOR_A_MIGRATION.get(option):
            raise OptionRefused(f"{_call(name)}: option {option} cannot be given; {reason}.")
        if not all(_can_be_kept(item) for item in _each(value)):
            raise OptionRefused(
                f"{_call(name)}: option {option} is {value!r}; it takes text, a number, True or False, or a list of"
                " such, written as it would be typed."
            )
    return {option: list(value) if isinstance(value, tuple) else value for option, value in options.items()}


def as_arguments(options: Mapping[str, Any], *, command: BaseCommand, name: str) -> list[str]:
    """Return the options as a person would type them; the command's parser takes them.

    :param name: of the data migration
    :raises OptionRefused: if the command takes no such option, or no such value
    """
    parser = command.create_parser("", name)
    own = _own_options(parser)
    named: list[str] = []
    positional: list[str] = []
    for option, value in options.items():
        if option not in own:
            takes = f"it takes {', '.join(own)}" if own else "it takes none"
            raise OptionRefused(f"{_call(name)}: {name} has no option {option}; {takes}.")
        for_option = _typed(own[option], value, refuse=f"{_call(name)}: option {option} is {value!r}")
        (named if own[option][0].option_strings else positional).extend(for_option)
    arguments = [*named, *(["--", *positional] if positional else [])]
    try:
        parser.parse_args(arguments)
    except CommandError as error:
        said = str(error).removeprefix("Error: ").rstrip(".")
        raise OptionRefused(f"{_call(name)}: {said}.") from error
    return arguments


def in_words(options: Mapping[str, Any]) -> str:
    """Return the options for people, such as ``limit=5, tags=["a", "b"]``, by name: a database keeps no other order."""
    return neutral.terminal(
        ", ".join(f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in sorted(options.items()))
    )


def _call(name: str) -> str:
    return f'RunDataMigration("{name}")'


def _each(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list | tuple) else [value]


def _can_be_kept(value: Any) -> bool:
    match value:
        case bool():
            return True
        case int():
            return abs(value) < LARGEST_NUMBER
        case float():
            return math.isfinite(value)
        case str():
            # A database takes neither in JSON.
            return not any(character == "\0" or "\ud800" <= character <= "\udfff" for character in value)
    return False


def _own_options(parser: argparse.ArgumentParser) -> dict[str, list[argparse.Action]]:
    """Return what a parser takes by name, without what every command of Django takes and what a request decides itself.

    Several options may set one name, such as ``--send`` and ``--no-send``.
    """
    of_every_command = {action.dest for action in _actions(BaseCommand().create_parser("", ""))}
    own: dict[str, list[argparse.Action]] = {}
    for action in _actions(parser):
        if action.dest not in of_every_command and action.dest not in NOT_FOR_A_MIGRATION:
            own.setdefault(action.dest, []).append(action)
    return own


def _actions(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    return parser._actions  # noqa: SLF001  # argparse has no other way, and Django's call_command does the same


def _typed(actions: list[argparse.Action], value: Any, *, refuse: str) -> list[str]:
    """Return the arguments that give one option its value.

    :param refuse: the beginning of a refusal
    """
    switches = [action for action in actions if action.nargs == 0]
    if switches:
        return _switched(switches, value, refuse=refuse)
    action = actions[0]
    takes_several = action.nargs not in (None, "?") or isinstance(action, argparse._AppendAction)  # noqa: SLF001  # the same
    if isinstance(value, bool) or isinstance(value, list) != takes_several:
        raise OptionRefused(f"{refuse}; it takes {'a list' if takes_several else 'one value'}.")
    values = [str(item) for item in _each(value)]
    if not action.option_strings:
        return values
    typed_as = max(action.option_strings, key=len)
    if action.nargs not in (None, "?"):
        return [typed_as, *values]
    return [f"{typed_as}={text}" for text in values]


def _switched(switches: list[argparse.Action], value: Any, *, refuse: str) -> list[str]:
    for action in switches:
        if isinstance(action, argparse.BooleanOptionalAction) and isinstance(value, bool):
            return [next(spelling for spelling in action.option_strings if spelling.startswith("--no-") != value)]
        if _is_same(value, action.const):
            return [max(action.option_strings, key=len)]
    if _is_same(value, switches[0].default):
        return []
    takes = [True, False] if isinstance(switches[0].default, bool) else [action.const for action in switches]
    raise OptionRefused(f"{refuse}; it takes {' or '.join(repr(accepted) for accepted in takes)}.")


def _is_same(value: Any, other: Any) -> bool:
    return type(value) is type(other) and bool(value == other)  # True is no 1 here
