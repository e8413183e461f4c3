"""One object after the other through the ORM, as platforms' hand-written migrations do it: two loops with one outcome.

They know the two kinds of reference that the data of the benchmark has, and no settings. What they leave is what the
command leaves: moved references, a journal from which they can be put back, a notice per team and model.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

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
from model_retirement.references.moving import Lease
from model_retirement.removal_records import MIGRATION_NAME


class Removal:
    """The removal of one model with the command's promises, kept object by object.

    Each moves in a short transaction under a lock, so nobody's edit is lost and nobody waits. Its journal and the notice
    to its team belong to that transaction, so a crash loses nothing. A lease keeps other processes off.
    """

    def __init__(self, model: LlmProviderModel, new: LlmProviderModel | None, *, run: RemovalRun, lease: Lease) -> None:
        self._model, self._new, self._run, self._lease = model, new, run, lease
        self._new_id = new.pk if new else None
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
        self._tell(node.pipeline.team, "pipeline", node.pipeline, node.label)
        # Archived ones, too, which the related manager hides.
        for chatbot in Chatbot.all_objects.filter(pipeline=node.pipeline):
            self._tell(node.pipeline.team, "chatbot", chatbot)

    def _move_assistant(self, assistant: Assistant) -> None:
        assistant.llm_provider_model = self._new
        assistant.save()
        self._note(assistant, "assistants.Assistant.llm_provider_model", self._model.pk)
        self._tell(assistant.team, "assistant", assistant)

    def _note(self, row: Model, reference: str, old: int | str) -> None:
        ReferenceChange.objects.create(
            removed_model=self._record,
            reference=reference,
            old_value=old,
            new_value=self._new_id,
            object_ids=[row.pk],
            object_count=1,
        )

    def _tell(self, team: Team, kind: str, resource: Versioned, detail: str = "") -> None:
        notice, _ = TeamNotice.objects.get_or_create(**self._notice(team), defaults={"payload": _nothing_told()})
        _add(notice.payload, kind, resource, detail)
        notice.save()

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
        self._told: dict[Team, dict[str, Any]] = {}
        super().remove()
        for team, payload in self._told.items():
            TeamNotice.objects.create(**self._notice(team), payload=payload)

    def _each(self, rows: QuerySet[Any], move: Callable[[Any], None]) -> None:
        for row in rows:
            move(row)

    def _tell(self, team: Team, kind: str, resource: Versioned, detail: str = "") -> None:
        _add(self._told.setdefault(team, _nothing_told()), kind, resource, detail)


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


def _nothing_told() -> dict[str, Any]:
    return {"resources": {}, "settings": [], "warnings": []}


def _add(payload: dict[str, Any], kind: str, resource: Versioned, detail: str) -> None:
    """Add a resource to what a team is told; the data has no team with more of a kind than a notice names."""
    found = payload["resources"].setdefault(kind, {"model": resource._meta.label, "total": 0, "first": []})  # noqa: SLF001
    name = f"{resource} (archived)" if resource.is_archived else str(resource)
    found["total"] += 1
    found["first"].append([resource.pk, name, [detail] if detail else []])
    found["first"].sort()
