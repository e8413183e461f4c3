"""Places that hold models and are no references, such as records of what has happened: they stay as they are."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db.models import CharField, JSONField, TextField

from model_retirement import json_paths

_PLACE = re.compile(r"([^.]*)\.?([^.]*)\.?([^.\[]*)(.*)", re.DOTALL)

KEYS_OF_AN_OBJECT = "[keys]"
"""What stands at the end of a place that is the keys of an object, as the label of a ``JsonKeysReference`` has it."""

_OPEN = {"ArrayField", "HStoreField"}


def opens_on_postgresql(field: Any) -> bool:
    """Return whether a field is an array or an hstore; named, not imported: their module needs a driver."""
    return not _OPEN.isdisjoint(kind.__name__ for kind in type(field).__mro__)


@dataclasses.dataclass(frozen=True)
class Ignored:
    """One such place.

    :param place: ``app.Model``, ``app.Model.field``, or with the path inside a JSON field, ``app.Model.field.key``
    :param why: the reason, for people
    """

    place: str
    why: str

    def __post_init__(self) -> None:
        if not self.why.strip():
            raise ValueError(f"Nothing says why {self.place} is ignored. Give the reason, such as why='history'.")
        if wrong := _wrong_with(self.place):
            raise ValueError(
                f"{wrong}, so {self.place!r} cannot be ignored. Give app.Model.field, or app.Model for all fields."
            )


def _wrong_with(place: str) -> str:
    """Return what is wrong with the name of a place; empty if nothing is."""
    ((app, model, field, rest),) = _PLACE.findall(place)[:1]
    try:
        meta = apps.get_model(app, model)._meta  # noqa: SLF001  (the documented Meta API)
        of_place = meta.get_field(field) if field else None
    except LookupError:
        return f"No installed app has a model {app}.{model}"
    except FieldDoesNotExist:
        return f"{app}.{model} has no field {field}"
    if place.endswith("."):
        return f"{place} ends in a dot"
    return _wrong_inside(of_place, rest, of=f"{app}.{model}.{field}") if rest else ""


def _wrong_inside(field: Any, path: str, *, of: str) -> str:
    # Text may be JSON, whatever its column says.
    if not isinstance(field, (JSONField, CharField, TextField)) and not opens_on_postgresql(field):
        return f"{of} has nothing inside it"
    steps = path.removesuffix(KEYS_OF_AN_OBJECT).removeprefix(".")
    if path == KEYS_OF_AN_OBJECT:
        return ""
    try:
        json_paths.parse(steps, of=of)
    except ValueError as error:
        return str(error).removesuffix(".")
    return ""
