"""Rows whose keys the engine does not handle, such as keys of several columns: nothing that points at models can be kept there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import Model

from model_retirement.keys import key_field, kind_of
from model_retirement.references.registry import Registry

UNKNOWN_KEY = "model_retirement.E204"
"""The check that refuses a declaration for rows with such a key."""


def with_other_keys(registry: Registry) -> list[type[Model]]:
    """Return the models of declared rows, resources and links whose keys are neither integers nor UUIDs."""
    keyed = dict.fromkeys(
        model
        for reference in registry
        for model in keyed_models(
            reference.model_class, field=reference.field, resource=reference.resource_path.resource.model_class
        )
    )
    return [model for model in keyed if kind_of(model) is None]


def keyed_models(model: type[Model], *, field: str, resource: type[Model]) -> Iterator[type[Model]]:
    """Yield the models whose keys the engine reads and writes for a reference.

    :param model: of the rows that point at models
    :param field: name of the field that does
    :param resource: the model of what people know the rows by
    """
    yield model
    yield resource
    pointing: Any = model._meta.get_field(field)  # noqa: SLF001  (the documented Meta API)
    if pointing.many_to_many:
        yield pointing.remote_field.through


def wrong_key(model: type[Model]) -> str:
    """Return what is wrong with such a key."""
    label = model._meta.label  # noqa: SLF001
    if model._meta.is_composite_pk:  # noqa: SLF001
        return f"The key of {label} has several columns ({', '.join(field.name for field in model._meta.pk_fields)})."  # noqa: SLF001
    return f"The key of {label} is a {type(key_field(model)).__name__}."


def remedy(model: type[Model]) -> str:
    """Return what to do about it."""
    if not model._meta.is_composite_pk:  # noqa: SLF001
        return "Keys of LLM models, teams and what points at models must be integers or UUIDs."
    return f"{another_key(model)}; or take what is declared for {model._meta.label} out of llm_model_references.py."  # noqa: SLF001


def another_key(model: type[Model]) -> str:
    """Return which key rows need that are to be declared, without a full stop."""
    if not model._meta.is_composite_pk:  # noqa: SLF001
        return "Make it an integer or a UUID"
    return "Give it a key of one column, an integer or a UUID, and a UniqueConstraint on these columns"
