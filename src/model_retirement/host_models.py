"""The two models that are the host's: of its LLM models and of its teams."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from django.apps import apps
from django.db import connections, models, router
from django.db.models import F, Field, ForeignObjectRel, Model, QuerySet

from model_retirement import conf
from model_retirement.abstract import AbstractLlmModel
from model_retirement.dialects import unsupported


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
    return models_of_one_table(llm_model())


def models_of_one_table(model: type[Model]) -> list[type[Model]]:
    """Return every installed model that has the table of a model."""
    table = model._meta.db_table  # noqa: SLF001  (the documented Meta API)
    return [other for other in apps.get_models() if other._meta.db_table == table]  # noqa: SLF001


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


def databases_of_models(databases: Iterable[str] | None) -> list[str]:
    """Return those of some databases that the router lets have LLM models, and that the engine supports.

    A check tells of the others; nothing else can be asked of them.
    """
    aliases = [alias for alias in databases or () if router.allow_migrate_model(alias, llm_model())]
    return [alias for alias in aliases if not unsupported(connections[alias])]


def holds_keys_of(field: Any, model: type[Model]) -> bool:
    """Return whether a field is a foreign key to the key of a table, whichever of that table's models it names."""
    if not field.concrete or not (field.many_to_one or field.one_to_one) or field.related_model is None:
        return False
    related = field.related_model._meta  # noqa: SLF001  (the documented Meta API)
    is_table = related.db_table == model._meta.db_table  # noqa: SLF001
    return bool(is_table and field.target_field.column == related.pk.column)


def _named(setting: str, label: str) -> type[Model]:
    try:
        return apps.get_model(label)
    except (LookupError, ValueError) as error:
        raise conf.no_such_model(setting, label) from error


def llm_models(*, using: str) -> QuerySet[Any, Any]:
    """Return all LLM models, those that the host's default manager hides included."""
    return llm_model()._base_manager.using(using)  # noqa: SLF001  (documented by Django)


def teams(*, using: str) -> QuerySet[Any, Any]:
    """Return all teams with ``shown_name`` and ``shown_slug``, whatever the host calls those fields."""
    rows = team_model()._base_manager.using(using)  # noqa: SLF001  (documented by Django)
    annotated: QuerySet[Any, Any] = rows.annotate(shown_name=F(conf.team_name()), shown_slug=F(conf.team_slug()))
    return annotated


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
    """Return whether a model stores a field of that name, itself or in its parent's table; a property is none."""
    return any(field.name == name for field in model._meta.concrete_fields)  # noqa: SLF001  (the documented Meta API)


def column_of(model: type[models.Model], name: str) -> Any:
    """Return the field of that name that a model keeps in a column of its own table; None if there is none."""
    meta: Any = model._meta  # noqa: SLF001  (the documented Meta API)
    # Of a child, fields of its parent are in another table; of a proxy they are in the same one.
    own = (field for field in meta.concrete_fields if field.model._meta.db_table == meta.db_table)  # noqa: SLF001
    return next((field for field in own if field.name == name), None)
