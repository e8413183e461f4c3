"""Processes that start at the same moment: the work is done once, and each of them ends well."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.integration.retirement import Stage, stage

ROUNDS = 10
NOTHING_TO_DO = "There is nothing to do: of 4 models on the removal list, none is in the table.\n"


@pytest.fixture(scope="module")
def scene(process_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with stage(tmp_path_factory.mktemp("races"), template=process_template) as made:
        yield made


@pytest.mark.parametrize("processes", [2, pytest.param(8, marks=pytest.mark.postgresql)])
def test_of_many_removals_at_once_one_does_the_work(scene, processes: int):
    """Rules 9 and 10: the others wait, and find nothing left to do; each team gets one mail."""
    scene.set_back()
    alone = scene.run("remove_deprecated_models")
    ending = scene.ending()
    headline = alone.stdout.partition("\n")[0]
    for _ in range(ROUNDS):
        scene.set_back()
        ended = scene.forks.manage_at_once([["remove_deprecated_models"]] * processes)
        assert [done.returncode for done in ended] == [0] * processes, [done.stderr for done in ended]
        assert sum(done.stdout.startswith(headline) for done in ended) == 1
        assert sum(done.stdout.startswith(NOTHING_TO_DO) for done in ended) == processes - 1
        scene.assert_ended_as(ending)


@pytest.mark.postgresql
def test_who_does_not_wait_for_a_removal_says_who_is_at_it(scene):
    """Rule 10: one clear line and exit status 1, or a process that came late enough to find the work done."""
    scene.set_back()
    scene.run("remove_deprecated_models", "--wait=0")
    ending = scene.ending()
    refusals = 0
    for _ in range(ROUNDS):
        scene.set_back()
        ended = scene.forks.manage_at_once([["remove_deprecated_models", "--wait=0"]] * 8)
        refused = [done for done in ended if done.returncode == 1]
        refusals += len(refused)
        assert all(done.returncode in (0, 1) for done in ended)
        for done in refused:
            assert re.fullmatch(
                r"CommandError: remove_deprecated_models is held by .* unless renewed\. Try again later\.\n",
                done.stderr,
            )
        scene.assert_ended_as(ending)
    assert refusals


@pytest.mark.postgresql
@pytest.mark.parametrize("processes", [2, 8])
def test_of_many_migrates_at_once_one_does_the_work(scene, processes: int):
    """Rules 9 to 11: a release in many pods."""
    scene.set_back()
    alone = scene.run("migrate")
    ending = scene.ending()
    assert alone.returncode == 0, alone.stderr
    for _ in range(ROUNDS):
        scene.set_back()
        ended = scene.forks.manage_at_once([["migrate"]] * processes)
        assert [done.returncode for done in ended] == [0] * processes, [done.stderr for done in ended]
        assert sum("4 models were removed" in done.stdout for done in ended) == 1
        assert sum("No migrations to apply" in done.stdout for done in ended) == processes - 1
        scene.assert_ended_as(ending)


@pytest.mark.postgresql
def test_of_two_restores_at_once_one_does_the_work(scene):
    """Rules 9 and 10."""
    with scene.removed() as removed:
        ((run,),) = scene.database.query("SELECT id FROM model_retirement_removalrun")
        command = ["restore_removed_models", str(run)]
        scene.set_back(removed)
        assert scene.run(*command).returncode == 0
        ending = scene.ending()
        for _ in range(ROUNDS):
            scene.set_back(removed)
            ended = sorted(scene.forks.manage_at_once([command] * 2), key=lambda done: done.returncode)
            assert [done.returncode for done in ended] == [0, 1]
            assert re.fullmatch(
                rf"(.* Waiting .*\n)?CommandError: Removal {run} was restored on .* already\.\n", ended[1].stderr
            )
            scene.assert_ended_as(ending)
