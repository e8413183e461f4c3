"""``python -m benchmarks``: the engine beside hand-written SQL and beside loops through the ORM, on PostgreSQL.

Each measurement starts from a copy of the same database, the contestants take turns, and medians are compared: figures
of one run on one machine, so that a noisy machine is noisy for all. The seconds are those of a clock: on a busy machine
only what stands side by side in one report can be compared.

The server is the one of TEST_DATABASE_URL, or one that is started for the length of the run.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable, Mapping
from functools import partial

from benchmarks import dataset, editors, floor, outcome, promotion, round_trip, shards, words
from benchmarks.dataset import Size
from benchmarks.server import Measured, Server, child, with_wal
from benchmarks.turns import take_turns
from tests.database_leg import start_server

Contestants = Mapping[str, Callable[[str], Measured]]
"""By name what works on the database at a URL and returns what was measured. ``floor`` is the hand-written SQL."""

REMOVAL: Contestants = {
    "command": lambda url: _leaving(outcome.platform, with_wal(url, lambda: child(url, "command")), url),
    "floor": lambda url: _leaving(outcome.platform, with_wal(url, lambda: {"seconds": floor.remove(url)}), url),
    "preview": lambda url: child(url, "preview"),
    "preview floor": lambda url: {"seconds": floor.preview(url)},
}
PROMOTION: Contestants = {
    "command": lambda url: _leaving(outcome.platform, child(url, "promotion"), url),
    "floor": lambda url: _leaving(outcome.platform, {"seconds": promotion.promote(url)}, url),
}
# What is left is not compared: who edits meanwhile leaves something else each time.
EDITORS: Contestants = {"command": editors.during_command, "floor": editors.during_floor}
LOOPS: Contestants = {
    "command": lambda url: _leaving(outcome.removal, child(url, "command"), url),
    "one by one": lambda url: _leaving(outcome.removal, child(url, "one by one"), url),
    "at once": lambda url: _leaving(outcome.removal, child(url, "at once"), url),
}


def main() -> None:
    arguments = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    for name, default, what in (
        ("removal", [20_000, 200_000], "nodes that refer to a model that is removed, a measurement for each number"),
        ("editors", [20_000], "nodes that refer to a model that is removed while people edit"),
        ("promotion", [10_000, 100_000], "nodes on teams' own models"),
        ("loops", [10_000], "nodes, removed beside the loops through the ORM"),
        ("round-trip", [1_000_000], "nodes, removed and restored"),
        ("shards", [40_000], "nodes, in one database and in two on the same server"),
    ):
        arguments.add_argument(
            f"--{name}", type=int, nargs="*", default=default, metavar="N", help=f"{what}; none: not measured"
        )
    arguments.add_argument(
        "--rounds", type=int, default=5, help="runs of each contestant; loops have 3, a round trip 1"
    )
    arguments.add_argument("--json", action="store_true", help="print each measurement, too")
    options = arguments.parse_args()
    server = Server(os.environ.get("TEST_DATABASE_URL") or start_server(durable=True))
    rounds = options.rounds
    measurements = {
        "removal": {
            n: measure(server, partial(dataset.build, size=Size(n)), REMOVAL, rounds=rounds) for n in options.removal
        },
        "editors": {
            n: measure(server, partial(dataset.build, size=Size(n)), EDITORS, rounds=rounds) for n in options.editors
        },
        "promotion": {
            n: measure(server, partial(promotion.build, nodes=n), PROMOTION, rounds=rounds) for n in options.promotion
        },
        # Fewer rounds: loops are slow, and the factors are large.
        "loops": {n: measure(server, partial(dataset.build, size=Size(n)), LOOPS, rounds=3) for n in options.loops},
        "round trip": {
            n: measure(server, partial(dataset.build, size=Size(n)), {"round trip": round_trip.measure}, rounds=1)
            for n in options.round_trip
        },
        "shards": {n: shards.measure(server, n, rounds=rounds) for n in options.shards},
    }
    for line in words.lines(measurements):
        print(line)
    if options.json:
        print(json.dumps(measurements, indent=1))


def measure(
    server: Server, build: Callable[[str], None], contestants: Contestants, *, rounds: int
) -> dict[str, list[Measured]]:
    """Let contestants take turns, each on a copy of the same database.

    :param build: fills the database at a URL
    :raises SystemExit: if contestants leave something else than each other
    """
    template = server.prepare("bench_template", build=build)

    def on_a_copy(name: str) -> Measured:
        return contestants[name](server.recreate("bench_run", template=template))

    runs_by_name = take_turns({name: partial(on_a_copy, name) for name in contestants}, rounds=rounds)
    _refuse_different_outcomes(runs_by_name)
    return runs_by_name


def _leaving(look: Callable[[str], outcome.Checksums], measured: Measured, url: str) -> Measured:
    return measured | {"outcome": look(url)}


def _refuse_different_outcomes(runs_by_name: Mapping[str, list[Measured]]) -> None:
    """Whoever is faster because it does less is no measure."""
    left = [(name, run.pop("outcome")) for name, runs in runs_by_name.items() for run in runs if "outcome" in run]
    for name, checksums in left:
        if different := sorted(table for table in checksums if checksums[table] != left[0][1][table]):
            raise SystemExit(f"{left[0][0]} and {name} leave something else in {', '.join(different)}.")


if __name__ == "__main__":
    main()
