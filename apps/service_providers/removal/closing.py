"""Whether a removal would leave listed models alone."""

from __future__ import annotations

from collections.abc import Collection

from apps.service_providers.removal import plan
from apps.service_providers.removal_records import statuses


def closed(*, names: Collection[str], using: str) -> dict[str, str]:
    """Return, by name, why a removal would leave models alone that are in the table; what it would remove has no entry.

    Two queries.

    :param names: ``provider/name`` of each
    """
    recorded = statuses(using=using)
    restored = plan.restored_names(using)
    found = {name: plan.closed_because(name, status=recorded.get(name), restored=restored) for name in names}
    return {name: why for name, why in found.items() if why}
