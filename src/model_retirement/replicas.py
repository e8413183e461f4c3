"""How far replicas are behind, and work that waits for them between its batches.

Why the server's own figure is not enough
-----------------------------------------
PostgreSQL measures ``replay_lag`` when a replica answers that it has applied something. One that has stopped applying, for a
query of its own or because somebody paused it, answers nothing new, and its figure stays as small as it was. So what
is also measured is how long ago the server's log was at a position that not all replicas have applied yet.
"""

from __future__ import annotations

import logging
import math
import time
from collections import deque
from collections.abc import Callable

from model_retirement import sql
from model_retirement.phases import log

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.5


class LagUnknown(Exception):
    """Nobody can say how far replicas are behind; the message says what to do."""


class ReplicaLag:
    """How many seconds the slowest replica of a database is behind, each time it is called.

    :param using: alias of the database
    :param clock: seconds
    """

    def __init__(self, *, using: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._using = using
        self._clock = clock
        self._not_applied: deque[tuple[int, float]] = deque()

    def __call__(self) -> float:
        """Return the lag now; none where there are no replicas.

        :raises LagUnknown: if the user of the database may not see how far they are
        """
        _, measured, written, applied = self._asked()
        now = self._clock()
        if applied is None:
            return 0.0
        while self._not_applied and self._not_applied[0][0] <= applied:
            self._not_applied.popleft()
        self._not_applied.append((written, now))
        return max(measured, now - self._not_applied[0][1])

    def replicas(self) -> int:
        """Return how many there are.

        :raises LagUnknown: if the database is of a kind that has none, or its user may not see how far they are
        """
        if not sql.dialect(self._using).replicas:
            raise LagUnknown(
                f"Database {self._using} has no replicas: --max-replica-lag is for PostgreSQL. Leave it out."
            )
        number, *_ = self._asked()
        return number

    def _asked(self) -> tuple[int, float, int, int | None]:
        query = sql.dialect(self._using).replicas
        if not query:
            return 0, 0.0, 0, None
        ((number, is_hidden, measured, written, applied),) = sql.fetch(self._using, query)
        if is_hidden:
            raise LagUnknown(
                f"The user of database {self._using} may not see how far its replicas are behind. Let an administrator run"
                " GRANT pg_monitor TO that user, or leave --max-replica-lag out."
            )
        return number, measured, written, applied


class Pace:
    """Work in batches, and how it waits between two of them; without arguments, not at all.

    :param lag: seconds that the slowest replica is behind
    :param most: the longest lag that nobody waits for
    :param renew: keeps the claim while it waits, and raises what ends the work
    :param tell: gets a line for people when a wait begins
    """

    def __init__(
        self,
        *,
        lag: Callable[[], float] = lambda: 0.0,
        most: float = math.inf,
        renew: Callable[[], None] = lambda: None,
        tell: Callable[[str], object] = lambda _line: None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._lag, self._most, self._renew, self._tell = lag, most, renew, tell
        self._sleep, self._clock = sleep, clock
        self._paused = 0.0

    def clock(self) -> float:
        """Return seconds that do not pass while it waits, so that a wait makes no batch look slow."""
        return self._clock() - self._paused

    def wait(self) -> None:
        """Return when no replica is too far behind; called between two transactions."""
        behind = self._lag()
        if behind <= self._most:
            return
        self._tell(
            f"Paused between two batches: a replica is {behind:.1f} s behind, and --max-replica-lag is {self._most:g}."
        )
        log(logger, "paused for a replica", lag=round(behind, 3))
        began = self._clock()
        while self._lag() > self._most:
            self._renew()
            self._sleep(POLL_SECONDS)
        paused = self._clock() - began
        self._paused += paused
        log(logger, "resumed after a replica", seconds=round(paused, 3))


WITHOUT_PAUSE = Pace()
"""Work that waits for nobody."""
