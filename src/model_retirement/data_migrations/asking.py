"""The schema migrations that ask for data migrations, as they are on disk."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.migrations.exceptions import BadMigrationError, CircularDependencyError, NodeNotFoundError
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation

FIRST_OF_RECORDS = ("model_retirement_data_migrations", "0001_initial")
"""The migration that makes the table of records: whatever writes a request has to come behind it."""

LINE_TO_ADD = f'("{FIRST_OF_RECORDS[0]}", "{FIRST_OF_RECORDS[1]}"),'

UNREADABLE = (BadMigrationError, CircularDependencyError, NodeNotFoundError, ImportError, SyntaxError)
"""What is raised where the files of migrations are no history."""


@dataclass(frozen=True, kw_only=True)
class Asking:
    """An operation that asks for a data migration, which it says with ``asks_for_data_migrations``.

    :param migration: the one that it stands in, such as ``shop.0002_label_nodes``
    :param has_records: whether its migration comes behind the one that makes the table of records
    """

    migration: str
    app_label: str
    operation: Operation
    has_records: bool


def find() -> Iterator[Asking]:
    """Yield the operations that ask for data migrations, by migration.

    Nothing is asked of the order in which migrations happen to be applied: what is not in ``dependencies`` may change.
    """
    loader = MigrationLoader(None, ignore_no_migrations=True)
    graph = loader.graph
    for key, migration in sorted(loader.disk_migrations.items()):
        for operation in migration.operations:
            if getattr(operation, "asks_for_data_migrations", False):
                # One that a squashed migration replaces is in no graph, nor is the table if no migration makes it.
                behind = not {key, FIRST_OF_RECORDS} <= {*graph.nodes} or FIRST_OF_RECORDS in graph.forwards_plan(key)
                yield Asking(migration=".".join(key), app_label=key[0], operation=operation, has_records=behind)
