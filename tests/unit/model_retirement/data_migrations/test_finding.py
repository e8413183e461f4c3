"""Commands are found by their names; what cannot be imported does not hide the others."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from model_retirement.data_migrations import finding
from model_retirement.data_migrations.finding import CommandMissing

NAMED_OTHERWISE = """
    from model_retirement.data_migrations.commands import IdempotentCommand

    class Command(IdempotentCommand):
        migration_name = "2024_cleanup"
"""
OF_A_CLASS_OF_ITS_OWN = """
    from django.core.management.base import BaseCommand

    class Command(BaseCommand):
        migration_name = "2024_cleanup"
"""
BROKEN = "import no_such_module_anywhere\n"

Write = Callable[[str, str], None]


@pytest.mark.parametrize(
    "name",
    [
        "sample_gone",  # no file
        "flush",  # a command, but no data migration
        "base",  # a module among the commands
    ],
)
def test_a_command_is_a_data_migration_or_missing(name: str):
    with pytest.raises(CommandMissing, match=f"no command {name} that is a data migration"):
        finding.find_command(name)
    assert finding.missing(name) is not None


@pytest.mark.parametrize("code", [NAMED_OTHERWISE, OF_A_CLASS_OF_ITS_OWN])
@pytest.mark.parametrize("name", ["cleanup_nodes", "2024_cleanup", "2024_cleanup:node", "cleanup_nodes:node"])
def test_a_command_is_found_by_its_name_and_by_the_name_of_its_record(host_command: Write, name: str, code: str):
    host_command("cleanup_nodes", code)
    command = finding.find_command(name)
    assert finding.migration_name(command) == "2024_cleanup"
    assert finding.record_name(name) == name.replace("cleanup_nodes", "2024_cleanup")
    assert finding.missing(name) is None
    assert "2024_cleanup" in finding.names()


def test_a_name_that_nobody_has_is_its_records_own(host_command: Write):
    assert finding.record_name("sample_gone:one") == "sample_gone:one"


def test_a_broken_command_does_not_stop_the_search(host_command: Write):
    host_command("a_broken", BROKEN)
    host_command("cleanup_nodes", NAMED_OTHERWISE)
    assert finding.migration_name(finding.find_command("2024_cleanup")) == "2024_cleanup"
    assert "2024_cleanup" in finding.names()


def test_a_broken_command_is_named_where_it_may_be_meant(host_command: Write):
    host_command("a_broken", BROKEN)
    with pytest.raises(CommandMissing) as caught:
        finding.find_command("2024_cleanup")
    assert not caught.value.cannot_be_imported
    assert str(caught.value) == (
        "Data migration 2024_cleanup failed: there is no command 2024_cleanup that is a data migration, unless it is one of"
        " those that cannot be imported: a_broken (ModuleNotFoundError: No module named 'no_such_module_anywhere'). Fix"
        " that or bring its file back, and run `migrate` again, or, if the work is not needed here, run"
        " `custom_migrations mark 2024_cleanup`."
    )


def test_a_broken_command_that_is_meant_is_told_for_what_it_is(host_command: Write):
    """Nobody should bring a file back that is there."""
    host_command("a_broken", "raise ValueError('first line\\n' + 'x' * 1_000)\n")
    with pytest.raises(CommandMissing) as caught:
        finding.find_command("a_broken:one")
    assert caught.value.cannot_be_imported
    line = str(caught.value)
    assert line.startswith(
        "Data migration a_broken:one failed: its command cannot be imported: ValueError: first line xxx"
    )
    assert "Fix that and run `migrate` again" in line
    assert line.endswith("run `custom_migrations mark a_broken:one`.")
    assert "\n" not in line
    assert len(line) < 500


def test_a_name_that_is_nearly_right_is_suggested(host_command: Write):
    host_command("cleanup_nodes", NAMED_OTHERWISE)
    with pytest.raises(CommandMissing, match=r"Did you mean 2024_cleanup\? Bring its file back"):
        finding.find_command("2024_clenup")
