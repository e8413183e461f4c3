"""What there is to tell."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from model_retirement.data_migrations import records, run_once
from model_retirement.data_migrations.models import CustomMigration, CustomMigrationRun

Status = CustomMigration.Status
LONG_AGO = dt.datetime(2020, 1, 1, 12, 30, tzinfo=dt.UTC)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_records")]


@pytest.fixture
def some(no_records: None) -> None:
    done = CustomMigration.objects.create(
        name="sample_units", status=Status.APPLIED, applied_at=LONG_AGO, requested_by="shop.0002", requested_at=LONG_AGO
    )
    for status in (CustomMigrationRun.Status.FAILED, CustomMigrationRun.Status.SUCCEEDED):
        done.runs.create(triggered_by="migrate", status=status, started_at=LONG_AGO)
    CustomMigration.objects.create(name="sample_units:one", status=Status.APPLIED, applied_at=LONG_AGO)
    CustomMigration.objects.create(name="sample_gone")


def names(**kwargs: str | None) -> list[str]:
    options = {"text": "", "status": None} | kwargs
    return [record.name for record in records.select(using="default", **options)]  # type: ignore[arg-type]


@pytest.mark.usefixtures("some")
def test_selecting():
    assert names() == ["sample_gone", "sample_units", "sample_units:one"]
    assert names(text="sample_units") == ["sample_units", "sample_units:one"]
    assert names(status="pending") == ["sample_gone"]
    assert names(text="sample_units", status="pending") == []
    assert records.select(text="", status=None, using="default")[1] == records.Record(
        name="sample_units", status="applied", applied_at=LONG_AGO, requested_by="shop.0002", runs=2
    )


@pytest.mark.usefixtures("some")
def test_describing():
    details = records.describe(name="sample_units", using="default")
    assert (details.status, details.lease, details.command_exists) == ("applied", None, True)
    assert [run.status for run in details.attempts] == ["succeeded", "failed"]
    assert records.describe(name="sample_units:one", using="default").command_exists
    assert records.describe(name="sample_units", using="default").command_problem == ""
    gone = records.describe(name="sample_gone", using="default")
    assert not gone.command_exists
    assert gone.command_problem.startswith("there is no command sample_gone that is a data migration. ")
    assert gone.command_problem.endswith("run `custom_migrations mark sample_gone`.")


def test_describing_what_is_at_work():
    with run_once.attempt(name="sample_atomic", using="default", triggered_by="migrate"):
        lease = records.describe(name="sample_atomic", using="default").lease
    assert lease is not None
    assert lease.holder.startswith("migrate on ")
    assert lease.since is not None
    assert lease.until is not None
    assert lease.since < lease.until


@pytest.mark.usefixtures("some")
@pytest.mark.parametrize("name", ["sample_units", "sample_units:one", "sample_gone", "sample_atomic"])
def test_what_is_recorded_or_has_a_command_is_known(name: str):
    assert records.known_name(name=name, using="default") == name


@pytest.mark.usefixtures("some")
@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("sample_unit", "Did you mean sample_units"),
        ("sample_units:onee", "Did you mean sample_units:one"),
        (
            "zzz",
            "Known: notify_deprecated_models, promote_custom_models, remove_deprecated_models, sample_atomic, sample_batched, sample_gone",
        ),
        ("migrate", "No data migration is called migrate. "),
    ],
)
def test_an_unknown_name_is_told_with_what_is_known(name: str, hint: str):
    with pytest.raises(records.UnknownName) as caught:
        records.known_name(name=name, using="default")
    assert hint in str(caught.value)


def test_an_empty_database_has_nothing_to_describe():
    with pytest.raises(records.UnknownName, match=r"No data migration is called sample\. Known: none\."):
        records.describe(name="sample", using="default")


def test_a_list_is_read_a_page_at_a_time():
    """A hundred thousand records need no more memory than a page of them."""
    for number in range(7):
        run_once.request(name=f"work:{number}", requested_by="a test", repeatable=False)
    pages = [
        [record.name for record in page] for page in records.pages(text="work:", status=None, using="default", size=3)
    ]
    assert pages == [["work:0", "work:1", "work:2"], ["work:3", "work:4", "work:5"], ["work:6"]]
    assert list(records.pages(text="nothing", status=None, using="default", size=3)) == []
    assert len(list(records.pages(text="work:", status=None, using="default", size=7))) == 1


NAMED_OTHERWISE = """
    from model_retirement.data_migrations.commands import IdempotentCommand

    class Command(IdempotentCommand):
        migration_name = "2024_cleanup"
"""


@pytest.mark.parametrize("recorded", [True, False])
@pytest.mark.parametrize("name", ["cleanup_nodes", "2024_cleanup"])
def test_a_command_that_is_called_otherwise_is_known_by_both_names(
    host_command: Callable[[str, str], None], recorded: bool, name: str
):
    host_command("cleanup_nodes", NAMED_OTHERWISE)
    if recorded:
        CustomMigration.objects.create(name="2024_cleanup")
        assert records.describe(name=name, using="default").name == "2024_cleanup"
    assert records.known_name(name=name, using="default") == "2024_cleanup"


def test_a_record_comes_before_a_command_of_its_name(host_command: Callable[[str, str], None]):
    host_command("cleanup_nodes", NAMED_OTHERWISE)
    CustomMigration.objects.create(name="cleanup_nodes")
    assert records.known_name(name="cleanup_nodes", using="default") == "cleanup_nodes"
    assert records.describe(name="cleanup_nodes", using="default").name == "cleanup_nodes"


def test_commands_that_cannot_be_imported_hide_nobody(host_command: Callable[[str, str], None]):
    host_command("a_broken", "import no_such_module_anywhere\n")
    assert records.known_name(name="a_broken", using="default") == "a_broken"
    with pytest.raises(records.UnknownName) as caught:
        records.known_name(name="sample_atomik", using="default")
    assert str(caught.value) == (
        "No data migration is called sample_atomik. Did you mean sample_atomic or sample_batched or sample_units? It may be one"
        " of those that cannot be imported: a_broken (ModuleNotFoundError: No module named 'no_such_module_anywhere')."
    )
