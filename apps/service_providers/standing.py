"""Where the rows of models stand: what the catalogue says of each, and what its own flag says."""

from __future__ import annotations

import dataclasses
import datetime as dt

from apps.service_providers.llm_service import catalogue as llm_catalogue
from apps.service_providers.llm_service import lifecycle
from apps.service_providers.llm_service.catalogue import Catalogue, CatalogueError
from apps.service_providers.llm_service.declarations import Model
from apps.service_providers.llm_service.lifecycle import Lifecycle, State
from apps.service_providers.models import LlmProviderModel


@dataclasses.dataclass(frozen=True)
class Standing:
    """Where one model stands on one day.

    :param replacement: name of the model that takes over, at the end of the chain; empty if none is declared
    :param to_be_removed: it is listed in ``DELETED_MODELS``: the next removal takes it out, unless its entry is closed
    """

    lifecycle: Lifecycle
    replacement: str = ""
    to_be_removed: bool = False

    @property
    def state(self) -> State:
        """The state of the model's life."""
        return self.lifecycle.state


class Standings:
    """Where models stand on one day.

    :param today: the day in UTC
    :param catalogue: what is declared; the present catalogue if left out
    """

    def __init__(self, *, today: dt.date, catalogue: Catalogue | None = None) -> None:
        self._catalogue = llm_catalogue.read() if catalogue is None else catalogue
        self._today = today

    def of(self, row: LlmProviderModel) -> Standing:
        """Return where a model stands. A custom one has nothing but its flag, also if its name is in the catalogue."""
        plain = Model(row.name, row.max_token_limit, deprecated=row.deprecated)
        if row.team_id is not None:
            return Standing(lifecycle.of(plain, today=self._today))
        declared: Model = self._catalogue.find(row.type, row.name) or plain
        removal = self._catalogue.find_removal(row.type, row.name)
        if removal is not None:
            declared = dataclasses.replace(declared, deprecated=True, retires_on=removal.retires_on)
        declared = dataclasses.replace(declared, deprecated=declared.deprecated or row.deprecated)
        return Standing(
            lifecycle=lifecycle.of(declared, today=self._today),
            replacement=self._replacement(row),
            to_be_removed=removal is not None,
        )

    def _replacement(self, row: LlmProviderModel) -> str:
        try:
            return self._catalogue.resolve_replacement(row.type, row.name) or ""
        except CatalogueError:
            # The lint tells of it; here, nothing takes over.
            return ""
