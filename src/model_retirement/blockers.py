"""Who holds the lock that a transaction waits for in vain, on PostgreSQL.

Why while it waits
------------------
The server says who blocks whom only as long as somebody waits: when the wait has timed out, the question has no answer
any more. So another connection asks while the last try is made. A deadlock is over sooner than that; its error names the
processes, and what they are is asked at once.
"""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Iterator, Sequence
from contextvars import ContextVar
from typing import Any

from django.db import Error, OperationalError, connections

SECONDS_BETWEEN_QUESTIONS = 1.0
"""Well below the time after which a wait is given up; most work ends before the first question."""

MOST_NAMED = 3

LOCK_STATES = {"40P01", "55P03"}
"""Deadlock, lock timeout."""

# Times and states of other users are null for those who may not read all statistics; 0 is a prepared transaction.
WHO = """
SELECT b.pid, a.application_name, a.usename, to_char(a.xact_start AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS'), a.state
FROM (SELECT DISTINCT unnest({pids}) AS pid) b LEFT JOIN pg_stat_activity a ON a.pid = b.pid ORDER BY a.xact_start, b.pid
"""

Row = tuple[int, str | None, str | None, str | None, str | None]


class Blocked(OperationalError):
    """A lock was waited for in vain; the message says who holds it."""

    def __init__(self, error: OperationalError, *, blockers: Sequence[str]) -> None:
        said = (str(error).strip().splitlines() or ["a lock was not to be had"])[0]
        more = [f"{len(blockers) - MOST_NAMED} more"] if len(blockers) > MOST_NAMED else []
        who = "; ".join([*blockers[:MOST_NAMED], *more]) or "somebody whom the server does not name"
        super().__init__(f"{said}, blocked by {who}")


class _Watch:
    """A look at one transaction from outside."""

    def __init__(self, *, using: str) -> None:
        self.using = using
        self.pid: int | None = None
        self.rows: list[Row] = []
        self.ended = threading.Event()

    def ask_while_it_lasts(self) -> None:
        """Ask again and again who blocks, until the transaction has ended."""
        while not self.ended.wait(SECONDS_BETWEEN_QUESTIONS):
            # Until the transaction has told who it is, there is nothing to ask.
            self.rows = (self.pid is not None and self._ask("pg_blocking_pids(%s)", self.pid)) or self.rows

    def blockers(self, error: OperationalError) -> list[str]:
        """Return who stood in the way of a transaction that ended with this error, for people."""
        detail = getattr(getattr(error.__cause__, "diag", None), "message_detail", None) or ""
        named = [int(pid) for pid in re.findall(r"blocked by process (\d+)", detail)]
        others = [pid for pid in named if pid != self.pid]
        return [in_words(row) for row in (self._ask("%s::int[]", others) if others else self.rows)]

    def _ask(self, pids: str, value: Any) -> list[Row]:
        own = connections[self.using].copy()
        try:
            with own.cursor() as cursor:
                cursor.execute(WHO.format(pids=pids), [value])
                return list(cursor.fetchall())
        except Error:
            return []  # such as no connection to be had: who blocks stays unknown, what went wrong does not
        finally:
            own.close()


_watch: ContextVar[_Watch | None] = ContextVar("_watch", default=None)
"""The watch over the transaction that is about to begin."""


def transaction_began(*, pid: int) -> None:
    """Tell whoever watches which process of the server works for the transaction that has just begun."""
    if watch := _watch.get():
        watch.pid = pid


@contextlib.contextmanager
def named(*, using: str) -> Iterator[None]:
    """Let an error of the block that is about a lock say who holds it.

    :raises Blocked: in its place
    """
    watch = _Watch(using=using)
    token = _watch.set(watch)
    thread = threading.Thread(target=watch.ask_while_it_lasts)
    thread.start()
    try:
        yield
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", None) not in LOCK_STATES:
            raise
        raise Blocked(error, blockers=watch.blockers(error)) from error.__cause__
    finally:
        watch.ended.set()
        thread.join()
        _watch.reset(token)


def in_words(row: Row) -> str:
    """Return one who holds a lock, as far as it is known: process, application, user, since when."""
    pid, application, user, since, state = row
    if not pid:
        return "a prepared transaction"
    parts = [f"application {application}" if application else "no application name"]
    parts += [f"user {user}"] if user else []
    parts.append(f"in a transaction since {since} UTC" if since else "since when is not for this user to see")
    parts += [state] if state else []
    return f"process {pid} ({', '.join(parts)})"
