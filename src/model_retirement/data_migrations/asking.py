"""The schema migrations that write records of data migrations, as they are on disk."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from django.db.migrations.exceptions import BadMigrationError, CircularDependencyError, NodeNotFoundError
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

FIRST_OF_RECORDS = ("model_retirement_data_migrations", "0001_initial")
"""The migration that makes the table of records: whatever writes a record has to come behind it."""

LINE_TO_ADD = f'("{FIRST_OF_RECORDS[0]}", "{FIRST_OF_RECORDS[1]}"),'

UNREADABLE = (BadMigrationError, CircularDependencyError, NodeNotFoundError, ImportError, SyntaxError, ValueError)
"""What is raised where the files of migrations are no history, or where an app that others depend on has none yet."""


@dataclass(frozen=True, kw_only=True)
class Asking:
    """An operation that asks for a data migration or records one, which it says with ``writes_records``.

    :param migration: the one that it stands in, such as ``shop.0002_label_nodes``
    :param has_records: whether its migration comes behind the one that makes the table of records
    :param state: returns what the migrations that it comes behind have made; None if another migration replaces its own
    """

    migration: str
    app_label: str
    operation: Operation
    has_records: bool
    state: Callable[[], ProjectState] | None


def find() -> Iterator[Asking]:
    """Yield the operations that write records, by migration.

    Nothing is asked of the order in which migrations happen to be applied: what is not in ``dependencies`` may change.
    """
    loader = MigrationLoader(None, ignore_no_migrations=True)
    graph = loader.graph
    for key, migration in sorted(loader.disk_migrations.items()):
        for operation in migration.operations:
            if getattr(operation, "writes_records", False):
                # One that a squashed migration replaces is in no graph, nor is the table if no migration makes it.
                behind = not {key, FIRST_OF_RECORDS} <= {*graph.nodes} or FIRST_OF_RECORDS in graph.forwards_plan(key)
                state = partial(_state_before, operation, key=key, loader=loader) if key in graph.nodes else None
                yield Asking(
                    migration=".".join(key), app_label=key[0], operation=operation, has_records=behind, state=state
                )


def made_in(model: tuple[str, str]) -> str:
    """Return the line for ``dependencies`` with the first migration after which a model is there; "" if there is none.

    :param model: label of its app and its name in small letters
    """
    loader = MigrationLoader(None, ignore_no_migrations=True)
    for leaf in loader.graph.leaf_nodes(model[0]):
        state = ProjectState(real_apps=loader.unmigrated_apps)
        for key in loader.graph.forwards_plan(leaf):
            state = loader.graph.nodes[key].mutate_state(state, preserve=False)
            if model in state.models:
                return f'("{key[0]}", "{key[1]}"),'
    return ""


def _state_before(operation: Operation, *, key: tuple[str, str], loader: MigrationLoader) -> ProjectState:
    state: ProjectState = loader.project_state(key, at_end=False)
    operations = loader.disk_migrations[key].operations
    for earlier in operations[: operations.index(operation)]:
        earlier.state_forwards(key[0], state)
    return state
