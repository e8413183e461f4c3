"""Removals that were interrupted: each is resumed as it began, or undone."""

from __future__ import annotations

import dataclasses

from django.db.models import Sum

from model_retirement import removal_records
from model_retirement.data_migrations.arguments import on_database
from model_retirement.models import ReferenceChange, RemovalRun, RemovedModel
from model_retirement.references import Registry
from model_retirement.removal import journal
from model_retirement.removal.overview import JsonLength
from model_retirement.removal.plan import RemovalPlan, RemovalRefused


@dataclasses.dataclass(frozen=True, kw_only=True)
class InterruptedRemoval:
    """A removal that has begun and not ended, and how far it is. The next one resumes it.

    :param run: its number
    :param references: number of references that it has moved or cleared
    :param removed: number of models that are gone
    :param models: number of models that it is about
    :param is_running: whether a process is at work
    """

    run: int
    references: int
    removed: int
    models: int
    is_running: bool


def run_to_resume(plan: RemovalPlan | None = None, *, using: str) -> RemovalRun | None:
    """Return the removal that is to be resumed, if there is one: of a partial plan, not one that has begun other models.

    :param plan: what resumes it; a removal of all if left out
    """
    runs = RemovalRun.objects.using(using).filter(finished_at=None).order_by("id")
    if plan is not None and plan.partial:
        begun = RemovedModel.objects.using(using).filter(removed_at=None, restored_at=None)
        others = begun.exclude(model_id__in=plan.moves.targets).values("run")
        runs = runs.filter(models__model_id__in=plan.moves.targets).exclude(pk__in=others).distinct()
    return runs.first()


def progress(*, registry: Registry, using: str, plan: RemovalPlan | None = None) -> InterruptedRemoval | None:
    """Return how far the removal is that the next one resumes; None if there is none. Five queries.

    :param plan: what resumes it; a removal of all if left out
    """
    run = run_to_resume(plan, using=using)
    return None if run is None else _how_far(run, registry=registry, using=using)


def progress_of_last(*, registry: Registry, using: str) -> InterruptedRemoval | None:
    """Return how far the unfinished removal is that was worked at last; None if there is none. Five queries."""
    run = RemovalRun.objects.using(using).filter(finished_at=None).order_by("-continued_at").first()
    return None if run is None else _how_far(run, registry=registry, using=using)


def _how_far(run: RemovalRun, *, registry: Registry, using: str) -> InterruptedRemoval:
    moved = journal.moved_references(run_ids=[run.pk], registry=registry, using=using)
    return InterruptedRemoval(
        run=run.pk,
        references=moved.get(run.pk, 0),
        removed=run.models.using(using).filter(removed_at__isnull=False).count(),
        models=run.models.using(using).count(),
        is_running=removal_records.running(using=using).exists(),
    )


def put_back_so_far(*, run_id: int, registry: Registry, using: str) -> int:
    """Return how many references a restore has put back; one query."""
    labels = [reference.label for reference in registry]
    entries = ReferenceChange.objects.using(using).filter(removed_model__run=run_id, reference__in=labels)
    seen = entries.filter(left_alone_ids__isnull=False)
    sums = seen.aggregate(rows=Sum("object_count"), left=Sum(JsonLength("left_alone_ids")))
    return (sums["rows"] or 0) - (sums["left"] or 0)


def refuse_to_abandon(plan: RemovalPlan, *, using: str) -> None:
    """Return if all that removals have begun and not ended is resumed, with the replacements that it had.

    A partial plan need only resume its own models; what has begun of others is left to others.

    What was moved before is told by the journal alone. Were the model left out now, no team would hear of it; were its
    replacement another one, they would hear something else.

    :raises RemovalRefused: if a model that was begun is not in the plan, or has another replacement there
    """
    targets = plan.moves.targets
    begun = RemovedModel.objects.using(using).filter(removed_at=None, restored_at=None, changes__isnull=False)
    for removed in begun.distinct().order_by("pk"):
        went_to = removed.replacement or "nothing"
        if removed.model_id not in targets and plan.partial:
            continue
        if removed.model_id not in targets:
            what = "it is not among the models to remove now"
        elif targets[removed.model_id] != removed.replacement_id:
            what = "the list has another replacement now"
        else:
            continue
        raise RemovalRefused(
            f"Nothing was removed. Removal {removed.run_id} was interrupted while references to {removed} moved to"
            f" {went_to}, and {what}. Run it with the entry as it was to finish it, or undo it with"
            f" `restore_removed_models {removed.run_id}{on_database(using)}`."
        )
