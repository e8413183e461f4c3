"""Rule 31: work that is done ends with exit status 0, also when nobody reads its output to the end."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes import ROOT, SECONDS, ProcessDatabase

HUGE = """
from tests.factories.assistants import AssistantFactory
from apps.service_providers.models import LlmProviderModel
model = LlmProviderModel.objects.filter(team=None, deprecated=True).order_by("pk").first()
from apps.teams.models import Team
team = Team.objects.create(name="Acme", slug="acme")
from apps.assistants.models import Assistant
Assistant.objects.bulk_create(Assistant(team=team, name=f"Helper {n} " + "x" * 80, llm_provider_model=model) for n in range(3000))
"""

COMMANDS = [
    "custom_migrations list",
    "custom_migrations show remove_deprecated_models --format json",
    "llm_models usage",
    "llm_models usage --format csv",
    "llm_models --force-color usage",
    "llm_models --help",
    "notify_deprecated_models --dry-run -v 2",
    "prune_history --older-than 365",
    "send_team_notices",
    "promote_custom_models",
]

REMOVED = "SELECT count(*) FROM model_retirement_removalrun WHERE finished_at IS NOT NULL"


def run(database: ProcessDatabase, line: str) -> tuple[int, subprocess.CompletedProcess[str]]:
    """Run a line of bash in which ``manage`` is the command, and return the exit status of that command, and the line's output."""
    manage = f"{shlex.quote(sys.executable)} manage.py"
    script = f'manage() {{ {manage} "$@"; }}\n{line}\necho "status ${{PIPESTATUS[0]}}" >&3'
    done = subprocess.run(
        ["bash", "-c", f"exec 3>&1\n{script}"],
        cwd=ROOT,
        env=database.env,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    output, _, status = done.stdout.rpartition("status ")
    done.stdout = output
    return int(status), done


@pytest.fixture
def in_use(process_database: ProcessDatabase) -> ProcessDatabase:
    """A database with tenants: a removal has much to tell, and mails to send."""
    assert process_database.manage("load_demo", "--teams=4", "--nodes=60").returncode == 0
    return process_database


@pytest.fixture
def huge(in_use: ProcessDatabase) -> ProcessDatabase:
    """More to tell than a pipe holds."""
    made = in_use.manage("shell", "--no-imports", "--command", HUGE)
    assert made.returncode == 0, made.stderr
    return in_use


READERS = {
    "head": "{} | head -3",
    "nobody": "{} | true",
    "closed": "{} >&-",
    "no errors": "{} 2>&-",
    "neither": "{} >&- 2>&-",
    "both": "{} 2>&1 | true",
}


def test_a_preview_that_nobody_reads_to_its_end_is_no_failure(huge: ProcessDatabase):
    """Rule 31."""
    for name, reader in READERS.items():
        status, done = run(huge, reader.format("manage remove_deprecated_models --dry-run -v 2"))
        assert (name, status) == (name, 0), done.stderr
        assert "Traceback" not in done.stderr
        assert "Exception" not in done.stderr
        assert ("would be removed" in done.stdout) == (name in ("head", "no errors"))


@pytest.mark.parametrize("reader", [READERS["closed"], READERS["both"]])
def test_a_removal_that_nobody_reads_is_done_its_mails_are_sent_and_its_number_can_be_found(
    in_use: ProcessDatabase, reader: str
):
    """Rule 31."""
    status, done = run(in_use, reader.format("manage remove_deprecated_models -v 2 --format json"))
    assert (status, "Traceback" in done.stderr) == (0, False), done.stderr
    assert in_use.query(REMOVED) == [(1,)]
    assert in_use.query("SELECT DISTINCT status FROM model_retirement_teammessage") == [("sent",)]


def test_what_waits_is_run_when_nobody_reads_that(in_use: ProcessDatabase):
    assert in_use.manage("custom_migrations", "unmark", "remove_deprecated_models").returncode == 0
    status, done = run(in_use, "manage custom_migrations run | true")
    assert (status, done.stderr) == (0, "")
    assert in_use.query(REMOVED) == [(1,)]
    assert in_use.query("SELECT DISTINCT status FROM model_retirement_teammessage") == [("sent",)]


@pytest.mark.parametrize("reader", [READERS["nobody"], READERS["neither"]])
def test_migrate_ends_well_when_nobody_reads_it(empty_process_database: ProcessDatabase, reader: str):
    status, done = run(empty_process_database, reader.format("manage migrate --skip-checks"))
    assert (status, "Traceback" in done.stderr) == (0, False), done.stderr
    waiting = (
        "SELECT count(*) FROM model_retirement_data_migrations_custommigration WHERE status NOT IN ('applied', 'faked')"
    )
    assert empty_process_database.query(waiting) == [(0,)]


def test_every_command_ends_well_when_nobody_reads_it(process_database: ProcessDatabase):
    for command in COMMANDS:
        status, done = run(process_database, f"manage {command} | true")
        assert (command, status, done.stderr) == (command, 0, "")


def test_the_log_may_have_no_reader(in_use: ProcessDatabase):
    in_use.env["LOG_FORMAT"] = "json"
    for line in ("manage remove_deprecated_models 2>&1 | true", "manage send_team_notices 2>&-"):
        status, done = run(in_use, line)
        assert (status, "Traceback" in done.stderr) == (0, False), done.stderr
    assert in_use.query(REMOVED) == [(1,)]


def test_what_fails_still_fails_when_nobody_reads_it(process_database: ProcessDatabase):
    for line in ("{} | true", "{} >&-", "{} 2>&1 | true", "{} 2>&-"):
        assert run(process_database, line.format("manage restore_removed_models 999"))[0] == 1
        assert run(process_database, line.format("manage restore_removed_models --frobnicate"))[0] == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="has no /dev/full")
def test_output_that_somebody_waits_for_and_that_is_lost_is_said(in_use: ProcessDatabase):
    """Nobody went away: a disk is full. The work is done; that its result is nowhere must not look like success."""
    status, done = run(in_use, "manage remove_deprecated_models > /dev/full")
    assert (status, done.stderr.splitlines()) == (
        1,
        ["CommandError: What was to be done is done, but its output is not complete: No space left on device."],
    )
    assert in_use.query(REMOVED) == [(1,)]


FOREIGN_NAMES = """
from apps.assistants.models import Assistant
from apps.teams.models import Team
Team.objects.update(name="Zürich \u2013 東京")
Assistant.objects.update(name="東京")
"""

FOREIGN = [
    "remove_deprecated_models -v 2",
    "notify_deprecated_models -v 2",
    "llm_models usage",
    "llm_models usage --format csv",
    "llm_models removals 1",
    "restore_removed_models 1",
]


@pytest.mark.parametrize("encoding", ["PYTHONIOENCODING=ascii", "LC_ALL=C PYTHONUTF8=0 PYTHONCOERCECLOCALE=0"])
def test_a_terminal_that_lacks_the_characters_of_a_name_stops_no_work(in_use: ProcessDatabase, encoding: str):
    """Rule 31: where a name cannot be shown as it is, it is shown with escapes; nothing is lost, and nothing fails."""
    assert in_use.manage("shell", "--no-imports", "--command", FOREIGN_NAMES).returncode == 0
    printed = ""
    for command in FOREIGN:
        status, done = run(in_use, f"{encoding} manage {command}")
        assert (command, status, done.stderr) == (command, 0, "")
        printed += done.stdout
    assert "\\u6771\\u4eac" in printed
