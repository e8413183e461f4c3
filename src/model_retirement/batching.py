"""Short transactions: slices sized by time, and another try where somebody else's transaction was in the way."""

from __future__ import annotations

import contextlib
import json
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from django.db import IntegrityError, OperationalError, connections, transaction

from model_retirement import blockers, sql
from model_retirement.keys import KeyKind, packed_keys, read_keys
from model_retirement.phases import log

T = TypeVar("T")

logger = logging.getLogger(__name__)

TARGET_SECONDS = 0.5
FIRST_SIZE = 5_000
LARGEST_SIZE = 10_000
IDS_PER_LINE = 10_000
LOCK_TIMEOUT = "5s"
TRIES = 8

# Deadlock, lock timeout, serialisation failure. Then: a row came in, or went, between being looked for and being written,
# such as a link that a person adds, or a team; only what is there can be locked. The next try sees what is there now.
_TRANSIENT = {"40P01", "55P03", "40001", "23505", "23503"}


def slices(items: Sequence[T], *, largest: int, clock: Callable[[], float] = time.monotonic) -> Iterator[Sequence[T]]:
    """Yield consecutive slices, each sized so that the work on it takes about half a second.

    The time between two slices is taken as the time that the work on the first one took.

    :param largest: most items in a slice
    :param clock: seconds
    """
    size = min(FIRST_SIZE, largest)
    start = 0
    while start < len(items):
        began = clock()
        yield items[start : start + size]
        start += size
        seconds = max(clock() - began, 0.001)
        size = max(1, min(largest, int(size * min(2.0, TARGET_SECONDS / seconds))))


def collect_ids(statement: sql.Statement, *, kind: KeyKind | None = KeyKind.INTEGER, using: str) -> Sequence[Any]:
    """Return the distinct row ids of a query for pairs, in order, packed.

    They travel as lists: to read a line for each would take longer than to find them.

    :param kind: what the ids are
    """
    query, params = statement
    numbered = (
        f"SELECT row_id, (ROW_NUMBER() OVER (ORDER BY row_id) - 1) / {IDS_PER_LINE} AS line"
        f" FROM (SELECT DISTINCT row_id FROM ({query}) p) d"
    )
    lines = f"SELECT {sql.collected(using, 'row_id')} FROM ({numbered}) n GROUP BY line ORDER BY line"
    ids = packed_keys(kind=kind)
    with transaction.atomic(using=using):
        for (line,) in sql.stream(using, lines, params):
            ids.extend(sorted(read_keys(json.loads(line))))
    row_ids: Sequence[Any] = ids
    return row_ids


@contextlib.contextmanager
def short_transaction(using: str) -> Iterator[None]:
    """A transaction that gives up instead of waiting long for a lock."""
    with transaction.atomic(using=using):
        if pid := sql.dialect(using).limit_waiting(LOCK_TIMEOUT):
            blockers.transaction_began(pid=pid)
        yield


def retrying(
    work: Callable[[], T], *, using: str, tries: int = TRIES, sleep: Callable[[float], None] = time.sleep
) -> T:
    """Do work that is one transaction, again if the database rolled it back for what others did at the same time.

    :param tries: how often at most
    Inside somebody else's transaction there is one try: their earlier work is part of what would have to be repeated.

    :raises Blocked: if a lock that others hold was not to be had in the last try either; it says who they are
    """
    tries = 1 if connections[using].in_atomic_block else tries
    for attempt in range(1, tries):
        try:
            return work()
        except (OperationalError, IntegrityError) as error:
            code = getattr(error.__cause__, "sqlstate", None)
            if code not in _TRANSIENT:
                raise
            log(logger, "batch repeated", sqlstate=code, attempt=attempt)
            sleep(0.05 * 2**attempt)
    with blockers.named(using=using) if sql.dialect(using).names_blockers else contextlib.nullcontext():
        return work()
