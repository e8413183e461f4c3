"""System checks: no pointer at the model table is unknown to the registry, neither in the ORM nor in the database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core import checks
from django.db import connections

from model_retirement import dangling, readiness, sql
from model_retirement.answers import is_set_up
from model_retirement.host_models import databases_of_models, pointing_fields
from model_retirement.reference_scan import declarations, remarks
from model_retirement.references import Reference, database
from model_retirement.references.other_keys import with_other_keys
from model_retirement.references.owned_rows_kind import pointing_at_owned
from model_retirement.references.registry import MODULE_NAME, Registry, registry

UNDECLARED = "model_retirement.E101"
NOT_NULLABLE = "model_retirement.E102"
WRONGLY_DECLARED = "model_retirement.E105"
UNKNOWN_CONSTRAINT = "model_retirement.E103"
POINTS_AT_OWNED = "model_retirement.E104"
DANGLING = "model_retirement.W015"
DISAGREEING = "model_retirement.W101"

ROWS_NAMED = 3
"""Rows that a message names; the others are counted."""


def check_declarations(
    *, app_configs: Sequence[AppConfig] | None = None, registry: Registry = registry, **_kwargs: Any
) -> list[checks.CheckMessage]:
    """Report references that name a model, a field or a path that is not there, or not what it should be."""
    del app_configs  # a declaration whose model is unknown belongs to no app
    return [
        checks.Error(
            f"{place}: {fault}.",
            hint=f"Correct it in the {MODULE_NAME}.py that declares it.",
            id=WRONGLY_DECLARED,
        )
        for place, fault in registry.faults()
    ]


def check_relations(
    *, app_configs: Sequence[AppConfig] | None = None, registry: Registry = registry, **_kwargs: Any
) -> list[checks.CheckMessage]:
    """Report relations to models that no app declares, hidden ones included, and such as could not be cleared."""
    if not registry.is_sound:
        return []  # what is declared wrongly is told first, by `check_declarations`
    messages: list[checks.CheckMessage] = []
    declared = {label for reference in registry for label in reference.relation_labels}
    deleted = {label for reference in registry if reference.is_deleted_to_clear for label in reference.relation_labels}
    for field in pointing_fields():
        label = f"{field.model._meta.label}.{field.name}"  # noqa: SLF001  (the documented Meta API)
        app = field.model._meta.app_config  # noqa: SLF001
        if app_configs is not None and app not in app_configs:
            continue
        if label not in declared:
            messages.append(
                checks.Error(
                    f"{label} points at LLM models, but no app declares it: a removal would not find it.",
                    hint=_to_declare(field),
                    obj=field.model,
                    id=UNDECLARED,
                )
            )
        elif not field.many_to_many and not field.null and label not in deleted:
            messages.append(
                checks.Error(
                    f"{label} cannot be null: a removal without a replacement could not clear it.",
                    hint="Add null=True and a migration; or, if the rows belong to the model and are to go with it, declare"
                    f' OwnedRows("{label}") instead.',
                    obj=field.model,
                    id=NOT_NULLABLE,
                )
            )
    return messages


def _to_declare(field: Any) -> str:
    """Return where a relation is to be declared, and the line with the best guess at its team and resource."""
    place, line = declarations.of_relation(field)
    if not line:
        return remarks.remark(place)
    said = f"Declare it in {declarations.module_of(place)}, with its way to the team and to what people know: {line}"
    # The line comes last: a full stop behind it would be pasted along.
    return f"{remarks.remark(place)} {said}".strip()


def check_owned_rows(
    *, app_configs: Sequence[AppConfig] | None = None, registry: Registry = registry, **_kwargs: Any
) -> list[checks.CheckMessage]:
    """Report what points at rows that go with a model: it would be left with nothing, and the rows could not be deleted."""
    if not registry.is_sound:
        return []  # told by `check_declarations` and `host_checks`
    return [
        checks.Error(
            f"{field.model._meta.label}.{field.name} points at rows that are deleted with their model"  # noqa: SLF001
            f" ({reference.label}).",
            hint=f"Take that foreign key away, or declare {reference.label} as a ForeignKeyReference, whose rows stay.",
            obj=reference.model_class,
            id=POINTS_AT_OWNED,
        )
        for reference in registry
        if reference.goes_with_model and (app_configs is None or reference.model_class._meta.app_config in app_configs)  # noqa: SLF001
        for field in pointing_at_owned(reference)
    ]


def check_constraints(
    *, app_configs: Sequence[AppConfig] | None = None, databases: Sequence[str] | None = None, **_kwargs: Any
) -> list[checks.CheckMessage]:
    """Report foreign keys to the model table that only the database knows of."""
    del app_configs  # a constraint that no app declares belongs to none
    if not registry.is_sound:
        return []
    return [
        checks.Error(
            f"The foreign key {constraint} of database {alias} points at LLM models, but no app declares it.",
            hint=f"Declare its model's field in that app's {MODULE_NAME}.py, or drop the constraint.",
            id=UNKNOWN_CONSTRAINT,
        )
        for alias in databases_of_models(databases)
        if readiness.has_table(using=alias)
        for constraint in database.undeclared(registry=registry, using=alias)
    ]


def check_dangling_ids(
    *,
    app_configs: Sequence[AppConfig] | None = None,
    databases: Sequence[str] | None = None,
    registry: Registry = registry,
    **_kwargs: Any,
) -> list[checks.CheckMessage]:
    """Report how many ids of models that do not exist are stored where no foreign key keeps them out."""
    del app_configs  # they are other apps' rows, which are the same trouble
    if not is_set_up() or not registry.is_sound or with_other_keys(registry):
        return []  # told by `setting_checks`, `check_declarations` and `host_checks`
    return [
        checks.Warning(
            f"{label} has {number:,} ids of models that do not exist.",
            hint="`python manage.py llm_models usage --dangling` lists them with team and object. Nothing brings the"
            " models back: choose others there.",
            obj=f"database {alias}",
            id=DANGLING,
        )
        for alias in databases_of_models(databases)
        if readiness.is_ready(using=alias) and _has_rows(alias, registry)
        for label, number in dangling.counts(registry=registry, using=alias).items()
    ]


def check_disagreeing_rows(
    *,
    app_configs: Sequence[AppConfig] | None = None,
    databases: Sequence[str] | None = None,
    registry: Registry = registry,
    **_kwargs: Any,
) -> list[checks.CheckMessage]:
    """Report how many rows store a model twice, and not the same one."""
    del app_configs  # they are other apps' rows
    messages: list[checks.CheckMessage] = []
    if not registry.is_sound or with_other_keys(registry):
        return messages
    for alias in databases_of_models(databases):
        if readiness.has_table(using=alias) and _has_rows(alias, registry):
            messages += [message for reference in registry for message in _disagreeing(reference, alias=alias)]
    return messages


def _disagreeing(reference: Reference, *, alias: str) -> list[checks.CheckMessage]:
    statement = reference.disagreeing(using=alias)
    if statement is None:
        return []
    query, params = statement
    counted = f"SELECT row_id, COUNT(*) OVER () FROM ({query}) d ORDER BY 1 LIMIT {ROWS_NAMED}"
    rows = sql.fetch(alias, counted, params)
    named = ", ".join(str(row_id) for row_id, _ in rows)
    return [
        checks.Warning(
            f"{reference.label}: {number:,} rows store two models where both should be the same, such as {named}.",
            hint="Decide which of the two is right and write it to both. A removal moves each of them for itself.",
            obj=f"database {alias}",
            id=DISAGREEING,
        )
        for _, number in rows[:1]
    ]


def _has_rows(alias: str, registry: Registry) -> bool:
    """Return whether the tables that point are there, and not waiting for a migration to make them."""
    tables = connections[alias].introspection.table_names()
    return all(reference.model_class._meta.db_table in tables for reference in registry)  # noqa: SLF001
