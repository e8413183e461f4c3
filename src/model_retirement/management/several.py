"""What a command does that was asked for on several databases: it starts a process for each and tells of all of them."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from django.core.management.base import CommandError
from django.db import connections

from model_retirement.data_migrations.project_command import ProjectCommand
from model_retirement.management import shards
from model_retirement.management.presenters import shards as shard_words


def run(
    *,
    command: ProjectCommand,
    name: str,
    aliases: Sequence[str],
    arguments: Sequence[str],
    options: Mapping[str, Any],
) -> None:
    """Run a command on several databases and print one report.

    :param command: what prints
    :param name: what is run
    :param arguments: its arguments without ``--database``
    :param options: as they were parsed
    :raises CommandError: if it failed on one of them, when all have ended
    """
    if any(connection.in_atomic_block for connection in connections.all(initialized_only=True)):
        raise CommandError(
            "Several databases are worked on by processes of their own, which see nothing of the transaction that this is"
            " called in. Call it outside of one, or with one database."
        )
    ended = shards.run(aliases, command=name, arguments=arguments, tell=partial(_tell, command))
    if options["format"] == "json":
        command.stdout.write(json.dumps(shard_words.as_json(ended), indent=1))
    elif options["verbosity"] > 0:
        for line in shard_words.lines(ended):
            command.stdout.write(line)
    failed = [shard for shard in ended if shard.error]
    for shard in failed:
        command.stderr.write(f"{shard.alias}: {shard.error}")
    if failed:
        raise CommandError(shard_words.failure(ended, command=name))


def _tell(command: ProjectCommand, line: str) -> None:
    """Write a line of a process on standard error; one of a log as JSON must not become a message of another one."""
    if shards.is_logged(line):
        print(line, file=sys.stderr)  # noqa: T201  # where the log goes
    else:
        command.stderr.write(line)
