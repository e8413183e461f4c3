"""Places that hold models and are no references, such as records of what has happened: they stay as they are."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db.models import JSONField

from model_retirement import json_paths

_PLACE = re.compile(r"([^.]*)\.?([^.]*)\.?([^.\[]*)(.*)", re.DOTALL)


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
    if not isinstance(field, JSONField):
        return f"{of} has nothing inside it"
    try:
        json_paths.parse(path.removeprefix("."), of=of)
    except ValueError as error:
        return str(error).removesuffix(".")
    return ""
