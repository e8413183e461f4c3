"""Contestants take turns, so that none has a warmer or a quieter machine than the others."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping

from benchmarks.server import Measured


def take_turns(contestants: Mapping[str, Callable[[], Measured]], *, rounds: int) -> dict[str, list[Measured]]:
    """Let contestants work in turns, the first one last in every second round; return what was measured, by name.

    :param contestants: by name, what works once and returns what was measured, ``seconds`` among it
    """
    runs: dict[str, list[Measured]] = {name: [] for name in contestants}
    for turn in range(rounds):
        for name in list(contestants)[:: 1 if turn % 2 else -1]:
            runs[name].append(contestants[name]())
            print(f"{name}: {runs[name][-1]['seconds']:.2f} s", file=sys.stderr)
    return runs
