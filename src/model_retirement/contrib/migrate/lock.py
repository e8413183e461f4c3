"""One ``migrate`` at a time on each database.

Why not a blocking lock
-----------------------
A session that waits inside ``pg_advisory_xact_lock()`` holds a snapshot. CREATE INDEX CONCURRENTLY in the ``migrate``
that is waited for waits for that snapshot in turn, and PostgreSQL does not see the circle. So the lock is tried for
again and again, each time in a transaction of its own: one that stayed open would, behind a pooler in transaction mode,
keep a server connection from the ``migrate`` that is waited for.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Callable, Iterator

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

KEY = 0x6D69_6772_6174_65  # "migrate" in ASCII; any number that nobody else locks
POLL_SECONDS = 0.2

TryLock = Callable[[], bool]


@contextlib.contextmanager
def migrate_lock(*, using: str, tell: Callable[[str], object]) -> Iterator[None]:
    """Hold the database's lock for ``migrate`` within the block; wait for it first.

    :param tell: called with a line for people before a wait
    """
    with _lock_of(connections[using]) as try_lock:
        if not try_lock():
            tell("Another migrate is at work on this database; waiting for it to end.")
            while not try_lock():
                time.sleep(POLL_SECONDS)
        yield


def _lock_of(connection: BaseDatabaseWrapper) -> contextlib.AbstractContextManager[TryLock]:
    if connection.vendor == "postgresql":
        return _advisory_lock(connection)
    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite" and not _is_in_memory(name):
        return _file_lock(f"{name}.migrate-lock")
    # A database in memory belongs to one process.
    return contextlib.nullcontext(lambda: True)


def _is_in_memory(name: str) -> bool:
    return name == ":memory:" or "mode=memory" in name


@contextlib.contextmanager
def _advisory_lock(connection: BaseDatabaseWrapper) -> Iterator[TryLock]:
    """A lock of PostgreSQL that ends with a transaction, so that it works behind a pooler, too."""
    own = connection.copy()  # migrations begin and end transactions on the other one

    def try_lock() -> bool:
        with own.cursor() as cursor:
            # An isolation level above this one would keep a snapshot for as long as the lock.
            cursor.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [KEY])
            if cursor.fetchone()[0]:
                return True
        own.rollback()
        return False

    try:
        own.set_autocommit(False)
        yield try_lock
    finally:
        own.close()


@contextlib.contextmanager
def _file_lock(path: str) -> Iterator[TryLock]:
    """A lock on a file, which stays: to remove it would let two processes lock two files of one name."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)

    def try_lock() -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    try:
        yield try_lock
    finally:
        os.close(descriptor)
