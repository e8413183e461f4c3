"""``--database all``: two databases on one server, side by side, beside one database with the rows of both."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial

from benchmarks import dataset
from benchmarks.dataset import TEAMS, Size
from benchmarks.server import Measured, Server
from benchmarks.turns import take_turns

REMOVE = ["remove_deprecated_models", "--database=all", "--no-send", "--format=json"]


def measure(server: Server, nodes: int, *, rounds: int) -> dict[str, list[Measured]]:
    """Let one database and two take turns, each on fresh copies.

    :param nodes: how many refer to models that go in all, half of them in each of two databases
    :raises SystemExit: if the two have not moved as many references as the one
    """
    whole = server.prepare("bench_whole", build=partial(dataset.build, size=Size(nodes)))
    half = server.prepare("bench_half", build=partial(dataset.build, size=Size(nodes // 2, teams=TEAMS // 2)))
    contestants: dict[str, Callable[[], Measured]] = {
        "one": lambda: _remove(server.recreate("bench_run", template=whole)),
        "two": lambda: _remove(*(server.recreate(name, template=half) for name in ("bench_run", "bench_run_2"))),
    }
    runs = take_turns(contestants, rounds=rounds)
    if len(moved := {run["references"] for of_name in runs.values() for run in of_name}) > 1:
        raise SystemExit(f"Not as many references were moved in two databases as in one: {sorted(moved)}.")
    return runs


def _remove(url: str, second: str = "") -> Measured:
    """Run the command to its end.

    :return: ``seconds`` from its start to its end, and ``work``, what planning and executing took of them
    """
    env = {
        **os.environ,
        "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "benchmarks.shard_settings",
        "EMAIL_URL": "dummy:",
        "SECOND_DATABASE_URL": second,
    }
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "manage.py", *REMOVE], env=env, check=True, stdout=subprocess.PIPE, text=True
    )
    seconds = time.monotonic() - began
    report = json.loads(done.stdout)
    return {
        "seconds": seconds,
        "work": report["seconds"]["plan"] + report["seconds"]["execute"],
        "references": report["totals"]["references"],
    }
