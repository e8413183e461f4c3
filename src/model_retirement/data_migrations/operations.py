"""The operation by which a schema migration asks for a data migration."""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any, Literal

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand
from django.db import router
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation, OperationCategory
from django.db.migrations.state import ProjectState

from model_retirement.data_migrations import asking, run_once
from model_retirement.data_migrations.claims import DONE
from model_retirement.data_migrations.failures import OneLine
from model_retirement.data_migrations.finding import CommandMissing, find_command, record_name
from model_retirement.data_migrations.models import CustomMigration
from model_retirement.data_migrations.options import OptionRefused, Value, as_arguments, checked, in_words
from model_retirement.data_migrations.pending import call
from model_retirement.data_migrations.run_once import UNIT_SEPARATOR

When = Literal["after_migrate", "inline"]

applying: ContextVar[str] = ContextVar("applying", default="")
"""The schema migration that is being applied, like ``teams.0002_note``; an operation is told its app only."""


class RecordsMissing(OneLine, ImproperlyConfigured):
    """A migration asks for a data migration before there is a table to write that into; nothing was changed."""


def record_model(state: ProjectState, *, operation: Operation, app_label: str) -> type[CustomMigration]:
    """Return the historical model of the records: the live one has columns that a fresh database may not have yet.

    :param operation: the one that asks for a data migration
    :param app_label: of its migration
    :raises RecordsMissing: if the migration does not depend on the one that makes the table
    """
    state.clear_delayed_apps_cache()
    try:
        return state.apps.get_model("model_retirement_data_migrations", "CustomMigration")
    except LookupError as error:
        # Django tells an operation its app only; the locked `migrate` tells more.
        on_disk = (one.migration for one in asking.find() if one.operation is operation)
        migration = applying.get() or next(on_disk, app_label)
        raise RecordsMissing(
            f"{operation.describe()}: add {asking.LINE_TO_ADD} to the dependencies of {migration}. It may be applied"
            " before there is a table of data migrations."
        ) from error


class RunDataMigration(Operation):
    """Ask for a data migration, which runs once per environment.

    By default it runs when ``migrate`` has applied everything, because it uses the live models. ``run="inline"`` runs
    it on the spot and in the migration's transaction, for work that later operations rely on; it must then fit the
    schema of this very moment, today and after any later migration.

    Options are those of the command, as a person would type them: ``options={"batch_size": 500}``. They are remembered
    with the request, so a retry has them, too. Of several requests that wait, the options of the last one count.

    Applied backwards, it takes back a request that has not run yet. Work that was done is not undone.

    :param name: the command's name, or its ``migration_name``
    :param options: by name, as JSON has them; what a request decides itself, such as ``dry_run``, is none
    :param hints: for the database router
    """

    reduces_to_sql = False
    reversible = True
    category = OperationCategory.PYTHON
    asks_for_data_migrations = True

    def __init__(
        self,
        name: str,
        *,
        options: Mapping[str, Value] | None = None,
        run: When = "after_migrate",
        hints: dict[str, Any] | None = None,
        elidable: bool = False,
    ) -> None:
        if run not in ("after_migrate", "inline"):
            raise OptionRefused(f'RunDataMigration("{name}"): run is {run!r}; it takes "after_migrate" or "inline".')
        self.name = name
        self.options = checked(options or {}, name=name)
        self.run = run
        self.hints = hints or {}
        self.elidable = elidable  # type: ignore[misc]  # Django sets it on instances, too

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        kwargs: dict[str, Any] = {}
        if self.options:
            kwargs["options"] = self.options
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
        model = record_model(from_state, operation=self, app_label=app_label)
        if not self._is_for(using, app_label, model=model):
            return
        asker = applying.get() or app_label
        name = record_name(self.name)
        is_done = model.objects.using(using).filter(name=name, status__in=DONE).exists()
        command = self._command(is_done=is_done)
        # A unit is done once, whatever its command is.
        repeatable = UNIT_SEPARATOR not in name and bool(getattr(command, "repeatable", False))
        if is_done and not repeatable:
            return
        # What the command would refuse is refused before anything is written.
        arguments = as_arguments(self.options, command=command, name=self.name) if command else []
        run_once.request(
            name=name,
            requested_by=asker,
            repeatable=repeatable,
            options=self.options,
            migration_model=model,
            using=using,
        )
        if command is not None and self.run == "inline":
            call(command, arguments, name=name, using=using, triggered_by=asker, migration_model=model)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,  # Django passes it
    ) -> None:
        using = schema_editor.connection.alias
        model = record_model(from_state, operation=self, app_label=app_label)
        if self._is_for(using, app_label, model=model):
            run_once.withdraw(
                name=record_name(self.name),
                requested_by=applying.get() or app_label,
                migration_model=model,
                using=using,
            )

    def describe(self) -> str:
        when = "at once" if self.run == "inline" else "when the schema is complete"
        with_options = f" with {in_words(self.options)}" if self.options else ""
        return f"Run data migration {self.name}{with_options} {when}"

    @property
    def migration_name_fragment(self) -> str:
        return self.name

    def _is_for(self, using: str, app_label: str, *, model: type[CustomMigration]) -> bool:
        """Return whether the router lets this app, and the records of what is asked for, onto the database."""
        allowed: bool = router.allow_migrate(using, app_label, **self.hints)
        return allowed and router.allow_migrate_model(using, model)

    def _command(self, *, is_done: bool) -> BaseCommand | None:
        """Return the command; None if it is long gone: if its work is not done, what runs it will say so.

        :raises CommandMissing: if its file is there and broken, for then nobody knows whether it is repeatable, or if it
            has to run now
        """
        try:
            return find_command(self.name)
        except CommandMissing as error:
            if error.cannot_be_imported or (self.run == "inline" and not is_done):
                raise
        return None
