"""The shipped catalogue as it was on the day of its last review, however long ago that is.

Every day in it is moved by the days that have passed since, so that what the demo shows stays as far ahead or behind.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

from apps.service_providers.llm_service import default_models
from apps.service_providers.llm_service.review import REVIEWED_ON
from model_retirement.catalogue import facts_file
from model_retirement.catalogue.declarations import Deleted, Model
from model_retirement.catalogue.facts import Facts
from model_retirement.catalogue.lifecycle import utc_today


def moved_models(models: Mapping[str, Sequence[Model]], *, by: dt.timedelta) -> dict[str, list[Model]]:
    """Return the models of each provider with later days."""
    return {
        provider: [
            dataclasses.replace(
                model, deprecated_on=_later(model.deprecated_on, by), retires_on=_later(model.retires_on, by)
            )
            for model in declared
        ]
        for provider, declared in models.items()
    }


def moved_removals(
    removals: Iterable[Deleted | tuple[str, str] | tuple[str, str, str | None]], *, by: dt.timedelta
) -> list[Deleted]:
    """Return the removals with later days."""
    entries = [Deleted(*entry) for entry in removals]
    return [entry._replace(retires_on=_later(entry.retires_on, by)) for entry in entries]


def moved_facts(facts: Facts, *, by: dt.timedelta) -> Facts:
    """Return the facts with later days of their prices."""
    return {key: dataclasses.replace(known, priced_on=_later(known.priced_on, by)) for key, known in facts.items()}


def _later(day: dt.date | None, by: dt.timedelta) -> dt.date | None:
    return None if day is None else day + by


_SINCE = utc_today() - REVIEWED_ON
_SHIPPED_FACTS = facts_file.read_of_module(
    getattr(default_models, facts_file.DECLARED, None), module_file=default_models.__file__
)

DEFAULT_LLM_PROVIDER_MODELS = moved_models(default_models.DEFAULT_LLM_PROVIDER_MODELS, by=_SINCE)
DELETED_MODELS = moved_removals(default_models.DELETED_MODELS, by=_SINCE)
MODEL_FACTS = moved_facts(_SHIPPED_FACTS.facts, by=_SINCE)
