"""Undo a removal: the rows come back under their old ids, and references that still hold what was written point there again."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from functools import partial

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from model_retirement import obstacles
from model_retirement.batching import retrying, short_transaction
from model_retirement.data_migrations import run_once
from model_retirement.host_models import llm_models
from model_retirement.keys import Key
from model_retirement.models import ReferenceChange, RemovalRun, RemovedModel
from model_retirement.phases import batch, phase
from model_retirement.references import Reference, Registry
from model_retirement.references.moving import Lease, announce
from model_retirement.removal import notices as removals
from model_retirement.removal import putting_back, restore_report, returning, row_history, summaries, undo
from model_retirement.removal.restore_report import RestoreReport
from model_retirement.removal.row_history import History
from model_retirement.removal_models import RESTORED_SINCE
from model_retirement.removal_records import MIGRATION_NAME
from model_retirement.wording import Words, listed

logger = logging.getLogger(__name__)


class RestoreRefused(Exception):
    """The removal cannot be undone as it is; nothing has been changed. The message says why and what to do."""


def require_restorable(*, run_id: int, using: str) -> None:
    """Return if a removal can be undone as things are.

    :raises RestoreRefused: if it cannot
    """
    run, removed = _checked(run_id, using=using)
    standing = returning.standing(removed, using=using)
    # Another process may be restoring it while this one looks: the claim waits for that one and then knows.
    _, looked_again = _checked(run_id, using=using)
    if not any(model.restored_at for model in looked_again):
        _refuse_if_none_comes(run, removed, standing)


def preview(*, run_id: int, registry: Registry, using: str) -> RestoreReport:
    """Report what the restore of a removal would do; writes nothing.

    :raises RestoreRefused: if it cannot be undone
    """
    run, removed = _checked(run_id, using=using)
    standing = returning.standing(removed, using=using)
    _refuse_if_none_comes(run, removed, standing)
    past = row_history.history(run=run, removed=removed, standing=standing, registry=registry, using=using)
    entries = undo.preview(removed, history=past, registry=registry, using=using)
    return restore_report.of(run, removed, entries, standing=standing)


def claim_and_restore(
    *,
    run_id: int,
    registry: Registry,
    triggered_by: str,
    using: str,
    wait: float | None = None,
    tell: Callable[[str], object] = lambda _line: None,
) -> RestoreReport:
    """Undo a removal under the claim of removals: one at the same time would undo the restore.

    :param triggered_by: what started it, for people
    :param wait: most seconds to wait for another holder; None waits as long as the holder renews
    :param tell: gets the line that says who is waited for
    :raises RestoreRefused: if it cannot be undone; then nothing is claimed
    :raises HeldByAnother: if a removal or restore is under way
    :raises LeaseLost: if another process took over
    """
    require_restorable(run_id=run_id, using=using)
    with run_once.attempt(
        name=MIGRATION_NAME, using=using, triggered_by=triggered_by, wait=wait, tell=tell, units=()
    ) as attempt:
        try:
            done = restore(run_id=run_id, registry=registry, lease=attempt, using=using)
        except RestoreRefused as refusal:
            # Another process did it while this one waited.
            attempt.succeed()
            raise refusal from None
        attempt.counts.update(models=done.back, references=done.restored, left_alone=done.left_alone)
    return done


def restore(*, run_id: int, registry: Registry, lease: Lease, using: str) -> RestoreReport:
    """Undo a removal; what a person changed since is left alone. A restore that was interrupted is continued.

    :param lease: the claim of removals, so that none runs meanwhile; renewed in every transaction
    :raises RestoreRefused: if it cannot be undone
    """
    run, removed = _checked(run_id, using=using)
    with phase(logger, "restore", run=run.pk) as counts:
        standing = _restore(run, removed, registry=registry, lease=lease, using=using)
        entries = ((entry, undo.left_alone(entry)) for entry in _changes(removed, using=using))
        report = restore_report.of(run, removed, entries, standing=standing)
        counts.update(models=report.back, references=report.restored, left_alone=report.left_alone)
    return report


def _restore(
    run: RemovalRun, removed: list[RemovedModel], *, registry: Registry, lease: Lease, using: str
) -> dict[Key, str]:
    """Undo a removal; return the models that do not come back, with what stands in the way."""
    standing = retrying(partial(_begin, run, removed, lease=lease, using=using), using=using)
    past = row_history.history(run=run, removed=removed, standing=standing, registry=registry, using=using)
    putting = putting_back.PuttingBack(
        guarded=putting_back.tables_with_triggers(registry=registry, using=using),
        history=past,
        registry=registry,
        lease=lease,
        using=using,
    )
    for entry in _changes(removed, using=using):
        if entry.left_alone_ids is None:
            with batch(logger, "batch restored", reference=entry.reference, rows=entry.object_count):
                putting.put_back(entry)
    for reference in registry:
        beside_mains = partial(_restore_beside_mains, reference, history=past, lease=lease, using=using)
        retrying(beside_mains, using=using)
    back = [model for model in removed if model.model_id not in standing]
    retrying(partial(_end, run, back, registry=registry, lease=lease, using=using), using=using)
    return standing


def _begin(run: RemovalRun, removed: list[RemovedModel], *, lease: Lease, using: str) -> dict[Key, str]:
    with short_transaction(using):
        lease.renew()
        _refuse_pruned(RemovalRun.objects.using(using).select_for_update(no_key=True).get(pk=run.pk))
        # One that was interrupted is not to be continued any more.
        RemovalRun.objects.using(using).filter(pk=run.pk, finished_at=None).update(finished_at=timezone.now())
        standing = returning.bring_back(removed, using=using)
        _refuse_if_none_comes(run, removed, standing)
    return standing


def _end(run: RemovalRun, back: list[RemovedModel], *, registry: Registry, lease: Lease, using: str) -> None:
    with short_transaction(using):
        lease.renew()
        # Of a model that had not gone yet, no team has been told.
        gone = [model for model in back if model.removed_at is not None]
        with phase(logger, "notices") as counts:
            counts["notices"] = (
                removals.write_restored(run=run, removed=gone, registry=registry, using=using) if gone else 0
            )
        run.restored_at = timezone.now()
        run.save(using=using, update_fields=["restored_at", "continued_at"])


def _checked(run_id: int, *, using: str) -> tuple[RemovalRun, list[RemovedModel]]:
    run = RemovalRun.objects.using(using).filter(pk=run_id).first()
    if run is None:
        raise RestoreRefused(summaries.unknown(run_id, using=using))
    left = Q(restored_at=None) | RESTORED_SINCE
    waiting = run.models.using(using).filter(left, removed_at__isnull=False)
    if run.restored_at is not None and not waiting.exists():
        moment = f"{run.restored_at:%Y-%m-%d %H:%M}"
        raise RestoreRefused(
            Words("Removal %(run)s was restored on %(moment)s UTC already.", run=run_id, moment=moment)
        )
    _refuse_pruned(run)
    has_journal = Exists(ReferenceChange.objects.filter(removed_model=OuterRef("pk")))
    begun = run.models.using(using).filter(Q(removed_at__isnull=False) | has_journal)
    # Of a restore that has ended, what could not come back may be tried again, and that may be interrupted like the first.
    removed = list((begun if run.restored_at is None else waiting).order_by("pk"))
    if not removed:
        raise RestoreRefused(
            Words("Removal %(run)s has removed no model and moved no reference: there is nothing to undo.", run=run_id)
        )
    _refuse_rows_that_exist_again(run, removed, using=using)
    return run, removed


def _refuse_pruned(run: RemovalRun) -> None:
    if run.journal_pruned_at is not None:
        moment = f"{run.journal_pruned_at:%Y-%m-%d %H:%M}"
        raise RestoreRefused(
            Words(
                "The journal of removal %(run)s was pruned on %(moment)s UTC, so nobody knows any more what to put back."
                " To offer its models again, declare them in the catalogue and run `migrate`.",
                run=run.pk,
                moment=moment,
            )
        )


def _refuse_if_none_comes(run: RemovalRun, removed: list[RemovedModel], standing: Mapping[Key, str]) -> None:
    if all(model.model_id in standing for model in removed):
        why = [
            Words("%(model)s (%(reason)s)", model=model, reason=obstacles.in_words(standing[model.model_id]))
            for model in removed
        ]
        raise RestoreRefused(
            Words(
                "Nothing was restored, for no model of removal %(run)s can come back: %(models)s. Clear that away and run"
                " it again, or leave the removal as it is.",
                run=run.pk,
                models=listed(why),
            )
        )


def _refuse_rows_that_exist_again(run: RemovalRun, removed: list[RemovedModel], *, using: str) -> None:
    # Several rows of one name may have gone together, or one have stayed.
    own = set(run.models.using(using).values_list("model_id", flat=True))
    rows = llm_models(using=using).filter(team=None).values_list("type", "name", "pk")
    ids = {(provider, name): pk for provider, name, pk in rows if pk not in own}
    again = [
        Words("%(model)s (id %(id)s, it was %(was)s)", model=model, id=now, was=model.model_id)
        for model in removed
        if (now := ids.get((model.provider, model.name))) is not None
    ]
    if again:
        raise RestoreRefused(
            Words(
                "%(models)s is in the table again, under another id. Remove it first, or leave the removal as it is.",
                models=listed(again),
            )
        )


def _changes(removed: list[RemovedModel], *, using: str) -> Iterator[ReferenceChange]:
    """Yield the journal backwards, one entry at a time: a value that changed twice goes back in two steps."""
    entries = ReferenceChange.objects.using(using).filter(removed_model__in=removed).select_related("removed_model")
    last: int | None = None
    while entry := (entries if last is None else entries.filter(pk__lt=last)).order_by("-pk").first():
        last = entry.pk
        yield entry


def _restore_beside_mains(reference: Reference, *, history: History, lease: Lease, using: str) -> None:
    rows = sorted(history.beside_mains(reference).items())
    for start in range(0, len(rows), undo.ROWS_AT_ONCE):
        with short_transaction(using):
            lease.renew()
            pasts = dict(rows[start : start + undo.ROWS_AT_ONCE])
            announce(reference, reference.restore_beside_main(pasts=pasts, using=using), using=using)
