"""A removal and its restore: what the platform's tables hold afterwards, compared with what they held before."""

from __future__ import annotations

from benchmarks.outcome import platform
from benchmarks.server import Measured, child


def measure(url: str) -> Measured:
    """Remove the models and restore them.

    :raises SystemExit: if the removal has changed nothing
    """
    before = platform(url)
    removed = child(url, "command")
    between = platform(url)
    if before["pipelines_node"] == between["pipelines_node"]:
        raise SystemExit("The removal has changed no node: the comparison would say nothing.")
    restored = child(url, "restore")
    after = platform(url)
    return {
        "seconds": removed["seconds"] + restored["seconds"],
        "removed": removed,
        "restored": restored,
        "tables": len(before),
        "rows": sum(rows for rows, _ in before.values()),
        "changed_tables": sorted(table for table in before if after[table] != before[table]),
    }
