"""The line that declares a place in its app's ``llm_model_references.py``."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.db.models import CharField, Field, Model

from model_retirement import conf
from model_retirement.fields import ModelMirror
from model_retirement.host_models import models_of_the_table, team_model
from model_retirement.keys import kind_of
from model_retirement.reference_scan.paths import inside, label_of
from model_retirement.reference_scan.recognition import IDS, NAMES
from model_retirement.reference_scan.scan import ScannedPlace
from model_retirement.reference_scan.tables import ScannedColumn, Shape
from model_retirement.reference_scan.words import KEYS, Step
from model_retirement.references.other_keys import keyed_models
from model_retirement.references.registry import MODULE_NAME
from model_retirement.references.rows import TEAM_ITSELF

_KINDS_OF_RELATIONS = {Shape.RELATION: "ForeignKeyReference", Shape.LINKS: "ManyToManyReference"}
_PLAIN_KEY = re.compile(r"[A-Za-z0-9_-]+")
_NAMES_OF_NAMES = ("name", "title", "label")


def module_of(place: ScannedPlace) -> str:
    """Return the file in which the place's app declares it."""
    return f"{place.column.app.name.replace('.', '/')}/{MODULE_NAME}.py"


def ignoring(place: ScannedPlace) -> str:
    """Return the line that leaves the place as it is."""
    return f'registry.ignore({_literal(label_of(place.column.label, place.path))}, why="history")'


def declaration(place: ScannedPlace) -> str:
    """Return the line that declares the place; empty if no kind of reference stands for such a one."""
    kind, options = _kind(place)
    if not kind:
        return ""
    team, resource_path, _ = _concerned(apps.get_model(place.column.model))
    arguments = [f'"{place.column.model}"', f'"{place.column.field}"', f'"{team}"', resource_path, *options]
    return f"registry.register({kind}({', '.join(arguments)}))"


def of_relation(field: Any) -> tuple[ScannedPlace, str]:
    """Return a relation to the models as a place that was found, and the line that declares it."""
    shape = Shape.LINKS if field.many_to_many else Shape.RELATION
    column = ScannedColumn(field.model._meta.label, field.name, field.column or "", shape)  # noqa: SLF001  (the documented Meta API)
    place = ScannedPlace(column, (), IDS, count=0, example="", rows=())
    return place, declaration(place)


def _kind(place: ScannedPlace) -> tuple[str, list[str]]:
    """Return the name of the kind of reference, and what it takes beside what all take; empty if there is none."""
    if place.in_text or place.column.of_a_view or odd_key(place):
        return "", []
    shape, holds_names = place.column.shape, place.holds == NAMES
    if shape in _KINDS_OF_RELATIONS:
        return _KINDS_OF_RELATIONS[shape], []
    if shape is Shape.TEXT and holds_names:
        return "ModelNameReference", _provider(place)
    if shape is not Shape.JSON or not place.path:
        return "", []
    return _kind_of_names(place) if holds_names else _kind_of_ids(place)


def _kind_of_ids(place: ScannedPlace) -> tuple[str, list[str]]:
    first, *others = place.path
    if place.path[-1] is KEYS:
        key = inside(place.path)
        plain = all(map(_is_plain, place.path[:-1]))
        return ("JsonKeysReference", [f'key="{key}"'] if key else []) if plain else ("", [])
    if _is_plain(first) and not others:
        mirror = _mirror(place)
        return "JsonIdReference", [f'key="{first}"', *([f'mirror="{mirror}"'] if mirror else [])]
    if _is_plain(first) and others == [None]:
        return "JsonIdListReference", [f'key="{first}"']
    return "JsonPathReference", [f"path={_literal(inside(place.path))}"]


def _kind_of_names(place: ScannedPlace) -> tuple[str, list[str]]:
    if all(map(_is_plain, place.path)):
        return "ModelNameReference", [f'key="{inside(place.path)}"', *_provider(place)]
    return "", []


def odd_key(place: ScannedPlace) -> type[Model] | None:
    """Return the model, of those that a declaration is about, whose key the engine does not handle; None if it handles all."""
    model = apps.get_model(place.column.model)
    keyed = keyed_models(model, field=place.column.field, resource=_concerned(model)[2])
    return next((each for each in keyed if kind_of(each) is None), None)


def _provider(place: ScannedPlace) -> list[str]:
    """Return where the provider of a name stands, if it can be seen: before the name, or in a column beside it."""
    if place.with_provider:
        return ["with_provider=True"]
    fields = apps.get_model(place.column.model)._meta.concrete_fields  # noqa: SLF001  (the documented Meta API)
    names = (field.name for field in fields if isinstance(field, CharField) and "provider" in field.name)
    return [f'provider_field="{name}"' for name in [*names][:1]]


def _is_plain(step: Step) -> bool:
    return isinstance(step, str) and _PLAIN_KEY.fullmatch(step) is not None


def _literal(text: str) -> str:
    """Return a text as Python has it, in double quotes where that needs no backslash."""
    return repr(text) if '"' in text or not text.isprintable() or "\\" in text else f'"{text}"'


def imports(places: Iterable[ScannedPlace]) -> str:
    """Return the import that the lines of one file need."""
    kinds = {kind for place in places if (kind := _kind(place)[0])}
    names = [*sorted({*kinds, "Resource", "ResourcePath"}), "registry"] if kinds else ["registry"]
    return f"from model_retirement.references import {', '.join(names)}"


def field_of(place: ScannedPlace) -> Any:
    """Return the field that the place is in."""
    return apps.get_model(place.column.model)._meta.get_field(place.column.field)  # noqa: SLF001


def _mirror(place: ScannedPlace) -> str:
    """Return the mirror that the model has of the key; empty if it has none."""
    fields = apps.get_model(place.column.model)._meta.get_fields()  # noqa: SLF001
    mirrors = (field for field in fields if isinstance(field, ModelMirror))
    wanted = (place.column.field, place.path[0])
    return next((str(field.name) for field in mirrors if (field.source, field.key) == wanted), "")


def _concerned(model: type[Model]) -> tuple[str, str, type[Model]]:
    """Return the path to the team of the rows, and the resource that people know them by: the row, or what it is part of.

    :return: the path, the resource as a declaration has it, and its model
    """
    if team := _way_to_team(model):
        return team, f"ResourcePath({_resource(model, team)})", model
    # Whose a model is says nothing of whose the rows are that point at it.
    fields = [field for field in _keys(model) if field.related_model not in models_of_the_table()]
    owners = ((field.name, field.related_model, _way_to_team(field.related_model)) for field in fields)
    name, owner, team = next((owner for owner in owners if owner[2]), ("", model, ""))
    if not team:
        return "", f"ResourcePath({_resource(model, '')})", model
    way = name if team == TEAM_ITSELF else f"{name}__{team}"
    return way, f'ResourcePath({_resource(owner, team)}, path="{name}")', owner


def _way_to_team(model: type[Model]) -> str:
    return TEAM_ITSELF if model is team_model() else _key_to(model, team_model())


def _keys(model: type[Model]) -> list[Any]:
    fields: list[Any] = [*model._meta.concrete_fields]  # noqa: SLF001
    return [field for field in fields if field.remote_field and field.related_model]


def _key_to(model: type[Model], target: type[Model]) -> str:
    return next((field.name for field in _keys(model) if field.related_model is target), "")


def _resource(model: type[Model], team: str) -> str:
    meta: Any = model._meta  # noqa: SLF001
    fields: list[Field[Any, Any]] = meta.concrete_fields
    names = {field.name for field in fields}
    shown = [conf.team_name()] if model is team_model() else _NAMES_OF_NAMES
    name = next((name for name in shown if name in names), "pk")
    arguments = [f'"{meta.verbose_name}"', f'"{meta.label}"']
    arguments += [] if team == "team" else [f'team="{team}"']
    arguments += [] if name == "name" else [f'name="{name}"']
    return f"Resource({', '.join(arguments)})"
