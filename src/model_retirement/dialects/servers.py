"""What a database says of the server behind it, and of those that follow that server."""

from __future__ import annotations

import abc
from typing import ClassVar


class ServerDialect(abc.ABC):
    """The part of a dialect that is about servers."""

    whereabouts: ClassVar[str]
    """A query for where an alias leads: whether to a server that takes no writes because it follows another one, and the
    text that names this very database; empty text where nothing does."""

    replicas: ClassVar[str]
    """A query for how far the replicas of this server are, in one row: how many there are; whether this user may not see how
    far one is; the longest lag in seconds that the server has measured; the position of its own log; the position up to
    which all of them have applied it. Empty where no database has replicas."""


class PostgreSQLServer(ServerDialect):
    """A server that others may follow."""

    whereabouts = (
        "SELECT pg_is_in_recovery(), system_identifier::text || ' ' || current_database() FROM pg_control_system()"
    )
    # A base backup and a receiver of the log alone apply nothing, so they have no position.
    replicas = """
        SELECT count(*), coalesce(bool_or(state IS NULL), false), coalesce(max(extract(epoch FROM replay_lag)), 0)::float8,
            pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint, min(pg_wal_lsn_diff(replay_lsn, '0/0'))::bigint
        FROM pg_stat_replication WHERE state IS NULL OR replay_lsn IS NOT NULL
    """


class SQLiteFile(ServerDialect):
    """A file, or memory, which has no name."""

    whereabouts = "SELECT 0, file FROM pragma_database_list WHERE name = 'main'"
    replicas = ""
