"""The schema migrations that ask for the removals."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from django.db.migrations.loader import MigrationLoader

from model_retirement.data_migrations.operations import RunDataMigration
from model_retirement.removal_records import MIGRATION_NAME


@dataclass(frozen=True)
class AskingMigration:
    """A schema migration that asks for the removals.

    :param name: such as ``service_providers.0003_remove_openai_gpt_4``
    :param proves: names of the migrations that are applied wherever this one is, its own among them
    """

    name: str
    path: Path
    proves: frozenset[str]


def find() -> tuple[AskingMigration, ...]:
    """Return the migrations of all apps that ask for the removals, each behind those that it depends on."""
    loader = MigrationLoader(None, ignore_no_migrations=True)
    order = dict.fromkeys(
        node for leaf in sorted(loader.graph.leaf_nodes()) for node in loader.graph.forwards_plan(leaf)
    )
    return tuple(
        AskingMigration(
            name=".".join(node),
            path=Path(str(sys.modules[loader.disk_migrations[node].__module__].__file__)).resolve(),
            proves=frozenset(".".join(earlier) for earlier in loader.graph.forwards_plan(node)),
        )
        for node in order
        if any(
            isinstance(operation, RunDataMigration) and operation.name == MIGRATION_NAME
            for operation in loader.disk_migrations[node].operations
        )
    )
