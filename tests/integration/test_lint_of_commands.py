"""What the lint of the catalogue warns of is for those who edit it; what it calls an error stops every command."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.scratch import Scratch, copy_project
from tests.processes import ProcessDatabase

WARNING = "model_retirement.W006"
ERROR = "model_retirement.E006"


@pytest.fixture
def scratch(process_database: ProcessDatabase, tmp_path: Path) -> Scratch:
    return copy_project(tmp_path, database=process_database)


@pytest.mark.parametrize("command", [["check"], ["check", "--tag", "catalogue"], ["llm_models", "check"]])
def test_who_asks_for_it_is_warned(scratch: Scratch, command: list[str]):
    done = scratch.database.manage(*command)
    assert done.returncode == 0, done.stderr
    assert WARNING in done.stdout + done.stderr


@pytest.mark.parametrize("command", [["migrate"], ["makemigrations", "--check"]])
def test_who_does_something_else_is_not_warned_and_is_stopped_by_an_error(scratch: Scratch, command: list[str]):
    done = scratch.database.manage(*command)
    assert (done.returncode, done.stderr) == (0, "")

    code = scratch.default_models.read_text()
    scratch.default_models.write_text(f'{code}\nDELETED_MODELS.append(("openai", "gone", "nowhere"))\n')
    stopped = scratch.database.manage(*command)
    assert stopped.returncode == 1
    assert ERROR in stopped.stderr
    assert WARNING not in stopped.stderr


def test_a_server_starts_without_warnings(scratch: Scratch):
    """``runserver`` checks in the process that serves; a port that nobody can listen on ends it after that."""
    done = scratch.database.manage("runserver", "--noreload", "256.0.0.1:1")
    assert "Error: " in done.stderr, "it did not come as far as its port"
    assert "CommandError" not in done.stderr
    assert WARNING not in done.stdout + done.stderr
