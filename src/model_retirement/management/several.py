"""What a command does that was asked for on several databases: it starts a process for each and tells of all of them."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import connections

from model_retirement.data_migrations import arguments
from model_retirement.data_migrations.project_command import ProjectCommand
from model_retirement.management import shards
from model_retirement.management.host_command import require_supported
from model_retirement.management.presenters import shards as shard_words
from model_retirement.management.presenters.shards import Documents

NOT_HANDED_ON = {"database", "force_color", "help", "no_color", "pythonpath", "settings", "skip_checks", "version"}
"""Options that a process is not given: its environment says where its settings are, and what it writes goes to no terminal."""


class SeveralDatabases(ProjectCommand):
    """A command that takes ``--database`` as often as there are databases.

    The work on one of them is :meth:`handle_database`. A data migration has that already, if it is a subclass of this class
    and of ``IdempotentCommand``, in this order.
    """

    def __init__(self, *args: Any, hands_over: bool = False, **kwargs: Any) -> None:
        """Make a command.

        :param hands_over: its text ends with a line of JSON, the sums for whoever adds up several databases
        """
        super().__init__(*args, **kwargs)
        self.hands_over = hands_over

    def add_database(self, parser: CommandParser) -> None:
        """Take ``--database``; what :meth:`handle_database` is given is one alias."""
        arguments.add_databases(parser)

    def handle(self, *_args: Any, **options: Any) -> None:
        aliases = shards.chosen(options["database"])
        if len(aliases) > 1:
            _run(command=self, aliases=aliases, options=options)
        else:
            require_supported(aliases[0])
            self.handle_database(**options | {"database": aliases[0]})

    def handle_database(self, *, database: str, **options: Any) -> None:
        """Do the work on one database and tell of it.

        :param database: its alias
        :param options: the others, as they were parsed
        """
        super().handle(database=database, **options)

    def merged(self, documents: Documents) -> dict[str, Any]:
        """Return what ``--format json`` has printed for each database as one document.

        :param documents: alias to what was printed; those of databases on which the command failed early are missing
        """
        raise NotImplementedError("subclasses of SeveralDatabases must provide a merged() method")

    def hand_over(self, *, totals: Mapping[str, Any], emails: Mapping[str, Any] | None) -> None:
        """End the text of one database of several with what can be added to that of the others.

        :param totals: what was counted, by names of ``presenters.shards.COUNTED``
        :param emails: what became of the e-mails, or None if nothing was to be sent now
        """
        if self.hands_over:
            self.stdout.write(shard_words.sums_line(totals, emails=emails))


def _run(*, command: SeveralDatabases, aliases: Sequence[str], options: Mapping[str, Any]) -> None:
    """Run a command on several databases and print one report.

    :param options: as they were parsed
    :raises CommandError: if it failed on one of them, when all have ended
    """
    if any(connection.in_atomic_block for connection in connections.all(initialized_only=True)):
        raise CommandError(
            "Several databases are worked on by processes of their own, which see nothing of the transaction that this is"
            " called in. Call it outside of one, or with one database."
        )
    # Under the name of its file it is found again, also if it is a host's own command that is made of one of ours.
    name = type(command).__module__.rpartition(".")[2]
    typed = list(_typed_again(command, name=name, options=options))
    ended = shards.run(aliases, command=name, arguments=typed, tell=partial(_tell, command))
    if options["format"] == "json":
        command.stdout.write(json.dumps(shard_words.as_json(ended, merged=command.merged), indent=1))
    elif options["verbosity"] > 0:
        for line in shard_words.lines(ended):
            command.stdout.write(line)
    failed = [shard for shard in ended if shard.error]
    for shard in failed:
        command.stderr.write(f"{shard.alias}: {shard.error}")
    if failed:
        again = shlex.join([name, *typed])
        raise CommandError(shard_words.failure(ended, command=again, dry_run=bool(options.get("dry_run"))))


def _typed_again(command: SeveralDatabases, *, name: str, options: Mapping[str, Any]) -> Iterator[str]:
    """Yield the options that are not as they are without being typed, in the way in which they are typed."""
    for action in command.create_parser("manage.py", name)._actions:  # noqa: SLF001  # as Django's call_command() asks
        value = options.get(action.dest)
        if action.dest in NOT_HANDED_ON or value is None or value == action.default:
            continue
        option = action.option_strings[-1]
        if action.nargs == 0:
            yield option
        else:
            yield from (f"{option}={item}" for item in (value if isinstance(value, list | tuple) else [value]))


def _tell(command: ProjectCommand, line: str) -> None:
    """Write a line of a process on standard error; one of a log as JSON must not become a message of another one."""
    if shards.is_logged(line):
        print(line, file=sys.stderr)  # noqa: T201  # where the log goes
    else:
        command.stderr.write(line)
