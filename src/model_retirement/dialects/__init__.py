"""What PostgreSQL and SQLite do differently: one :class:`Dialect`, and an implementation for each of the two.

Nothing outside this package asks which database it is (tests/architecture/test_dialects.py). A difference is a method here,
named after what it gives.
"""

from __future__ import annotations

from typing import Any

from model_retirement.dialects.base import Dialect
from model_retirement.dialects.postgresql import PostgreSQL
from model_retirement.dialects.sqlite import SQLite

OLDEST_POSTGRESQL = 15

_DIALECTS: dict[str, type[Dialect]] = {"postgresql": PostgreSQL, "sqlite": SQLite}

__all__ = ["OLDEST_POSTGRESQL", "Dialect", "dialect_of", "unsupported"]


def dialect_of(connection: Any) -> Dialect:
    """Return what the database at the end of a connection speaks.

    :raises KeyError: if the engine does not support it; a check says so before
    """
    return _DIALECTS[connection.vendor](connection)


def unsupported(connection: Any) -> str:
    """Return the name of a database that the engine does not support; empty if it does."""
    if connection.vendor not in _DIALECTS:
        return str(connection.display_name)
    if connection.vendor != "postgresql":
        return ""
    version = connection.pg_version // 10_000
    return f"PostgreSQL {version}" if version < OLDEST_POSTGRESQL else ""
