"""Run once: ask for a data migration, claim it, record what became of it. See ``claims`` for how the claim works."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django.db import transaction
from django.db.models import Case, F, Q, QuerySet, Value, When
from django.db.models.functions import Now

from model_retirement import answers
from model_retirement.data_migrations.claim_errors import AlreadyApplied, HeldByAnother, LeaseLost
from model_retirement.data_migrations.claims import DONE, NO_LEASE, WAITING, Attempt, RunStatus, Status, attempt
from model_retirement.data_migrations.models import CustomMigration, CustomMigrationRun
from model_retirement.interruption import Interrupted

__all__ = [
    "AlreadyApplied",
    "Attempt",
    "HeldByAnother",
    "Interrupted",
    "LeaseLost",
    "attempt",
    "mark",
    "record_units",
    "request",
    "request_units",
    "statuses",
    "unmark",
    "withdraw",
]

UNIT_SEPARATOR = ":"

_ENDED_AS = {Status.APPLIED: RunStatus.SUCCEEDED, Status.FAKED: RunStatus.FAKED, Status.FAILED: RunStatus.FAILED}


def request(
    *,
    name: str,
    requested_by: str,
    repeatable: bool,
    options: Mapping[str, Any] | None = None,
    migration_model: type[CustomMigration] = CustomMigration,
    using: str = "default",
) -> None:
    """Ask for a data migration: the next ``migrate`` runs it when the schema is complete.

    Safe from many processes at once. A repeatable one that is waiting already keeps its first asker and moves behind
    what was asked for since. Of several requests that wait, the options of the last one count.

    :param requested_by: who asks, for people, like ``service_providers.0041_remove_gpt_4``
    :param repeatable: whether a new request of a finished one means that it runs again
    :param options: of the command, as JSON; None for none
    :param migration_model: inside a schema migration, the historical model
    """
    rows = migration_model.objects.using(using)
    rows.bulk_create([migration_model(name=name, requested_by=requested_by[:255])], ignore_conflicts=True)
    asked = rows.filter(name=name)
    if repeatable:
        _ask_again(asked, requested_by=requested_by)
    else:
        # What is done, or being done, is done with the options that it had.
        asked = asked.filter(Q(status__in=WAITING) | Q(status=Status.RUNNING) & ~Q(lease_expires_at__gt=Now()))
    asked.update(options=dict(options or {}))


def request_units(*, names: Collection[str], requested_by: str, using: str) -> None:
    """Ask for some units: the next ``migrate`` runs them, and no other unit. Called before work that may be interrupted.

    :param names: names of their records, such as ``remove_deprecated_models:openai/gpt-4``
    :param requested_by: who asks, for people; of a unit that waits already, the first asker is kept
    """
    rows = CustomMigration.objects.using(using)
    made = [CustomMigration(name=name, requested_by=requested_by[:255]) for name in sorted(names)]
    rows.bulk_create(made, ignore_conflicts=True)
    _ask_again(rows.filter(name__in=names), requested_by=requested_by)


def _ask_again(rows: QuerySet[CustomMigration], *, requested_by: str) -> None:
    """Set what is done back to pending, and let what waits already wait behind what was asked for since."""
    rows.update(
        status=Case(When(status__in=DONE, then=Value(Status.PENDING.value)), default=F("status")),
        requested_by=Case(When(status__in=DONE, then=Value(requested_by[:255])), default=F("requested_by")),
        requested_at=Now(),
    )


def withdraw(
    *,
    name: str,
    requested_by: str,
    migration_model: type[CustomMigration] = CustomMigration,
    using: str = "default",
) -> None:
    """Take back a request of this asker that nobody has begun; what had been applied before it is applied again."""
    rows = migration_model.objects.using(using)
    waiting = rows.filter(name=name, requested_by=requested_by[:255], status=Status.PENDING)
    waiting.filter(applied_at=None, runs=None).delete()
    waiting.exclude(applied_at=None).update(status=Status.APPLIED)


def record_units(
    *,
    names: Collection[str],
    status: CustomMigration.Status,
    triggered_by: str,
    using: str,
    counts: Mapping[str, int] | None = None,
    error: str = "",
) -> None:
    """Record what became of units of work, such as ``remove_deprecated_models:openai/gpt-4``; rows are made as needed.

    Called inside the transaction that does the work, so that both are kept or neither. Two queries on PostgreSQL,
    however many names; SQLite takes about a hundred rows a query.

    :param status: applied, faked or failed
    :param counts: what was done, kept with the attempt of each unit
    :param error: why they failed
    """
    applied_at = Now() if status in DONE else None
    with transaction.atomic(using=using):
        rows = CustomMigration.objects.using(using).bulk_create(
            [
                CustomMigration(name=name, status=status, requested_by=triggered_by[:255], applied_at=applied_at)
                for name in sorted(set(names))  # two processes lock the rows in one order
            ],
            update_conflicts=True,
            unique_fields=["name"],
            update_fields=["status", "applied_at"],
        )
        CustomMigrationRun.objects.using(using).bulk_create(
            CustomMigrationRun(
                migration=row,
                status=_ENDED_AS[status],
                finished_at=Now(),
                triggered_by=triggered_by[:255],
                counts=dict(counts or {}),
                error=error,
                code_version=answers.code_version(),
            )
            for row in rows
        )


def statuses(*, prefix: str, using: str) -> dict[str, str]:
    """Return the status of every row whose name starts with ``prefix``, by name."""
    rows = CustomMigration.objects.using(using).filter(name__startswith=prefix)
    return dict(rows.values_list("name", "status"))


def mark(*, name: str, triggered_by: str, using: str) -> None:
    """Record that the work is not needed here: it does not run until somebody unmarks it.

    :raises AlreadyApplied: if it is done or marked
    :raises HeldByAnother: if a process is at work on it
    """
    with transaction.atomic(using=using):
        row = _at_rest(name=name, using=using)
        if row is not None and row.status in DONE:
            raise AlreadyApplied(row)
        record_units(names=[name], status=Status.FAKED, triggered_by=triggered_by, using=using)


def unmark(*, name: str, triggered_by: str, using: str) -> None:
    """Set a record back to pending, so that the next run does the work again: of a unit, the work on that unit alone.

    :param triggered_by: who asks for a unit, for people; a request for all units keeps the one who asked last
    :raises CustomMigration.DoesNotExist: if there is no record of that name
    :raises HeldByAnother: if a process is at work on it
    """
    with transaction.atomic(using=using):
        if _at_rest(name=name, using=using) is None:
            raise CustomMigration.DoesNotExist(f"There is no record of {name}.")
        row = CustomMigration.objects.using(using).filter(name=name)
        row.update(status=Status.PENDING, applied_at=None, requested_at=Now(), **NO_LEASE)
        if UNIT_SEPARATOR in name:
            row.update(requested_by=triggered_by[:255])


def _at_rest(*, name: str, using: str) -> CustomMigration | None:
    """Lock and return the row, or None if there is none.

    :raises HeldByAnother: if a process is at work on it
    """
    rows = CustomMigration.objects.using(using).select_for_update(no_key=True).filter(name=name)
    held = rows.filter(lease_expires_at__gt=Now()).first()
    if held is not None:
        raise HeldByAnother(held)
    return rows.first()
