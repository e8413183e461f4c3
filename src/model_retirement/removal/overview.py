"""What a removal did, as its page shows it: from the journal and the notices, in a constant number of queries."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.db.models import Count, Func, IntegerField, QuerySet, Sum

from model_retirement import conf, sql
from model_retirement.keys import Key, json_key
from model_retirement.models import ReferenceChange, RemovalRun, RemovedModel, TeamMessage, TeamNotice
from model_retirement.notices.payload import Payload
from model_retirement.references import Registry
from model_retirement.removal import parameters
from model_retirement.removal.parameters import SettingCounts


class JsonLength(Func):
    """Number of items of a JSON list; NULL of NULL."""

    function = "JSON_ARRAY_LENGTH"
    output_field = IntegerField()

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """Return the function's other name."""
        return self.as_sql(compiler, connection, function="jsonb_array_length", **context)


@dataclasses.dataclass(frozen=True)
class ModelLine:
    """One model of a removal.

    :param references: label of a reference to the number of rows that were changed
    :param left_alone: number of rows that held something else when the rest was restored
    :param teams: number of teams that were concerned
    :param settings: settings that did not stay as they were, with the number of rows
    """

    removed: RemovedModel
    references: Mapping[str, int]
    left_alone: int
    teams: int
    settings: SettingCounts


@dataclasses.dataclass(frozen=True)
class TeamLine:
    """One team of a removal.

    :param resources: kind of resource to the number of them that were affected, each once however many models it used
    :param more: kinds of which there may be more: notices name the first ones only
    :param idle: number of archives and unused versions that were, of one model; there may be more of others
    :param messages: the e-mails to the team's admins
    :param waits: whether notices wait until somebody of the team can be written to
    """

    team_id: Key
    name: str
    models: tuple[str, ...]
    resources: Mapping[str, int]
    more: Collection[str]
    idle: int
    messages: tuple[TeamMessage, ...]
    waits: bool


def model_lines(*, run: RemovalRun, registry: Registry, using: str) -> list[ModelLine]:
    """Return the models of a removal by provider and name; four queries."""
    labels = [reference.label for reference in registry]
    changes = ReferenceChange.objects.using(using).filter(removed_model__run=run, reference__in=labels).order_by()
    references: dict[Key, dict[str, int]] = {}
    left_alone: dict[int, int] = {}
    sums: Any = changes.values_list("removed_model_id", "reference").annotate(
        rows=Sum("object_count"), others=Sum(JsonLength("left_alone_ids"))
    )
    for removed_id, label, rows, others in sums:
        references.setdefault(removed_id, {})[label] = rows
        left_alone[removed_id] = left_alone.get(removed_id, 0) + (others or 0)
    notices: Any = TeamNotice.objects.using(using).filter(run=run, event=TeamNotice.Event.REMOVED).order_by()
    teams = {
        (provider, name): number
        for provider, name, number in notices.values_list("provider", "name").annotate(Count("team", distinct=True))
    }
    settings = parameters.done(run=run, registry=registry, using=using)
    return [
        ModelLine(
            removed=removed,
            references=dict(sorted(references.get(removed.pk, {}).items())),
            left_alone=left_alone.get(removed.pk, 0),
            teams=teams.get((removed.provider, removed.name), 0),
            settings=settings.get(removed.model_id, {}),
        )
        for removed in run.models.using(using).order_by("provider", "name")
    ]


def teams_of(*, run: RemovalRun, using: str) -> QuerySet[Any, Any]:
    """Return ids and names of the teams that a removal affected, by name: a query for a paginator."""
    notices = TeamNotice.objects.using(using).filter(run=run).order_by(f"team__{conf.team_name()}", "team_id")
    return notices.values_list("team_id", f"team__{conf.team_name()}").distinct()


def team_lines(*, run: RemovalRun, teams: Sequence[tuple[int, str]], using: str) -> list[TeamLine]:
    """Return what a removal meant to some teams; two queries.

    :param teams: ids and names, as :func:`teams_of` gives them
    """
    ids = [team_id for team_id, _ in teams]
    notices: dict[int, list[TeamNotice]] = {}
    waiting: set[int] = set()
    written = TeamNotice.objects.using(using).filter(run=run, team__in=ids).order_by("provider", "name")
    for notice in written.annotate(messages_of_it=Count("messages")):
        notices.setdefault(notice.team_id, []).append(notice)
        if not notice.messages_of_it:
            waiting.add(notice.team_id)
    messages: dict[int, list[TeamMessage]] = {}
    for message in TeamMessage.objects.using(using).filter(run=run, team__in=ids).order_by("pk"):
        messages.setdefault(message.team_id, []).append(message)
    return [
        _team_line(team_id, name, notices[team_id], messages.get(team_id, []), waits=team_id in waiting)
        for team_id, name in teams
    ]


def _team_line(
    team_id: Key, name: str, notices: list[TeamNotice], messages: list[TeamMessage], *, waits: bool
) -> TeamLine:
    removed = [notice for notice in notices if notice.event == TeamNotice.Event.REMOVED]
    summaries = [Payload.read(notice.payload).resources for notice in removed]
    named: dict[str, set[Any]] = {}
    totals: dict[str, int] = {}
    more = set()
    for resources in summaries:
        of_model = Counter[str]()
        for group in resources.groups:
            named.setdefault(group.kind, set()).update(resource.id for resource in group.first)
            of_model[group.kind] += group.total
            if group.more and len(removed) > 1:
                more.add(group.kind)
        totals |= {kind: max(totals.get(kind, 0), number) for kind, number in of_model.items()}
    return TeamLine(
        team_id=team_id,
        name=name,
        models=tuple(f"{notice.provider}/{notice.name}" for notice in removed),
        resources={kind: max(total, len(named[kind])) for kind, total in totals.items()},
        more=more,
        idle=max((resources.idle for resources in summaries), default=0),
        messages=tuple(messages),
        waits=waits,
    )


@dataclasses.dataclass(frozen=True)
class Deliveries:
    """How far the news of a removal got.

    :param messages: status to the number of messages
    :param waiting_teams: number of teams with notices that no message tells of
    """

    messages: Mapping[str, int]
    waiting_teams: int


def deliveries(*, run: RemovalRun, using: str) -> Deliveries:
    """Return how far the news of a removal, and of its restore, got; two queries."""
    messages: Any = TeamMessage.objects.using(using).filter(run=run).order_by()
    waiting = TeamNotice.objects.using(using).filter(run=run, messages=None)
    return Deliveries(
        messages=dict(messages.values_list("status").annotate(Count("pk"))),
        waiting_teams=waiting.aggregate(teams=Count("team", distinct=True))["teams"],
    )


def changes_of(
    *, run: RemovalRun, using: str, model: int | None = None, reference: str = "", object_id: Key | None = None
) -> QuerySet[ReferenceChange]:
    """Return the journal of a removal in the order in which it was written.

    :param model: record of a model in the run
    :param reference: label
    :param object_id: only changes of the row with this id
    """
    changes = ReferenceChange.objects.using(using).filter(removed_model__run=run).select_related("removed_model")
    if model is not None:
        changes = changes.filter(removed_model=model)
    if reference:
        changes = changes.filter(reference=reference)
    if object_id is not None:
        changes = _holding(changes, object_id)
    return changes.order_by("pk")


def _holding(changes: QuerySet[ReferenceChange], object_id: Key) -> QuerySet[ReferenceChange]:
    holds = sql.dialect(changes.db).holds("model_retirement_referencechange.object_ids")
    return changes.extra(where=[holds], params=[json.dumps(json_key(object_id))])  # noqa: S610  # the id is a parameter
