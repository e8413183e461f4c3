"""Promotion: a team's custom model becomes one with the global model of the same name.

When the catalogue starts to declare a model that teams had added for themselves, what points at their custom models
moves to the global one and the custom ones go. A token limit that a team had chosen stays its own.
"""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Any

from django.db.models import OuterRef, Subquery

from model_retirement.batching import LARGEST_SIZE, retrying, short_transaction
from model_retirement.host_models import llm_models
from model_retirement.keys import Key
from model_retirement.models import TeamTokenLimit
from model_retirement.phases import batch, phase
from model_retirement.references import Moves, Registry
from model_retirement.references.moving import Lease, ReferencesRemain, lock_and_sweep, move_all
from model_retirement.references.odd_rows import OddRow, pointing_at

logger = logging.getLogger(__name__)

MODELS_PER_TRANSACTION = 1_000


@dataclasses.dataclass(frozen=True)
class PromotedModel:
    """One custom model and the global one that it becomes.

    :param token_limit: the team's own limit in tokens where it differs from the global model's; None elsewhere
    """

    id: Key
    team_id: Any
    type: str
    name: str
    global_id: Key
    token_limit: int | None


@dataclasses.dataclass(frozen=True)
class PromotionReport:
    """What a promotion did: numbers of custom models, of moved references and of token limits that were kept."""

    models: int
    references: int
    token_limits: int


def plan(*, using: str) -> tuple[PromotedModel, ...]:
    """Return the custom models that have the name of a global one that may be chosen newly; one query.

    A custom model with the name of a deprecated global one stays: the team added it to go on using it.
    """
    twin = llm_models(using=using).filter(team=None, type=OuterRef("type"), name=OuterRef("name"), deprecated=False)
    twin = twin.order_by("pk")  # a host's table may have several of one name
    rows = (
        llm_models(using=using)
        .filter(team__isnull=False)
        .annotate(global_id=Subquery(twin.values("pk")[:1]), global_limit=Subquery(twin.values("max_token_limit")[:1]))
        .filter(global_id__isnull=False)
        .order_by("pk")
        .values_list("pk", "team_id", "type", "name", "global_id", "max_token_limit", "global_limit")
    )
    return tuple(
        PromotedModel(
            id=pk,
            team_id=team_id,
            type=provider,
            name=name,
            global_id=global_id,
            token_limit=limit if limit != global_limit else None,
        )
        for pk, team_id, provider, name, global_id, limit, global_limit in rows
    )


def named_as(names: Collection[tuple[str, str]], *, using: str) -> list[Any]:
    """Return the custom models that have one of these names, rows of the host's model, in the order of their keys.

    :param names: provider and name of global models that may be chosen newly
    """
    custom = llm_models(using=using).filter(team__isnull=False, name__in={name for _, name in names}).order_by("pk")
    return [model for model in custom if (model.type, model.name) in names]


def promote(*, registry: Registry, lease: Lease, using: str) -> PromotionReport:
    """Move everything that points at custom models with a global twin, and take those custom models away.

    :raises ReferencesRemain: if references could not be moved, or came in; models that nothing points at have gone then
    """
    promoted = plan(using=using)
    if not promoted:
        return PromotionReport(models=0, references=0, token_limits=0)
    moves = Moves({model.id: model.global_id for model in promoted})
    with phase(logger, "promote") as counts:
        # No journal: nothing is lost that an undo would have to bring back.
        swept = move_all(registry=registry, moves=moves, lease=lease, using=using, batch_size=LARGEST_SIZE, record=None)
        moved = swept.rows
        stuck = pointing_at(swept.odd, registry=registry, model_ids=moves.targets, using=using)
        going = [model for model in promoted if model.id not in stuck]
        for start in range(0, len(going), MODELS_PER_TRANSACTION):
            chunk = going[start : start + MODELS_PER_TRANSACTION]
            with batch(logger, "custom models taken away", rows=len(chunk)):
                moved += retrying(partial(_finish, chunk, registry=registry, lease=lease, using=using), using=using)
        counts.update(models=len(going), references=moved)
    if stuck:
        raise _remain(stuck, promoted)
    return PromotionReport(
        models=len(promoted),
        references=moved,
        token_limits=sum(model.token_limit is not None for model in promoted),
    )


def _remain(stuck: Mapping[Key, Sequence[OddRow]], promoted: Sequence[PromotedModel]) -> ReferencesRemain:
    kept = ", ".join(f"{model.type}/{model.name} (id {model.id})" for model in promoted if model.id in stuck)
    odd = [row for rows in stuck.values() for row in rows]
    return ReferencesRemain(
        f"Custom models were not promoted: {kept}. {len(odd):,} of the rows that point at them cannot be changed, such as"
        f" {odd[0].reference} of row {odd[0].row_id}: {odd[0].reason}. All else is done; the next run tries again.",
        odd=odd,
    )


def _finish(models: Sequence[PromotedModel], *, registry: Registry, lease: Lease, using: str) -> int:
    moves = Moves({model.id: model.global_id for model in models})
    with short_transaction(using):
        lease.renew()
        moved = lock_and_sweep(registry=registry, moves=moves, using=using, record=None)
        _keep_token_limits(models, using=using)
        # delete() would follow on_delete into the very rows that were just moved.
        llm_models(using=using).filter(pk__in=list(moves.targets))._raw_delete(using)  # noqa: SLF001
    return moved


def _keep_token_limits(models: Sequence[PromotedModel], *, using: str) -> None:
    """Keep what each team chose last; an older choice ends where the custom model had the global one's limit."""
    limits = TeamTokenLimit.objects.using(using)
    ended = {(model.team_id, model.type, model.name) for model in models if model.token_limit is None}
    older = limits.filter(team__in={team_id for team_id, *_ in ended}, name__in={name for *_, name in ended})
    pks = [pk for pk, *key in older.values_list("pk", "team_id", "type", "name") if tuple(key) in ended]
    limits.filter(pk__in=pks).delete()
    limits.bulk_create(
        [
            TeamTokenLimit(team_id=model.team_id, type=model.type, name=model.name, max_token_limit=model.token_limit)
            for model in models
            if model.token_limit is not None
        ],
        update_conflicts=True,
        unique_fields=["team", "type", "name"],
        update_fields=["max_token_limit"],
    )
