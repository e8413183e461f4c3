"""Rows that the database lets nobody change, for tests of what an odd row stops."""

from __future__ import annotations

from typing import Literal

from django.db import connection

from apps.pipelines.models import Node
from tests.short_lived_tables import run_sql

NODES = Node._meta.db_table


def freeze(
    where: str, *, table: str = NODES, silently: bool = False, against: Literal["UPDATE", "DELETE"] = "UPDATE"
) -> None:
    """Make a trigger, as hosts have them, that lets nobody change some rows.

    :param where: a condition that has ``OLD.`` before columns
    :param silently: the change is undone, and nothing says so
    """
    if connection.vendor == "sqlite":
        act = "RAISE(IGNORE)" if silently else "RAISE(ABORT, 'frozen by the auditors')"
        run_sql(f"CREATE TRIGGER keep BEFORE {against} ON {table} WHEN {where} BEGIN SELECT {act}; END")
        return
    act = "RETURN NULL" if silently else "RAISE EXCEPTION 'frozen by the auditors'"
    run_sql(
        f"CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {act}; END $$",
        f"CREATE TRIGGER keep BEFORE {against} ON {table} FOR EACH ROW WHEN ({where}) EXECUTE FUNCTION keep()",
    )


def unfreeze() -> None:
    """Let nodes be changed again."""
    run_sql("DROP TRIGGER keep" + (f" ON {NODES}" if connection.vendor == "postgresql" else ""))
