"""What a pydantic class of settings takes: one of the families of ``parameters.py``, or any class of the host's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Annotated, Any

from pydantic import AliasChoices, BaseModel, TypeAdapter, ValidationError

from model_retirement.catalogue.parameters import ModelParameters

BESIDE_OTHERS = "the replacement does not take this setting beside the others"

# What a host's validator raises for a value that it did not reckon with; pydantic turns ValueError alone into its own.
UNRECKONED = (ArithmeticError, AttributeError, LookupError, TypeError)


@cache
def names(schema: type[BaseModel]) -> frozenset[str]:
    """Return the names under which the class takes settings: those of its fields, or their aliases."""
    return frozenset(_names(schema))


def takes(schema: type[BaseModel], name: str, value: Any) -> bool:
    """Return whether the class takes a setting, whatever it asks for besides."""
    if name not in names(schema) and schema.model_config.get("extra") != "allow":
        return False
    return not any(where[:1] == (name,) for where in _refused(schema, {name: value}))


def conflicts(schema: type[BaseModel], settings: Mapping[str, Any]) -> dict[str, str]:
    """Return the settings that the class refuses beside the others, each with the reason.

    A family of ``parameters.py`` names them. Of another class is known only that it refuses them together: a setting
    stays if the class takes it beside those that stand before it and stay.

    :param settings: each of them is taken by itself
    """
    if issubclass(schema, ModelParameters):
        values = {name: _adapter(schema, name).validate_python(value) for name, value in settings.items()}
        return schema.model_construct(**values).conflicts()
    if not _refused(schema, settings):
        return {}
    return dict.fromkeys(_one_by_one(schema, settings), BESIDE_OTHERS)


def _one_by_one(schema: type[BaseModel], settings: Mapping[str, Any]) -> list[str]:
    """Return the settings that the class does not take although all are tried again as long as others come to stay."""
    staying: dict[str, Any] = {}
    waiting = list(settings)
    while True:
        refused = []
        for name in waiting:
            if _refused(schema, {**staying, name: settings[name]}):
                refused.append(name)
            else:
                staying[name] = settings[name]
        if len(refused) in (0, len(waiting)):
            return refused
        waiting = refused


def _refused(schema: type[BaseModel], settings: Mapping[str, Any]) -> list[tuple[int | str, ...]]:
    """Return where the class finds something wrong, () for the settings as a whole; what is not set is in order."""
    try:
        schema.model_validate(settings)
    except ValidationError as error:
        details = error.errors(include_url=False, include_context=False, include_input=False)
        return [detail["loc"] for detail in details if detail["type"] != "missing"]
    except UNRECKONED:
        return [(name,) for name in settings]
    return []


def _names(schema: type[BaseModel]) -> Iterator[str]:
    config = schema.model_config
    by_name = config.get("populate_by_name") or config.get("validate_by_name")
    for name, field in schema.model_fields.items():
        alias = field.validation_alias
        if alias is None or by_name:
            yield name
        if isinstance(alias, str):
            yield alias
        elif isinstance(alias, AliasChoices):
            yield from (choice for choice in alias.choices if isinstance(choice, str))


@cache
def _adapter(schema: type[ModelParameters], name: str) -> TypeAdapter[Any]:
    field = schema.model_fields[name]
    annotation: Any = Annotated[field.annotation, field]
    return TypeAdapter(annotation)
