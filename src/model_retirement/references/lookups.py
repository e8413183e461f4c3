"""What is wrong with labels and look-up paths that an app declares."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model

from model_retirement.host_models import holds_keys_of, team_model
from model_retirement.references.rows import TEAM_ITSELF


def model_fault(label: object) -> str:
    """Return what is wrong with the label of a model; empty if nothing is."""
    try:
        written = apps.get_model(str(label))._meta.label  # noqa: SLF001  (the documented Meta API)
    except (LookupError, ValueError):
        return f"model is {label!r}, and no installed app has such a model"
    # Labels are compared as they are written, here and in the journal of years.
    return "" if written == label else f"model is {label!r}, which has to be written {written!r}"


def team_faults(model: type[Model], team: object) -> Iterator[str]:
    """Yield what is wrong with a look-up path to the team: rows of one team must not be taken for another one's."""
    if team == "":
        return
    field: Any = None
    names = str(team).split("__")
    is_team_itself = names[-1] == TEAM_ITSELF
    for name in names[:-1] if is_team_itself else names:
        meta = model._meta  # noqa: SLF001  (the documented Meta API)
        try:
            field = meta.get_field(name)
        except FieldDoesNotExist:
            yield f"team is {team!r}, and {meta.label} has no field {name}"
            return
        if not (field.many_to_one or field.one_to_one) or field.related_model is None:
            yield f"team is {team!r}, and {name} is not a foreign key"
            return
        model = field.related_model
    if is_team_itself and model._meta.concrete_model is not team_model()._meta.concrete_model:  # noqa: SLF001
        yield f"team is {team!r}, and {model._meta.label} is not {team_model()._meta.label}"  # noqa: SLF001
    elif not is_team_itself and not holds_keys_of(field, team_model()):
        yield f"team is {team!r}, which is no foreign key to the key of {team_model()._meta.label}"  # noqa: SLF001
