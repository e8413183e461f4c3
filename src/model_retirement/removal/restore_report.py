"""What a restore would do, or did, model by model."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping

from model_retirement import obstacles
from model_retirement.keys import Key
from model_retirement.models import ReferenceChange, RemovalRun, RemovedModel
from model_retirement.obstacles import LeftAlone


@dataclasses.dataclass(frozen=True)
class RestoredModel:
    """One model of a removal.

    :param restored: label of a reference to the number of rows that point at the model again
    :param left_alone: label of a reference to the ids of rows that hold something else since, or are gone
    :param obstacles: the same ids by label and by what stands in the way, as :data:`obstacles.LeftAlone` has them
    :param obstacle: what stands in the way of the model itself; empty if it comes back
    """

    provider: str
    name: str
    restored: dict[str, int]
    left_alone: dict[str, list[Key]]
    obstacles: dict[str, LeftAlone]
    obstacle: str = ""

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
    def back(self) -> int:
        """Number of models that come back."""
        return len(self.models) - len(self.not_back)

    @property
    def not_back(self) -> list[RestoredModel]:
        """The models that do not come back."""
        return [model for model in self.models if model.obstacle]

    @property
    def refused(self) -> int:
        """Number of references that the database has refused to put back."""
        return sum(
            len(ids)
            for model in self.models
            for left_alone in model.obstacles.values()
            for obstacle, ids in left_alone.items()
            if obstacles.is_refused(obstacle)
        )

    @property
    def later_removals(self) -> list[int]:
        """The numbers of the removals that have moved references on since, the last first."""
        every = {
            obstacle for model in self.models for left_alone in model.obstacles.values() for obstacle in left_alone
        }
        numbers = (obstacles.later_removal(obstacle) for obstacle in every)
        return sorted((number for number in numbers if number is not None), reverse=True)


def of(
    run: RemovalRun,
    removed: list[RemovedModel],
    entries: Iterator[tuple[ReferenceChange, LeftAlone]],
    *,
    standing: Mapping[Key, str],
) -> RestoreReport:
    """Report a restore.

    :param removed: the models of the removal
    :param entries: its journal, each entry with the rows that are left alone
    :param standing: keys of the models that do not come back, with what stands in the way
    """
    models = {
        model.pk: RestoredModel(
            provider=model.provider,
            name=model.name,
            restored={},
            left_alone={},
            obstacles={},
            obstacle=standing.get(model.model_id, ""),
        )
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
