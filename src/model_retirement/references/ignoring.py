"""Places that hold models and are no references, such as records of what has happened: they stay as they are."""

from __future__ import annotations

import dataclasses

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db.models import JSONField


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

    def covers(self, label: str) -> bool:
        """Return whether the label of a place is this one, or one inside it."""
        return label == self.place or label.startswith((f"{self.place}.", f"{self.place}["))


def _wrong_with(place: str) -> str:
    """Return what is wrong with the name of a place; empty if nothing is."""
    app, model, field, path = [*place.split(".", 3), "", "", "", ""][:4]
    try:
        meta = apps.get_model(app, model)._meta  # noqa: SLF001  (the documented Meta API)
        found = meta.get_field(field) if field else None
    except LookupError:
        return f"No installed app has a model {app}.{model}"
    except FieldDoesNotExist:
        return f"{app}.{model} has no field {field}"
    if place.endswith(".") or (path and not isinstance(found, JSONField)):
        return f"{app}.{model}.{field} has nothing inside it"
    return ""
