"""What the catalogue says of a row: the one answer for pages, exports and the API.

Where several things are said of a model, this is their order:

1. The removal list. What is on it is deprecated, also if it is still offered as well, which the lint reports. The date of
   the removal is firm and stands for whatever the model's own line says; without one, that line's date is left.
2. The list of models, with all its dates.
3. The row's own flag, which only ever deprecates; it is all there is of a model that neither list names, and of a team's.
"""

from __future__ import annotations

import dataclasses
import datetime as dt

from model_retirement.abstract import AbstractLlmModel
from model_retirement.catalogue import lifecycle
from model_retirement.catalogue import view as llm_catalogue
from model_retirement.catalogue.declarations import Model
from model_retirement.catalogue.lifecycle import Lifecycle
from model_retirement.catalogue.view import Catalogue
from model_retirement.keys import Key
from model_retirement.replacements import EVERY_TEAM, announced_replacement


class Lifecycles:
    """Where rows of models stand on one day.

    :param today: the day in UTC
    :param catalogue: what is declared; the present catalogue if left out
    """

    def __init__(self, *, today: dt.date, catalogue: Catalogue | None = None) -> None:
        self._catalogue = llm_catalogue.read() if catalogue is None else catalogue
        self._today = today

    def of(self, row: AbstractLlmModel, *, team_id: Key | None = EVERY_TEAM) -> Lifecycle:
        """Return where a model stands. A custom one has nothing but its flag, also if its name is in the catalogue.

        :param team_id: primary key of the team whose references the replacement is for
        """
        said: Model = Model(row.name, row.max_token_limit)
        is_listed = False
        if row.team_id is None:
            said = self._catalogue.find(row.type, row.name) or said
            removal = self._catalogue.find_removal(row.type, row.name)
            is_listed = removal is not None
            if removal is not None and removal.retires_on is not None:
                said = dataclasses.replace(said, retires_on=removal.retires_on, retires_on_is_earliest=False)
        said = dataclasses.replace(said, deprecated=said.deprecated or is_listed or row.deprecated)
        return dataclasses.replace(
            lifecycle.of(said, today=self._today),
            replacement=self._replacement(row, team_id=team_id) if row.team_id is None else "",
            to_be_removed=is_listed,
        )

    def _replacement(self, row: AbstractLlmModel, *, team_id: Key | None) -> str:
        return announced_replacement(self._catalogue, provider=row.type, name=row.name, team_id=team_id)
