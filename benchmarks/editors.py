"""What people at the pipeline editor feel of a removal: how long their edits take while it runs."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import psycopg
from psycopg.errors import DeadlockDetected

from benchmarks import floor
from benchmarks.server import Measured, child

PROCESSES = 2
MOST_ATTEMPTS = 100


def during_command(url: str) -> Measured:
    """Edit while the command removes the models."""
    return _during(lambda: child(url, "command"), url=url)


def during_floor(url: str) -> Measured:
    """Edit while the hand-written SQL removes the models."""
    return _during(lambda: _floor(url), url=url)


def _floor(url: str) -> Measured:
    """Run the hand-written SQL, anew where it is the one that PostgreSQL ends a deadlock with.

    :raises SystemExit: if that does not come to an end
    """
    began = time.monotonic()
    for attempt in range(1, MOST_ATTEMPTS + 1):
        with contextlib.suppress(DeadlockDetected):
            floor.remove(url)
            ended = time.monotonic()
            return {"seconds": ended - began, "began": began, "ended": ended, "attempts": attempt}
    raise SystemExit(f"The hand-written SQL met a deadlock with an edit {MOST_ATTEMPTS} times.")


def _during(work: Callable[[], Measured], *, url: str) -> Measured:
    """Let people edit before, while and after something is done, and return how long the edits during it took.

    :raises SystemExit: if a node still points at a model that was to go
    """
    with contextlib.ExitStack() as stack:
        editors = [stack.enter_context(_editor(url, seed=seed)) for seed in range(PROCESSES)]
        done = work()
        edits = [edit for editor in editors for edit in _edits_of(editor)]
    with psycopg.connect(url) as server:
        query = f"SELECT count(*) FROM pipelines_node WHERE llm_provider_model_ref IN ({floor.IDS})"
        if left := server.execute(query.encode()).fetchall()[0][0]:
            raise SystemExit(f"{left} nodes still point at a model that was to go.")
    during = [(end - begin, refused) for begin, end, refused in edits if begin < done["ended"] and end > done["began"]]
    return done | {"waits": [wait for wait, _ in during], "refused": sum(refused for _, refused in during)}


@contextlib.contextmanager
def _editor(url: str, *, seed: int) -> Iterator[subprocess.Popen[str]]:
    """Start a process that edits, and wait for its first edit; it ends with the block at the latest."""
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.editor", str(seed)],
        env={**os.environ, "DATABASE_URL": url, "EMAIL_URL": "dummy:"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process


def _edits_of(editor: subprocess.Popen[str]) -> list[tuple[float, float, bool]]:
    """Let a process end, and return what it has done."""
    printed, _ = editor.communicate()
    edits: list[tuple[float, float, bool]] = json.loads(printed)
    return edits
