"""The global models that are on their way out, by date, and what hangs on each."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

from apps.service_providers.admin import timeline
from apps.service_providers.admin.model_list import global_ids, usage_of
from apps.service_providers.llm_service.lifecycle import State, utc_today
from apps.service_providers.models import LlmProviderModel
from apps.service_providers.references import registry
from apps.service_providers.standing import Standing, Standings

BAR_WIDTH = 240


@dataclasses.dataclass(frozen=True)
class Segment:
    """One kind in a bar.

    :param number: its place among the kinds, for its pattern
    """

    kind: str
    references: int
    number: int
    x: float
    width: float


@dataclasses.dataclass(frozen=True)
class Line:
    """One model that is on its way out."""

    row: LlmProviderModel
    standing: Standing
    replacement_id: int | None
    references: int
    teams: int
    bar: tuple[Segment, ...]


def context() -> dict[str, Any]:
    """Return what the page of deprecated models shows; a constant number of queries."""
    today = utc_today()
    standings, ids = Standings(today=today), global_ids()
    going = [
        (row, standing)
        for row in LlmProviderModel.objects.filter(team=None)
        if (standing := standings.of(row)).state is not State.ACTIVE
    ]
    going.sort(key=lambda pair: (pair[1].lifecycle.retires_on or dt.date.max, pair[0].type, pair[0].name))
    usage = usage_of([row.pk for row, _ in going])
    kinds = _kinds()
    by_kind = {row.pk: _by_kind(usage.references.get(row.pk, {}), kinds) for row, _ in going}
    most = max((sum(found.values()) for found in by_kind.values()), default=0)
    return {
        "lines": [
            Line(
                row=row,
                standing=standing,
                replacement_id=ids.get((row.type, standing.replacement)),
                references=sum(by_kind[row.pk].values()),
                teams=len(usage.teams.get(row.pk, ())),
                bar=_bar(by_kind[row.pk], most=most, kinds=list(dict.fromkeys(kinds.values()))),
            )
            for row, standing in going
        ],
        "timelines": [
            drawn
            for layout in (timeline.WIDE, timeline.NARROW)
            if (drawn := timeline.draw([(str(row), standing) for row, standing in going], layout=layout, today=today))
        ],
        "bar_width": BAR_WIDTH,
        "today": today,
        "custom": LlmProviderModel.objects.filter(team__isnull=False, deprecated=True).count(),
    }


def _kinds() -> dict[str, str]:
    """Return label of a reference to the kind of resource that it belongs to."""
    return {reference.label: reference.concern.resource.kind for reference in registry}


def _by_kind(references: dict[str, int], kinds: dict[str, str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for label, number in references.items():
        found[kinds[label]] = found.get(kinds[label], 0) + number
    return found


def _bar(by_kind: dict[str, int], *, most: int, kinds: list[str]) -> tuple[Segment, ...]:
    bar: list[Segment] = []
    x = 0.0
    for number, kind in enumerate(kinds):
        if references := by_kind.get(kind, 0):
            width = round(BAR_WIDTH * references / most, 1)
            bar.append(Segment(kind=kind, references=references, number=number, x=round(x, 1), width=width))
            x += width
    return tuple(bar)
