"""A removal and its restore: what the platform's tables hold afterwards, compared with what they held before."""

from __future__ import annotations

import psycopg

from benchmarks.server import Measured, child

RECORDS = (
    "data_migrations_",
    "service_providers_affectedresources",
    "service_providers_referencechange",
    "service_providers_removalrun",
    "service_providers_removedmodel",
    "service_providers_team",
)
"""What begins like this is written by a removal about itself. Everything else must be as before."""


def measure(url: str) -> Measured:
    """Remove the models and restore them.

    :raises SystemExit: if the removal has changed nothing
    """
    before = checksums(url)
    removed = child(url, "command")
    between = checksums(url)
    if before["pipelines_node"] == between["pipelines_node"]:
        raise SystemExit("The removal has changed no node: the comparison would say nothing.")
    restored = child(url, "restore")
    after = checksums(url)
    return {
        "seconds": removed["seconds"] + restored["seconds"],
        "removed": removed,
        "restored": restored,
        "tables": len(before),
        "rows": sum(rows for rows, _ in before.values()),
        "changed_tables": sorted(table for table in before if after[table] != before[table]),
    }


def checksums(url: str) -> dict[str, tuple[int, int]]:
    """Return the number of rows and the sum of the rows' hashes, by table."""
    with psycopg.connect(url) as server:
        tables = server.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1").fetchall()
        return {table: _checksum(server, table) for (table,) in tables if not table.startswith(RECORDS)}


def _checksum(server: psycopg.Connection, table: str) -> tuple[int, int]:
    found = server.execute(f"SELECT count(*), sum(hashtextextended(t::text, 0)::numeric) FROM {table} t").fetchone()
    assert found is not None
    return int(found[0]), int(found[1] or 0)
