"""Records of the past: what a host's own run-once framework has done is not asked for again."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection, migrations, models, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ModelState, ProjectState
from django.db.migrations.writer import MigrationWriter
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from model_retirement.data_migrations import after_migrate, run_once
from model_retirement.data_migrations.models import CustomMigration
from model_retirement.data_migrations.operations import ImportRecords, RunDataMigration, applying
from model_retirement.data_migrations.past_records import as_moment

Status = CustomMigration.Status

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_records")]

LABEL = "teams.PastWork"
NOON = dt.datetime(2024, 3, 1, 12, tzinfo=dt.UTC)
NAMED_OTHERWISE = """
    from django.core.management.base import BaseCommand

    class Command(BaseCommand):
        migration_name = "2024_cleanup"
"""

Write = Callable[[str, str], None]
Record = Callable[..., None]


class NothingOfTheHost:
    """A router that keeps the host's own table away."""

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return hints.get("model_name") != "pastwork"


class NothingOfTheApp:
    """A router that keeps the migration's app away."""

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return app_label != "shop"


class NoRecords:
    """A router that keeps the tables of data migrations away."""

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return app_label != "model_retirement_data_migrations"


@pytest.fixture
def past(db: None) -> Iterator[Record]:
    """A host's own table and its model; return what writes a row, given a name and a time."""

    class PastWork(models.Model):
        """What was done once."""

        name = models.TextField(null=True)  # noqa: DJ001  # a host may have it so
        applied_at = models.DateTimeField(null=True)
        day = models.DateField(null=True)
        number = models.IntegerField(default=0)

        class Meta:
            app_label = "teams"

        def __str__(self) -> str:
            return str(self.name)

    with connection.cursor() as cursor:
        key = "integer" if connection.vendor == "sqlite" else "bigserial"
        cursor.execute(
            f"CREATE TABLE teams_pastwork (id {key} PRIMARY KEY, name text, applied_at timestamp with time zone,"
            " day date, number integer)"
        )

    def write(name: str | None, when: dt.datetime | None = NOON, **fields: Any) -> None:
        PastWork._base_manager.create(name=name, applied_at=when, **fields)

    yield write
    del apps.all_models["teams"]["pastwork"]
    apps.clear_cache()


@pytest.fixture
def state(past: Record) -> ProjectState:
    project = MigrationLoader(connection).project_state(("model_retirement_data_migrations", "0001_initial"))
    project.add_model(ModelState.from_model(apps.get_model(LABEL)))
    return project


def forwards(operation: ImportRecords | RunDataMigration, state: ProjectState) -> None:
    editor: Any = SimpleNamespace(connection=connection)
    operation.database_forwards("shop", editor, state, state)


def call(*args: str) -> str:
    out = io.StringIO()
    call_command("custom_migrations", *args, stdout=out)
    return out.getvalue()


def kept() -> dict[str, tuple[str, dt.datetime | None]]:
    rows = CustomMigration.objects.values_list("name", "status", "applied_at")
    return {name: (status, applied_at) for name, status, applied_at in rows}


def test_what_was_applied_stays_applied_and_is_not_asked_for_again(past: Record, state: ProjectState):
    past("sample_atomic")
    past("long_gone", NOON + dt.timedelta(days=1))
    forwards(ImportRecords(LABEL), state)
    for run in ("after_migrate", "inline"):
        forwards(RunDataMigration("sample_atomic", run=run), state)
        forwards(RunDataMigration("long_gone", run=run), state)
    assert kept() == {
        "sample_atomic": (Status.APPLIED, NOON),
        "long_gone": (Status.APPLIED, NOON + dt.timedelta(days=1)),
    }
    assert {row.requested_by for row in CustomMigration.objects.all()} == {"imported from teams.PastWork"}
    assert "was applied on 2024-03-01 12:00:00 UTC; there is nothing to do." in call_out("sample_atomic")


def call_out(name: str) -> str:
    out = io.StringIO()
    call_command(name, stdout=out)
    return out.getvalue()


def test_a_second_time_imports_nothing_and_records_that_are_here_win(past: Record, state: ProjectState):
    """Whatever a person or the engine has recorded since is newer than the past."""
    for name in ("a", "b", "c", "d"):
        past(name)
    CustomMigration.objects.create(name="a", status=Status.FAKED)
    CustomMigration.objects.create(name="b", status=Status.FAILED)
    forwards(ImportRecords(LABEL), state)
    run_once.unmark(name="c", triggered_by="a person", using="default")
    forwards(ImportRecords(LABEL), state)
    assert kept() == {
        "a": (Status.FAKED, None),
        "b": (Status.FAILED, None),
        "c": (Status.PENDING, None),
        "d": (Status.APPLIED, NOON),
    }
    assert call("import", LABEL).splitlines() == [
        "Imported from teams.PastWork: nothing; 4 here already.",
        "b is recorded in teams.PastWork and waits here all the same; if nothing is left to do, run `custom_migrations mark"
        " b`.",
        "c is recorded in teams.PastWork and waits here all the same; if nothing is left to do, run `custom_migrations mark"
        " c`.",
    ]


def test_a_command_that_is_called_otherwise_is_found_by_both_names(
    past: Record, state: ProjectState, host_command: Write
):
    """Under the command's name alone its work would be asked for again; the last success counts."""
    host_command("cleanup_nodes", NAMED_OTHERWISE)
    past("cleanup_nodes", NOON + dt.timedelta(days=1))
    past("2024_cleanup", NOON)
    past("cleanup_nodes:one", NOON)
    assert call("import", LABEL, "--dry-run").splitlines() == [
        "Would be imported from teams.PastWork: 2 records.",
        "  2024_cleanup (cleanup_nodes there), applied 2024-03-02 12:00:00",
        "  2024_cleanup:one (cleanup_nodes:one there), applied 2024-03-01 12:00:00",
    ]
    forwards(ImportRecords(LABEL), state)
    assert kept() == {
        "2024_cleanup": (Status.APPLIED, NOON + dt.timedelta(days=1)),
        "2024_cleanup:one": (Status.APPLIED, NOON),
    }


def test_a_command_that_cannot_be_imported_stops_it(past: Record, state: ProjectState, host_command: Write):
    """Recorded under the wrong name its work would be asked for again once the command is repaired."""
    host_command("a_broken", "import no_such_module_anywhere\n")
    past("sample_atomic")
    forwards(ImportRecords(LABEL), state)
    past("a_broken")
    past("other")
    with pytest.raises(CommandError, match=r"cannot be loaded: a_broken \(ModuleNotFoundError: .*delete those"):
        forwards(ImportRecords(LABEL), state)
    assert list(kept()) == ["sample_atomic"]


def test_one_record_of_the_past_for_all_removals_keeps_no_removal_back(past: Record, state: ProjectState):
    """Rule 1: it tells that the command once ran, not which models it took out."""
    past("remove_deprecated_models")
    forwards(ImportRecords(LABEL), state)
    forwards(RunDataMigration("remove_deprecated_models"), state)
    assert kept() == {"remove_deprecated_models": (Status.PENDING, NOON)}


def test_rows_that_are_no_record_are_left_out_each_with_a_line(past: Record, state: ProjectState):
    long = "x" * 256
    for name in (None, "", "  ", long):
        past(name)
    past("undone", None)
    past("\x1b[31mred\n", None)
    past("y" * 255)
    lines = call("import", LABEL).splitlines()
    keys = dict(apps.get_model(LABEL)._base_manager.values_list("name", "pk"))
    assert lines[0] == "Imported from teams.PastWork: 1 record."
    assert lines[2:] == [
        *(f"Left out: the row with key {keys[name]}: it has no name." for name in (None, "", "  ")),
        f"Left out: {'x' * 59}… (key {keys[long]}): its name has 256 characters, and a record has room for 255.",
        f"Left out: undone (key {keys['undone']}): it has no applied_at, so it is not known to be done.",
        f"Left out: [31mred (key {keys[chr(27) + '[31mred' + chr(10)]}): it has no applied_at, so it is not known to be"
        " done.",
    ]
    assert list(kept()) == ["y" * 255]


def test_fields_that_are_called_otherwise_are_named(past: Record, state: ProjectState):
    """A day counts from its midnight."""
    past("sample_atomic", None, day=dt.date(2024, 3, 1))
    forwards(ImportRecords(LABEL, applied_at="day"), state)
    assert kept() == {"sample_atomic": (Status.APPLIED, dt.datetime(2024, 3, 1, tzinfo=dt.UTC))}
    assert call("import", LABEL, "--applied-at", "day").startswith("Imported from teams.PastWork: nothing; 1 here")


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({"name": "title"}, "teams.PastWork has no field title; it has id, name, applied_at, day, number."),
        ({"applied_at": "done"}, "teams.PastWork has no field done; it has id, name, applied_at, day, number."),
        ({"name": "number"}, "teams.PastWork.number is a IntegerField; it must be a TextField."),
        ({"applied_at": "name"}, "teams.PastWork.name is a TextField; it must be a DateField."),
    ],
)
def test_fields_that_are_not_there_or_hold_something_else_are_told(
    past: Record, state: ProjectState, fields: dict[str, Any], line: str
):
    past("sample_atomic")
    with pytest.raises(CommandError) as caught:
        forwards(ImportRecords(LABEL, **fields), state)
    assert str(caught.value) == (
        f"Import records of data migrations from teams.PastWork, in shop: {line} Name the fields of your table:"
        ' name="...", applied_at="...".'
    )
    with pytest.raises(CommandError) as caught:
        call("import", LABEL, *(f"--{name.replace('_', '-')}={field}" for name, field in fields.items()))
    assert str(caught.value) == line
    assert kept() == {}


@pytest.mark.parametrize("label", ["PastWork", "a.b.PastWork", ""])
def test_what_is_no_name_of_a_model_is_told(label: str):
    line = f"'{label}' is not a model: name it as APP.MODEL, with the label of its app."
    with pytest.raises(CommandError) as caught:
        ImportRecords(label)
    assert str(caught.value) == line
    with pytest.raises(CommandError) as caught:
        call("import", label)
    assert str(caught.value) == line


@pytest.mark.parametrize(
    ("label", "hint"),
    [("teams.PastWorks", "Did you mean teams.PastWork?"), ("x.Y", "Name it as APP.MODEL, with the label of its app.")],
)
def test_a_model_that_is_not_there_is_told(past: Record, label: str, hint: str):
    with pytest.raises(CommandError) as caught:
        call("import", label)
    assert str(caught.value) == f"There is no model {label}. {hint}"


def test_a_table_that_is_not_there_is_told(past: Record, state: ProjectState):
    """To pass over it would do all work of the past again."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE teams_pastwork")
    line = "Database default has no table teams_pastwork, which is that of teams.PastWork, so nobody can tell what was done."
    with pytest.raises(CommandError, match=line):
        forwards(ImportRecords(LABEL), state)
    with pytest.raises(CommandError, match=line):
        call("import", LABEL)


@pytest.mark.parametrize("asks", ["", "shop.0002_import"])
def test_a_missing_dependency_is_told_with_the_line_to_add(asks: str):
    state = MigrationLoader(connection).project_state(("model_retirement_data_migrations", "0001_initial"))
    token = applying.set(asks)
    with pytest.raises(CommandError) as caught:
        forwards(ImportRecords("chatbots.Chatbot"), state)
    with pytest.raises(CommandError, match=r"there is no model chatbots\.Chatbots\. Name it as APP\.MODEL"):
        forwards(ImportRecords("chatbots.Chatbots"), state)
    with pytest.raises(CommandError, match=r'add .*"model_retirement_data_migrations", "0001_initial"'):
        forwards(ImportRecords("chatbots.Chatbot"), ProjectState())
    applying.reset(token)
    assert str(caught.value) == (
        f"Import records of data migrations from chatbots.Chatbot, in {asks or 'shop'}: it may be applied before there is a"
        ' table of chatbots.Chatbot. Add ("chatbots", "0001_initial"), to the dependencies of the migration.'
    )


def test_a_model_of_an_app_without_migrations_needs_no_dependency(past: Record):
    past("sample_atomic")
    forwards(ImportRecords(LABEL), without_migrations())
    assert list(kept()) == ["sample_atomic"]
    with pytest.raises(CommandError, match=r"there is no model teams\.Other"):
        forwards(ImportRecords("teams.Other"), without_migrations())


def without_migrations() -> ProjectState:
    loader = MigrationLoader(connection)
    state = loader.project_state(("model_retirement_data_migrations", "0001_initial"))
    return ProjectState(models=state.models, real_apps={"teams"})


@pytest.mark.parametrize("router", [NothingOfTheHost, NothingOfTheApp, NoRecords])
def test_the_router_is_honoured(past: Record, state: ProjectState, settings: Settings, router: type):
    past("sample_atomic")
    settings.DATABASE_ROUTERS = [f"{__name__}.{router.__name__}"]
    forwards(ImportRecords(LABEL), state)
    assert kept() == {}


def test_an_empty_table_imports_nothing_and_says_nothing(
    past: Record, state: ProjectState, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        forwards(ImportRecords(LABEL), state)
    assert kept() == {}
    assert output_after_migrate() == ""
    assert call("import", LABEL) == "Imported from teams.PastWork: nothing.\n"


def output_after_migrate(**kwargs: Any) -> str:
    out = io.StringIO()
    defaults: dict[str, Any] = {"using": "default", "verbosity": 1, "stdout": out}
    after_migrate.tell_of_imports(**defaults | kwargs)
    return out.getvalue()


@pytest.mark.parametrize(
    ("verbosity", "lines"),
    [
        (0, ""),
        (1, "Imported from teams.PastWork: 1 record.\n"),
        (2, "Imported from teams.PastWork: 1 record.\n  sample_atomic, applied 2024-03-01 12:00:00\n"),
    ],
)
def test_migrate_tells_what_was_imported_once(
    past: Record,
    state: ProjectState,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    verbosity: int,
    lines: str,
):
    past("sample_atomic")
    with django_capture_on_commit_callbacks(execute=True):
        forwards(ImportRecords(LABEL), state)
    assert output_after_migrate(verbosity=verbosity) == lines
    assert output_after_migrate() == ""


def test_what_was_rolled_back_is_not_told(past: Record, state: ProjectState):
    past("sample_atomic")
    with transaction.atomic():
        forwards(ImportRecords(LABEL), state)
        transaction.set_rollback(True)
    assert output_after_migrate(stdout=None) == ""
    assert kept() == {}


def test_backwards_leaves_the_records_alone(past: Record, state: ProjectState):
    """The work stays done, and a table that was dropped and made again is empty: all of it would be asked for again."""
    past("sample_atomic")
    operation = ImportRecords(LABEL)
    forwards(operation, state)
    editor: Any = SimpleNamespace(connection=connection)
    operation.database_backwards("shop", editor, state, state)
    assert list(kept()) == ["sample_atomic"]
    assert operation.reversible


def test_the_list_and_the_record_say_where_it_comes_from(past: Record):
    past("long_gone")
    call("import", LABEL)
    assert call("list").splitlines()[1].split() == [
        *("long_gone", "applied", "2024-03-01", "12:00:00"),
        *("imported", "from", "teams.PastWork", "0"),
    ]
    shown = call("show", "long_gone").splitlines()
    assert shown[2].startswith("  imported: ")
    assert shown[2].endswith(" from teams.PastWork")
    assert shown[3:] == [
        "  last applied: 2024-03-01 12:00:00",
        "  command: there is no command long_gone that is a data migration. None is needed: the work is done.",
        "  attempts: none",
    ]


@pytest.mark.parametrize(
    "kwargs", [{}, {"name": "title", "applied_at": "done_at"}, {"elidable": True}], ids=["plain", "fields", "elidable"]
)
def test_it_can_be_written_into_a_file(kwargs: dict[str, Any]):
    operation = ImportRecords(LABEL, **kwargs)
    assert operation.deconstruct() == ("ImportRecords", [LABEL], kwargs)
    migration = type("Migration", (migrations.Migration,), {"operations": [operation]})("0002_written", "shop")
    scope: dict[str, Any] = {}
    exec(MigrationWriter(migration).as_string(), scope)  # what a migration file is for
    assert scope["Migration"].operations[0].deconstruct() == operation.deconstruct()
    assert operation.migration_name_fragment == "import_teams_pastwork"


def test_it_leaves_the_state_alone(state: ProjectState):
    before = state.clone()
    ImportRecords(LABEL).state_forwards("shop", state)
    assert state == before


WINTER = dt.timezone(dt.timedelta(hours=1))


@pytest.mark.parametrize(
    ("theirs", "with_zones", "without"),
    [
        (dt.datetime(2024, 3, 1, 13, tzinfo=WINTER), NOON, dt.datetime(2024, 3, 1, 13)),  # noqa: DTZ001  # as such a host has it
        (dt.datetime(2024, 3, 1, 13), NOON, dt.datetime(2024, 3, 1, 13)),  # noqa: DTZ001  # the same
        (dt.date(2024, 3, 1), dt.datetime(2024, 2, 29, 23, tzinfo=dt.UTC), dt.datetime(2024, 3, 1)),  # noqa: DTZ001  # the same
        (None, None, None),
        (dt.date.min, None, dt.datetime(1, 1, 1)),  # noqa: DTZ001  # the same
    ],
)
def test_times_with_and_without_a_zone_and_days_are_kept(
    settings: Settings, theirs: dt.date | None, with_zones: dt.datetime | None, without: dt.datetime | None
):
    """A time without a zone is one of the project's own; year 1 in Berlin is before all time that there is."""
    settings.TIME_ZONE = "Europe/Berlin"
    assert as_moment(theirs) == with_zones
    settings.USE_TZ = False
    assert as_moment(theirs) == without


def test_a_time_that_cannot_be_stored_is_left_out(past: Record, settings: Settings):
    settings.TIME_ZONE = "Europe/Berlin"
    past("sample_atomic", None, day=dt.date.min)
    assert (
        call("import", LABEL, "--applied-at", "day")
        .splitlines()[1]
        .endswith("its day is no time that can be stored: 0001-01-01.")
    )
