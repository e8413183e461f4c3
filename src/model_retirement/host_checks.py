"""System checks of what the host's models, tables and databases are like: nothing of a host is trusted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.apps import AppConfig
from django.core import checks
from django.db import connections, models, router
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import CreateModel
from django.db.models import Count, F, GeneratedField
from django.db.models.fields.json import KeyTransform

from model_retirement import readiness
from model_retirement.data_migrations.asking import UNREADABLE
from model_retirement.dialects import OLDEST_POSTGRESQL, unsupported
from model_retirement.field_checks import check_fields
from model_retirement.host_models import column_of, llm_model, llm_models, team_model
from model_retirement.keys import KeyKind, kind_of
from model_retirement.references.other_keys import UNKNOWN_KEY, remedy, with_other_keys, wrong_key
from model_retirement.references.registry import Registry
from model_retirement.references.registry import registry as all_references
from model_retirement.references.schema import StoredId
from model_retirement.wording import first_of

TEAM_TOO_LATE = "model_retirement.E203"
UNKNOWN_DATABASE = "model_retirement.E205"
SEVERAL_ROWS = "model_retirement.W102"
NO_TABLE = "model_retirement.W105"
NO_HISTORY = "model_retirement.W104"
NO_MIRROR = "model_retirement.E207"
NO_SUCH_FIELD = "model_retirement.E210"


def check_keys(
    *, app_configs: Sequence[AppConfig] | None = None, registry: Registry = all_references, **_kwargs: Any
) -> list[checks.CheckMessage]:
    """Report keys of a type that the engine does not handle."""
    del app_configs  # a key concerns the engine, whichever app is checked
    own = [model for model in (llm_model(), team_model()) if kind_of(model) is None]
    # What is wrong with references is told by `reference_checks` and `check_resources`.
    declared = with_other_keys(registry) if registry.is_sound else []
    return [
        checks.Error(wrong_key(model), hint=remedy(model), obj=model, id=UNKNOWN_KEY)
        for model in dict.fromkeys([*own, *declared])
    ]


def check_mirrors(
    *, app_configs: Sequence[AppConfig] | None = None, registry: Registry = all_references, **_kwargs: Any
) -> list[checks.CheckMessage]:
    """Report mirrors of ids in JSON that the database does not keep by itself."""
    mirrored: list[Any] = [
        reference
        for reference in (registry if registry.is_sound else ())
        if getattr(reference, "mirror", "")
        and (app_configs is None or reference.model_class._meta.app_config in app_configs)  # noqa: SLF001
    ]
    return [
        checks.Error(
            f"The mirror {reference.mirror} of {reference.label} {wrong}",
            hint=f'Declare {reference.mirror} = ModelMirror("{reference.field}", key="{reference.key}"{_output_field()}), of'
            " model_retirement.fields, and add a migration.",
            obj=reference.model_class,
            id=NO_MIRROR,
        )
        for reference in mirrored
        if (wrong := _wrong_mirror(reference.model_class, reference.mirror, source=reference.field, key=reference.key))
    ]


def _output_field() -> str:
    """Return the argument that a mirror of ids needs that are no integers."""
    return ", output_field=models.UUIDField()" if kind_of(llm_model()) is KeyKind.UUID else ""


def _wrong_mirror(model: type[models.Model], mirror: str, *, source: str, key: str) -> str:
    """Return what is wrong with a mirror, after its name; empty if nothing is."""
    field = column_of(model, mirror)
    if not isinstance(field, GeneratedField) or (source, key) not in _paths(vars(field)["expression"]):
        return "is not a generated column of that key, so it may hold another id, or none."
    holds = KeyKind.UUID if isinstance(vars(field)["output_field"], models.UUIDField) else KeyKind.INTEGER
    kind = kind_of(llm_model())
    if kind not in (None, holds):
        return f"holds {holds.value}s, and the keys of {llm_model()._meta.label} are {kind.value}s."  # noqa: SLF001
    return ""


def _paths(expression: Any) -> Iterator[tuple[str, ...]]:
    """Yield the paths, from a column through keys of its JSON, that an expression reads."""
    if isinstance(expression, F):
        yield tuple(str(vars(expression)["name"]).split("__"))
        return
    inside = [path for part in getattr(expression, "get_source_expressions", list)() for path in _paths(part)]
    if isinstance(expression, KeyTransform):
        yield from ((*path, str(expression.key_name)) for path in inside)
    elif isinstance(expression, StoredId):
        yield from ((*path, expression.key) for path in inside)
    else:
        yield from inside


def check_graph(*, app_configs: Sequence[AppConfig] | None = None, **_kwargs: Any) -> list[checks.CheckMessage]:
    """Report a team model that is made too late: the engine's first migration has foreign keys to it."""
    del app_configs  # the order of migrations belongs to no app
    try:
        loader = MigrationLoader(None, ignore_no_migrations=True)
    except UNREADABLE:
        return []  # `makemigrations` and `migrate` say what is wrong with the files
    meta = team_model()._meta  # noqa: SLF001
    makers = [
        key
        for key, migration in loader.disk_migrations.items()
        if key[0] == meta.app_label and _makes(migration, meta.model_name)
    ]
    first = ("model_retirement", "0001_initial")
    if meta.app_label in loader.unmigrated_apps and first in loader.graph.nodes:
        return [
            # A warning, or `makemigrations` would stop at it. `migrate` goes on and says of which app, but not why.
            checks.Warning(
                f"{meta.label} is of an app without migrations, and the engine's first one has foreign keys to it.",
                hint=f"Make its first one with `python manage.py makemigrations {meta.app_label}`.",
                id=NO_HISTORY,
            )
        ]
    if not makers or first not in loader.graph.nodes or makers[0] in loader.graph.forwards_plan(first):
        return []
    return [
        checks.Error(
            f"{meta.label} is made by {'.'.join(makers[0])}, which does not run before the engine's first migration.",
            hint='Add run_before = [("model_retirement", "0001_initial")] to that migration.',
            obj=team_model(),
            id=TEAM_TOO_LATE,
        )
    ]


def _makes(migration: Any, model_name: str | None) -> bool:
    return any(
        isinstance(operation, CreateModel) and operation.name_lower == model_name for operation in migration.operations
    )


def check_resources(*, registry: Registry = all_references, **_kwargs: Any) -> list[checks.CheckMessage]:
    """Report resources whose model, or a field of it, is not there: what names them would fail when it is asked."""
    if any(registry.faults()):
        return []  # told by `reference_checks`, before its resources can be asked for
    return [
        checks.Error(
            f'Resource("{resource.kind}", "{resource.model}"): {fault}.',
            hint="Name what the model has: team, name, archived, version_of, version_number and in_use are its fields; "
            'with "" it has none.',
            id=NO_SUCH_FIELD,
        )
        for resource in registry.resources
        for fault in resource.faults()
    ]


def check_database(
    *,
    app_configs: Sequence[AppConfig] | None = None,
    databases: Sequence[str] | None = None,
    opened: Any = connections,
    **_kwargs: Any,
) -> list[checks.CheckMessage]:
    """Report databases that the engine does not support, and several global rows of one name.

    :param opened: the connections by alias
    """
    del app_configs  # rows and servers belong to no app
    aliases = [alias for alias in databases or () if router.allow_migrate_model(alias, llm_model())]
    messages = unsupported_databases(aliases, opened=opened)
    messages += [
        # A warning: a migration of another app may make the table, and an error would stop it.
        checks.Warning(
            f"Database {alias} has no table {llm_model()._meta.db_table}, which {llm_model()._meta.label} is the model of.",  # noqa: SLF001
            hint="Give its Meta.db_table the name of the table of LLM models.",
            id=NO_TABLE,
        )
        for alias in aliases
        if not unsupported(opened[alias]) and readiness.lacks_table(using=alias) and readiness.is_migrated(using=alias)
    ]
    for alias in aliases:
        if not unsupported(opened[alias]) and (several := _several_rows(alias)):
            messages.append(
                checks.Warning(
                    f"Database {alias} has several global models of one name: {first_of(several)}.",
                    hint="A removal takes all of them. Give them different names, or merge them, and add a unique key.",
                    id=SEVERAL_ROWS,
                )
            )
    return messages


def unsupported_databases(aliases: Iterable[str], *, opened: Any = connections) -> list[checks.CheckMessage]:
    """Return an error for each database that the engine does not support.

    :param opened: the connections by alias
    """
    return [
        checks.Error(
            f"Database {alias} is {wrong}.",
            hint=f"Use PostgreSQL {OLDEST_POSTGRESQL} or later, or SQLite.",
            id=UNKNOWN_DATABASE,
        )
        for alias in aliases
        if (wrong := unsupported(opened[alias]))
    ]


def _several_rows(alias: str) -> list[str]:
    if check_fields() or not readiness.has_table(using=alias):
        return []
    rows = llm_models(using=alias).filter(team=None).order_by("type", "name").values_list("type", "name")
    return [f"{kind}/{name}" for kind, name, _ in rows.annotate(number=Count("pk")).filter(number__gt=1)]
