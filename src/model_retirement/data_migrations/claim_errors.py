"""What stands in the way of a claim on a data migration."""

from __future__ import annotations

import datetime as dt

from model_retirement.data_migrations.models import CustomMigration
from model_retirement.wording import Words


class AlreadyApplied(Exception):
    """The work has been done here, or was marked as done."""

    def __init__(self, row: CustomMigration) -> None:
        self.applied_at = row.applied_at
        facts = {"name": row.name, "moment": _moment(row.applied_at)}
        if row.status == CustomMigration.Status.FAKED:
            words = Words("%(name)s was marked as applied on %(moment)s; there is nothing to do.", **facts)
        else:
            words = Words("%(name)s was applied on %(moment)s; there is nothing to do.", **facts)
        super().__init__(words)


class HeldByAnother(Exception):
    """Another process is at work, and we were not to wait any longer."""

    def __init__(self, row: CustomMigration) -> None:
        self.holder = row.lease_holder or Words("a transaction that has not ended")
        self.since = row.leased_at
        self.until = row.lease_expires_at
        self.who = Words(
            "%(name)s is held by %(holder)s, since %(since)s, until %(until)s unless renewed.",
            name=row.name,
            holder=self.holder,
            since=_moment(self.since),
            until=_moment(self.until),
        )
        super().__init__(Words("%(who)s Try again later.", who=self.who))


class LeaseLost(Exception):
    """Another process took the work over, because this one had not renewed its lease in time."""

    def __init__(self, name: str) -> None:
        super().__init__(
            Words(
                "%(name)s was taken over by another process, because the lease of this one had ended. The batch in hand"
                " was rolled back; the other process does the rest. See `custom_migrations show %(name)s`.",
                name=name,
            )
        )


def _moment(moment: dt.datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC" if moment else Words("an unknown time")
