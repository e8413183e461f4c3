"""A removal without a command: what the tests of plan, execution and report share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.db import connection

from model_retirement.catalogue import view as catalogues
from model_retirement.catalogue.declarations import Deleted, Model
from model_retirement.catalogue.facts import ModelFacts
from model_retirement.models import RemovalRun
from model_retirement.references import Reference, Registry, registry
from model_retirement.removal.execute import execute
from model_retirement.removal.plan import RemovalPlan, plan_removal
from model_retirement.removal.restore import preview, restore
from model_retirement.removal.restore_report import RestoreReport


class FreeLease:
    """A claim that nobody disputes; it counts how often it was renewed, which every transaction does first.

    :param before: called with the number of each renewal, from 1: what happens then happens before that transaction's
        work, and an interruption that it raises ends the work there, as a signal does
    """

    triggered_by = "a test"

    def __init__(self, before: Callable[[int], object] = lambda _number: None) -> None:
        self.renewed = 0
        self._before = before

    def renew(self) -> None:
        self.renewed += 1
        self._before(self.renewed)


def interrupted_at(transaction: int) -> FreeLease:
    """Return a claim whose work is interrupted in one of its transactions, counted from 1, before that changed anything."""

    def interrupt(number: int) -> None:
        if number == transaction:
            raise KeyboardInterrupt

    return FreeLease(interrupt)


def registry_of(*references: Reference) -> Registry:
    """Return a registry of references of the test's own."""
    own = Registry()
    own.register(*references)
    return own


def catalogue_of(
    *removals: Any, active: list[Model] | None = None, facts: Mapping[str, ModelFacts] | None = None
) -> catalogues.Catalogue:
    """Return a catalogue of OpenAI models: ``active`` ones and removals of ``(name, replacement)``, names or ``Deleted``."""
    entries = [
        entry if isinstance(entry, Deleted) else ("openai", entry) if isinstance(entry, str) else ("openai", *entry)
        for entry in removals
    ]
    known = {("openai", name): said for name, said in (facts or {}).items()}
    return catalogues.load(models={"openai": active or []}, removals=entries, facts=known)


def plan_of(
    *removals: Any, active: list[Model] | None = None, facts: Mapping[str, ModelFacts] | None = None, **options: Any
) -> RemovalPlan:
    catalogue = catalogue_of(*removals, active=active, facts=facts)
    return plan_removal(catalogue=catalogue, registry=registry, using="default", **options)


def undone(run: RemovalRun, *, registry: Registry = registry, as_previewed: bool = True) -> RestoreReport:
    """Undo a removal; what the database waits with until the end of the transaction is looked at now.

    :param as_previewed: whether the preview of it has to say the same
    """
    expected = preview(run_id=run.pk, registry=registry, using="default")
    done = restore(run_id=run.pk, registry=registry, lease=FreeLease(), using="default")
    connection.check_constraints()
    assert not as_previewed or done == expected
    return done


def run_of(
    plan: RemovalPlan, *, lease: FreeLease | None = None, registry: Registry = registry, **options: Any
) -> RemovalRun:
    run = execute(plan=plan, registry=registry, lease=lease or FreeLease(), using="default", **options)
    assert run is not None
    return run
