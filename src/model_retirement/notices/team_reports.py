"""Which teams a report is about, and whom of each it reaches."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from model_retirement import sql
from model_retirement.host_models import teams
from model_retirement.keys import Key
from model_retirement.notices import recipients
from model_retirement.platform import host_delivers


@dataclasses.dataclass(frozen=True)
class TeamReport:
    """One team concerned.

    :param models: names (``provider/name``) of the models that it uses or used, sorted
    :param recipients: number of admins who will be, or were, e-mailed
    """

    id: Key
    slug: str
    name: str
    models: tuple[str, ...]
    recipients: int

    @property
    def is_reachable(self) -> bool:
        """Whether somebody hears for the team, as far as can be said beforehand: by e-mail, or by the host's own channel."""
        return self.recipients > 0 or host_delivers()


def team_reports(by_team: Mapping[Key, Sequence[str]], *, using: str) -> tuple[TeamReport, ...]:
    """Return the teams with the names of the models that they use or used, by id.

    :param by_team: team id to names (``provider/name``), sorted
    """
    if not by_team:
        return ()
    admins = recipients.counts(using=using)
    named = teams(using=using).order_by("pk").values_list("pk", "shown_slug", "shown_name")
    with sql.dialect(using).text_for_people():
        return tuple(
            TeamReport(
                id=team_id, slug=slug, name=name, models=tuple(by_team[team_id]), recipients=admins.get(team_id, 0)
            )
            for team_id, slug, name in named
            if team_id in by_team
        )
