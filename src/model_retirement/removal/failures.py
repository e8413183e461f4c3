"""Models that stay because of odd rows, while everything else of their removal is done."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Iterable

from model_retirement.batching import short_transaction
from model_retirement.data_migrations import run_once
from model_retirement.data_migrations.models import CustomMigration
from model_retirement.keys import Key
from model_retirement.phases import log
from model_retirement.references import Registry, odd_rows
from model_retirement.references.moving import Lease
from model_retirement.references.odd_rows import NamedRow, OddRow
from model_retirement.removal.plan import PlannedModel
from model_retirement.removal_records import unit_name

logger = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True)
class FailedModel:
    """A model that stays, with its references, while all others have gone.

    :param rows: what still points at it and cannot be moved
    :param reason: why it stays, if that is no row of a reference
    """

    provider: str
    name: str
    rows: tuple[OddRow, ...]
    reason: str = ""

    @property
    def reasons(self) -> str:
        """Why it stays, a line for each row."""
        lines = [f"{row.reference} of row {row.row_id}: {row.reason}" for row in self.rows]
        return "\n".join(lines) or self.reason

    def __str__(self) -> str:
        return f"{self.provider}/{self.name}"


def kept_by(
    odd: Iterable[OddRow], *, models: Iterable[PlannedModel], registry: Registry, using: str
) -> dict[Key, FailedModel]:
    """Return by id those of the models at which rows still point that cannot be read or written."""
    by_id = {model.model_id: model for model in models}
    rows = odd_rows.pointing_at(odd, registry=registry, model_ids=by_id, using=using)
    return {
        model_id: FailedModel(model.provider, model.name, rows=tuple(rows[model_id]))
        for model_id, model in by_id.items()
        if model_id in rows
    }


def record(failed: FailedModel, *, lease: Lease, using: str) -> None:
    """Record that a model's entry has failed, in a transaction of its own.

    :param lease: renewed in it
    """
    with short_transaction(using):
        lease.renew()
        run_once.record_units(
            names=[unit_name(str(failed))],
            status=CustomMigration.Status.FAILED,
            triggered_by=lease.triggered_by,
            using=using,
            error=failed.reasons,
        )
    log(logger, "model not removed", model=str(failed), rows=len(failed.rows))


@dataclasses.dataclass(frozen=True)
class FailedReport:
    """The same with the names that people know."""

    provider: str
    name: str
    reason: str
    rows: tuple[NamedRow, ...]

    def __str__(self) -> str:
        return f"{self.provider}/{self.name}"


def named(failed: Iterable[FailedModel], *, registry: Registry, using: str) -> tuple[FailedReport, ...]:
    """Return the models with team and resource of each row that keeps them; a few queries per model."""
    return tuple(
        FailedReport(
            model.provider,
            model.name,
            model.reason,
            rows=tuple(odd_rows.named(model.rows, registry=registry, using=using)),
        )
        for model in failed
    )
