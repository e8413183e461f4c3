"""The indexes of look-ups: whether one is there, as the host's models declare it, and how it stays quick."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Index, Model, Q, UniqueConstraint

from model_retirement import sql
from model_retirement.keys import Key

SOME_NAME = "name_of_the_index"
"""Stands for the name that a host gives its index."""


def missing(model: type[Model], field: str) -> str:
    """Return the index that a look-up by a field lacks; empty if one begins with the field."""
    model_field: Any = model._meta.get_field(field)  # noqa: SLF001  (the documented Meta API)
    if (
        model_field.db_index
        or model_field.unique
        or any(_begins_with(declared, field) for declared in _declared(model))
    ):
        return ""
    return f'models.Index(fields=["{field}"], name="{SOME_NAME}")'


def missing_of_json(model: type[Model], wanted: Index) -> str:
    """Return the index of the engine's own kind that a look-up inside JSON lacks; empty if the model has it, by any name.

    :param wanted: the index, whose name does not matter
    """
    path, args, options = wanted.deconstruct()
    if any(_named_alike(index, wanted) == (path, args, options) for index in model._meta.indexes):  # noqa: SLF001
        return ""
    given = ", ".join([*map(repr, args), *(f"{name}={_shown(value)}" for name, value in options.items())])
    return f"{type(wanted).__name__}({given})"


def _declared(model: type[Model]) -> list[Any]:
    meta = model._meta  # noqa: SLF001  (the documented Meta API)
    unique = (constraint for constraint in meta.constraints if isinstance(constraint, UniqueConstraint))
    return [*meta.indexes, *unique]


def _begins_with(index: Any, field: str) -> bool:
    """Return whether an index finds all rows that hold something in a field."""
    covers_all = index.condition is None or index.condition == Q(**{f"{field}__isnull": False})
    return covers_all and bool(index.fields) and index.fields[0].removeprefix("-") == field


def _named_alike(index: Index, wanted: Index) -> Any:
    path, args, options = index.deconstruct()
    return path, args, {**options, "name": wanted.name}


def _shown(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else repr(value)


def vacuum(*, table: str, column: str, model_ids: Iterable[Key], using: str) -> None:
    """Scan the index of a column up to the first row of each model that is still there."""
    sql.dialect(using).scan_index(table=table, column=column, ids=model_ids)
