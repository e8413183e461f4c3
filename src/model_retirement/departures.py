"""The global models that are on their way out, in the order of their days, and how much they are used."""

from __future__ import annotations

import dataclasses
import datetime as dt

from model_retirement.abstract import AbstractLlmModel
from model_retirement.catalogue.lifecycle import Lifecycle, State
from model_retirement.catalogue.view import Catalogue
from model_retirement.host_models import llm_models
from model_retirement.lifecycle import Lifecycles
from model_retirement.references import registry
from model_retirement.references.usage import Usage, count, pointing_now


@dataclasses.dataclass(frozen=True)
class Departures:
    """What goes, by its day and name, without a day last; and the use of all of it."""

    models: tuple[tuple[AbstractLlmModel, Lifecycle], ...]
    usage: Usage

    def references(self, row: AbstractLlmModel) -> int:
        """Return how many references point at a model."""
        return sum(self.usage.references.get(row.pk, {}).values())

    def teams(self, row: AbstractLlmModel) -> int:
        """Return how many teams they belong to."""
        return len(self.usage.teams.get(row.pk, ()))

    def in_use(self) -> Departures:
        """Return the same without the models that nobody uses."""
        return dataclasses.replace(self, models=tuple(pair for pair in self.models if self.references(pair[0])))


def find(*, catalogue: Catalogue, today: dt.date, using: str) -> Departures:
    """Return the rows that are not active any more; a query for the rows and one for each reference.

    :param today: the day in UTC
    """
    lifecycles = Lifecycles(today=today, catalogue=catalogue)
    going = [
        (row, lifecycle)
        for row in llm_models(using=using).filter(team=None)
        if (lifecycle := lifecycles.of(row)).state is not State.ACTIVE
    ]
    going.sort(key=lambda pair: (pair[1].retires_on or dt.date.max, pair[0].type, pair[0].name))
    pairs = pointing_now(model_ids=[row.pk for row, _ in going], using=using)
    return Departures(models=tuple(going), usage=count(registry=registry, pairs=pairs, using=using))
