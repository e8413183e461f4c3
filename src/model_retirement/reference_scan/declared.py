"""What apps declare: where models are stored, how that is found, and whom it concerns."""

from __future__ import annotations

import dataclasses

from model_retirement.references.registry import Registry


@dataclasses.dataclass(frozen=True)
class Declared:
    """One declared reference.

    :param kind: name of its class
    :param reads_whole_table: no index finds the rows
    :param missing_index: what to add to the model, so that one does; empty if there is nothing to add
    :param resources: the kinds of resource that it concerns; none where rows go with their model
    """

    place: str
    kind: str
    reads_whole_table: bool
    missing_index: str
    resources: tuple[str, ...]


def declared(registry: Registry) -> list[Declared]:
    """Return the declared references by place."""
    references = [
        Declared(
            place=reference.label,
            kind=type(reference).__name__,
            reads_whole_table=reference.reads_whole_table,
            missing_index=reference.missing_index,
            resources=tuple(path.resource.kind for path in registry.resource_paths(reference)),
        )
        for reference in registry
    ]
    return sorted(references, key=lambda reference: reference.place)
