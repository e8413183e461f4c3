"""Claim, work, record: what makes a data migration run exactly once per environment.

Why the claim comes first
-------------------------
To look and then to act is not run-once: two processes look at the same moment and both act. So the right to work is
taken with one conditional UPDATE. It holds for a lease that every batch renews, and a process that dies loses it by
doing nothing. A row is all that this needs, so it works on every database and behind every pooler.

Why one-transaction work renews, too
------------------------------------
Its first statement updates the lease's row, which locks the row until the work is committed. Nobody can take the work
over before that, however long it takes; without it, work longer than a lease would be started again and again.

Why work on some units leaves the status alone
----------------------------------------------
The row of a command says whether the work on *all* its units is asked for. Work on one unit, or its undoing, takes the
claim of that row, because nothing else may run meanwhile. Were it to write the row's status as well, a failure or a
crash would be taken for a request, and the next ``migrate`` would do what nobody had asked for. What is left to do of a
unit is said by the record of the unit.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
import os
import platform
import time
import traceback
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import partial
from typing import Any

from django.core.management.base import CommandError
from django.db import DatabaseError, OperationalError, connections, transaction
from django.db.models import Case, F, Q, QuerySet, Value, When
from django.db.models.functions import Now

from model_retirement import answers, conf
from model_retirement.connection_loss import drop_if_lost
from model_retirement.data_migrations.claim_errors import AlreadyApplied, HeldByAnother, LeaseLost
from model_retirement.data_migrations.models import CustomMigration, CustomMigrationRun
from model_retirement.dialects import dialect_of
from model_retirement.interruption import Interruption, watch
from model_retirement.phases import phase

logger = logging.getLogger(__name__)

Status = CustomMigration.Status
RunStatus = CustomMigrationRun.Status

POLL_SECONDS = 0.2
WAITING = (Status.PENDING, Status.FAILED)
DONE = (Status.APPLIED, Status.FAKED)
NO_LEASE: Mapping[str, Any] = {
    "lease_token": None,
    "lease_holder": "",
    "leased_at": None,
    "lease_expires_at": None,
}


class Attempt:
    """One claimed attempt: what the work needs to know, and how it says that it is alive and that it is done.

    ``counts`` is what the work fills with what it did; ``result`` is what else it has to say, as JSON.

    :param units: names of the records of the units that it is about; None if it is about all there is to do
    """

    def __init__(
        self,
        *,
        run: CustomMigrationRun,
        token: uuid.UUID,
        units: Collection[str] | None,
        interruption: Interruption,
        using: str,
    ) -> None:
        self.name: str = run.migration.name
        self.triggered_by: str = run.triggered_by
        self.using = using
        self.counts: dict[str, int] = {}
        self.result: Any = None
        self.recorded = False
        self._units = units
        self._interruption = interruption
        self._row = type(run.migration).objects.using(using).filter(pk=run.migration_id, lease_token=token)
        # Never a run that is over: the process that took the work over has written it off.
        self._run = type(run).objects.using(using).filter(pk=run.pk, status=RunStatus.RUNNING)

    def renew(self) -> None:
        """Prolong the claim: the first statement of every transaction of the work.

        :raises LeaseLost: if another process has taken over
        :raises Interrupted: if SIGINT or SIGTERM came since
        """
        self._interruption.check()
        if not self._row.update(lease_expires_at=Now() + lease()):
            raise LeaseLost(self.name)

    def succeed(self) -> None:
        """Record the success; called inside the work's own transaction, record and work are kept both or neither.

        Work that does not call it is recorded when the attempt is left.

        :raises LeaseLost: if another process has taken over
        """
        with transaction.atomic(using=self.using):
            updated = self._row.update(**self._settled(), applied_at=Now(), **NO_LEASE)
            if not updated:
                raise LeaseLost(self.name)
            self._end_run(RunStatus.SUCCEEDED)
        self.recorded = True

    def _end_run(self, status: RunStatus, *, error: str = "") -> None:
        self._run.update(status=status, finished_at=Now(), counts=self.counts, result=self.result, error=error)

    def _settled(self) -> dict[str, Any]:
        if self._units is not None:
            return {}
        # A request that came while we worked may be about more than we saw.
        asked_again = When(requested_at__gt=F("leased_at"), then=Value(Status.PENDING.value))
        return {"status": Case(asked_again, default=Value(Status.APPLIED.value))}

    def fail(self, error: BaseException) -> None:
        """Record a failure, unless the surrounding transaction is lost and takes the whole record with it.

        Of work on some units it is their records that say so: those that are done stay done, the others are tried again.
        """
        if connections[self.using].needs_rollback:
            return
        drop_if_lost(using=self.using)  # the connection may be what failed
        # As people read it elsewhere.
        kind = "CommandError" if isinstance(error, CommandError) else type(error).__name__
        text = f"{kind}: {error}\n\n{''.join(traceback.format_exception(error))}"
        try:
            with transaction.atomic(using=self.using):
                if self._row.update(**({"status": Status.FAILED} if self._units is None else {}), **NO_LEASE):
                    self._fail_units(text)
                self._end_run(RunStatus.FAILED, error=text)
        except DatabaseError as unrecorded:
            error.add_note(f"The failure could not be recorded ({unrecorded}); the claim ends with its lease.")

    def _fail_units(self, text: str) -> None:
        units = self._row.model.objects.using(self.using).filter(name__in=self._units or (), status__in=WAITING)
        for unit in units:
            unit.runs.create(
                status=RunStatus.FAILED,
                finished_at=Now(),
                triggered_by=self.triggered_by,
                error=text,
                code_version=answers.code_version(),
            )
        units.update(status=Status.FAILED)


@contextlib.contextmanager
def attempt(
    *,
    name: str,
    using: str,
    triggered_by: str,
    wait: float | None = None,
    tell: Callable[[str], object] = lambda _line: None,
    force: bool = False,
    batched: bool = True,
    units: Collection[str] | None = None,
    migration_model: type[CustomMigration] = CustomMigration,
) -> Iterator[Attempt]:
    """Claim a data migration for the block, which does the work; how the block ends is recorded.

    :param using: alias of the database that the work is on
    :param triggered_by: what started it, for people: a command line, or ``migrate``
    :param wait: most seconds to wait for another holder; None waits as long as the holder renews
    :param tell: called with a line for people when a wait begins
    :param force: do the work also if it was done before
    :param batched: the work calls ``renew`` before each batch; other work is interrupted at once by a signal
    :param units: names of the records of the units that the work is about, or none if it undoes some; then the status of
        the data migration itself stays what it is. None if the work is about all there is to do
    :param migration_model: inside a schema migration, the historical model
    :raises AlreadyApplied: if the work was done before and ``force`` is not set
    :raises HeldByAnother: if another process still holds it after ``wait`` seconds
    :raises Interrupted: if SIGINT or SIGTERM came
    """
    rows = migration_model.objects.using(using)
    force = force or units is not None  # whether all is done does not say whether these are
    deadline = None if wait is None else time.monotonic() + wait
    token = uuid.uuid4()
    has_told = False
    claim = partial(_claim, rows, name=name, token=token, triggered_by=triggered_by, force=force, units=units)
    while (run := claim()) is None:
        row = rows.filter(name=name).first()
        if row is None:
            # Nobody has asked for all of it, so only work on all of it may wait.
            status = Status.PENDING if units is None else Status.APPLIED
            made = rows.model(name=name, status=status, requested_by=triggered_by[:255])
            rows.bulk_create([made], ignore_conflicts=True)
            continue
        if row.status in DONE and not force:
            raise AlreadyApplied(row)
        if deadline is not None and time.monotonic() >= deadline:
            raise HeldByAnother(row)
        if row.lease_token is not None and not has_told:
            tell(f"{HeldByAnother(row).who} Waiting for it to end.")
            has_told = True
        time.sleep(POLL_SECONDS)
    claimed_as = phase(logger, "data migration", data_migration=name, attempt=run.pk)
    with watch(batched=batched) as interruption, claimed_as as counts:
        current = Attempt(run=run, token=token, units=units, interruption=interruption, using=using)
        try:
            yield current
            if not current.recorded:
                current.succeed()
        except BaseException as error:
            current.fail(error)
            raise
        finally:
            counts.update(current.counts)
    # The work was over before it could heed the signal; what comes after it should.
    interruption.check()


def _claim(
    rows: QuerySet[CustomMigration],
    *,
    name: str,
    token: uuid.UUID,
    triggered_by: str,
    force: bool,
    units: Collection[str] | None,
) -> CustomMigrationRun | None:
    """Take the claim if it is free; return the new attempt's record."""
    free = ~Q(lease_expires_at__gt=Now()) & (Q() if force else ~Q(status__in=DONE))
    # An interrupted run is still asked for, whoever works on some of its units meanwhile.
    interrupted = When(status=Status.RUNNING, then=Value(Status.PENDING.value))
    status = Value(Status.RUNNING.value) if units is None else Case(interrupted, default=F("status"))
    try:
        with transaction.atomic(using=rows.db):
            # A locked row is that of one-transaction work, which may outlast its lease: skipped, not waited for.
            row = rows.filter(free, name=name).select_for_update(skip_locked=True, no_key=True).first()
            claimed = row is not None and rows.filter(free, pk=row.pk).update(
                status=status,
                lease_token=token,
                lease_holder=f"{triggered_by} on {platform.node()}, process {os.getpid()}"[:255],
                leased_at=Now(),
                lease_expires_at=Now() + lease(),
            )
            if row is None or not claimed:
                return None
            row.runs.filter(status=RunStatus.RUNNING).update(status=RunStatus.LOST)
            return row.runs.create(triggered_by=triggered_by[:255], code_version=answers.code_version())
    except OperationalError as error:
        # One-transaction work of another process may hold a lock over all rows for long.
        if dialect_of(connections[rows.db]).means_locked(error) and not connections[rows.db].in_atomic_block:
            return None
        raise


def lease() -> dt.timedelta:
    """Return how long a claim holds without being renewed."""
    return dt.timedelta(seconds=conf.lease_seconds())
