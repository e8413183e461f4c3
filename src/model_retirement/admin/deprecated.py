"""The global models that are on their way out, by date, and what hangs on each."""

from __future__ import annotations

import dataclasses
from typing import Any

from django.db import DEFAULT_DB_ALIAS

from model_retirement import departures, impact
from model_retirement.abstract import AbstractLlmModel
from model_retirement.admin import timeline
from model_retirement.admin.model_list import global_ids
from model_retirement.admin.moves import sentences
from model_retirement.catalogue import view as llm_catalogue
from model_retirement.catalogue.lifecycle import Lifecycle, utc_today
from model_retirement.catalogue.moves import MoveEffect
from model_retirement.host_models import llm_models
from model_retirement.impact import Spending
from model_retirement.keys import Key
from model_retirement.notices.kinds import kind_name
from model_retirement.references import registry
from model_retirement.references.team_usage import resources_by_kind

BAR_WIDTH = 240


@dataclasses.dataclass(frozen=True)
class Segment:
    """One kind in a bar.

    :param resources: how many of the kind use the model
    :param number: its place among the kinds, for its pattern
    """

    kind: str
    resources: int
    number: int
    x: float
    width: float


@dataclasses.dataclass(frozen=True)
class Line:
    """One model that is on its way out.

    :param move: the most important of what it means to be moved to the replacement, in sentences
    """

    row: AbstractLlmModel
    lifecycle: Lifecycle
    replacement_id: Key | None
    references: int
    teams: int
    move: list[str]
    bar: tuple[Segment, ...]


def context() -> dict[str, Any]:
    """Return what the page of deprecated models shows; a constant number of queries."""
    today = utc_today()
    catalogue, ids = llm_catalogue.read(), global_ids()
    departing = departures.find(catalogue=catalogue, today=today, using=DEFAULT_DB_ALIAS)
    going = departing.models
    moves = {
        row.pk: move for row, _ in going if (move := catalogue.move_of(row.type, row.name, today=today)) is not None
    }
    meant = impact.of_moves(effects=moves, used_by=departing.usage.models_by_team(), using=DEFAULT_DB_ALIAS)
    by_kind = resources_by_kind(registry=registry, model_ids=[row.pk for row, _ in going], using=DEFAULT_DB_ALIAS)
    most = max((sum(numbers.values()) for numbers in by_kind.values()), default=0)
    return {
        "lines": [
            Line(
                row=row,
                lifecycle=lifecycle,
                replacement_id=ids.get((row.type, lifecycle.replacement)),
                references=departing.references(row),
                teams=departing.teams(row),
                move=_move(moves.get(row.pk), meant.paid_by_model.get(row.pk)),
                bar=_bar(by_kind.get(row.pk, {}), most=most),
            )
            for row, lifecycle in going
        ],
        "timelines": [
            drawn
            for layout in (timeline.WIDE, timeline.NARROW)
            if (drawn := timeline.draw([(str(row), lifecycle) for row, lifecycle in going], layout=layout, today=today))
        ],
        "bar_width": BAR_WIDTH,
        "today": today,
        "custom": llm_models(using=DEFAULT_DB_ALIAS).filter(team__isnull=False, deprecated=True).count(),
    }


def _move(move: MoveEffect | None, paid: Spending | None) -> list[str]:
    money = paid.money if paid else None
    return sentences([*(move.main_words if move else ()), *([money] if money else [])])


def _bar(by_kind: dict[str, int], *, most: int) -> tuple[Segment, ...]:
    bar: list[Segment] = []
    x = 0.0
    for number, kind in enumerate(resource.kind for resource in registry.resources):
        if resources := by_kind.get(kind, 0):
            width = round(BAR_WIDTH * resources / most, 1)
            bar.append(Segment(kind=kind_name(kind), resources=resources, number=number, x=round(x, 1), width=width))
            x += width
    return tuple(bar)
