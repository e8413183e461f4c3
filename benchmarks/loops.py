"""One object after the other through the ORM, as platforms' hand-written migrations do it: two loops with one outcome.

They know the two kinds of reference that the data of the benchmark has, and no settings. What they leave is what the
command leaves: moved references, a journal from which they can be put back, a notice per team and model.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Sequence
from typing import Any, Self

from django.db import transaction
from django.db.models import Model, QuerySet
from django.utils import timezone

from apps.assistants.models import Assistant
from apps.chatbots.models import Chatbot
from apps.pipelines.models import MODEL_ID_KEY, Node
from apps.service_providers.models import LlmProviderModel
from apps.teams.models import Team
from apps.teams.versions import Versioned
from benchmarks.dataset import FIRST_ID, MODELS, REPLACEMENT_ID
from model_retirement.data_migrations import run_once
from model_retirement.models import ReferenceChange, RemovalRun, RemovedModel, TeamNotice
from model_retirement.notices.payload import NamedResource, Part, Payload, ResourceGroup, Resources
from model_retirement.references.moving import Lease
from model_retirement.removal_records import MIGRATION_NAME


class Told:
    """What a team is told of one model; the data has no team with more of a kind than a notice names, and no versions."""

    def __init__(self) -> None:
        self._things: dict[tuple[str, int], tuple[Versioned, set[Part]]] = {}
        self._idle: set[tuple[str, int]] = set()

    def add(self, kind: str, resource: Versioned, part: Part) -> Self:
        """Add a place in a resource."""
        if resource.is_archived:
            self._idle.add((kind, resource.pk))
        else:
            self._things.setdefault((kind, resource.pk), (resource, set()))[1].add(part)
        return self

    def payload(self) -> Payload:
        """Return it as a notice keeps it."""
        by_kind = itertools.groupby(sorted(self._things.items(), key=lambda item: item[0]), key=lambda item: item[0][0])
        groups = tuple(_group(kind, [thing for _, thing in things]) for kind, things in by_kind)
        return Payload(resources=Resources(groups=groups, idle=len(self._idle)))


def _group(kind: str, things: Sequence[tuple[Versioned, set[Part]]]) -> ResourceGroup:
    named = tuple(
        NamedResource(thing.pk, thing.name, None, tuple(sorted(parts, key=lambda part: (part.within, part.label))))
        for thing, parts in things
    )
    label = things[0][0]._meta.label  # noqa: SLF001  (the documented Meta API)
    return ResourceGroup(kind, label, has_main=True, has_fewer=False, total=len(named), first=named)


class Removal:
    """The removal of one model with the command's promises, kept object by object.

    Each moves in a short transaction under a lock, so nobody's edit is lost and nobody waits. Its journal and the notice
    to its team belong to that transaction, so a crash loses nothing. A lease keeps other processes off.
    """

    def __init__(self, model: LlmProviderModel, new: LlmProviderModel | None, *, run: RemovalRun, lease: Lease) -> None:
        self._model, self._new, self._run, self._lease = model, new, run, lease
        self._new_id = new.pk if new else None
        self._told: dict[Team, Told] = {}
        self._record = RemovedModel.objects.create(
            run=run,
            model_id=model.pk,
            provider=model.type,
            name=model.name,
            max_token_limit=model.max_token_limit,
            replacement_id=self._new_id,
            replacement=new.name if new else "",
        )

    def remove(self) -> None:
        """Move what points at the model, then delete it."""
        for value in (self._model.pk, str(self._model.pk)):
            self._each(Node.objects.filter(params__llm_provider_model_id=value), self._move_node)
        self._each(Assistant.all_objects.filter(llm_provider_model=self._model), self._move_assistant)
        with transaction.atomic():
            self._lease.renew()
            LlmProviderModel.objects.filter(pk=self._model.pk)._raw_delete("default")  # noqa: SLF001  # the guard is not measured
            self._record.removed_at = timezone.now()
            self._record.save()

    def _each(self, rows: QuerySet[Any], move: Callable[[Any], None]) -> None:
        for pk in list(rows.values_list("pk", flat=True)):
            with transaction.atomic():
                self._lease.renew()
                # There is none if somebody has chosen another model meanwhile.
                for row in rows.select_for_update().filter(pk=pk):
                    move(row)

    def _move_node(self, node: Node) -> None:
        old = node.params[MODEL_ID_KEY]
        node.params[MODEL_ID_KEY] = self._new_id
        node.save()
        self._note(node, "pipelines.Node.params.llm_provider_model_id", old)
        pipeline, team = node.pipeline, node.pipeline.team
        # Archived ones, too, which the related manager hides. They speak for the pipeline.
        chatbots = list(Chatbot.all_objects.filter(pipeline=pipeline, team=team))
        for chatbot in chatbots:
            self._tell(team, "chatbot", chatbot, Part("pipeline", pipeline.name, node.label))
        if all(chatbot.is_archived for chatbot in chatbots) and not (pipeline.is_archived and chatbots):
            self._tell(team, "pipeline", pipeline, Part(label=node.label))

    def _move_assistant(self, assistant: Assistant) -> None:
        assistant.llm_provider_model = self._new
        assistant.save()
        self._note(assistant, "assistants.Assistant.llm_provider_model", self._model.pk)
        self._tell(assistant.team, "assistant", assistant, Part())

    def _note(self, row: Model, reference: str, old: int | str) -> None:
        ReferenceChange.objects.create(
            removed_model=self._record,
            reference=reference,
            old_value=old,
            new_value=self._new_id,
            object_ids=[row.pk],
            object_count=1,
        )

    def _tell(self, team: Team, kind: str, resource: Versioned, part: Part) -> None:
        payload = self._told.setdefault(team, Told()).add(kind, resource, part).payload().as_json()
        TeamNotice.objects.update_or_create(**self._notice(team), defaults={"payload": payload})

    def _notice(self, team: Team) -> dict[str, Any]:
        return {
            "team": team,
            "run": self._run,
            "event": TeamNotice.Event.REMOVED,
            "provider": self._model.type,
            "name": self._model.name,
            "replacement": self._record.replacement,
        }


class RemovalAtOnce(Removal):
    """The same as most platforms have it: all in one long transaction, which keeps writers out or overwrites their edits."""

    def remove(self) -> None:
        """Move what points at the model, delete it, and write what was gathered for the teams."""
        super().remove()
        for team, news in self._told.items():
            TeamNotice.objects.create(**self._notice(team), payload=news.payload().as_json())

    def _each(self, rows: QuerySet[Any], move: Callable[[Any], None]) -> None:
        for row in rows:
            move(row)

    def _tell(self, team: Team, kind: str, resource: Versioned, part: Part) -> None:
        self._told.setdefault(team, Told()).add(kind, resource, part)


def remove_one_by_one() -> float:
    """Remove with a transaction per object and return the seconds."""
    began = time.perf_counter()
    _remove(Removal)
    return time.perf_counter() - began


def remove_at_once() -> float:
    """Remove in one transaction and return the seconds."""
    began = time.perf_counter()
    with transaction.atomic():
        _remove(RemovalAtOnce)
    return time.perf_counter() - began


def _remove(removal: type[Removal]) -> None:
    replacement = LlmProviderModel.objects.get(pk=REPLACEMENT_ID)
    with run_once.attempt(name=MIGRATION_NAME, using="default", triggered_by="benchmark", force=True) as lease:
        run = RemovalRun.objects.create(triggered_by="benchmark")
        for number in range(MODELS):
            model = LlmProviderModel.objects.get(pk=FIRST_ID + number)
            removal(model, replacement if number % 2 else None, run=run, lease=lease).remove()
        run.finished_at = timezone.now()
        run.save()
