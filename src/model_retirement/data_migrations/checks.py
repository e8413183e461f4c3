"""System checks of the migrations that ask for data migrations or import records: what ``migrate`` would stop at, told before it starts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import AppConfig
from django.core import checks

from model_retirement.data_migrations import asking
from model_retirement.data_migrations.finding import CommandMissing, find_command
from model_retirement.data_migrations.operations import ImportRecords, RunDataMigration
from model_retirement.data_migrations.options import OptionRefused, as_arguments

WITHOUT_RECORDS = "model_retirement_data_migrations.E001"
OPTION_REFUSED = "model_retirement_data_migrations.E002"
NOT_TO_BE_IMPORTED = "model_retirement_data_migrations.E003"


def check_migrations(*, app_configs: Sequence[AppConfig] | None = None, **_kwargs: Any) -> list[checks.CheckMessage]:
    """Report migrations that ask for a data migration and cannot, or import records from a table that is not there yet."""
    labels = None if app_configs is None else {config.label for config in app_configs}
    try:
        asked = list(asking.find())
    except asking.UNREADABLE:
        return []  # `makemigrations` and `migrate` say what is wrong with the files
    return [
        finding
        for migration in asked
        if labels is None or migration.app_label in labels
        for finding in _findings(migration)
    ]


def _findings(asked: asking.Asking) -> Iterator[checks.CheckMessage]:
    if not asked.has_records:
        yield checks.Error(
            f"{asked.operation.describe()}: it may be applied before there is a table of data migrations.",
            hint=f"Add {asking.LINE_TO_ADD} to the dependencies of {asked.migration}.",
            obj=asked.migration,
            id=WITHOUT_RECORDS,
        )
    if isinstance(asked.operation, RunDataMigration) and (refusal := _refusal(asked.operation)):
        yield checks.Error(
            refusal,
            hint="Give the command the option that the migration asks for, or correct the migration where it is new.",
            obj=asked.migration,
            id=OPTION_REFUSED,
        )
    if isinstance(asked.operation, ImportRecords) and asked.state is not None:
        reason, next_step = asked.operation.problem(asked.state())
        if reason:
            yield checks.Error(
                f"{asked.operation.describe()}: {reason}", hint=next_step, obj=asked.migration, id=NOT_TO_BE_IMPORTED
            )


def _refusal(operation: RunDataMigration) -> str:
    try:
        as_arguments(operation.options, command=find_command(operation.name), name=operation.name)
    except OptionRefused as error:
        return str(error)
    except CommandMissing:
        pass  # it may be long gone and its work done; what runs it says so if not
    return ""
