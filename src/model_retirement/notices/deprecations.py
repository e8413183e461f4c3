"""Notices of deprecation: which teams use a deprecated model and have not heard of it at the stage that it is at.

What is news, and so told once, is decided in ``news``.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import logging
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from django.utils.translation import gettext_noop

from model_retirement import sql
from model_retirement.keys import Key
from model_retirement.models import TeamNotice
from model_retirement.notices import news, outbox
from model_retirement.notices.news import EVENT, Heard, Namesake, Pair, Standing
from model_retirement.notices.payload import IS_EARLIEST
from model_retirement.notices.stages import DeprecatedModel
from model_retirement.notices.team_reports import TeamReport, team_reports
from model_retirement.phases import phase
from model_retirement.references import Registry
from model_retirement.references.usage import AffectedResource, pointing_now, stream_resources

logger = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True)
class NoticeReport:
    """One deprecated model.

    :param teams: number of teams that are to be, or were, told now
    :param told_before: number of teams that use it and had heard of this stage before
    :param unreachable: number of teams that have to hear of it and have no reachable admin
    """

    model: DeprecatedModel
    teams: int
    told_before: int
    unreachable: int

    def __str__(self) -> str:
        return str(self.model)


@dataclasses.dataclass(frozen=True)
class NotificationReport:
    """Who has to hear, or has just heard, of which deprecated models.

    :param models: every deprecated model, used or not, and those whose retirement is called off and who have to hear
        of it; those that retire first come first
    :param teams: the teams that have to hear of something; one that nobody can be reached of stays among them
    :param pairs: who has to hear of what
    :param own: the teams' own models with the names of these, told of or not, which their providers switch off as well
    """

    today: dt.date
    models: tuple[NoticeReport, ...]
    teams: tuple[TeamReport, ...]
    pairs: frozenset[Pair] = dataclasses.field(repr=False)
    own: tuple[Namesake, ...] = ()

    @property
    def told_teams(self) -> tuple[TeamReport, ...]:
        """The teams that are to be, or were, told now."""
        return tuple(team for team in self.teams if team.is_reachable)

    @property
    def unreachable(self) -> tuple[TeamReport, ...]:
        """The teams that have to be told another way."""
        return tuple(team for team in self.teams if not team.is_reachable)

    @property
    def notices(self) -> int:
        """Number of notices that are to be, or were, sent now: one per team and model."""
        return sum(report.teams for report in self.models)

    @property
    def counts(self) -> dict[str, int]:
        """What is told, by kind."""
        models = sum(report.teams > 0 for report in self.models)
        return {
            gettext_noop("models"): models,
            gettext_noop("teams"): len(self.told_teams),
            gettext_noop("notices"): self.notices,
        }

    @property
    def names(self) -> dict[Key, str]:
        """Model id to ``provider/name``; of teams' own models as well."""
        names = {report.model.id: str(report.model) for report in self.models}
        return names | {namesake.id: f"{names[namesake.model_id]} (its own)" for namesake in self.own}

    @property
    def own_names(self) -> list[tuple[str, str]]:
        """``provider/name`` and the slug of its team, for each of the teams' own models; sorted."""
        names = {report.model.id: str(report.model) for report in self.models}
        return sorted((names[namesake.model_id], namesake.team_slug) for namesake in self.own)

    def resources(self, *, registry: Registry, using: str) -> Iterator[AffectedResource]:
        """Yield what the teams use the models for, by team, without holding it all."""
        about = {namesake.id: namesake.model_id for namesake in self.own}
        told_ids = {model_id for model_id, _ in self.pairs}
        rows = {report.model.id for report in self.models if not report.model.is_listed}
        asked = (told_ids & rows) | {own_id for own_id, model_id in about.items() if model_id in told_ids}
        pairs = pointing_now(model_ids=asked, using=using)
        with sql.dialect(using).streaming():
            for resource in stream_resources(registry=registry, pairs=pairs, using=using, in_use_only=True):
                model_ids = tuple(
                    model_id
                    for model_id in resource.model_ids
                    if (about.get(model_id, model_id), resource.team_id) in self.pairs
                )
                if model_ids:
                    yield dataclasses.replace(resource, model_ids=model_ids)


def preview(*, models: Sequence[DeprecatedModel], registry: Registry, today: dt.date, using: str) -> NotificationReport:
    """Report who would be told of what; writes nothing."""
    models, own = _with_namesakes(models, using=using)
    heard = news.heard(models, own=own, registry=registry, using=using)
    pairs = frozenset(pair for pair, known in heard.items() if known.standing is not Standing.TOLD)
    return _report(models, own=own, heard=heard, pairs=pairs, today=today, using=using)


def notify(*, models: Sequence[DeprecatedModel], registry: Registry, today: dt.date, using: str) -> NotificationReport:
    """Write and address a notice for every team that has not heard of a model at its stage, and report it.

    Called inside a transaction. A notice that nobody could be reached with goes when it is out of date.
    """
    with phase(logger, "notices") as counts:
        models, own = _with_namesakes(models, using=using)
        heard = news.heard(models, own=own, registry=registry, using=using)
        _drop_outdated(models, heard=heard, using=using)
        pairs = frozenset(pair for pair, known in heard.items() if known.standing is Standing.WAITING)
        if any(known.standing is Standing.UNTOLD for known in heard.values()):
            pairs |= news.insert(models, own=own, registry=registry, using=using)
        counts["notices"] = len(pairs)
        # With what else waits: a team reads in the order of what happened.
        outbox.create_messages(using=using)
    return _report(models, own=own, heard=heard, pairs=pairs, today=today, using=using)


def _with_namesakes(
    models: Sequence[DeprecatedModel], *, using: str
) -> tuple[tuple[DeprecatedModel, ...], tuple[Namesake, ...]]:
    """Return the models that may concern somebody, and teams' own models of their names."""
    own = news.namesakes(models, using=using)
    named = {namesake.model_id for namesake in own}
    return tuple(model for model in models if not model.is_listed or model.id in named), own


def _report(
    models: Sequence[DeprecatedModel],
    *,
    own: tuple[Namesake, ...],
    heard: Mapping[Pair, Heard],
    pairs: frozenset[Pair],
    today: dt.date,
    using: str,
) -> NotificationReport:
    names = {model.id: str(model) for model in models}
    by_team: dict[Key, list[str]] = {}
    for model_id, team_id in pairs:
        by_team.setdefault(team_id, []).append(names[model_id])
    teams = team_reports({team_id: tuple(sorted(model_names)) for team_id, model_names in by_team.items()}, using=using)
    reachable = {team.id for team in teams if team.recipients}
    reached = Counter(model_id for model_id, team_id in pairs if team_id in reachable)
    unreachable = Counter(model_id for model_id, team_id in pairs if team_id not in reachable)
    before = Counter(model_id for (model_id, _), known in heard.items() if known.standing is Standing.TOLD)
    concerned = {model_id for model_id, _ in heard}
    shown = [model for model in models if not model.is_called_off or model.id in concerned]
    return NotificationReport(
        today=today,
        models=tuple(
            NoticeReport(model, reached[model.id], before[model.id], unreachable[model.id]) for model in shown
        ),
        teams=teams,
        pairs=pairs,
        own=tuple(namesake for namesake in own if (namesake.model_id, namesake.team_id) in heard),
    )


def _drop_outdated(models: Sequence[DeprecatedModel], *, heard: Mapping[Pair, Heard], using: str) -> None:
    """Delete notices that nobody has been told of yet and that are not true any more.

    The team has moved on, the model is at another stage, or it is gone. What somebody has been told stays for ever.
    """
    waiting = TeamNotice.objects.using(using).filter(event=EVENT, run=None, messages=None)
    by_id = {model.id: model for model in models}
    current = {_key(by_id[model_id], team_id, known.follows) for (model_id, team_id), known in heard.items()}
    keys = waiting.values_list(
        "pk",
        IS_EARLIEST,
        "team_id",
        "provider",
        "name",
        "stage",
        "replacement",
        "retires_on",
        "follows",
    )
    outdated = [pk for pk, is_earliest, *key in keys if (bool(is_earliest), *key) not in current]
    # A sender may be addressing one of them at this moment: then it is told, and stays. Who waits for its lock sees in the
    # next statement which ones those are.
    locked = waiting.filter(pk__in=outdated).select_for_update(of=("self",))
    still_waiting = waiting.filter(pk__in=list(locked.values_list("pk", flat=True)))
    TeamNotice.objects.using(using).filter(pk__in=list(still_waiting.values_list("pk", flat=True))).delete()


def _key(model: DeprecatedModel, team_id: Key, follows: int) -> tuple[object, ...]:
    return (
        model.retires_on_is_earliest,
        team_id,
        model.provider,
        model.name,
        model.stage,
        model.replacement,
        model.retires_on,
        follows,
    )
