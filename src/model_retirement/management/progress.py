"""How far a long command is: a bar with rate and time left on a terminal, a line every few seconds elsewhere."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

SECONDS_BETWEEN_LINES = 5.0

Report = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and how much there is in all."""


@contextlib.contextmanager
def shown(
    *, console: Console, write: Callable[[str], object], clock: Callable[[], float] = time.monotonic
) -> Iterator[Report]:
    """Show progress while the block runs.

    :param console: where the bar goes, if it is a terminal
    :param write: takes a line where there is no terminal; short work writes none
    :param clock: seconds
    """
    if console.is_terminal:
        with _bars(console) as report:
            yield report
    else:
        yield _lines(write, clock)


@contextlib.contextmanager
def _bars(console: Console) -> Iterator[Report]:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bars:
        tasks: dict[str, TaskID] = {}

        def report(label: str, done: int, total: int) -> None:
            if label not in tasks:
                tasks[label] = bars.add_task(label, total=total, rate="")
            task = bars.tasks[list(tasks).index(label)]
            rate = f"{done / task.elapsed:,.0f}/s" if task.elapsed else ""
            bars.update(tasks[label], completed=done, total=total, rate=rate)

        yield report


def _lines(write: Callable[[str], object], clock: Callable[[], float]) -> Report:
    last = clock()

    def report(label: str, done: int, total: int) -> None:
        nonlocal last
        if clock() - last >= SECONDS_BETWEEN_LINES:
            last = clock()
            write(f"{label}: {done:,} of {total:,}")

    return report
