"""What a reference to a model becomes: the question is asked here alone, with the model and the team that has the reference.

Plan, announcements, pages and API all ask here, so that nobody is told of another model than the one that its references
move to. Today the answer is the catalogue's and the same for every team. Where teams decide themselves, theirs belongs here
(docs/adr/0030).
"""

from __future__ import annotations

from typing import Final

from model_retirement.catalogue.view import Catalogue, CatalogueError
from model_retirement.keys import Key

EVERY_TEAM: Final = None
"""In place of a team: all that have no answer of their own, which one statement moves together."""


def replacement_for(catalogue: Catalogue, *, provider: str, name: str, team_id: Key | None) -> str | None:
    """Return the name of the global model that a team's references to a model move to; None clears them.

    :param team_id: primary key of the team, or ``EVERY_TEAM``
    :raises CatalogueError: if the model is in neither list, or its chain of replacements leads nowhere
    """
    del team_id  # no team has an answer of its own yet; callers say whom they ask for all the same
    return catalogue.resolve_replacement(provider, name)


def announced_replacement(catalogue: Catalogue, *, provider: str, name: str, team_id: Key | None) -> str:
    """Return the same where nothing is moved yet: empty if nothing replaces it, and also if no answer can be given.

    That a model is in neither list, or that its chain leads nowhere, is reported by ``llm_models check`` and stops a removal.

    :param team_id: primary key of the team, or ``EVERY_TEAM``
    """
    try:
        return replacement_for(catalogue, provider=provider, name=name, team_id=team_id) or ""
    except CatalogueError:
        return ""
