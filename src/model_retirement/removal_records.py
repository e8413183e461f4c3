"""The records of removals: one for the request, one for each entry of ``DELETED_MODELS``, and the claim that they share."""

from __future__ import annotations

import datetime as dt

from django.db.models import Q, QuerySet
from django.db.models.expressions import Combinable
from django.db.models.functions import Now

from model_retirement.data_migrations import run_once
from model_retirement.data_migrations.models import CustomMigration

MIGRATION_NAME = "remove_deprecated_models"

PREFIX = f"{MIGRATION_NAME}{run_once.UNIT_SEPARATOR}"


def unit_name(name: str) -> str:
    """Return the name of the record of one removal; ``name`` is ``provider/name``."""
    return f"{PREFIX}{name}"


def statuses(*, using: str) -> dict[str, str]:
    """Return the status of every entry that has a record, by ``provider/name``."""
    recorded = run_once.statuses(prefix=PREFIX, using=using)
    return {name.removeprefix(PREFIX): status for name, status in recorded.items()}


def running(*, using: str) -> QuerySet[CustomMigration]:
    """Return the claim of removals and restores while a process holds it, for ``Exists``."""
    return CustomMigration.objects.using(using).filter(name=MIGRATION_NAME, lease_expires_at__gt=Now())


def running_since(moment: dt.datetime | Combinable, *, using: str) -> QuerySet[CustomMigration]:
    """Return the claim of removals and restores if a process has held it at any time since a moment, for ``Exists``."""
    held = Q(lease_expires_at__gt=moment) | Q(runs__finished_at__gt=moment)
    return CustomMigration.objects.using(using).filter(held, name=MIGRATION_NAME)
