"""SIGINT and SIGTERM while a data migration runs."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupted(KeyboardInterrupt):
    """Somebody asked the process to end. It is no ``Exception``, so that work which survives errors does not eat it."""

    def __init__(self, signum: int) -> None:
        self.stopped = f"Stopped by {signal.Signals(signum).name}"
        super().__init__(f"{self.stopped}. What was finished is recorded; the next run does the rest.")


class Interruption:
    """Whether a signal came, and what it does: batched work ends at its next batch, other work at once.

    A second signal ends batched work at once, too.
    """

    def __init__(self, *, batched: bool) -> None:
        self._batched = batched
        self._signum: int | None = None

    def check(self) -> None:
        """Return if no signal came.

        :raises Interrupted: if one did
        """
        if self._signum is not None:
            raise Interrupted(self._signum)

    def receive(self, signum: int, _frame: FrameType | None) -> None:
        """Handle a signal; called by Python between two steps of the main thread."""
        if self._signum is None and self._batched:
            self._signum = signum
            return
        raise Interrupted(signum)


@contextlib.contextmanager
def watch(*, batched: bool) -> Iterator[Interruption]:
    """Receive SIGINT and SIGTERM within the block, where :func:`received_by` can.

    :param batched: the work calls ``check`` before each of its batches
    """
    interruption = Interruption(batched=batched)
    with received_by(interruption.receive):
        yield interruption


@contextlib.contextmanager
def received_by(receive: Callable[[int, FrameType | None], object]) -> Iterator[None]:
    """Let a function receive SIGINT and SIGTERM within the block; the handlers from before are back after it.

    Outside the main thread, where Python hands out no signals, nothing is installed.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {signum: signal.signal(signum, receive) for signum in SIGNALS}
    try:
        yield
    finally:
        for signum, handler in before.items():
            signal.signal(signum, handler)
