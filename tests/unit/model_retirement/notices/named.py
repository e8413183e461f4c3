"""What a notice names, for tests that ask what a team is told."""

from __future__ import annotations

from model_retirement.models import TeamNotice
from model_retirement.notices.payload import NamedResource, Payload, Resources


def named_in(resources: Resources | None) -> dict[str, list[NamedResource]]:
    """Return the resources by kind, in the order in which they stand."""
    by_kind: dict[str, list[NamedResource]] = {}
    for group in resources.groups if resources else ():
        by_kind.setdefault(group.kind, []).extend(group.first)
    return by_kind


def named_by(notice: TeamNotice) -> dict[str, list[NamedResource]]:
    """Return the same of what a notice is about."""
    return named_in(Payload.read(notice.payload).resources)
