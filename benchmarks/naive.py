"""The naive way: one object after the other through the ORM, as most platforms' hand-written migrations do it."""

from __future__ import annotations

import time

from django.db import transaction

from apps.assistants.models import Assistant
from apps.pipelines.models import MODEL_ID_KEY, Node
from apps.service_providers.models import LlmProviderModel
from benchmarks.dataset import FIRST_ID, MODELS, REPLACEMENT_ID


def remove() -> float:
    """Do the removal and return its seconds."""
    began = time.perf_counter()
    replacement = LlmProviderModel.objects.get(pk=REPLACEMENT_ID)
    with transaction.atomic():
        for number in range(MODELS):
            model = LlmProviderModel.objects.get(pk=FIRST_ID + number)
            new = replacement if number % 2 else None
            told: dict[str, list[str]] = {}
            for value in (model.pk, str(model.pk)):
                for node in Node.objects.filter(params__llm_provider_model_id=value):
                    node.params[MODEL_ID_KEY] = new.pk if new else None
                    node.save()
                    team = node.pipeline.team
                    told.setdefault(team.slug, []).extend(bot.name for bot in node.pipeline.chatbots.all())
            for assistant in Assistant.all_objects.filter(llm_provider_model=model):
                assistant.llm_provider_model = new
                assistant.save()
                told.setdefault(assistant.team.slug, []).append(assistant.name)
            LlmProviderModel.objects.filter(pk=model.pk)._raw_delete("default")  # noqa: SLF001  # the guard is not measured
    return time.perf_counter() - began
