"""The pipelines and chatbots of the demo: first planned to the last node, then written in bulk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Q

from apps.chatbots.models import Chatbot
from apps.demo.dice import happens
from apps.demo.words import CHATBOTS, LABELS, PROMPTS, ROUTES, SCHEMAS
from apps.pipelines.models import FALLBACK_MODEL_IDS_KEY, MODEL_ID_KEY, MODEL_PARAMETERS_KEY, Node, Pipeline
from apps.teams.versions import BATCH

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    from apps.demo.stock import Palette, Stock
    from apps.service_providers.models import LlmProviderModel
    from apps.teams.models import Team

SIZES = [2, 3, 3, 4, 4, 5, 6]
STEPS = ["LLMResponseWithPrompt", "LLMResponseWithPrompt", "RouterNode", "ExtractStructuredData", "SendEmail"]


@dataclass(frozen=True)
class Plan:
    """One pipeline to make, and its chatbot unless ``chatbot`` is None."""

    pipeline: Pipeline
    chatbot: Chatbot | None
    nodes: list[Node]
    versions: int
    is_archived: bool


def plan_team(team: Team, *, nodes: int, stock: Stock, palette: Palette, rng: Random) -> Iterator[Plan]:
    """Yield pipelines that have, together with their published versions, exactly so many nodes."""
    number = 0
    while nodes > 0:
        size = min(nodes, rng.choice(SIZES))
        number += 1
        # The first pipeline is published, the fifth archived, the seventh without chatbot, whatever the seed.
        wanted = rng.choice([1, 2]) if number % 3 == 1 else 0
        versions = min(wanted, nodes // size - 1) if number % 7 else 0
        nodes -= size * (1 + versions)
        name = rng.choice(CHATBOTS)
        pipeline = Pipeline(team=team, name=f"{name} pipeline")
        yield Plan(
            pipeline=pipeline,
            chatbot=Chatbot(team=team, name=name, pipeline=pipeline) if number % 7 else None,
            nodes=[
                _node(pipeline, position, stock=stock, palette=palette, rng=rng, team=team) for position in range(size)
            ],
            versions=versions,
            is_archived=number % 5 == 0 or (number > 1 and happens(0.05, rng)),
        )


def _node(pipeline: Pipeline, position: int, *, stock: Stock, palette: Palette, rng: Random, team: Team) -> Node:
    step = rng.choice(STEPS) if position else "LLMResponseWithPrompt"
    label = rng.choice(LABELS[step])
    return Node(
        pipeline=pipeline,
        flow_id=f"{step}-{position}-{rng.getrandbits(24):06x}",
        type=step,
        label=label,
        params={"name": label, **_params(step, stock=stock, palette=palette, rng=rng, team=team)},
    )


def _params(step: str, *, stock: Stock, palette: Palette, rng: Random, team: Team) -> dict[str, Any]:
    match step:
        case "SendEmail":
            return {"recipient_list": f"desk@{team.slug}.example.org", "subject": "A new conversation"}
        case "RouterNode":
            own: dict[str, Any] = {"keywords": rng.choice(ROUTES), "prompt": "Choose the word that fits best."}
        case "ExtractStructuredData":
            own = {"data_schema": rng.choice(SCHEMAS)}
        case _:
            own = {"prompt": rng.choice(PROMPTS).format(team=team.name), "history_type": "global"}
    model = palette.pick(rng)
    params = {MODEL_ID_KEY: _stored_id(model, rng=rng), **own}
    if happens(0.6, rng):
        params[MODEL_PARAMETERS_KEY] = rng.choice(stock.settings_of(model))
    if happens(0.15, rng):
        others = [palette.pick(rng) for _ in range(rng.randint(1, 3))]
        params[FALLBACK_MODEL_IDS_KEY] = [_stored_id(other, rng=rng) for other in others]
    return params


def _stored_id(model: LlmProviderModel, *, rng: Random) -> int | str:
    """Return the id as one of the two generations of editors stored it."""
    return str(model.pk) if happens(0.15, rng) else model.pk


def write(plans: list[Plan]) -> None:
    """Write what was planned: rows, then published versions, then archives."""
    Pipeline.all_objects.bulk_create([plan.pipeline for plan in plans], batch_size=BATCH)
    Node.objects.bulk_create([node for plan in plans for node in plan.nodes], batch_size=BATCH)
    with_chatbot = [(plan, plan.chatbot) for plan in plans if plan.chatbot is not None]
    Chatbot.all_objects.bulk_create([chatbot for _, chatbot in with_chatbot], batch_size=BATCH)
    for release in (1, 2):
        due = [chatbot for plan, chatbot in with_chatbot if plan.versions >= release]
        for start in range(0, len(due), BATCH):
            Chatbot.create_new_versions(due[start : start + BATCH], make_default=True)
    archived = [plan for plan in plans if plan.is_archived]
    for start in range(0, len(archived), BATCH):
        _archive(archived[start : start + BATCH])


def _archive(plans: list[Plan]) -> None:
    pipelines = [plan.pipeline.pk for plan in plans]
    chatbots = [plan.chatbot.pk for plan in plans if plan.chatbot]
    Pipeline.all_objects.filter(Q(pk__in=pipelines) | Q(working_version__in=pipelines)).update(is_archived=True)
    Chatbot.all_objects.filter(Q(pk__in=chatbots) | Q(working_version__in=chatbots)).update(is_archived=True)
