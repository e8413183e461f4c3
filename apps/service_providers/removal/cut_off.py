"""Removals that were cut off: each goes on as it began, or is undone."""

from __future__ import annotations

from apps.service_providers.models import RemovedModel
from apps.service_providers.removal.plan import RemovalPlan, RemovalRefused


def refuse_to_break_off(plan: RemovalPlan, *, using: str) -> None:
    """Return if all that removals have begun and not ended goes on, to where it went.

    What was moved before is told by the journal alone. Were the model left out now, no team would hear of it; were its
    replacement another one, they would hear something else.

    :raises RemovalRefused: if a model that was begun is not in the plan, or has another replacement there
    """
    targets = plan.moves.targets
    begun = RemovedModel.objects.using(using).filter(removed_at=None, restored_at=None, changes__isnull=False)
    for removed in begun.distinct().order_by("pk"):
        went_to = removed.replacement or "nothing"
        if removed.model_id not in targets:
            what = "it is not among the models to remove now"
        elif targets[removed.model_id] != removed.replacement_id:
            what = "the list has another replacement now"
        else:
            continue
        raise RemovalRefused(
            f"Nothing was removed. Removal {removed.run_id} was cut off while references to {removed} moved to {went_to},"
            f" and {what}. Run it with the entry as it was to finish it, or undo it with"
            f" `restore_removed_models {removed.run_id}`."
        )
