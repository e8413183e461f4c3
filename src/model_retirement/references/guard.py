"""A model in use cannot be deleted by hand: not in the admin, not from code that goes through the ORM."""

from __future__ import annotations

from typing import Any

from django.db.models import Model, QuerySet
from django.db.models.deletion import ProtectedError
from django.db.models.signals import pre_delete

from model_retirement.abstract import AbstractLlmModel
from model_retirement.host_models import models_of_the_table
from model_retirement.references.registry import registry
from model_retirement.references.usage import count, pointing_now

DISPATCH_UID = "model_retirement.model_in_use"


def refuse_to_delete_a_model_in_use(
    *, instance: AbstractLlmModel, using: str, origin: Model | QuerySet[Any] | None = None, **_kwargs: Any
) -> None:
    """Stop the deletion of a model that something points at.

    A team that is deleted takes its custom models and what uses them with it.

    :raises ProtectedError: if a reference exists
    """
    deleted = origin.model if isinstance(origin, QuerySet) else type(origin)
    if deleted not in models_of_the_table():
        return
    usage = count(registry=registry, pairs=pointing_now(model_ids=[instance.pk], using=using), using=using)
    in_use = {
        label: number
        for label, number in usage.references.get(instance.pk, {}).items()
        if not registry[label].goes_with_model
    }
    if in_use:
        places = ", ".join(f"{label} ({number:,})" for label, number in sorted(in_use.items()))
        raise ProtectedError(
            f"{instance} is in use and was not deleted: {places}. Add it to DELETED_MODELS and run "
            "`remove_deprecated_models`, which moves or clears its references first.",
            {instance},
        )


def connect() -> None:
    """Guard every deletion of a model from now on."""
    for model in models_of_the_table():
        pre_delete.connect(refuse_to_delete_a_model_in_use, sender=model, dispatch_uid=DISPATCH_UID)


def disconnect() -> None:
    """Guard none any more."""
    for model in models_of_the_table():
        pre_delete.disconnect(sender=model, dispatch_uid=DISPATCH_UID)
