"""What somebody typed to start this process, where Django passes it to nobody."""

from __future__ import annotations

import sys


def asks_for_checks() -> bool:
    """Return whether this process is ``manage.py check``.

    Warnings are for those who edit the lists, not for everybody who types ``migrate`` or ``runserver``. Django gives a
    check the apps and the databases, which are the same for ``check`` and for any other command. What it has for checks
    of ``check`` alone, ``deploy=True``, needs ``--deploy``. A tag that is named must be named by each command, and a
    command ``check`` of our own would take the place of Django's or of the host's. So the word is read where Django
    itself reads it: the subcommand is the second word of the command line.
    """
    return sys.argv[1:2] == ["check"]
