"""Whether a removal would leave listed models alone."""

from __future__ import annotations

from collections.abc import Collection

from apps.data_migrations import run_once
from apps.service_providers.removal import plan


def closed(*, names: Collection[str], using: str) -> dict[str, str]:
    """Return, by name, why a removal would leave models alone that are in the table; what it would remove has no entry.

    Two queries.

    :param names: ``provider/name`` of each
    """
    statuses = run_once.statuses(prefix=f"{plan.MIGRATION_NAME}:", using=using)
    restored = plan.restored_names(using)
    found = {
        name: plan.closed_because(name, status=statuses.get(plan.unit_name(name)), restored=restored) for name in names
    }
    return {name: why for name, why in found.items() if why}
