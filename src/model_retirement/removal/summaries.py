"""The removals that there were: when, by whom, what became of each, and how it is undone or finished."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any

from django.db.models import Count, Sum

from model_retirement import removal_records
from model_retirement.data_migrations.suggestions import did_you_mean
from model_retirement.keys import Key
from model_retirement.models import ReferenceChange, RemovalRun, RemovedModel, TeamMessage, TeamNotice
from model_retirement.references import Registry
from model_retirement.references.usage import count, pointing_now
from model_retirement.removal.overview import JsonLength

RUNS_PER_PAGE = 100
"""Removals that are read at a time, however many there are."""

NUMBERS_SUGGESTED_OF = 1_000


class UnknownRemoval(Exception):
    """There is no removal of that number; the message says which there are."""


class RemovalState(StrEnum):
    """How far a removal is."""

    RUNNING = "running"
    INTERRUPTED = "interrupted"
    FINISHED = "finished"
    RESTORING = "restoring"
    RESTORE_INTERRUPTED = "restore interrupted"
    RESTORED = "restored"


@dataclasses.dataclass(frozen=True, kw_only=True)
class ModelSummary:
    """One model of a removal.

    :param replacement: what its references moved to; None where they were cleared
    :param removed_at: when its row went; None if it has not
    :param moved: label of a reference to the number of references moved or cleared
    :param left: number of references that still point at it
    :param left_alone: number of references that a restore has not put back
    """

    provider: str
    name: str
    replacement: str | None
    removed_at: dt.datetime | None
    restored_at: dt.datetime | None
    moved: Mapping[str, int]
    left: int
    left_alone: int

    def __str__(self) -> str:
        return f"{self.provider}/{self.name}"


@dataclasses.dataclass(frozen=True, kw_only=True)
class RemovalSummary:
    """One removal.

    :param messages: status to the number of e-mails about it
    :param waiting_teams: number of teams whom no e-mail tells of it yet
    """

    run: int
    state: RemovalState
    started_at: dt.datetime
    continued_at: dt.datetime
    finished_at: dt.datetime | None
    restored_at: dt.datetime | None
    journal_pruned_at: dt.datetime | None
    triggered_by: str
    code_version: str
    models: tuple[ModelSummary, ...]
    messages: Mapping[str, int]
    waiting_teams: int

    @property
    def moved(self) -> int:
        """Number of references that it has moved or cleared, as long as there is a journal."""
        return sum(sum(model.moved.values()) for model in self.models)

    @property
    def left(self) -> int:
        """Number of references that still point at its models."""
        return sum(model.left for model in self.models)

    @property
    def left_alone(self) -> int:
        """Number of references that its restore has not put back."""
        return sum(model.left_alone for model in self.models)

    @property
    def not_back(self) -> list[ModelSummary]:
        """The models that could not come back when it was undone."""
        gone = [model for model in self.models if model.removed_at is not None and model.restored_at is None]
        return gone if self.restored_at is not None and self.journal_pruned_at is None else []

    @property
    def removed(self) -> int:
        """Number of models that it has removed."""
        return sum(model.removed_at is not None for model in self.models)


def summarise(*, registry: Registry, using: str) -> Iterator[RemovalSummary]:
    """Yield all removals, newest first, some at a time; a page takes a constant number of queries."""
    last: int | None = None
    while runs := _page(before=last, using=using):
        yield from _summaries(runs, registry=registry, using=using)
        last = runs[-1].pk


def summary_of(*, run_id: int, registry: Registry, using: str) -> RemovalSummary:
    """Return one removal.

    :raises UnknownRemoval: if there is none of that number
    """
    runs = list(RemovalRun.objects.using(using).filter(pk=run_id))
    if not runs:
        raise UnknownRemoval(unknown(run_id, using=using))
    (summary,) = _summaries(runs, registry=registry, using=using)
    return summary


def unknown(run_id: int, *, using: str) -> str:
    """Return what to say to who typed a number that no removal has."""
    newest = RemovalRun.objects.using(using).order_by("-pk").values_list("pk", flat=True)
    numbers = [str(pk) for pk in newest[:NUMBERS_SUGGESTED_OF]]
    listed = f"The last ones are: {', '.join(numbers[:5]) or 'none'}."
    hint = did_you_mean(str(run_id), numbers, otherwise="")
    return f"There is no removal {run_id}. {f'{hint} ' if hint else ''}{listed}"


def _page(*, before: int | None, using: str) -> list[RemovalRun]:
    runs = RemovalRun.objects.using(using).order_by("-pk")
    return list((runs if before is None else runs.filter(pk__lt=before))[:RUNS_PER_PAGE])


def _summaries(runs: Sequence[RemovalRun], *, registry: Registry, using: str) -> Iterator[RemovalSummary]:
    ids = [run.pk for run in runs]
    models: dict[int, list[RemovedModel]] = {}
    for removed in RemovedModel.objects.using(using).filter(run__in=ids).order_by("provider", "name"):
        models.setdefault(removed.run_id, []).append(removed)
    moved, left_alone = _journal(ids, registry=registry, using=using)
    left = _left([model for some in models.values() for model in some], registry=registry, using=using)
    messages, waiting = _told(ids, using=using)
    is_running = removal_records.running(using=using).exists()
    for run in runs:
        removed_models = models.get(run.pk, [])
        yield RemovalSummary(
            run=run.pk,
            state=_state(run, removed_models, is_running=is_running),
            started_at=run.started_at,
            continued_at=run.continued_at,
            finished_at=run.finished_at,
            restored_at=run.restored_at,
            journal_pruned_at=run.journal_pruned_at,
            triggered_by=run.triggered_by,
            code_version=run.code_version,
            models=tuple(
                ModelSummary(
                    provider=model.provider,
                    name=model.name,
                    replacement=model.replacement or None,
                    removed_at=model.removed_at,
                    restored_at=model.restored_at,
                    moved=dict(sorted(moved.get(model.pk, {}).items())),
                    left=left.get(model.model_id, 0) if _may_be_pointed_at(model) else 0,
                    left_alone=left_alone.get(model.pk, 0),
                )
                for model in removed_models
            ),
            messages=messages.get(run.pk, {}),
            waiting_teams=waiting.get(run.pk, 0),
        )


def _state(run: RemovalRun, models: Collection[RemovedModel], *, is_running: bool) -> RemovalState:
    restored = [model.restored_at for model in models if model.restored_at is not None]
    if run.restored_at is not None and all(moment <= run.restored_at for moment in restored):
        return RemovalState.RESTORED
    if restored:
        return RemovalState.RESTORING if is_running else RemovalState.RESTORE_INTERRUPTED
    if run.finished_at is not None:
        return RemovalState.FINISHED
    return RemovalState.RUNNING if is_running else RemovalState.INTERRUPTED


def _may_be_pointed_at(model: RemovedModel) -> bool:
    """Return whether its removal has begun and neither ended nor been undone."""
    return model.removed_at is None and model.restored_at is None


def _journal(
    run_ids: Collection[int], *, registry: Registry, using: str
) -> tuple[dict[Key, dict[str, int]], dict[int, int]]:
    """Return by record of a model what was moved, by label, and how many of it a restore has not put back."""
    labels = [reference.label for reference in registry]  # under other labels are the settings beside them
    changes = ReferenceChange.objects.using(using).filter(removed_model__run__in=run_ids, reference__in=labels)
    sums: Any = (
        changes.order_by()
        .values_list("removed_model", "reference")
        .annotate(rows=Sum("object_count"), others=Sum(JsonLength("left_alone_ids")))
    )
    moved: dict[Key, dict[str, int]] = {}
    left_alone: dict[int, int] = {}
    for removed_id, label, rows, others in sums:
        moved.setdefault(removed_id, {})[label] = rows
        left_alone[removed_id] = left_alone.get(removed_id, 0) + (others or 0)
    return moved, left_alone


def _left(models: Collection[RemovedModel], *, registry: Registry, using: str) -> dict[Key, int]:
    """Return by model id how many references still point at what has not gone."""
    ids = {model.model_id for model in models if _may_be_pointed_at(model)}
    if not ids:
        return {}
    usage = count(registry=registry, pairs=pointing_now(model_ids=ids, using=using), using=using)
    return {model_id: sum(by_label.values()) for model_id, by_label in usage.references.items()}


def _told(run_ids: Collection[int], *, using: str) -> tuple[dict[Key, dict[str, int]], dict[int, int]]:
    """Return by run the number of messages by status, and the number of teams that no message tells of it yet."""
    messages: dict[Key, dict[str, int]] = {}
    of_runs: Any = TeamMessage.objects.using(using).filter(run__in=run_ids).order_by()
    for run_id, status, number in of_runs.values_list("run_id", "status").annotate(Count("pk")):
        messages.setdefault(run_id, {})[status] = number
    untold: Any = TeamNotice.objects.using(using).filter(run__in=run_ids, messages=None).order_by()
    return messages, dict(untold.values_list("run_id").annotate(Count("team", distinct=True)))
