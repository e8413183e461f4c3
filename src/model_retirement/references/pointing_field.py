"""The field that a reference is about, and what is wrong with how an app has declared it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any, TypeAlias

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Field, ForeignKey, ManyToManyField, Model

from model_retirement.host_models import holds_keys_of, llm_model
from model_retirement.references.lookups import model_fault, team_faults
from model_retirement.references.registry import Resource, ResourcePath

FieldTypes: TypeAlias = "tuple[type[Field[Any, Any]], ...]"

FOREIGN_KEY: FieldTypes = (ForeignKey,)
MANY_TO_MANY: FieldTypes = (ManyToManyField,)
"""Relations, which have to point at LLM models."""


@dataclasses.dataclass(frozen=True)
class PointingField:
    """One field of the schema that points at models.

    :param model: label of the Django model whose rows point, such as ``pipelines.Node``
    :param field: name of the pointing field
    :param team: look-up path from the row to its team: ``pk`` if it is one, empty where rows belong to no team of their own
    :param resource_path: the resource that people recognise in the row
    """

    model: str
    field: str
    team: str
    resource_path: ResourcePath

    @property
    def label(self) -> str:
        """Name of the reference in output and in the journal."""
        return f"{self.model}.{self.field}"

    @property
    def model_class(self) -> type[Model]:
        """The Django model whose rows point."""
        return apps.get_model(self.model)

    @property
    def held_in(self) -> FieldTypes:
        """The types of fields that hold what the kind reads; empty where any may."""
        return ()

    def faults(self) -> Iterator[str]:
        """Yield what is wrong with the declaration, one clause each: a check reports it, and no command runs with it.

        A kind that names more fields adds what is wrong with them.
        """
        if fault := model_fault(self.model):
            yield fault
            return
        yield from self.field_faults("field", self.field, types=self.held_in)
        yield from team_faults(self.model_class, self.team)
        yield from self._path_faults(self.resource_path)

    def field_faults(self, role: str, name: object, *, types: FieldTypes = ()) -> Iterator[str]:
        """Yield what is wrong with the name of a field that the rows have.

        :param role: what the declaration calls it
        :param types: what it has to be one of; empty where any will do. Of relations, only those to LLM models
        """
        meta = self.model_class._meta  # noqa: SLF001  (the documented Meta API)
        try:
            field: Any = meta.get_field(str(name))
        except FieldDoesNotExist:
            yield f"{role} is {name!r}, and {meta.label} has no such field"
            return
        if types and not isinstance(field, types):
            yield f"{role} is {name!r}, a {type(field).__name__} and no {' or '.join(kind.__name__ for kind in types)}"
        elif field.auto_created and not field.concrete:
            yield f"{role} is {name!r}, which points here from {field.related_model._meta.label}"  # noqa: SLF001
        elif field.model._meta.db_table != meta.db_table:  # noqa: SLF001
            yield f"{role} is {name!r}, which is in the table of {field.model._meta.label}: declare it of that model"  # noqa: SLF001
        elif types in (FOREIGN_KEY, MANY_TO_MANY) and not points_at_models(field):
            yield f"{role} is {name!r}, which does not point at the key of LLM models"

    def _path_faults(self, path: object) -> Iterator[str]:
        if not isinstance(path, ResourcePath) or not isinstance(path.resource, Resource):
            yield f"resource_path is {path!r}, and has to be ResourcePath(Resource(...))"
            return
        if path.detail:
            yield from self.field_faults("detail", path.detail)
        if model_fault(path.resource.model):
            return  # told of the resource itself
        label = path.resource.model
        if not path.path and label != self.model:
            yield f"path is '', and a {self.model} is no {label}: give the foreign key that leads from one to the other"
        if not path.path:
            return
        faults = list(self.field_faults("path", path.path))
        yield from faults
        field: Any = None if faults else self.model_class._meta.get_field(path.path)  # noqa: SLF001
        if field and not holds_keys_of(field, path.resource.model_class):
            yield f"path is {path.path!r}, which is no foreign key to the key of {label}"


def points_at_models(field: Any) -> bool:
    """Return whether a foreign key, or each link of a many-to-many field, holds the key of an LLM model."""
    if not field.many_to_many:
        return holds_keys_of(field, llm_model())
    through = field.remote_field.through._meta  # noqa: SLF001
    return holds_keys_of(through.get_field(field.m2m_reverse_field_name()), llm_model())
