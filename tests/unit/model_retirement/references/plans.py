"""Removals of models that are in no catalogue, through references that are in no registry but the test's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from model_retirement.catalogue.lifecycle import utc_today
from model_retirement.catalogue.parameters import BasicParameters
from model_retirement.removal.plan import PlannedModel, RemovalPlan, Replacement


def plan_for(replacements: Mapping[Any, Any]) -> RemovalPlan:
    """Return a plan for models.

    :param replacements: each model with what takes its place, or None
    """
    planned = (
        PlannedModel(
            provider=model.type,
            name=model.name,
            model_id=model.pk,
            max_token_limit=model.max_token_limit,
            replacement=new and Replacement(new.pk, new.name, new.max_token_limit, BasicParameters),
            retires_on=None,
        )
        for model, new in replacements.items()
    )
    return RemovalPlan(models=tuple(planned), skipped=(), left_alone=(), absent=(), today=utc_today())
