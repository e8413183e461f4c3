"""What a restore would do, or did, model by model."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from model_retirement.keys import Key
from model_retirement.models import ReferenceChange, RemovalRun, RemovedModel
from model_retirement.removal import undo
from model_retirement.removal.undo import LeftAlone


@dataclasses.dataclass(frozen=True)
class RestoredModel:
    """One model of a removal.

    :param restored: label of a reference to the number of rows that point at the model again
    :param left_alone: label of a reference to the ids of rows that hold something else since, or are gone
    :param obstacles: the same ids by label and by what stands in the way, as :data:`undo.LeftAlone` has them
    """

    provider: str
    name: str
    restored: dict[str, int]
    left_alone: dict[str, list[Key]]
    obstacles: dict[str, LeftAlone]

    def __str__(self) -> str:
        return f"{self.provider}/{self.name}"


@dataclasses.dataclass(frozen=True)
class RestoreReport:
    """What a restore would do, or did.

    :param run: the removal that is undone
    """

    run: int
    models: tuple[RestoredModel, ...]

    @property
    def restored(self) -> int:
        """Number of references that point at their old model again."""
        return sum(sum(model.restored.values()) for model in self.models)

    @property
    def left_alone(self) -> int:
        """Number of references that hold something else since, or are gone."""
        return sum(len(ids) for model in self.models for ids in model.left_alone.values())

    @property
    def later_removals(self) -> list[int]:
        """The numbers of the removals that have moved references on since, the last first."""
        obstacles = {
            obstacle for model in self.models for left_alone in model.obstacles.values() for obstacle in left_alone
        }
        return sorted(
            (number for obstacle in obstacles if (number := undo.later_removal(obstacle)) is not None), reverse=True
        )


def of(
    run: RemovalRun, removed: list[RemovedModel], entries: Iterator[tuple[ReferenceChange, LeftAlone]]
) -> RestoreReport:
    """Report a restore.

    :param removed: the models of the removal
    :param entries: its journal, each entry with the rows that are left alone
    """
    models = {
        model.pk: RestoredModel(provider=model.provider, name=model.name, restored={}, left_alone={}, obstacles={})
        for model in removed
    }
    for entry, left_alone in entries:
        model = models[entry.removed_model_id]
        label = entry.reference
        others = [row_id for _, ids in sorted(left_alone.items()) for row_id in ids]
        model.restored[label] = model.restored.get(label, 0) + entry.object_count - len(others)
        if others:
            model.left_alone.setdefault(label, []).extend(others)
            for obstacle, ids in sorted(left_alone.items()):
                model.obstacles.setdefault(label, {}).setdefault(obstacle, []).extend(ids)
    return RestoreReport(run=run.pk, models=tuple(models.values()))
