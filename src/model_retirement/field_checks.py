"""System checks of the fields of the host's table of LLM models: the engine reads and writes five of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import AppConfig
from django.core import checks
from django.db import models

from model_retirement.host_models import column_of, holds_keys_of, llm_model, models_of_one_table, team_model

MISSING_FIELD = "model_retirement.E202"
UNFIT_FIELD = "model_retirement.E211"

TWIN = (
    "give the model a twin: a class that inherits from model_retirement.abstract.AbstractLlmModel with db_column for other"
    " names, managed = False and db_table, and name that in MODEL_RETIREMENT_MODEL."
)
TEXT: tuple[type[Any], ...] = (models.CharField, models.TextField)
FIELDS: dict[str, tuple[tuple[type[Any], ...], str]] = {
    "team": ((models.ForeignKey,), "a foreign key"),
    "type": (TEXT, "text"),
    "name": (TEXT, "text"),
    "max_token_limit": ((models.IntegerField,), "an integer"),
    "deprecated": ((models.BooleanField,), "a boolean"),
}
"""What the engine reads and writes of the host's table of LLM models, and what each has to be."""


def check_fields(*, app_configs: Sequence[AppConfig] | None = None, **_kwargs: Any) -> list[checks.CheckMessage]:
    """Report fields that the engine misses in the host's table of LLM models, or that are not what it needs."""
    del app_configs  # what is missing concerns the engine, whichever app is checked
    model = llm_model()
    messages: list[checks.CheckMessage] = [
        checks.Error(
            f"{model._meta.label} has a part of each row in {parent._meta.label}, which a removal would leave behind.",  # noqa: SLF001
            hint="Let it inherit from an abstract class, so that all of a row is in one table.",
            obj=model,
            id=UNFIT_FIELD,
        )
        for parent, link in model._meta.parents.items()  # noqa: SLF001
        if link  # a proxy has none
    ]
    for name in FIELDS:
        label, field = model._meta.label, column_of(model, name)  # noqa: SLF001  (the documented Meta API)
        if field is None:
            hint = f"Add it to its own table, or {TWIN}"
            messages.append(checks.Error(f"{label} has no field {name}.", hint=hint, obj=model, id=MISSING_FIELD))
        else:
            messages += [
                checks.Error(f"{label}.{name} {wrong}.", hint=hint, obj=model, id=UNFIT_FIELD)
                for wrong, hint in _unfit(name, field)
            ]
    return [*messages, *_unknown_columns(model)]


def _unfit(name: str, field: Any) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with a field, after its name, and what to do."""
    types, wanted = FIELDS[name]
    if not isinstance(field, types):
        yield f"is a {type(field).__name__}, and the engine needs {wanted}", f"Change it, or {TWIN}"
    elif name == "team" and not holds_keys_of(field, team_model()):
        label = team_model()._meta.label  # noqa: SLF001
        yield f"is no foreign key to the key of {label}", "Let it point there, or change MODEL_RETIREMENT_TEAM_MODEL."
    elif name == "team" and not field.null:
        yield "cannot be null, so no model can be there for all teams", "Add null=True and a migration."


def _unknown_columns(model: type[models.Model]) -> Iterator[checks.CheckMessage]:
    """Yield what the host's own model of the table must have a value for, and its twin does not know."""
    meta = model._meta  # noqa: SLF001  (the documented Meta API)
    known = {field.column for field in meta.concrete_fields}
    for other in models_of_one_table(model):
        for field in other._meta.local_concrete_fields:  # noqa: SLF001
            may_be_left_out = field.null or field.generated or field.has_db_default()
            if field.column in known or may_be_left_out:
                continue
            known.add(field.column)
            yield checks.Error(
                f"{meta.label} does not know the column {field.column} of {meta.db_table}, which must have a value:"
                " no row could be made.",
                hint=f"Add a field to {meta.label} that is called as {other._meta.label}.{field.name} is, or has its"  # noqa: SLF001
                " name in db_column, and give it a default.",
                obj=model,
                id=MISSING_FIELD,
            )
