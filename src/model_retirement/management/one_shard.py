"""``python -m model_retirement.management.one_shard COMMAND ...``: a command of ours on one database of several.

It is what ``manage.py COMMAND ... --database=ALIAS`` is, with one line more at the end of its text: what it has counted,
as JSON, for the process that has started it. See :mod:`model_retirement.management.shards`.
"""

from __future__ import annotations

import signal
import sys
from importlib import import_module

import django
from django.core.management import get_commands

from model_retirement.phases import lines_with


def main(argv: list[str]) -> None:
    """Run a command.

    :param argv: its name and its arguments, the last of which is ``--database=ALIAS``
    """
    name, *arguments = argv
    # Nothing has begun yet: a signal ends the process at once, and without a traceback of whatever is being imported.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    django.setup()
    # The host's own command of that name, if it has one.
    command = import_module(f"{get_commands()[name]}.management.commands.{name}").Command(hands_over=True)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with lines_with(database=arguments[-1].partition("=")[2]):
        command.run_from_argv(["manage.py", name, *arguments])


if __name__ == "__main__":
    main(sys.argv[1:])
