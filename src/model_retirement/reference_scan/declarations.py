"""The line that declares a place in its app's ``llm_model_references.py``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from django.apps import apps
from django.db.models import Field, Model

from model_retirement.fields import ModelMirror
from model_retirement.host_models import team_model
from model_retirement.reference_scan.paths import label_of
from model_retirement.reference_scan.scan import IDS, Found
from model_retirement.reference_scan.tables import Shape
from model_retirement.references.registry import MODULE_NAME

_PLAIN_KEY = re.compile(r"[A-Za-z0-9_-]+")
_NAMES_OF_NAMES = ("name", "title", "label")


def module_of(found: Found) -> str:
    """Return the file in which the place's app declares it."""
    return f"{found.column.app.name.replace('.', '/')}/{MODULE_NAME}.py"


def ignoring(found: Found) -> str:
    """Return the line that leaves the place as it is."""
    label = label_of(found.column.label, found.path).replace("\\", "\\\\").replace("'", "\\'")
    quoted = f"'{label}'" if '"' in label else f'"{label}"'
    return f'registry.ignore({quoted}, why="history")'


def declaration(found: Found) -> str:
    """Return the line that declares the place; empty if no kind of reference stands for such a one."""
    kind, options = _kind(found)
    if not kind:
        return ""
    model = apps.get_model(found.column.model)
    team, resource_path = _concerned(model)
    arguments = [f'"{found.column.model}"', f'"{found.column.field}"', f'"{team}"', resource_path, *options]
    return f"registry.register({kind}({', '.join(arguments)}))"


def _kind(found: Found) -> tuple[str, list[str]]:
    """Return the name of the kind of reference, and what it takes beside what all take."""
    if found.column.shape is Shape.RELATION:
        return "ForeignKeyReference", []
    if found.column.shape is Shape.LINKS:
        return "ManyToManyReference", []
    if found.holds == IDS and found.path:
        key, *inside = found.path
        if key is not None and _PLAIN_KEY.fullmatch(key) and not inside:
            return "JsonIdReference", [f'key="{key}"', f'mirror="{_mirror(found, key)}"']
        if key is not None and _PLAIN_KEY.fullmatch(key) and inside == [None]:
            return "JsonIdListReference", [f'key="{key}"']
    return "", []


def imports(places: Iterable[Found]) -> str:
    """Return the import that the lines of one file need."""
    kinds = {kind for found in places if (kind := _kind(found)[0])}
    names = [*sorted({*kinds, "Resource", "ResourcePath"}), "registry"] if kinds else ["registry"]
    return f"from model_retirement.references import {', '.join(names)}"


def remark(found: Found) -> str:
    """Return what has to be done before the line works; empty if nothing has."""
    kind, _ = _kind(found)
    if not kind and found.column.shape is Shape.PLAIN and found.holds == IDS:
        return "No kind of reference stands for an id in a plain column. Make it a foreign key, or write a kind of your own."
    if not kind:
        return "No kind of reference stands for this. Write one of your own, a subclass of Reference."
    if kind == "JsonIdReference":
        (key,) = found.path
        mirror = _mirror(found, str(key))
        if mirror not in _mirrors(apps.get_model(found.column.model)):
            return (
                f'Give the model the field {mirror} = ModelMirror("{found.column.field}", key="{key}"), of model_retirement.fields,'
                " with an index, and add a migration."
            )
    return ""


def _mirror(found: Found, key: str) -> str:
    mirrors = _mirrors(apps.get_model(found.column.model))
    wanted = (found.column.field, key)
    return next(
        (name for name, of in mirrors.items() if of == wanted), f"{re.sub('_ids?$', '', key).replace('-', '_')}_ref"
    )


def _mirrors(model: type[Model]) -> dict[str, tuple[str, str]]:
    """Return the mirrors of a model, each with the field and the key that it mirrors."""
    fields = model._meta.get_fields()  # noqa: SLF001
    return {field.name: (field.source, field.key) for field in fields if isinstance(field, ModelMirror)}


def _concerned(model: type[Model]) -> tuple[str, str]:
    """Return the path to the team of the rows, and the resource that people know them by: the row, or what it is part of."""
    if (team := _key_to(model, team_model())) or not (owners := list(_owners(model))):
        return team, f"ResourcePath({_resource(model, team)})"
    name, owner, team = owners[0]
    return f"{name}__{team}", f'ResourcePath({_resource(owner, team)}, path="{name}")'


def _owners(model: type[Model]) -> Iterator[tuple[str, type[Model], str]]:
    """Yield the foreign keys to what belongs to a team, each with that and with its way to the team."""
    for field in _keys(model):
        owner: Any = field.related_model
        if team := _key_to(owner, team_model()):
            yield field.name, owner, team


def _keys(model: type[Model]) -> list[Any]:
    fields: list[Any] = [*model._meta.concrete_fields]  # noqa: SLF001
    return [field for field in fields if field.remote_field and field.related_model]


def _key_to(model: type[Model], target: type[Model]) -> str:
    return next((field.name for field in _keys(model) if field.related_model is target), "")


def _resource(model: type[Model], team: str) -> str:
    meta: Any = model._meta  # noqa: SLF001
    fields: list[Field[Any, Any]] = meta.concrete_fields
    names = {field.name for field in fields}
    name = next((name for name in _NAMES_OF_NAMES if name in names), "pk")
    arguments = [f'"{meta.verbose_name}"', f'"{meta.label}"']
    arguments += [] if team == "team" else [f'team="{team}"']
    arguments += [] if name == "name" else [f'name="{name}"']
    return f"Resource({', '.join(arguments)})"
