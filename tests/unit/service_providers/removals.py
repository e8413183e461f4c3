"""A removal without a command: what the tests of plan, execution and report share."""

from __future__ import annotations

from typing import Any

from apps.service_providers.llm_service import catalogue as catalogues
from apps.service_providers.llm_service.declarations import Model
from apps.service_providers.models import RemovalRun
from apps.service_providers.references import registry
from apps.service_providers.removal.execute import execute
from apps.service_providers.removal.plan import RemovalPlan, plan_removal


class FreeLease:
    """A claim that nobody disputes; it counts how often it was renewed."""

    triggered_by = "a test"

    def __init__(self) -> None:
        self.renewed = 0

    def renew(self) -> None:
        self.renewed += 1


def catalogue_of(*removals: Any, active: list[Model] | None = None) -> catalogues.Catalogue:
    """Return a catalogue of OpenAI models: ``active`` ones and removals of ``(name, replacement)`` or names."""
    entries = [("openai", entry) if isinstance(entry, str) else ("openai", *entry) for entry in removals]
    return catalogues.load(models={"openai": active or []}, removals=entries)


def plan_of(*removals: Any, active: list[Model] | None = None, **options: Any) -> RemovalPlan:
    return plan_removal(catalogue=catalogue_of(*removals, active=active), registry=registry, using="default", **options)


def run_of(plan: RemovalPlan, **options: Any) -> RemovalRun:
    run = execute(plan=plan, registry=registry, lease=FreeLease(), using="default", **options)
    assert run is not None
    return run
