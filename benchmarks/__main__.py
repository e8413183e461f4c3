"""``python -m benchmarks``: the removal engine beside hand-written SQL and beside the per-object loop, on PostgreSQL.

Each measurement starts from a copy of the same database, the contestants take turns, and medians are compared: figures
of one run on one machine, so that a noisy machine is noisy for all.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import psycopg

from benchmarks import floor
from benchmarks.dataset import Size, build
from tests.database_leg import start_server

Measured = dict[str, Any]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--sizes", type=int, nargs="+", default=[20_000, 200_000], help="referencing nodes")
    arguments.add_argument("--naive-size", type=int, default=10_000, help="referencing nodes for the per-object loop")
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--json", action="store_true", help="print the results as JSON, too")
    options = arguments.parse_args()
    server = Server(os.environ.get("TEST_DATABASE_URL") or start_server(durable=True))
    results = {str(size): measure(server, Size(size), rounds=options.rounds) for size in options.sizes}
    if options.naive_size:
        results["naive"] = measure_naive(server, Size(options.naive_size))
    print_table(results)
    if options.json:
        print(json.dumps(results, indent=1))


class Server:
    """Databases that come and go on one server."""

    def __init__(self, url: str) -> None:
        self._url = url

    def url(self, name: str) -> str:
        base, _, query = self._url.partition("?")
        return f"{base.rpartition('/')[0]}/{name}" + (f"?{query}" if query else "")

    def recreate(self, name: str, *, template: str = "template1") -> str:
        with psycopg.connect(self._url, autocommit=True) as server:
            server.execute(f"DROP DATABASE IF EXISTS {name}")
            server.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        with psycopg.connect(self.url(name), autocommit=True) as server:
            # What the copy left to be written is not part of the measurement.
            server.execute("CHECKPOINT")
        return self.url(name)


def measure(server: Server, size: Size, *, rounds: int) -> dict[str, list[Measured]]:
    """Measure command, floor and previews in turns."""
    template = prepare(server, size)
    contestants: dict[str, Callable[[str], Measured]] = {
        "command": lambda url: child(url, "command"),
        "floor": lambda url: {"seconds": floor.remove(url)},
        "preview": lambda url: child(url, "preview"),
        "preview floor": lambda url: {"seconds": floor.preview(url)},
    }
    found: dict[str, list[Measured]] = {name: [] for name in contestants}
    for turn in range(rounds):
        # Whoever goes first may find a warmer or a colder machine.
        for name in list(contestants)[:: 1 if turn % 2 else -1]:
            found[name].append(contestants[name](server.recreate("bench_run", template=template)))
            print(f"{size.referencing:,} {name}: {found[name][-1]['seconds']:.2f} s", file=sys.stderr)
    return found


def measure_naive(server: Server, size: Size) -> dict[str, list[Measured]]:
    """Measure command and per-object loop once each: the loop is slow, and the factor is large."""
    template = prepare(server, size)
    return {name: [child(server.recreate("bench_run", template=template), name)] for name in ("command", "naive")}


def prepare(server: Server, size: Size) -> str:
    name = f"bench_{size.referencing}"
    url = server.recreate(name)
    manage = [sys.executable, "manage.py", "migrate", "-v", "0", "--skip-checks"]
    subprocess.run(manage, env={**os.environ, "DATABASE_URL": url}, check=True)
    build(url, size)
    return name


def child(url: str, what: str) -> Measured:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.child", what],
        env={**os.environ, "DATABASE_URL": url},
        check=True,
        capture_output=True,
        text=True,
    )
    measured: Measured = json.loads(done.stdout)
    return measured


def median(runs: list[Measured], key: str = "seconds") -> float:
    return float(statistics.median(run[key] for run in runs))


def print_table(results: dict[str, dict[str, list[Measured]]]) -> None:
    for size, found in results.items():
        if size == "naive":
            factor = median(found["naive"]) / median(found["command"])
            print(
                f"\nper-object loop: {median(found['naive']):.1f} s, command: {median(found['command']):.2f} s, factor {factor:.0f}"
            )
            continue
        command = found["command"]
        print(f"\n{int(size):,} referencing nodes of {5 * int(size):,}, 30 models, medians of {len(command)} runs")
        print(
            f"  plan and execute   {median(command):8.2f} s   {command[0]['references'] / median(command):,.0f} rows/s"
        )
        print(
            f"  hand-written SQL   {median(found['floor']):8.2f} s   ratio {median(command) / median(found['floor']):.2f}"
        )
        print(f"  preview            {median(found['preview']):8.2f} s")
        ratio = median(found["preview"]) / median(found["preview floor"])
        print(f"  aggregate query    {median(found['preview floor']):8.2f} s   ratio {ratio:.2f}")
        print(
            f"  queries {command[0]['queries']:,}, longest transaction {median(command, 'longest_transaction'):.2f} s,"
            f" peak memory {median(command, 'rss_mb'):.0f} MB ({median(command, 'rss_before_mb'):.0f} MB before)"
        )


if __name__ == "__main__":
    main()
