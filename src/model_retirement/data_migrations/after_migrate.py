"""What ``migrate`` does when the schema is complete: it runs the data migrations that wait.

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
from model_retirement.data_migrations.pending import run_pending, waiting

faking: ContextVar[bool] = ContextVar("faking", default=False)
"""Whether ``migrate --fake`` is at work, which the signal does not tell: what only records must not work on rows."""


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
