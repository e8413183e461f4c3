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
from collections import Counter
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
from model_retirement.dialects import unsupported
from model_retirement.interruption import received_by
from model_retirement.management import one_shard

MOST_AT_ONCE = 8
"""Processes that work at the same time; more databases take turns."""

FORCED_COLOURS = {"FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"}
"""What makes rich draw bars where there is no terminal; a process writes lines."""

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
    :raises CommandError: if one is meant twice, or if it means all databases, and none has the tables
    """
    aliases = [typed] if isinstance(typed, str) else list(typed or [DEFAULT_DB_ALIAS])
    if ALL_DATABASES in aliases and len(aliases) > 1:
        raise CommandError(f"--database {ALL_DATABASES} is every database that has the tables: give it alone.")
    for alias, times in Counter(aliases).items():
        # Where each line of a list was to name another one, the one that is missing would not be done, and nobody knew.
        if times > 1:
            raise CommandError(f"--database {alias} is given {times} times: give each database once.")
    if ALL_DATABASES not in aliases:
        return aliases
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
            with _left_as_it_was(alias):
                if not has_records(using=alias):
                    continue
                follows, where = _whereabouts(alias)
        except DatabaseError:
            yield alias  # its own process says what the database has against it
            continue
        if not follows and where not in seen:
            seen.update({where} - {""})
            yield alias


def _whereabouts(alias: str) -> tuple[bool, str]:
    """Return whether a database follows another one, and what its server calls it; empty if that cannot be known."""
    if unsupported(connections[alias]):
        return False, ""  # its own process says so
    ((follows, where),) = sql.fetch(alias, sql.dialect(alias).whereabouts)
    return bool(follows), where


@contextlib.contextmanager
def _left_as_it_was(alias: str) -> Iterator[None]:
    """Close a connection after the block that was not open before: it would stay idle for as long as the processes work."""
    connection = connections[alias]
    was_open = connection.connection is not None
    try:
        yield
    finally:
        if not was_open:
            connection.close()


def run(
    aliases: Sequence[str],
    *,
    command: str,
    arguments: Sequence[str],
    tell: Callable[[str], object],
    at_once: int = MOST_AT_ONCE,
    name_of: Callable[[str], str] = one_shard.database_name,
) -> list[Ended]:
    """Run a command on each database, in processes of their own, to the end of the last.

    SIGINT and SIGTERM are passed on, once each time that one comes; who has not begun by then does not.

    :param command: name of a command that :mod:`model_retirement.management.one_shard` can start
    :param arguments: its arguments without ``--database``
    :param tell: gets a line at a time of what the processes write on standard error, with the alias before it; never two
        at once
    :param at_once: processes that work at the same time
    :param name_of: the database of an alias; a process whose settings have another one there does nothing
    """
    processes = _Processes(command=command, arguments=arguments, tell=tell, name_of=name_of)
    with received_by(processes.stop), ThreadPoolExecutor(max_workers=at_once) as pool:
        return list(pool.map(processes.run_one, aliases))


class _Processes:
    """The processes that are at work, and whether they are to end."""

    def __init__(
        self,
        *,
        command: str,
        arguments: Sequence[str],
        tell: Callable[[str], object],
        name_of: Callable[[str], str],
    ) -> None:
        self._command, self._arguments, self._tell, self._name_of = command, arguments, tell, name_of
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
        try:
            return self._run(alias)
        except OSError as error:
            # No more processes or memory, or no room for what it prints: the others work on, and are told of.
            return Ended(alias=alias, error=f"No process could be started: {error}")

    def _run(self, alias: str) -> Ended:
        with tempfile.TemporaryFile("w+", encoding="utf-8") as output:
            with self._lock:
                if self._is_stopped:
                    return Ended(alias=alias, error=NOT_BEGUN)
                process = self._start(alias, output)
                self._running.append(process)
            with process:
                why = self._pass_on(process.stderr or (), alias)
            with self._lock:
                self._running.remove(process)
            output.seek(0)
            return Ended(alias=alias, error=reason(process.returncode, why), output=output.read())

    def _start(self, alias: str, output: IO[str]) -> subprocess.Popen[str]:
        return subprocess.Popen(  # noqa: S603  # this Python, on a module of ours
            [sys.executable, "-m", one_shard.__name__, self._command, *self._arguments, f"--database={alias}"],
            env=_environment(database_name=self._name_of(alias)),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="backslashreplace",
            # Ctrl-C in a terminal would reach it twice otherwise, and a second signal ends a batch in hand.
            process_group=0,
        )

    def _pass_on(self, lines: Iterable[str], alias: str) -> str:
        """Tell what a process writes as it comes, but for the line with which it fails; return that, else the last line."""
        why = last = ""
        for line in lines:
            last = line.rstrip("\n")
            if _failure(last):
                why = last
                continue
            with self._lock:
                self._tell(named(last, alias=alias))
        return why or last


def _environment(*, database_name: str) -> dict[str, str]:
    """Return the environment of a process: modules are found where they are found here, and what it writes is UTF-8."""
    return {
        **{name: value for name, value in os.environ.items() if name not in FORCED_COLOURS},
        one_shard.DATABASE_NAME: database_name,
        "PYTHONIOENCODING": "utf-8",
        "PYTHONPATH": os.pathsep.join(path or os.getcwd() for path in sys.path),  # noqa: PTH109  # as import does
    }


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


def reason(returncode: int, line: str) -> str:
    """Return why a process failed, in one line; nothing if it did not.

    :param line: the line on standard error with which it failed, else its last one
    """
    if returncode < 0:
        name = signal.Signals(-returncode).name
        return f"Ended by {name}. What was committed stays; the next run resumes it when its claim has ended."
    if not returncode:
        return ""
    return _failure(line) or line or f"Ended with exit status {returncode}."
