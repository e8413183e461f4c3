"""Whether a database has the tables as this code expects them: what looks at rows has to ask, for migrations may still wait."""

from __future__ import annotations

from django.db import connections
from django.db.migrations.loader import MigrationLoader

from model_retirement import conf
from model_retirement.data_migrations.asking import UNREADABLE
from model_retirement.data_migrations.models import CustomMigration
from model_retirement.host_models import llm_model
from model_retirement.models import RemovedModel


def is_ready(*, using: str) -> bool:
    """Tell whether the database has the table, and the engine's own, as the live models expect them.

    No migration of their apps waits. In a host that has just installed the engine, all of the engine's do.
    """
    return is_migrated(using=using) and not lacks_table(using=using)


def is_migrated(*, using: str) -> bool:
    """Tell whether no migration waits that makes or changes these tables."""
    try:
        loader = MigrationLoader(connections[using])
    except UNREADABLE:
        return False  # `makemigrations` and `migrate` say what is wrong with the files
    return _is_applied(loader)


def is_current(*, using: str) -> bool:
    """Tell whether the database is ready, and was not left by a later release of this code."""
    loader = MigrationLoader(connections[using])
    known = {
        *loader.disk_migrations,
        *(name for migration in loader.disk_migrations.values() for name in migration.replaces),
    }
    applied = {key for key in loader.applied_migrations if key[0] in _labels()}
    return applied <= known and _is_applied(loader) and not lacks_table(using=using)


def lacks_table(*, using: str) -> bool:
    """Tell whether the host's model is unmanaged, so that no migration of its own makes its table, and that is not there."""
    return not llm_model()._meta.managed and not has_table(using=using)  # noqa: SLF001  (the documented Meta API)


def has_table(*, using: str) -> bool:
    """Tell whether the database has the table of LLM models."""
    return llm_model()._meta.db_table in connections[using].introspection.table_names()  # noqa: SLF001  (the same)


def _is_applied(loader: MigrationLoader) -> bool:
    leaves = [leaf for label in sorted(_labels()) for leaf in loader.graph.leaf_nodes(label)]
    return all(leaf in loader.applied_migrations for leaf in leaves)


def _labels() -> set[str]:
    """Return the apps whose migrations make the table and change its rows, and the engine's, which keeps the records."""
    own = {RemovedModel._meta.app_label, CustomMigration._meta.app_label}  # noqa: SLF001  (the documented Meta API)
    return {llm_model()._meta.app_label, conf.migrations_app(), *own}  # noqa: SLF001  (the same)
