"""What apps declare: where models are stored, how that is found, and whom it concerns."""

from __future__ import annotations

import dataclasses
from typing import Any

from model_retirement.references.kinds import Reference
from model_retirement.references.registry import Registry
from model_retirement.references.schema import JsonIdListIndex

OF_ITS_OWN = "the index of the key"
"""Stands for the index that Django makes by itself for a foreign key."""


@dataclasses.dataclass(frozen=True)
class Declared:
    """One declared reference.

    :param kind: name of its class
    :param index: name of the index by which rows are found; empty if none is declared in the model
    :param resources: the kinds of resource that it concerns
    """

    place: str
    kind: str
    index: str
    resources: tuple[str, ...]


def declared(registry: Registry) -> list[Declared]:
    """Return the declared references by place."""
    found = [
        Declared(
            place=reference.label,
            kind=type(reference).__name__,
            index=_index(reference),
            resources=tuple(path.resource.kind for path in registry.resource_paths(reference)),
        )
        for reference in registry
    ]
    return sorted(found, key=lambda one: one.place)


def _index(reference: Reference) -> str:
    """Return the first index that begins with the column or with the mirror of a key, or that is over the list there."""
    facts: Any = reference
    meta: Any = reference.model_class._meta  # noqa: SLF001  (the documented Meta API)
    field: Any = meta.get_field(getattr(facts, "mirror", "") or facts.field)
    if field.many_to_many or field.db_index:
        return OF_ITS_OWN
    names = (
        index.name
        for index in meta.indexes
        if index.fields[:1] == [field.name]
        and (not isinstance(index, JsonIdListIndex) or index.key == getattr(facts, "key", ""))
    )
    return str(next(names, ""))
