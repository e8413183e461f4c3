"""The naive way: one object after the other through the ORM, as most platforms' hand-written migrations do it.

It leaves what the command leaves: moved references, a journal from which they can be put back, a notice per team and model.
"""

from __future__ import annotations

import time
from typing import Any

from django.db import transaction
from django.utils import timezone

from apps.assistants.models import Assistant
from apps.pipelines.models import MODEL_ID_KEY, Node
from apps.service_providers.models import LlmProviderModel, ReferenceChange, RemovalRun, RemovedModel, TeamNotice
from apps.teams.models import Team
from benchmarks.dataset import FIRST_ID, MODELS, REPLACEMENT_ID


def remove() -> float:
    """Do the removal and return its seconds."""
    began = time.perf_counter()
    replacement = LlmProviderModel.objects.get(pk=REPLACEMENT_ID)
    with transaction.atomic():
        run = RemovalRun.objects.create(triggered_by="benchmark")
        for number in range(MODELS):
            model = LlmProviderModel.objects.get(pk=FIRST_ID + number)
            _remove_one(model, replacement if number % 2 else None, run=run)
        run.finished_at = timezone.now()
        run.save()
    return time.perf_counter() - began


def _remove_one(model: LlmProviderModel, new: LlmProviderModel | None, *, run: RemovalRun) -> None:
    removed = RemovedModel.objects.create(
        run=run,
        model_id=model.pk,
        provider=model.type,
        name=model.name,
        max_token_limit=model.max_token_limit,
        model_created_at=model.created_at,
        replacement_id=new.pk if new else None,
        replacement=new.name if new else "",
        removed_at=timezone.now(),
    )
    told: dict[Team, list[str]] = {}
    new_id = new.pk if new else None
    for value in (model.pk, str(model.pk)):
        for node in Node.objects.filter(params__llm_provider_model_id=value):
            node.params[MODEL_ID_KEY] = new_id
            node.save()
            _note(removed, "pipelines.Node.params.llm_provider_model_id", value, new_id, node.pk)
            bots = [bot.name for bot in node.pipeline.chatbots.all()]
            told.setdefault(node.pipeline.team, []).extend([node.pipeline.name, *bots])
    for assistant in Assistant.all_objects.filter(llm_provider_model=model):
        assistant.llm_provider_model = new
        assistant.save()
        _note(removed, "assistants.Assistant.llm_provider_model", model.pk, new_id, assistant.pk)
        told.setdefault(assistant.team, []).append(assistant.name)
    for team, names in told.items():
        TeamNotice.objects.create(
            team=team,
            run=run,
            event=TeamNotice.Event.REMOVED,
            provider=model.type,
            name=model.name,
            replacement=removed.replacement,
            payload={"resources": names},
        )
    LlmProviderModel.objects.filter(pk=model.pk)._raw_delete("default")  # noqa: SLF001  # the guard is not measured


def _note(removed: RemovedModel, reference: str, old: Any, new: int | None, object_id: int) -> None:
    ReferenceChange.objects.create(
        removed_model=removed,
        reference=reference,
        old_value=old,
        new_value=new,
        object_ids=[object_id],
        object_count=1,
    )
