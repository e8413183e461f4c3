"""Faults on demand: a process that is killed, or loses its database, at a chosen moment of its work.

A moment is the instant before a statement or a commit. What follows a commit, or what a mail server has been told since,
is over at the moment before the next statement. Moments are numbered from 1, so that a test can have a run tell them all
and then repeat it once for each. Called in the process itself, before its work; every connection that it opens counts.
"""

from __future__ import annotations

import itertools
import os
import signal
from collections.abc import Callable
from typing import Any

import psycopg
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

SECONDS_TO_CUT = 10

Act = Callable[[int, str, BaseDatabaseWrapper], None]


def tell(path: str) -> None:
    """Write every moment to a file, one a line."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND)

    def act(_number: int, what: str, _connection: BaseDatabaseWrapper) -> None:
        os.write(descriptor, f"{' '.join(what.split())}\n".encode())

    _at_each_moment(act)


def kill_at(moment: int) -> None:
    """End this process at a moment, as ``kill -9`` does."""

    def act(number: int, _what: str, _connection: BaseDatabaseWrapper) -> None:
        if number == moment:
            os.kill(os.getpid(), signal.SIGKILL)

    _at_each_moment(act)


def cut_at(moment: int) -> None:
    """Have the server end the connection that is in use at a moment, as an operator or a failover does."""

    def act(number: int, _what: str, connection: BaseDatabaseWrapper) -> None:
        if number == moment:
            backend = connection.connection.info.backend_pid
            with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as operator:
                ended = operator.execute("SELECT pg_terminate_backend(%s, %s)", [backend, SECONDS_TO_CUT * 1000])
                assert ended.fetchone() == (True,)

    _at_each_moment(act)


def _at_each_moment(act: Act) -> None:
    numbers = itertools.count(1)

    def moment(what: str, connection: BaseDatabaseWrapper) -> None:
        act(next(numbers), what, connection)

    def before_statement(
        execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]
    ) -> Any:
        moment(sql, context["connection"])
        return execute(sql, params, many, context)

    def before_commit(connection: BaseDatabaseWrapper) -> None:
        moment("COMMIT", connection)
        commit(connection)

    def watch(connection: BaseDatabaseWrapper, **_kwargs: Any) -> None:
        connection.execute_wrappers.append(before_statement)

    commit: Any = BaseDatabaseWrapper._commit  # type: ignore[attr-defined]
    BaseDatabaseWrapper._commit = before_commit  # type: ignore[attr-defined]
    connection_created.connect(watch, weak=False)
