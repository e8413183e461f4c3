"""One command on several databases: a process for each, which is the same command on that database alone.

Why processes, and why the same command
---------------------------------------
What a process does to one database is then what it does when somebody types it for that database: it claims, journals,
sends and is resumed alone, and nothing that befalls one database reaches another one. Django's connections belong to a
thread and signals to the main one, so threads would be no such thing; and a worker of a task queue may start programs,
where ``multiprocessing`` refuses to.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from types import FrameType
from typing import IO

from django.core.management.base import CommandError
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections, router

from model_retirement import sql
from model_retirement.data_migrations.arguments import ALL_DATABASES
from model_retirement.data_migrations.models import CustomMigration
from model_retirement.data_migrations.pending import has_records
from model_retirement.interruption import received_by

MODULE = "model_retirement.management.one_shard"
MOST_AT_ONCE = 8
"""Processes that work at the same time; more databases take turns."""

NOT_BEGUN = "Stopped before it began."


@dataclasses.dataclass(frozen=True, kw_only=True)
class Ended:
    """What became of one database.

    :param error: why it failed, in one line; empty if it did not
    :param output: what the process wrote on standard output
    """

    alias: str
    error: str
    output: str = ""


def chosen(typed: str | Sequence[str] | None, *, configured: Iterable[str] = connections) -> list[str]:
    """Return the aliases that ``--database`` means, in the order in which they were typed or are configured.

    :param typed: as a parser or a caller gives it; nothing means the default database
    :param configured: what ``all`` chooses from
    :raises CommandError: if it means all databases, and none has the tables
    """
    aliases = [typed] if isinstance(typed, str) else list(typed or [DEFAULT_DB_ALIAS])
    if ALL_DATABASES not in aliases:
        return list(dict.fromkeys(aliases))
    with_tables = list(_with_tables(configured))
    if not with_tables:
        raise CommandError("No database has the tables of model_retirement yet. Run `migrate` first.")
    return with_tables


def _with_tables(configured: Iterable[str]) -> Iterator[str]:
    """Yield the databases on which there is work: not those of other apps, replicas, or a second way to the same one."""
    seen: set[str] = set()
    for alias in configured:
        if not router.allow_migrate_model(alias, CustomMigration):
            continue
        try:
            if not has_records(using=alias):
                continue
            ((follows, where),) = sql.fetch(alias, sql.dialect(alias).whereabouts)
        except DatabaseError:
            yield alias  # its own process says what the database has against it
            continue
        if not follows and where not in seen:
            seen.update({where} - {""})
            yield alias


def run(
    aliases: Sequence[str],
    *,
    command: str,
    arguments: Sequence[str],
    tell: Callable[[str], object],
    at_once: int = MOST_AT_ONCE,
) -> list[Ended]:
    """Run a command on each database, in processes of their own, to the end of the last.

    SIGINT and SIGTERM are passed on, once each time that one comes; who has not begun by then does not.

    :param command: name of a command that :mod:`model_retirement.management.one_shard` can start
    :param arguments: its arguments without ``--database``
    :param tell: gets a line at a time of what the processes write on standard error, with the alias before it; never two
        at once
    :param at_once: processes that work at the same time
    """
    processes = _Processes(command=command, arguments=arguments, tell=tell)
    with received_by(processes.stop), ThreadPoolExecutor(max_workers=at_once) as pool:
        return list(pool.map(processes.run_one, aliases))


class _Processes:
    """The processes that are at work, and whether they are to end."""

    def __init__(self, *, command: str, arguments: Sequence[str], tell: Callable[[str], object]) -> None:
        self._command, self._arguments, self._tell = command, arguments, tell
        self._running: list[subprocess.Popen[str]] = []
        self._is_stopped = False
        # A second signal may come while the first one is passed on.
        self._lock = threading.RLock()

    def stop(self, signum: int, _frame: FrameType | None) -> None:
        """Pass a signal on; called by Python between two steps of the main thread."""
        with self._lock:
            self._is_stopped = True
            for process in self._running:
                process.send_signal(signum)

    def run_one(self, alias: str) -> Ended:
        """Run the command on one database to its end."""
        with tempfile.TemporaryFile("w+", encoding="utf-8") as output:
            with self._lock:
                if self._is_stopped:
                    return Ended(alias=alias, error=NOT_BEGUN)
                process = self._start(alias, output)
                self._running.append(process)
            with process:
                last = self._pass_on(process.stderr or (), alias)
            with self._lock:
                self._running.remove(process)
            output.seek(0)
            return Ended(alias=alias, error=reason(process.returncode, last), output=output.read())

    def _start(self, alias: str, output: IO[str]) -> subprocess.Popen[str]:
        return subprocess.Popen(  # noqa: S603  # this Python, on a module of ours
            [sys.executable, "-m", MODULE, self._command, *self._arguments, f"--database={alias}"],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(path or os.getcwd() for path in sys.path)},  # noqa: PTH109  # as import does
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.PIPE,
            text=True,
            # Ctrl-C in a terminal would reach it twice otherwise, and a second signal ends a batch in hand.
            process_group=0,
        )

    def _pass_on(self, lines: Iterable[str], alias: str) -> str:
        """Tell what a process writes as it comes, but for the line with which it fails; return the last line."""
        last = ""
        for line in lines:
            last = line.rstrip("\n")
            if not _failure(last):
                with self._lock:
                    self._tell(named(last, alias=alias))
        return last


def is_logged(line: str) -> bool:
    """Return whether a line of standard error is one of a log as JSON, whose field ``database`` names the alias."""
    return line.startswith("{")


def named(line: str, *, alias: str) -> str:
    """Return a line with the alias before it, unless it is one of a log as JSON."""
    return line if is_logged(line) else f"{alias}: {line}"


def _failure(line: str) -> str:
    """Return why a command failed, if a line says so."""
    if is_logged(line):
        with contextlib.suppress(json.JSONDecodeError):
            line = str(json.loads(line).get("message", ""))
    before, is_error, words = line.partition("CommandError: ")
    return words if is_error and not before else ""


def reason(returncode: int, last: str) -> str:
    """Return why a process failed, in one line; nothing if it did not.

    :param last: the last line that it wrote on standard error
    """
    if returncode < 0:
        name = signal.Signals(-returncode).name
        return f"Ended by {name}. What was committed stays; the next run resumes it when its claim has ended."
    return (_failure(last) or last) if returncode else ""
