"""The two models that are the host's: of its LLM models and of its teams."""

from __future__ import annotations

from typing import Any, cast

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist, ImproperlyConfigured
from django.db import models
from django.db.models import F, Field, ForeignObjectRel, Model, QuerySet

from model_retirement import conf
from model_retirement.abstract import AbstractLlmModel


def llm_model() -> type[AbstractLlmModel]:
    """Return the host's model of LLM models.

    :raises ImproperlyConfigured: if its setting names none
    """
    return cast("type[AbstractLlmModel]", _named("MODEL_RETIREMENT_MODEL", conf.llm_model_label()))


def llm_model_key() -> str:
    """Return the name of the column that holds the key of an LLM model."""
    meta: Any = llm_model()._meta  # noqa: SLF001  (the documented Meta API)
    return str(meta.pk.column)


def models_of_the_table() -> list[type[Model]]:
    """Return every model of the table of LLM models: the host may have one of its own beside the engine's twin."""
    table = llm_model()._meta.db_table  # noqa: SLF001  (the documented Meta API)
    return [model for model in apps.get_models() if model._meta.db_table == table]  # noqa: SLF001


def pointing_fields() -> list[Field[Any, Any]]:
    """Return every relation of Django's to LLM models, hidden ones included."""
    relations = [
        field
        for model in models_of_the_table()
        for field in model._meta.get_fields(include_hidden=True)  # noqa: SLF001
    ]
    fields = [relation.field for relation in relations if isinstance(relation, ForeignObjectRel)]
    # The table that Django makes for a many-to-many field has two foreign keys of its own.
    return [field for field in fields if not field.model._meta.auto_created]  # noqa: SLF001


def team_model() -> type[Model]:
    """Return the host's model of teams.

    :raises ImproperlyConfigured: if its setting names none
    """
    return _named("MODEL_RETIREMENT_TEAM_MODEL", conf.team_model_label())


def _named(setting: str, label: str) -> type[Model]:
    try:
        return apps.get_model(label)
    except (LookupError, ValueError) as error:
        raise ImproperlyConfigured(
            f"{setting} is {label!r}, and no installed app has such a model. Give the label of an app of INSTALLED_APPS,"
            f" a dot and the name of the model, such as {conf.EXAMPLES[setting]!r}."
        ) from error


def llm_models(*, using: str) -> QuerySet[Any, Any]:
    """Return all LLM models, those that the host's default manager hides included."""
    return llm_model()._base_manager.using(using)  # noqa: SLF001  (documented by Django)


def teams(*, using: str) -> QuerySet[Any, Any]:
    """Return all teams with ``shown_name`` and ``shown_slug``, whatever the host calls those fields."""
    rows = team_model()._base_manager.using(using)  # noqa: SLF001  (documented by Django)
    annotated: QuerySet[Any, Any] = rows.annotate(shown_name=F(conf.team_name()), shown_slug=F(conf.team_slug()))
    return annotated


def team_columns() -> tuple[str, str, str]:
    """Return the names of the columns that hold a team's key, its slug and its name."""
    meta: Any = team_model()._meta  # noqa: SLF001  (the documented Meta API)
    fields = (meta.pk if name == "pk" else meta.get_field(name) for name in ("pk", conf.team_slug(), conf.team_name()))
    pk, slug, name = (field.column for field in fields)
    return pk, slug, name


def only_team() -> QuerySet[Any, Any]:
    """Return the key of the team of a host whose rows belong to no team of their own: the first one."""
    rows = team_model()._base_manager.order_by("pk")  # noqa: SLF001  (documented by Django)
    return rows.values("pk")[:1]


def name_of(team: Any) -> str:
    """Return what people call a team."""
    return str(getattr(team, conf.team_name()))


def slug_of(team: Any) -> str:
    """Return what stands for a team in commands and addresses."""
    return str(getattr(team, conf.team_slug()))


def has_field(model: type[models.Model], name: str) -> bool:
    """Return whether a model has a field of that name."""
    try:
        model._meta.get_field(name)  # noqa: SLF001
    except FieldDoesNotExist:
        return False
    return True
