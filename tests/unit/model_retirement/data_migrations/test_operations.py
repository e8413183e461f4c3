"""RunDataMigration, the operation."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError
from django.db import connection, migrations
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.optimizer import MigrationOptimizer
from django.db.migrations.state import ProjectState
from django.db.migrations.writer import MigrationWriter

from apps.teams.models import Team
from model_retirement.data_migrations import run_once
from model_retirement.data_migrations.models import CustomMigration
from model_retirement.data_migrations.operations import RunDataMigration, applying

Status = CustomMigration.Status

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_records")]


class NothingOnThisDatabase:
    """A router that lets onto a database the records, and what is meant for it."""

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return app_label == "model_retirement_data_migrations" or hints.get("target") == db


class NoRecordsOnThisDatabase:
    """A router that keeps the tables of data migrations away."""

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return app_label != "model_retirement_data_migrations"


@pytest.fixture
def state() -> ProjectState:
    return MigrationLoader(connection).project_state(("model_retirement_data_migrations", "0001_initial"))


def forwards(operation: Operation, state: ProjectState) -> None:
    editor: Any = SimpleNamespace(connection=connection)
    operation.database_forwards("shop", editor, state, state)


def backwards(operation: Operation, state: ProjectState) -> None:
    editor: Any = SimpleNamespace(connection=connection)
    operation.database_backwards("shop", editor, state, state)


def status(name: str = "sample_atomic") -> str:
    return CustomMigration.objects.get(name=name).status


def test_it_asks_and_does_not_run(state: ProjectState):
    """Rule 11: the live models may not fit yet."""
    forwards(RunDataMigration("sample_atomic"), state)
    assert status() == Status.PENDING
    assert CustomMigration.objects.get().requested_by == "shop"
    assert not Team.objects.exists()


def test_it_writes_down_the_migration_that_asks(state: ProjectState):
    token = applying.set("shop.0002_remove")
    forwards(RunDataMigration("sample_atomic"), state)
    applying.reset(token)
    assert CustomMigration.objects.get().requested_by == "shop.0002_remove"


@pytest.mark.parametrize("run", ["after_migrate", "inline"])
def test_it_uses_the_historical_model(state: ProjectState, monkeypatch: pytest.MonkeyPatch, run: Any):
    """Rule 11: the live one has columns that a fresh database does not have yet."""
    manager = CustomMigration.objects
    monkeypatch.setattr(CustomMigration, "objects", None)
    forwards(RunDataMigration("sample_atomic", run=run), state)
    assert manager.get().status == (Status.APPLIED if run == "inline" else Status.PENDING)


def test_applying_it_again_does_not_ask_again(state: ProjectState):
    CustomMigration.objects.create(name="sample_atomic", status=Status.APPLIED)
    forwards(RunDataMigration("sample_atomic"), state)
    assert status() == Status.APPLIED


def test_a_second_migration_asks_again_for_a_repeatable_one(state: ProjectState):
    """Rule 1: without force."""
    CustomMigration.objects.create(name="sample_units", status=Status.APPLIED)
    forwards(RunDataMigration("sample_units"), state)
    assert status("sample_units") == Status.PENDING


def test_backwards_takes_back_a_request_that_has_not_run(state: ProjectState):
    forwards(RunDataMigration("sample_atomic"), state)
    backwards(RunDataMigration("sample_atomic"), state)
    assert not CustomMigration.objects.exists()


def test_backwards_does_not_undo_what_has_run(state: ProjectState):
    forwards(RunDataMigration("sample_atomic", run="inline"), state)
    backwards(RunDataMigration("sample_atomic", run="inline"), state)
    assert status() == Status.APPLIED


def test_the_router_is_honoured(state: ProjectState, settings):
    settings.DATABASE_ROUTERS = [f"{__name__}.NothingOnThisDatabase"]
    forwards(RunDataMigration("sample_atomic"), state)
    assert not CustomMigration.objects.exists()
    operation = RunDataMigration("sample_atomic", hints={"target": "default"})
    forwards(operation, state)
    assert status() == Status.PENDING
    backwards(RunDataMigration("sample_atomic"), state)
    assert status() == Status.PENDING
    backwards(operation, state)
    assert not CustomMigration.objects.exists()


@pytest.mark.parametrize("run", ["after_migrate", "inline"])
def test_where_the_router_wants_no_records_nothing_is_asked_for(state: ProjectState, settings, run: Any):
    """The table to write the request into is not there."""
    settings.DATABASE_ROUTERS = [f"{__name__}.NoRecordsOnThisDatabase"]
    forwards(RunDataMigration("sample_atomic", run=run), state)
    backwards(RunDataMigration("sample_atomic", run=run), state)
    assert not CustomMigration.objects.exists()
    assert not Team.objects.exists()


def test_inline_runs_on_the_spot_and_once(state: ProjectState):
    for _ in range(2):
        forwards(RunDataMigration("sample_atomic", run="inline"), state)
    assert status() == Status.APPLIED
    assert CustomMigration.objects.get().runs.get().triggered_by == "shop"
    assert Team.objects.count() == 1


def test_a_missing_command_may_be_asked_for(state: ProjectState):
    """Rule 12: old migrations outlive their commands. Who runs it will tell what to do."""
    forwards(RunDataMigration("sample_gone"), state)
    assert status("sample_gone") == Status.PENDING


@pytest.mark.parametrize("run", ["after_migrate", "inline"])
@pytest.mark.parametrize("settled", [Status.APPLIED, Status.FAKED])
def test_a_missing_command_whose_work_is_done_is_nothing(state: ProjectState, run: Any, settled: str):
    """Rule 12."""
    CustomMigration.objects.create(name="sample_gone", status=settled)
    forwards(RunDataMigration("sample_gone", run=run), state)
    assert status("sample_gone") == settled


def test_a_missing_command_cannot_run_inline(state: ProjectState):
    with pytest.raises(CommandError, match="Bring its file back"):
        forwards(RunDataMigration("sample_gone", run="inline"), state)


@pytest.mark.parametrize(("asks", "named"), [("", "shop"), ("shop.0002_remove", "shop.0002_remove")])
def test_a_missing_dependency_is_told_with_the_line_to_add(asks: str, named: str):
    token = applying.set(asks)
    with pytest.raises(ImproperlyConfigured) as caught:
        forwards(RunDataMigration("sample_atomic"), ProjectState())
    applying.reset(token)
    assert str(caught.value) == (
        "Run data migration sample_atomic when the schema is complete: add"
        f' ("model_retirement_data_migrations", "0001_initial"), to the dependencies of {named}. It may be applied before'
        " there is a table of data migrations."
    )


Write = Callable[[str, str], None]
NAMED_OTHERWISE = """
    from model_retirement.data_migrations.commands import IdempotentCommand

    class Command(IdempotentCommand):
        migration_name = "2024_cleanup"

        def perform_migration(self, dry_run=False):
            return 3
"""


@pytest.mark.parametrize("name", ["cleanup_nodes", "2024_cleanup"])
@pytest.mark.parametrize("run", ["after_migrate", "inline"])
def test_a_command_that_is_called_otherwise_has_one_record(
    state: ProjectState, host_command: Write, name: str, run: Any
):
    """Under two names the work would be done twice, or one record would wait for ever."""
    host_command("cleanup_nodes", NAMED_OTHERWISE)
    operation = RunDataMigration(name, run=run)
    forwards(operation, state)
    assert status("2024_cleanup") == (Status.APPLIED if run == "inline" else Status.PENDING)
    assert CustomMigration.objects.count() == 1
    backwards(operation, state)
    assert CustomMigration.objects.exists() == (run == "inline")


@pytest.mark.parametrize("run", ["after_migrate", "inline"])
def test_options_are_remembered(state: ProjectState, limited: None, run: Any):
    given: dict[str, Any] = {"limit": 5, "tag": ("a", "b")}
    forwards(RunDataMigration("limited", options=given, run=run), state)
    row = CustomMigration.objects.get()
    assert row.options == {"limit": 5, "tag": ["a", "b"]}
    if run == "inline":
        assert row.runs.get().result == "limit=5, kind=node, tag=['a', 'b'], archived=False, mail=True"


@pytest.mark.parametrize("run", ["after_migrate", "inline"])
@pytest.mark.parametrize(
    ("given", "line"), [({"limmit": 5}, "has no option limmit; it takes limit, "), ({"limit": "x"}, "--limit: invalid")]
)
def test_options_that_the_command_does_not_take_change_nothing(
    state: ProjectState, limited: None, run: Any, given: Any, line: str
):
    with pytest.raises(CommandError, match=line):
        forwards(RunDataMigration("limited", options=given, run=run), state)
    assert not CustomMigration.objects.exists()


@pytest.mark.parametrize("run", ["after_migrate", "inline"])
def test_options_of_work_that_is_done_are_not_looked_at(state: ProjectState, limited: None, run: Any):
    """Rule 12: a command may have lost an option that an old migration gave it."""
    CustomMigration.objects.create(name="limited", status=Status.APPLIED, options={"limit": 1})
    forwards(RunDataMigration("limited", options={"gone": 5}, run=run), state)
    assert CustomMigration.objects.get().options == {"limit": 1}
    assert not CustomMigration.objects.get().runs.exists()


def test_options_for_a_command_that_is_not_there_wait_for_it(state: ProjectState):
    forwards(RunDataMigration("sample_gone", options={"limit": 5}), state)
    assert CustomMigration.objects.get().options == {"limit": 5}


def test_a_command_that_cannot_be_imported_is_no_command_that_is_gone(state: ProjectState, host_command: Write):
    """Nobody knows whether a request of it is to open it again."""
    host_command("a_broken", "import no_such_module_anywhere\n")
    with pytest.raises(CommandError, match="its command cannot be imported: ModuleNotFoundError"):
        forwards(RunDataMigration("a_broken"), state)
    assert not CustomMigration.objects.exists()


def test_a_unit_runs_inline_by_itself(state: ProjectState):
    forwards(RunDataMigration("sample_units:two", run="inline"), state)
    assert run_once.statuses(prefix="sample_units:", using="default") == {"sample_units:two": Status.APPLIED}
    assert status("sample_units") == Status.APPLIED


def test_a_wrong_run_is_told():
    with pytest.raises(ValueError, match="run is 'now'"):
        RunDataMigration("sample_atomic", run="now")  # type: ignore[arg-type]


def test_it_describes_itself():
    assert (
        RunDataMigration("sample_atomic").describe() == "Run data migration sample_atomic when the schema is complete"
    )
    assert RunDataMigration("sample_atomic", run="inline").describe() == "Run data migration sample_atomic at once"
    assert RunDataMigration("sample_atomic", options={"limit": 5, "tag": ["a"]}).describe() == (
        'Run data migration sample_atomic with limit=5, tag=["a"] when the schema is complete'
    )
    assert RunDataMigration("sample_atomic").formatted_description().startswith("p ")
    assert RunDataMigration("sample_atomic").migration_name_fragment == "sample_atomic"


@pytest.mark.parametrize(
    "kwargs",
    [
        {},
        {"run": "inline"},
        {"hints": {"target": "default"}},
        {"elidable": True, "run": "inline"},
        {"options": {"limit": 5, "tag": ["a", "b"], "archived": True}},
    ],
)
def test_it_can_be_written_into_a_file(kwargs: dict[str, Any]):
    operation = RunDataMigration("sample_atomic", **kwargs)
    assert operation.deconstruct() == ("RunDataMigration", ["sample_atomic"], kwargs)
    migration = type("Migration", (migrations.Migration,), {"operations": [operation]})("0002_written", "shop")
    scope: dict[str, Any] = {}
    exec(MigrationWriter(migration).as_string(), scope)  # what a migration file is for
    assert scope["Migration"].operations[0].deconstruct() == operation.deconstruct()


@pytest.mark.parametrize(("elidable", "left"), [(True, 0), (False, 1)])
def test_squashing_drops_it_only_if_it_is_elidable(elidable: bool, left: int):
    """Rule 12: what a fresh database needs is not optimised away."""
    create = migrations.RunSQL("SELECT 1", elidable=False)
    operations = MigrationOptimizer().optimize([create, RunDataMigration("sample_atomic", elidable=elidable)], "shop")
    assert len([operation for operation in operations if isinstance(operation, RunDataMigration)]) == left


def test_it_leaves_the_state_alone(state: ProjectState):
    before = state.clone()
    RunDataMigration("sample_atomic").state_forwards("shop", state)
    assert state == before
    assert not RunDataMigration("sample_atomic").reduces_to_sql
    assert run_once.statuses(prefix="", using="default") == {}
