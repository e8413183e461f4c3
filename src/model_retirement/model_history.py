"""What happened to a global model, as far as it is written down: removals, restores and what teams were told."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

from django.db.models import Count, Min
from django.utils.translation import gettext

from model_retirement.models import RemovedModel, TeamNotice
from model_retirement.notices.stages import stage_words


@dataclasses.dataclass(frozen=True)
class HistoryEntry:
    """One thing that happened.

    :param run: number of the removal that it belongs to; None if to none
    :param teams: number of teams that were told; None if it is not about that
    :param event: what they were told of; empty if it is not about that
    :param stage: on the way to its retirement
    """

    at: dt.datetime
    what: str
    run: int | None = None
    teams: int | None = None
    event: str = ""
    stage: str = ""


def removals(*, provider: str, name: str, using: str) -> list[HistoryEntry]:
    """Return when a model was removed and restored; one query."""
    removed_models = RemovedModel.objects.using(using).filter(provider=provider, name=name)
    return [
        HistoryEntry(at=at, what=what, run=removed.run_id)
        for removed in removed_models
        for at, what in ((removed.removed_at, gettext("removed")), (removed.restored_at, gettext("restored")))
        if at is not None
    ]


def notices(*, provider: str, name: str, using: str) -> list[HistoryEntry]:
    """Return when teams were told about a model, per event, stage and removal; one query."""
    notices: Any = TeamNotice.objects.using(using).filter(provider=provider, name=name).order_by()
    grouped = notices.values("event", "stage", "run").annotate(at=Min("created_at"), teams=Count("team", distinct=True))
    return [
        HistoryEntry(
            at=group["at"],
            what=_told(group["event"], group["stage"]),
            run=group["run"],
            teams=group["teams"],
            event=group["event"],
            stage=group["stage"],
        )
        for group in grouped
    ]


def _told(event: str, stage: str) -> str:
    texts = {
        TeamNotice.Event.REMOVED: gettext("teams told: removed"),
        TeamNotice.Event.RESTORED: gettext("teams told: restored"),
        TeamNotice.Event.DEPRECATED: gettext("teams told: deprecated"),
    }
    words = texts[TeamNotice.Event(event)]
    return gettext("%(told)s (%(stage)s)") % {"told": words, "stage": stage_words(stage)} if stage else words
