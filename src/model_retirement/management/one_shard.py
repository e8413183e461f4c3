"""``python -m model_retirement.management.one_shard COMMAND ...``: a command of ours on one database of several.

It is what ``manage.py COMMAND ... --database=ALIAS`` is, with one line more at the end of its text: what it has counted,
as JSON, for the process that has started it. See :mod:`model_retirement.management.shards`.
"""

from __future__ import annotations

import os
import signal
import sys
from importlib import import_module

import django
from django.core.management import get_commands
from django.db import connections

from model_retirement.phases import lines_with

DATABASE_NAME = "RETIREMENT_SHARD_NAME"
"""Environment variable: the name of the database that a process is meant for, by the settings of who has started it."""


def database_name(alias: str) -> str:
    """Return the name by which the settings know the database of an alias."""
    return str(connections[alias].settings_dict["NAME"])


def main(argv: list[str]) -> None:
    """Run a command.

    :param argv: its name and its arguments, the last of which is ``--database=ALIAS``
    """
    name, *arguments = argv
    # Nothing has begun yet: a signal ends the process at once, and without a traceback of whatever is being imported.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    django.setup()
    alias = arguments[-1].partition("=")[2]
    if wrong := _wrong_database(alias):
        sys.exit(f"CommandError: {wrong}")
    # The host's own command of that name, if it has one.
    command = import_module(f"{get_commands()[name]}.management.commands.{name}").Command(hands_over=True)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with lines_with(database=alias):
        command.run_from_argv(["manage.py", name, *arguments])


def _wrong_database(alias: str) -> str:
    """Return why nothing may be done: who has started this process means another database by this alias."""
    here, there = database_name(alias), os.environ[DATABASE_NAME]
    if here == there:
        return ""
    return (
        f"Nothing was done: this alias leads to {here}, and to {there} where the command was called, as in a test, whose"
        " databases other processes do not know. Call it there with one database at a time."
    )


if __name__ == "__main__":
    main(sys.argv[1:])
