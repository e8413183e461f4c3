"""The operation by which a schema migration asks for a data migration."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any, Literal

from django.core import management
from django.core.exceptions import ImproperlyConfigured
from django.db import router
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation, OperationCategory
from django.db.migrations.state import ProjectState

from model_retirement.data_migrations import run_once
from model_retirement.data_migrations.claims import DONE
from model_retirement.data_migrations.models import CustomMigration
from model_retirement.data_migrations.pending import CommandMissing, find_command

When = Literal["after_migrate", "inline"]

applying: ContextVar[str] = ContextVar("applying", default="")
"""The schema migration that is being applied, like ``teams.0002_note``; an operation is told its app only."""


class RunDataMigration(Operation):
    """Ask for a data migration, which runs once per environment.

    By default it runs when ``migrate`` has applied everything, because it uses the live models. ``run="inline"`` runs
    it on the spot and in the migration's transaction, for work that later operations rely on; it must then fit the
    schema of this very moment, today and after any later migration.

    Applied backwards, it takes back a request that has not run yet. Work that was done is not undone.

    :param name: the command's name
    :param hints: for the database router
    """

    reduces_to_sql = False
    reversible = True
    category = OperationCategory.PYTHON

    def __init__(
        self,
        name: str,
        *,
        run: When = "after_migrate",
        hints: dict[str, Any] | None = None,
        elidable: bool = False,
    ) -> None:
        if run not in ("after_migrate", "inline"):
            raise ValueError(f'RunDataMigration("{name}"): run is {run!r}; it takes "after_migrate" or "inline".')
        self.name = name
        self.run = run
        self.hints = hints or {}
        self.elidable = elidable  # type: ignore[misc]  # Django sets it on instances, too

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        kwargs: dict[str, Any] = {}
        if self.run != "after_migrate":
            kwargs["run"] = self.run
        if self.hints:
            kwargs["hints"] = self.hints
        if self.elidable:
            kwargs["elidable"] = True
        return self.__class__.__qualname__, [self.name], kwargs

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Leave the state alone: only rows change."""

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,  # Django passes it
    ) -> None:
        using = schema_editor.connection.alias
        model = self._record_model(from_state, app_label)
        if not self._is_for(using, app_label, model=model):
            return
        asker = applying.get() or app_label
        if self.run == "inline":
            self._run_inline(model, asker=asker, using=using)
        else:
            run_once.request(
                name=self.name, requested_by=asker, repeatable=self._repeatable(), migration_model=model, using=using
            )

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,  # Django passes it
    ) -> None:
        using = schema_editor.connection.alias
        model = self._record_model(from_state, app_label)
        if self._is_for(using, app_label, model=model):
            run_once.withdraw(
                name=self.name,
                requested_by=applying.get() or app_label,
                migration_model=model,
                using=using,
            )

    def describe(self) -> str:
        when = "at once" if self.run == "inline" else "when the schema is complete"
        return f"Run data migration {self.name} {when}"

    @property
    def migration_name_fragment(self) -> str:
        return self.name

    def _record_model(self, state: ProjectState, app_label: str) -> type[CustomMigration]:
        # The historical one: the live one has columns that a fresh database may not have yet.
        state.clear_delayed_apps_cache()
        try:
            return state.apps.get_model("model_retirement_data_migrations", "CustomMigration")
        except LookupError as error:
            raise ImproperlyConfigured(
                f'RunDataMigration("{self.name}") in {app_label}: add ("model_retirement_data_migrations", "0001_initial") to the '
                "dependencies of its migration."
            ) from error

    def _is_for(self, using: str, app_label: str, *, model: type[CustomMigration]) -> bool:
        """Return whether the router lets this app, and the records of what is asked for, onto the database."""
        allowed: bool = router.allow_migrate(using, app_label, **self.hints)
        return allowed and router.allow_migrate_model(using, model)

    def _repeatable(self) -> bool:
        try:
            return bool(getattr(find_command(self.name), "repeatable", False))
        except CommandMissing:
            # Its command may be long gone and its work done; if not, what runs it will say so.
            return False

    def _run_inline(self, model: type[CustomMigration], *, asker: str, using: str) -> None:
        try:
            command = find_command(self.name)
        except CommandMissing as error:
            if model.objects.using(using).filter(name=self.name, status__in=DONE).exists():
                return
            raise management.CommandError(str(error)) from error
        management.call_command(command, database=using, triggered_by=asker, migration_model=model)
