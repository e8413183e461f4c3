"""Record removals as done without doing them."""

from __future__ import annotations

import contextlib
from collections.abc import Collection

from django.db import transaction

from model_retirement.catalogue.view import Catalogue
from model_retirement.data_migrations import run_once
from model_retirement.data_migrations.claims import DONE
from model_retirement.data_migrations.models import CustomMigration
from model_retirement.removal import plan
from model_retirement.removal_records import MIGRATION_NAME, statuses, unit_name


def fake(*, catalogue: Catalogue, only: Collection[str], triggered_by: str, using: str) -> tuple[str, ...]:
    """Record removals as done without doing them, and return the names (``provider/name``) that were not recorded yet.

    :param only: names to restrict it to, which leaves the request for all of them as it is; empty means all
    :raises CatalogueError: if the lists cannot be read, as far as these removals depend on them
    :raises RemovalRefused: if ``only`` names no entry
    """
    names = [f"{removal.provider}/{removal.name}" for removal in plan.choose(catalogue, only)]
    with transaction.atomic(using=using):
        recorded = statuses(using=using)
        existing = {f"{provider}/{name}" for provider, name in plan.global_rows(using)}
        open_names = tuple(
            name
            for name in names
            if recorded.get(name) not in DONE or (name in existing and recorded[name] == CustomMigration.Status.APPLIED)
        )
        run_once.record_units(
            names=[unit_name(name) for name in open_names],
            status=CustomMigration.Status.FAKED,
            triggered_by=triggered_by,
            using=using,
        )
        if not only:
            with contextlib.suppress(run_once.AlreadyApplied):
                run_once.mark(name=MIGRATION_NAME, triggered_by=triggered_by, using=using)
    return open_names
