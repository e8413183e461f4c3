"""What ``migrate`` does when the schema is complete: it runs the data migrations that wait, and tells what was imported.

Data migrations use the live models, so they fit the schema after the last migration and no other.
"""

from __future__ import annotations

import sys
from contextvars import ContextVar
from typing import Any, TextIO

from django.apps import AppConfig, apps
from django.core.management.base import CommandError, OutputWrapper
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from model_retirement.data_migrations.failures import DataMigrationFailed
from model_retirement.data_migrations.past_records import ImportReport
from model_retirement.data_migrations.pending import run_pending, waiting
from model_retirement.data_migrations.presenter import import_lines

faking: ContextVar[bool] = ContextVar("faking", default=False)
"""Whether ``migrate --fake`` is at work, which the signal does not tell: what only records must not work on rows."""

# An operation knows neither how much `migrate` is to say nor where to; the signal at its end does.
_imported: dict[str, list[ImportReport]] = {}


def remember(report: ImportReport, *, using: str) -> None:
    """Keep what was imported until the end of this ``migrate``, which tells of it."""
    _imported.setdefault(using, []).append(report)


def tell_of_imports(
    *, using: str, verbosity: int, stdout: TextIO | OutputWrapper | None = None, **_kwargs: Any
) -> None:
    """Print what this ``migrate`` has imported: a receiver of ``post_migrate``."""
    out = stdout or sys.stdout
    for report in _imported.pop(using, []):
        if verbosity > 0 and (report.imported or report.left_out or report.waiting):
            out.writelines(f"{line}\n" for line in import_lines(report, dry_run=False, names=verbosity > 1))


def run_what_waits(
    *,
    app_config: AppConfig,
    using: str,
    verbosity: int,
    plan: list[Any] | None = None,
    stdout: TextIO | OutputWrapper | None = None,
    **_kwargs: Any,
) -> None:
    """Receive ``post_migrate``.

    :param plan: the migrations that ran; None if the signal comes from ``flush``
    :raises CommandError: if a data migration failed
    """
    # The signal is sent for one app after another; a failure must not keep other receivers from any of them.
    if plan is None or not is_last(app_config):
        return
    names = waiting(using=using)
    if not names:
        return
    out = stdout or sys.stdout
    missing = "`migrate` without --fake" if faking.get() else "complete `migrate`"
    if faking.get() or _schema_is_incomplete(using):
        if verbosity > 0:
            out.write(f"Data migrations wait for a {missing}: {', '.join(names)}.\n")
        return
    if verbosity > 0:
        out.write(f"Running data migrations: {', '.join(names)}\n")
    try:
        run_pending(using=using, triggered_by="migrate", verbosity=verbosity, stdout=out)
    except DataMigrationFailed as error:
        raise CommandError(str(error)) from error


def is_last(app_config: AppConfig) -> bool:
    """Return whether it is the app for which ``post_migrate`` is sent last."""
    return app_config is [config for config in apps.get_app_configs() if config.models_module is not None][-1]


def _schema_is_incomplete(using: str) -> bool:
    executor = MigrationExecutor(connections[using])
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
