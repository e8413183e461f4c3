"""System checks of what apps declare: the fields of resources, and the columns and ways of references, are there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core import checks
from django.core.exceptions import FieldDoesNotExist
from django.db import models

from model_retirement.host_models import team_model
from model_retirement.references.kinds import Reference
from model_retirement.references.registry import MODULE_NAME, Registry, Resource
from model_retirement.references.registry import registry as all_references
from model_retirement.references.rows import TEAM_ITSELF

NO_SUCH_FIELD = "model_retirement.E210"


def check_resources(*, registry: Registry = all_references, **_kwargs: Any) -> list[checks.CheckMessage]:
    """Report resources whose model, or a field of it, is not there: what names them would fail when it is asked."""
    return [
        checks.Error(
            f'Resource("{resource.kind}", "{resource.model}"): {wrong}.',
            hint="Name what the model has: team, name, archived, version_of, version_number and in_use are its fields; "
            'with "" it has none.',
            id=NO_SUCH_FIELD,
        )
        for resource in registry.resources
        for wrong in _wrong_fields(resource)
    ]


def _wrong_fields(resource: Resource) -> Iterator[str]:
    try:
        paths = {"team": resource.team, "name": resource.name, **resource.paths()}
    except LookupError:
        yield "there is no such model"
        return
    for role, path in paths.items():
        try:
            field = resource.field_at(path) if path else None
        except FieldDoesNotExist:
            yield f"{role} is {path}, and the model has no such field"
        else:
            if role == "version_number" and not isinstance(field, models.IntegerField):
                yield f"{role} is {path}, which is no integer"


def check_references(*, registry: Registry = all_references, **_kwargs: Any) -> list[checks.CheckMessage]:
    """Report references whose columns or ways are not there: what names them would fail in the middle of a removal."""
    return [
        checks.Error(
            f"{reference.label}: {wrong}.",
            hint=f"Correct its declaration in the {MODULE_NAME}.py of that app.",
            obj=reference.model_class,
            id=NO_SUCH_FIELD,
        )
        for reference in registry
        for wrong in _wrong_ways(reference)
    ]


def _wrong_ways(reference: Reference) -> Iterator[str]:
    rows: Any = reference.model_class
    own = {field.name: field for field in (*rows._meta.local_concrete_fields, *rows._meta.local_many_to_many)}  # noqa: SLF001
    path, detail = reference.resource_path.path, reference.resource_path.detail
    for role, name in {"the field": reference.field, "the way to the resource": path, "detail": detail}.items():
        if name and name not in own:
            yield f"{role} is {name}, and the table of {reference.model} has no such column"
    if path in own and not _are_one(own[path].related_model, reference.resource_path.resource.model_class):
        yield f"the way to the resource is {path}, and that is no foreign key to {reference.resource_path.resource.model}"
    if not reference.team:
        return
    try:
        field = Resource("", reference.model).field_at(reference.team)
    except FieldDoesNotExist:
        yield f"the way to the team is {reference.team}, and {reference.model} has no such field"
        return
    is_itself = reference.team.endswith(TEAM_ITSELF) and _are_one(field.model, team_model())
    if not is_itself and not _are_one(field.related_model, team_model()):
        yield f"the way to the team is {reference.team}, which does not lead to {team_model()._meta.label}"  # noqa: SLF001


def _are_one(model: Any, other: type[models.Model]) -> bool:
    """Return whether two models are of the same rows, as a proxy and what it stands for are."""
    return model is not None and model._meta.concrete_model is other._meta.concrete_model  # noqa: SLF001
