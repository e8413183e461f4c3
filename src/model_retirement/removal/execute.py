"""Carry out a removal plan: references first, in short transactions, then the models, a few to a transaction.

A run that is interrupted anywhere is continued by the next one: what has moved is in the journal, what has not is found again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import groupby

from django.db.models import Exists, OuterRef
from django.utils import timezone

from model_retirement import answers
from model_retirement.batching import LARGEST_SIZE, retrying, short_transaction
from model_retirement.data_migrations import run_once
from model_retirement.data_migrations.models import CustomMigration
from model_retirement.host_models import llm_models
from model_retirement.keys import Key
from model_retirement.models import RemovalRun, RemovedModel
from model_retirement.notices.payload import Payload
from model_retirement.phases import log, phase
from model_retirement.references import Change, Reference, Registry, moving
from model_retirement.references.moving import Lease, Progress, Record, ReferencesRemain, lock_and_sweep, move_all
from model_retirement.references.odd_rows import OF_A_ROW, is_of_a_row, reason_of
from model_retirement.removal import failures, interrupted, journal, whole_rows
from model_retirement.removal import notices as removals
from model_retirement.removal.failures import FailedModel, kept_by
from model_retirement.removal.plan import PlannedModel, RemovalPlan, moves_of
from model_retirement.removal_records import unit_name
from model_retirement.replicas import WITHOUT_PAUSE, Pace

logger = logging.getLogger(__name__)

MODELS_PER_TRANSACTION = 10
"""Models that end together: their notices are made in one pass over the teams."""

ROWS_TOLD_TOGETHER = 40_000
"""Changed rows of models that end together. To tell of that many takes about half a second."""


def execute(
    *,
    plan: RemovalPlan,
    registry: Registry,
    lease: Lease,
    using: str,
    batch_size: int = LARGEST_SIZE,
    progress: Progress = lambda _label, _done, _total: None,
    failure: Callable[[FailedModel], None] = lambda _failed: None,
    pace: Pace = WITHOUT_PAUSE,
) -> RemovalRun | None:
    """Remove the planned models and return the run, or None if there was nothing to remove or to finish.

    :param lease: renewed in every transaction
    :param batch_size: most rows in one transaction
    :param failure: called for each model that stays because a row that points at it can be neither read nor written
    :param pace: what is waited for between two transactions; nothing if left out
    """
    if plan.absent:
        retrying(partial(_record_absent, plan.absent, lease=lease, using=using), using=using)
    run = interrupted.run_to_resume(plan, using=using)
    if not plan.models and run is None:
        return None
    run, removed = retrying(partial(_open, run, plan=plan, lease=lease, using=using), using=using)
    with phase(logger, "execute", run=run.pk) as counts:
        record = _recorder(removed, registry=registry, using=using)
        move = partial(move_all, registry=registry, lease=lease, using=using, batch_size=batch_size, record=record)
        swept = move(moves=plan.moves, progress=progress, pace=pace)
        counts["references"] = swept.rows
        kept = kept_by(swept.odd, models=plan.models, registry=registry, using=using)
        finish = partial(_finish, run=run, removed=removed, registry=registry, lease=lease, using=using, record=record)
        free = [model for model in plan.models if model.model_id not in kept]
        failed = list(kept.values())
        done, has_ended = len(failed), False
        groups = list(_ending_together(free, changed=journal.changed_rows(removed=removed.values(), using=using)))
        for group in groups:
            pace.wait()
            ends_run = plan.partial and group is groups[-1]
            if _error_of(partial(finish, ends_run=ends_run), group) is None:
                has_ended = ends_run
            else:
                failed += _finish_one_by_one(group, finish=finish, move=move, registry=registry, using=using)
            done += len(group)
            progress("models removed", done, len(plan.models))
        counts["models"] = len(plan.models) - len(failed)
        for failed_model in failed:
            retrying(partial(failures.record, failed_model, lease=lease, using=using), using=using)
            failure(failed_model)
        if not has_ended:
            retrying(partial(_close, run, lease=lease, using=using), using=using)
    return run


def _finish_one_by_one(
    models: Sequence[PlannedModel],
    *,
    finish: Callable[..., None],
    move: Callable[..., moving.MovedRows],
    registry: Registry,
    using: str,
) -> list[FailedModel]:
    """End the removal of some models each for itself, for something is in the way of one. Return those that stay."""
    # A late write is named by a move, which goes past it.
    late = move(moves=moves_of(models)).odd
    kept = kept_by(late, models=models, registry=registry, using=using)
    failed: list[FailedModel] = []
    for _, namesakes in groupby(models, key=str):
        free = []
        for model in namesakes:
            if model.model_id in kept:
                failed.append(kept[model.model_id])
            else:
                free.append(model)
        if free and (error := _error_of(partial(finish, ends_run=False), free)):
            rows = error.odd if isinstance(error, ReferencesRemain) else ()
            reason = "" if rows else reason_of(error)
            failed += [FailedModel(model.provider, model.name, rows=rows, reason=reason) for model in free]
    return failed


def _error_of(finish: Callable[[Sequence[PlannedModel]], None], models: Sequence[PlannedModel]) -> Exception | None:
    """End the removal of some models; return what was raised if others may fare better."""
    try:
        finish(models)
    except (ReferencesRemain, *OF_A_ROW) as error:
        if not isinstance(error, ReferencesRemain) and not is_of_a_row(error):
            raise
        return error
    return None


def _ending_together(models: Sequence[PlannedModel], *, changed: Mapping[Key, int]) -> Iterator[list[PlannedModel]]:
    """Yield the models in groups; those of one name are never apart, since teams hear of a name once per run.

    :param changed: model id to the number of rows that were changed for it
    """
    group: list[PlannedModel] = []
    rows = 0
    for _, namesakes in groupby(models, key=str):
        named = list(namesakes)
        more = sum(changed.get(model.model_id, 0) for model in named)
        if group and (len(group) >= MODELS_PER_TRANSACTION or rows + more > ROWS_TOLD_TOGETHER):
            yield group
            group, rows = [], 0
        group += named
        rows += more
    if group:
        yield group


def _record_absent(names: Sequence[str], *, lease: Lease, using: str) -> None:
    with short_transaction(using):
        lease.renew()
        _record(names, lease=lease, using=using)


def _open(
    run: RemovalRun | None, *, plan: RemovalPlan, lease: Lease, using: str
) -> tuple[RemovalRun, dict[Key, RemovedModel]]:
    """Write down what is about to happen.

    Some models out of many are asked for by their own records, so that they alone are resumed after a crash. A run that was interrupted goes on with what it had begun, and with what the plan says besides. A model that an ended run
    had left unfinished comes over with its journal, so that its teams hear of all that was moved.
    """
    with short_transaction(using):
        lease.renew()
        if run is not None and _has_told_of_a_namesake(run, plan.models, using=using):
            _end(run, using=using)
            run = None
        if run is None:
            run = RemovalRun.objects.using(using).create(
                triggered_by=lease.triggered_by, code_version=answers.code_version()
            )
        run.save(using=using, update_fields=["continued_at"])
        unfinished = RemovedModel.objects.using(using).filter(
            removed_at=None, restored_at=None, model_id__in=plan.moves.targets
        )
        known = {removed.model_id: removed for removed in unfinished}
        for model in plan.models:
            removed = known.setdefault(model.model_id, RemovedModel(model_id=model.model_id))
            removed.run = run
            removed.provider, removed.name = model.provider, model.name
            removed.max_token_limit = model.max_token_limit
            removed.replacement_id = model.replacement.id if model.replacement else None
            removed.replacement = model.replacement.name if model.replacement else ""
            removed.retires_on = model.retires_on
        for removed in known.values():
            if removed.pk:
                removed.save(using=using)
        RemovedModel.objects.using(using).bulk_create(removed for removed in known.values() if not removed.pk)
        _end_emptied(run, using=using)
        if plan.partial:
            run_once.request_units(
                names=[unit_name(str(model)) for model in plan.models], requested_by=lease.triggered_by, using=using
            )
    return run, known


def _end_emptied(run: RemovalRun, *, using: str) -> None:
    """End other runs that were interrupted and have nothing left to do, since their models came over or had ended."""
    unfinished = RemovedModel.objects.using(using).filter(run=OuterRef("pk"), removed_at=None, restored_at=None)
    others = RemovalRun.objects.using(using).filter(~Exists(unfinished), finished_at=None).exclude(pk=run.pk)
    others.update(finished_at=timezone.now())


def _has_told_of_a_namesake(run: RemovalRun, models: Sequence[PlannedModel], *, using: str) -> bool:
    """Return whether a run has ended a model that is there again. Teams hear of a name once per run."""
    ended = run.models.using(using).filter(removed_at__isnull=False).values_list("provider", "name")
    return not {(model.provider, model.name) for model in models}.isdisjoint(ended)


def _recorder(removed: Mapping[Key, RemovedModel], *, registry: Registry, using: str) -> Record:
    members = {reference.label: reference.holds for reference in registry}

    def record(reference: Reference, changes: list[Change]) -> None:
        journal.write(reference=reference, changes=changes, removed=removed, members=members, using=using)

    return record


def _finish(
    models: Sequence[PlannedModel],
    *,
    run: RemovalRun,
    ends_run: bool,
    removed: Mapping[Key, RemovedModel],
    registry: Registry,
    lease: Lease,
    using: str,
    record: Record,
) -> None:
    """End the removal of some models: late writes, the rows, the notices and the records, in one transaction.

    :param ends_run: end the run as well, since nothing will ask for its models any more and so nobody would come to end it
    """
    going = moves_of(models)
    ended = [removed[model_id] for model_id in going.targets]
    said = {
        model.model_id: Payload(warnings=model.warnings, move=model.move, announcement=model.announcement)
        for model in models
    }

    def work() -> None:
        with short_transaction(using):
            lease.renew()
            counts["swept"] = lock_and_sweep(registry=registry, moves=going, using=using, record=record)
            whole_rows.keep(removed=ended, using=using)
            # delete() would follow on_delete into the very rows that were just freed.
            llm_models(using=using).filter(pk__in=list(going.targets))._raw_delete(using)  # noqa: SLF001
            with phase(logger, "notices") as written:
                written["notices"] = removals.write_removed(
                    run=run, removed=ended, said=said, registry=registry, using=using
                )
            records = RemovedModel.objects.using(using).filter(pk__in=[model.pk for model in ended])
            records.update(removed_at=timezone.now())
            _record([str(model) for model in models], lease=lease, using=using)
            if ends_run:
                _end(run, using=using)

    with phase(logger, "remove models") as counts:
        retrying(work, using=using)
        for model in models:
            log(logger, "model removed", model=str(model))


def _record(names: Sequence[str], *, lease: Lease, using: str) -> None:
    run_once.record_units(
        names=[unit_name(name) for name in names],
        status=CustomMigration.Status.APPLIED,
        triggered_by=lease.triggered_by,
        using=using,
    )


def _close(run: RemovalRun, *, lease: Lease, using: str) -> None:
    with short_transaction(using):
        lease.renew()
        _end(run, using=using)


def _end(run: RemovalRun, *, using: str) -> None:
    run.finished_at = timezone.now()
    run.save(using=using, update_fields=["finished_at", "continued_at"])
