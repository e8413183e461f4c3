"""The operation that makes the table of models match the catalogue while ``migrate`` runs."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import CommandError
from django.db import router, transaction
from django.db.migrations.operations.base import Operation, OperationCategory
from django.db.models import Model

from model_retirement import conf, sync
from model_retirement.catalogue import view as catalogue
from model_retirement.catalogue.view import CatalogueError
from model_retirement.data_migrations import run_once
from model_retirement.data_migrations.operations import applying, record_model
from model_retirement.host_models import llm_model

if TYPE_CHECKING:
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor
    from django.db.migrations.state import ProjectState

# An operation knows neither how much `migrate` is to say nor where to; the signal at its end does.
_committed: dict[str, list[sync.SyncReport]] = {}


def llm_model_migration(*, elidable: bool = False) -> SyncModels:
    """Return the operation that makes the table of models match the catalogue as the code has it when it runs.

    :param elidable: ``squashmigrations`` may leave it out.
    """
    return SyncModels(elidable=elidable)


class SyncModels(Operation):
    """Makes the table match the catalogue, with the models of the migration's state, and asks for the promotion.

    It may stand in any number of migrations: where nothing is left to do it writes nothing to the table. Undoing the
    migration leaves the rows alone. The promotion of custom models needs live models and waits for the schema; a host may
    want none (``MODEL_RETIREMENT_PROMOTE``).
    """

    reversible = True
    reduces_to_sql = False
    atomic = True
    category = OperationCategory.PYTHON
    writes_records = True

    def __init__(self, *, elidable: bool = False) -> None:
        self.elidable = elidable  # type: ignore[misc]  # Django itself sets it on instances

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Leave the state alone: only rows change."""

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Synchronise, and ask for the promotion.

        :raises CommandError: if the catalogue cannot be read; nothing has been changed then.
        """
        using = schema_editor.connection.alias
        # Models that earlier operations changed must not come from a cache.
        from_state.clear_delayed_apps_cache()
        model = _model_of(from_state)
        if not router.allow_migrate_model(using, model):
            return
        try:
            declared = catalogue.load()
        except CatalogueError as error:
            raise CommandError(str(error)) from error
        records = record_model(from_state, operation=self, app_label=app_label)
        report = sync.sync(model=model, catalogue=declared, using=using)
        if conf.promotes_custom_models() and router.allow_migrate_model(using, records):
            run_once.request(
                name=sync.PROMOTION,
                requested_by=applying.get() or app_label,
                repeatable=True,
                migration_model=records,
                using=using,
            )
        if report.changes:
            transaction.on_commit(partial(_remember, using, report), using=using)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Leave the rows alone: places of the platform may point at them."""

    def describe(self) -> str:
        """Return what the operation does, for ``migrate --plan``."""
        return "Make the table of LLM models match the catalogue"

    @property
    def migration_name_fragment(self) -> str:
        """The part of a migration's name that stands for this operation."""
        return "sync_llm_models"


def _model_of(state: ProjectState) -> type[Model]:
    """Return the host's model of LLM models as it is at this point of the migrations.

    :raises ImproperlyConfigured: if it is not there yet
    """
    live = llm_model()
    if not live._meta.managed:  # noqa: SLF001  (the documented Meta API)
        # Migrations leave the foreign keys of such a model out, and its columns are not theirs to change.
        return live
    label = conf.llm_model_label()
    try:
        return state.apps.get_model(label)
    except LookupError as error:
        app = label.partition(".")[0]
        raise ImproperlyConfigured(
            f'llm_model_migration() needs the table of {label}: add a migration of {app}, such as ("{app}", "0001_initial"),'
            " to the dependencies of the migration that it stands in."
        ) from error


def _remember(using: str, report: sync.SyncReport) -> None:
    _committed.setdefault(using, []).append(report)


def report_changes(*, using: str, verbosity: int, stdout: Any = None, **_kwargs: Any) -> None:
    """Print what the synchronisations of this ``migrate`` changed: a receiver of ``post_migrate``.

    :param using: the database alias.
    :param verbosity: 0 prints nothing.
    :param stdout: where to print; standard output when left out.
    """
    out = stdout or sys.stdout
    for report in _committed.pop(using, []):
        if verbosity:
            out.write("LLM models:\n")
            out.writelines(f"  {line}\n" for line in sync.summary(report))
