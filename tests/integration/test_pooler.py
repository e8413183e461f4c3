"""Behind PgBouncer in transaction mode: no statement can rely on the server connection of the one before."""

from __future__ import annotations

import random
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.pooler import SERVER_CONNECTIONS, pooler
from tests.integration.retirement import Stage, stage

pytestmark = pytest.mark.postgresql

PROCESSES = 8
REMOVE = ["remove_deprecated_models"]


@pytest.fixture(scope="module")
def scene(process_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with (
        pooler() as running,
        stage(tmp_path_factory.mktemp("pooler"), template=process_template, reached_at=running.url_of) as made,
    ):
        yield made


def test_of_many_removals_at_once_one_does_the_work(scene):
    """Rules 9 and 10: claims."""
    scene.set_back()
    scene.run(*REMOVE)
    ending = scene.ending()
    for _ in range(3):
        scene.set_back()
        ended = scene.forks.manage_at_once([REMOVE] * PROCESSES)
        assert [done.returncode for done in ended] == [0] * PROCESSES, [done.stderr for done in ended]
        assert sum(done.stdout.startswith("4 models were removed") for done in ended) == 1
        scene.assert_ended_as(ending)


def test_of_many_migrates_at_once_one_does_the_work(scene):
    """Rules 9 to 11: the lock that ends with a transaction. Who waits for it takes no server connection."""
    assert PROCESSES > SERVER_CONNECTIONS
    scene.set_back()
    scene.run("migrate")
    ending = scene.ending()
    for _ in range(2):
        scene.set_back()
        ended = scene.forks.manage_at_once([["migrate"]] * PROCESSES)
        assert [done.returncode for done in ended] == [0] * PROCESSES, [done.stderr for done in ended]
        assert sum("4 models were removed" in done.stdout for done in ended) == 1
        scene.assert_ended_as(ending)


def test_many_senders_at_once_send_every_mail_once(scene):
    """Rule 10."""
    scene.set_back()
    scene.run(*REMOVE, "--no-send")
    scene.run("send_team_notices")
    ending = scene.ending()
    scene.set_back()
    scene.run(*REMOVE, "--no-send")
    ended = scene.forks.manage_at_once([["send_team_notices"]] * PROCESSES)
    assert [done.returncode for done in ended] == [0] * PROCESSES, [done.stderr for done in ended]
    scene.assert_ended_as(ending)


def test_a_killed_removal_is_taken_over_when_its_lease_has_ended(scene, tmp_path: Path):
    """Rule 10: and its server connection is free for others at once."""
    moments = tmp_path / "moments"
    scene.set_back()
    scene.run(*REMOVE, fault=f"tell({str(moments)!r})")
    ending = scene.ending()
    number_of_moments = len(moments.read_text().splitlines())
    with scene.leases_of(1):
        for _ in range(SERVER_CONNECTIONS + 1):
            scene.set_back()
            killed = scene.run(*REMOVE, fault=f"kill_at({random.randint(1, number_of_moments)})")
            assert killed.returncode == -signal.SIGKILL
            may_come_twice = scene.accepted_but_not_recorded()
            scene.outlast_leases_of_messages()
            assert scene.run(*REMOVE).returncode == 0
            scene.assert_ended_as(ending, may_come_twice=may_come_twice)


def test_a_restore(scene):
    """Rule 10."""
    with scene.removed() as removed:
        scene.set_back(removed)
        ((run,),) = scene.database.query("SELECT id FROM model_retirement_removalrun")
        done = scene.run("restore_removed_models", str(run))
        assert done.returncode == 0, done.stderr
        assert "4 models were restored" in done.stdout
