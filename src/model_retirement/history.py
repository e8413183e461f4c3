"""Keeping: old journals and the addresses of e-mails that are over go, what has been done stays on record.

Journal and restore
-------------------
A restore lives on the journal, so a run is marked as pruned in the transaction that begins its pruning, and a restore
marks its models in the transaction that begins it. Both lock the run's row first and look at the other's mark: whichever
comes second finds it, and leaves the journal alone or refuses to restore.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import logging
import operator
from functools import partial
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Now

from model_retirement.batching import LARGEST_SIZE, retrying, short_transaction, slices
from model_retirement.models import AffectedResources, ReferenceChange, RemovalRun, RemovedModel, TeamMessage
from model_retirement.phases import batch, phase
from model_retirement.removal_models import RESTORED_SINCE

logger = logging.getLogger(__name__)

RESTORABLE_DAYS = 90
"""For so long after its end a removal can be restored, whatever is pruned."""

JOURNAL_ROWS = 500
"""Most rows in one transaction: one may hold the ids of a whole batch of a removal."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class PruneReport:
    """What was pruned, or would be.

    :param days: the age that was asked for
    :param runs: numbers of the removals whose journal goes
    :param journal_rows: number of rows of those journals
    :param messages: number of e-mails, sent or given up, whose addresses go
    :param kept_restorable: number of removals that are old enough but may still have to be restored
    :param kept_unfinished: numbers of the removals, old enough, that have not ended or are just being restored
    """

    days: int
    runs: tuple[int, ...]
    journal_rows: int
    messages: int
    kept_restorable: int
    kept_unfinished: tuple[int, ...]

    @property
    def journal_days(self) -> int:
        """The age at which journals go."""
        return max(self.days, RESTORABLE_DAYS)


def preview(*, days: int, using: str) -> PruneReport:
    """Report what :func:`prune` would do; writes nothing."""
    runs = tuple(_prunable(days, using=using).values_list("pk", flat=True))
    return _report(
        days,
        runs=runs,
        journal_rows=sum(rows.filter(removed_model__run__in=runs).count() for rows in _journals(using)),
        messages=_addressed(days, using=using).count(),
        using=using,
    )


def prune(*, days: int, using: str) -> PruneReport:
    """Take away what is older than ``days``, in short transactions; safe to repeat, and in many processes at once.

    Journals go ``RESTORABLE_DAYS`` after the end of their removal at the earliest. E-mails that may still be sent keep
    their addresses.
    """
    with phase(logger, "prune", older_than=days) as counts:
        rows_by_run: dict[int, int] = {}
        for run_id in _prunable(days, using=using).values_list("pk", flat=True):
            if retrying(partial(_mark, run_id, days=days, using=using), using=using):
                rows_by_run[run_id] = _delete_journal(run_id, using=using)
        messages = _forget_addresses(days, using=using)
        rows = sum(rows_by_run.values())
        counts.update(runs=len(rows_by_run), journal_rows=rows, messages=messages)
    return _report(days, runs=tuple(rows_by_run), journal_rows=rows, messages=messages, using=using)


def _report(days: int, *, runs: tuple[int, ...], journal_rows: int, messages: int, using: str) -> PruneReport:
    restorable = _ended(using).filter(finished_at__lt=_ago(days), finished_at__gte=_ago(RESTORABLE_DAYS))
    return PruneReport(
        days=days,
        runs=runs,
        journal_rows=journal_rows,
        messages=messages,
        kept_restorable=restorable.count(),
        kept_unfinished=tuple(_unfinished(using).filter(started_at__lt=_ago(days)).values_list("pk", flat=True)),
    )


def _ago(days: int) -> CombinedExpression:
    return Now() - dt.timedelta(days=days)


def _ended(using: str) -> QuerySet[RemovalRun]:
    """Return the removals that have ended, are not just being restored, and have a journal still."""
    runs = RemovalRun.objects.using(using).filter(finished_at__isnull=False).order_by("pk")
    journals = (rows.filter(removed_model__run=OuterRef("pk")) for rows in _journals(using))
    with_journal = runs.filter(functools.reduce(operator.or_, map(Exists, journals)))
    return with_journal.exclude(pk__in=_unfinished(using).values("pk"))


def _unfinished(using: str) -> QuerySet[RemovalRun]:
    """Return the removals that have not ended, and those whose restore has not."""
    of_run = RemovedModel.objects.filter(run=OuterRef("pk"))
    restoring = Q(Exists(of_run.filter(restored_at__isnull=False)), restored_at=None) | Q(
        Exists(of_run.filter(RESTORED_SINCE))
    )
    return RemovalRun.objects.using(using).filter(Q(finished_at=None) | restoring).order_by("pk")


def _prunable(days: int, *, using: str) -> QuerySet[RemovalRun]:
    return _ended(using).filter(finished_at__lt=_ago(max(days, RESTORABLE_DAYS)))


def _journals(using: str) -> tuple[QuerySet[ReferenceChange], QuerySet[AffectedResources]]:
    """Return the rows of the journal, but for models that their run has left unfinished: a later run goes on with those."""
    return (
        ReferenceChange.objects.using(using).filter(removed_model__removed_at__isnull=False),
        AffectedResources.objects.using(using).filter(removed_model__removed_at__isnull=False),
    )


def _mark(run_id: int, *, days: int, using: str) -> bool:
    """Mark a removal as pruned, unless it is being restored by now or another process has pruned it."""
    with short_transaction(using):
        runs = RemovalRun.objects.using(using)
        list(runs.select_for_update(no_key=True).filter(pk=run_id).values_list("pk"))
        prunable = _prunable(days, using=using).filter(pk=run_id).exists()
        if prunable:
            runs.filter(pk=run_id, journal_pruned_at=None).update(journal_pruned_at=Now())
    return prunable


def _delete_journal(run_id: int, *, using: str) -> int:
    deleted = 0
    for rows in _journals(using):
        ids = list(rows.filter(removed_model__run=run_id).order_by("pk").values_list("pk", flat=True))
        for some in slices(ids, largest=JOURNAL_ROWS):
            with batch(logger, "journal pruned", run=run_id) as counts:
                delete = partial(_delete, rows.model.objects.using(using).filter(pk__in=some), using=using)
                counts["rows"] = retrying(delete, using=using)
            deleted += counts["rows"]
    return deleted


def _delete(rows: QuerySet[Any], *, using: str) -> int:
    with short_transaction(using):
        number, _by_model = rows.delete()
    return number


def _addressed(days: int, *, using: str) -> QuerySet[TeamMessage]:
    """Return the e-mails of that age, sent or given up, that have addresses still, or a server's words that name them."""
    sent = Q(status=TeamMessage.Status.SENT, sent_at__lt=_ago(days))
    given_up = Q(status=TeamMessage.Status.GAVE_UP, created_at__lt=_ago(days))
    messages = TeamMessage.objects.using(using).filter(sent | given_up)
    return messages.exclude(recipients=[], delivered_to=[], last_error="")


def _forget_addresses(days: int, *, using: str) -> int:
    forgotten = 0
    ids = list(_addressed(days, using=using).order_by("pk").values_list("pk", flat=True))
    for some in slices(ids, largest=LARGEST_SIZE):
        with batch(logger, "addresses pruned") as counts:
            messages = _addressed(days, using=using).filter(pk__in=some)
            counts["rows"] = retrying(partial(_forget, messages, using=using), using=using)
        forgotten += counts["rows"]
    return forgotten


def _forget(messages: QuerySet[TeamMessage], *, using: str) -> int:
    with short_transaction(using):
        return messages.update(recipients=[], delivered_to=[], last_error="")
