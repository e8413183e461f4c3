"""The rows of removed models that come back, and what stands in the way of those that do not."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils import timezone

from model_retirement import obstacles
from model_retirement.host_models import llm_models
from model_retirement.keys import Key
from model_retirement.models import ReferenceChange, RemovedModel
from model_retirement.removal import whole_rows


def standing(removed: Sequence[RemovedModel], *, using: str) -> dict[Key, str]:
    """Return by key which models would not come back as things are, with what stands in the way."""
    gone, lost = _gone(removed, using=using)
    return lost | whole_rows.look(removed=gone, using=using).obstacles


def bring_back(removed: Sequence[RemovedModel], *, using: str) -> dict[Key, str]:
    """Recreate the rows that are gone, and close their entries, or the next removal would take them out again.

    :return: the models that do not come back, with what stands in the way
    """
    gone, lost = _gone(removed, using=using)
    left = lost | whole_rows.bring_back(removed=gone, using=using)
    inserted = [model.model_id for model in gone if model.model_id not in left]
    llm_models(using=using).filter(pk__in=inserted).update(deprecated=True)
    back = [model.pk for model in removed if model.model_id not in left]
    RemovedModel.objects.using(using).filter(pk__in=back, restored_at=None).update(restored_at=timezone.now())
    # They were left alone by an undo in which their model had not come back.
    closed = ReferenceChange.objects.using(using).filter(removed_model__in=back, left_alone__has_key=obstacles.NO_MODEL)
    closed.update(left_alone=None, left_alone_ids=None)
    return left


def _gone(removed: Sequence[RemovedModel], *, using: str) -> tuple[list[RemovedModel], dict[Key, str]]:
    """Return the models whose rows are gone, and those of them of which nothing is kept."""
    ids = [model.model_id for model in removed]
    rows = llm_models(using=using).filter(pk__in=ids).values_list("pk", "type", "name", "team")
    there = {pk: tuple(columns) for pk, *columns in rows}
    gone = [model for model in removed if not _is_there(model, there.get(model.model_id))]
    lost = {model.model_id: obstacles.GONE for model in gone if not model.whole_row}
    return [model for model in gone if model.whole_row], lost


def _is_there(model: RemovedModel, row: tuple[object, ...] | None) -> bool:
    """Return whether a row with a model's key is the model: somebody else may have been given that key since."""
    if row is None or model.removed_at is None or model.restored_at is not None:
        return row is not None
    return row == (model.provider, model.name, None)
