"""Connections to the database that were lost: ended by the server, by a pooler, or on the way."""

from __future__ import annotations

from django.db import OperationalError, connections


def is_loss(error: OperationalError) -> bool:
    """Return whether the connection itself was lost, rather than a statement refused.

    PostgreSQL and poolers send a code of two classes before they end one (https://www.postgresql.org/docs/current/errcodes-appendix.html),
    and a connection that breaks has none. SQLite has no connections to lose.
    """
    code = getattr(error.__cause__, "sqlstate", "")
    return code is None or code.startswith(("08", "57P"))


def drop_if_lost(*, using: str) -> None:
    """Close a connection that was lost, or is past its age, so that the next query opens a new one; else Django uses it.

    Inside a transaction nothing happens: what was done in it is gone, and must not be continued without it.
    """
    connection = connections[using]
    if not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()
