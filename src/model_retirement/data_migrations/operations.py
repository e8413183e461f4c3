"""The operations by which a schema migration asks for a data migration, and takes over records of the past."""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from functools import partial
from typing import Any, Literal

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand
from django.db import router, transaction
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation, OperationCategory
from django.db.migrations.state import ProjectState

from model_retirement.data_migrations import after_migrate, asking, run_once
from model_retirement.data_migrations.claims import DONE
from model_retirement.data_migrations.failures import OneLine
from model_retirement.data_migrations.finding import CommandMissing, find_command, record_name
from model_retirement.data_migrations.models import CustomMigration
from model_retirement.data_migrations.options import OptionRefused, Value, as_arguments, checked, in_words
from model_retirement.data_migrations.past_records import ImportRefused, PastTable, take_over
from model_retirement.data_migrations.pending import call
from model_retirement.data_migrations.run_once import UNIT_SEPARATOR

When = Literal["after_migrate", "inline"]

applying: ContextVar[str] = ContextVar("applying", default="")
"""The schema migration that is being applied, like ``teams.0002_note``; an operation is told its app only."""


class RecordsMissing(OneLine, ImproperlyConfigured):
    """A migration asks for a data migration before there is a table to write that into; nothing was changed."""


def record_model(state: ProjectState, *, operation: Operation, app_label: str) -> type[CustomMigration]:
    """Return the historical model of the records: the live one has columns that a fresh database may not have yet.

    :param operation: the one that writes a record
    :param app_label: of its migration
    :raises RecordsMissing: if the migration does not depend on the one that makes the table
    """
    state.clear_delayed_apps_cache()
    try:
        return state.apps.get_model("model_retirement_data_migrations", "CustomMigration")
    except LookupError as error:
        raise RecordsMissing(
            f"{operation.describe()}: add {asking.LINE_TO_ADD} to the dependencies of"
            f" {_migration_of(operation, app_label=app_label)}. It may be applied before there is a table of data"
            " migrations."
        ) from error


def _migration_of(operation: Operation, *, app_label: str) -> str:
    """Return the migration that an operation stands in: Django tells it its app only, the locked `migrate` tells more."""
    on_disk = (asker.migration for asker in asking.find() if asker.operation is operation)
    return applying.get() or next(on_disk, app_label)


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
    writes_records = True

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


class ImportRecords(Operation):
    """Take over the records of a run-once framework that the host had before: what was applied there stays applied.

    A later ``RunDataMigration`` of such a name finds its work done. Records that are here already stay as they are, so the
    operation may be applied any number of times.

    Applied backwards it leaves the records alone: the work that they tell of stays done, and the host's table may be gone
    by then, so that nobody could write them again.

    :param label: of the model of the host's table, such as ``data_migrations.CustomMigration``
    :param name: its field with the name of the work: of a command, or the command's ``migration_name``
    :param applied_at: its field with the time at which it was done
    """

    reduces_to_sql = False
    reversible = True
    category = OperationCategory.PYTHON
    writes_records = True

    def __init__(
        self, label: str, *, name: str = "name", applied_at: str = "applied_at", elidable: bool = False
    ) -> None:
        self.table = PastTable(label, name=name, applied_at=applied_at)
        self.elidable = elidable  # type: ignore[misc]  # Django sets it on instances, too

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        kwargs: dict[str, Any] = {}
        if self.table.name != "name":
            kwargs["name"] = self.table.name
        if self.table.applied_at != "applied_at":
            kwargs["applied_at"] = self.table.applied_at
        if self.elidable:
            kwargs["elidable"] = True
        return self.__class__.__qualname__, [self.table.label], kwargs

    def problem(self, state: ProjectState) -> tuple[str, str]:
        """Return why the table cannot be imported where the migrations before have made this state, and what to do.

        :return: two sentences, or two empty ones
        """
        key = self.table.key
        if key in state.models:
            fields: Mapping[str, Any] = state.models[key].fields
        elif key[0] in state.real_apps and apps.all_models[key[0]].get(key[1]):
            fields = {field.name: field for field in apps.get_model(*key)._meta.fields}  # noqa: SLF001  (the documented Meta API)
        elif line := asking.made_in(key):
            return (
                f"it may be applied before there is a table of {self.table.label}.",
                f"Add {line} to the dependencies of the migration.",
            )
        else:
            return f"there is no model {self.table.label}.", "Name it as APP.MODEL, with the label of its app."
        wrong = self.table.problem(fields)
        return (wrong, 'Name the fields of your table: name="...", applied_at="...".') if wrong else ("", "")

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
        records = record_model(from_state, operation=self, app_label=app_label)
        reason, next_step = self.problem(from_state)
        if reason:
            where = _migration_of(self, app_label=app_label)
            raise ImportRefused(f"{self.describe()}, in {where}: {reason} {next_step}")
        source = from_state.apps.get_model(self.table.label)
        if not router.allow_migrate(using, app_label):
            return
        if all(router.allow_migrate_model(using, model) for model in (records, source)):
            report = take_over(table=self.table, source=source, migration_model=records, using=using)
            transaction.on_commit(partial(after_migrate.remember, report, using=using), using=using)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,  # Django passes it
    ) -> None:
        """Leave the records alone: the work that they tell of stays done."""

    def describe(self) -> str:
        return f"Import records of data migrations from {self.table.label}"

    @property
    def migration_name_fragment(self) -> str:
        return f"import_{'_'.join(self.table.key)}"
