"""Whether a removal would leave a listed model alone, asked for one model."""

from __future__ import annotations

from apps.data_migrations import run_once
from apps.service_providers.removal import plan


def why_closed(*, name: str, using: str) -> str:
    """Return why a removal would leave a model alone that is in the table, or nothing if it would not; two queries.

    :param name: ``provider/name``
    """
    unit = plan.unit_name(name)
    status = run_once.statuses(prefix=unit, using=using).get(unit)
    return plan.closed_because(name, status=status, restored=plan.restored_names(using))
