"""Work that is interrupted at any moment, and what the next run makes of it."""

from __future__ import annotations

import contextlib
import json
import random
import re
import signal
from collections.abc import Iterator, Sequence
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from django.db import connection

from tests.integration import outcomes
from tests.integration.retirement import END_LEASES_OF_MESSAGES, MANY_TENANTS, Stage, stage
from tests.integration.snapshots import Snapshot

REMOVE = ["remove_deprecated_models"]
SEND = ["send_team_notices"]
ON_SQLITE = connection.vendor == "sqlite"


@pytest.fixture(scope="module")
def scene(process_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with stage(tmp_path_factory.mktemp("crashes"), template=process_template) as made:
        yield made


@pytest.fixture
def moments_file(tmp_path: Path) -> Path:
    return tmp_path / "moments"


class Play:
    """Commands that are run undisturbed once, and then interrupted and run again at other moments.

    ``moments`` are those of the first command's undisturbed run; ``ending`` is what was there at the end of all.

    :param first: the command that is disturbed
    :param then: what is run after it, and after it was repeated
    :param start: rows to begin with; None means the tenants'
    """

    def __init__(
        self,
        scene: Stage,
        file: Path,
        *,
        first: Sequence[str],
        then: Sequence[Sequence[str]] = (),
        start: Snapshot | None = None,
    ) -> None:
        self.scene, self.first, self.then, self.start = scene, first, then, start
        scene.set_back(start)
        self.done = scene.run(*first, fault=f"tell({str(file)!r})")
        assert self.done.returncode == 0, self.done.stderr
        self._finish()
        self.moments = file.read_text().splitlines()
        self.ending = scene.ending()
        assert self.ending.mails, "without mails the test would say little"

    def kill_at(self, moment: int) -> None:
        """Begin anew, and kill the first command at a moment."""
        self.begin()
        killed = self.disturb(f"kill_at({moment})")
        assert killed.returncode == -signal.SIGKILL, (self._named(moment), killed)

    def begin(self) -> None:
        self.scene.set_back(self.start)
        self.may_come_twice = set[str]()

    def disturb(self, fault: str) -> CompletedProcess[str]:
        """Run the first command with a fault, and note which mails it leaves taken and not recorded."""
        done = self.scene.run(*self.first, fault=fault)
        self.may_come_twice |= self.scene.accepted_but_not_recorded()
        return done

    def go_on(self, moment: int, *, refusal: str = "") -> CompletedProcess[str]:
        """Run all again, and compare the end with that of the undisturbed run. Return what the first command said.

        :param refusal: pattern of what the first command may say if nothing is left to do
        """
        again = self.scene.run(*self.first)
        assert again.returncode == 0 or (refusal and re.fullmatch(refusal, again.stderr)), (self._named(moment), again)
        self._finish()
        self.scene.assert_ended_as(self.ending, may_come_twice=self.may_come_twice, what=self._named(moment))
        return again

    def _named(self, moment: int) -> str:
        return f"moment {moment} of {len(self.moments)}: {self.moments[moment - 1]}"

    def _finish(self) -> None:
        for command in self.then:
            done = self.scene.run(*command)
            assert done.returncode == 0, done.stderr


def some(moments: Sequence[str], number: int) -> list[int]:
    """Return moments at random, in order; the head of pytest's output has the seed that chooses the same ones again."""
    return sorted(random.sample(range(1, len(moments) + 1), number))


def test_a_removal_that_is_killed_at_any_moment_is_finished_by_the_next_run(scene, moments_file, record_property):
    """Rules 7, 8, 9 and 10: before every statement and every commit; on SQLite at some of these moments."""
    play = Play(scene, moments_file, first=REMOVE)
    chosen = some(play.moments, 30 if ON_SQLITE else len(play.moments))
    report = play.done.stdout.partition("This was removal")[0]
    for moment in chosen:
        play.kill_at(moment)
        scene.end_leases()
        again = play.go_on(moment)
        # The report is of all that the run did, whichever process did it.
        assert again.stdout.startswith((report, "There is nothing to do: of 4 models on the removal list, none is in"))
    record_property("killed at", f"{len(chosen)} of {len(play.moments)} moments")


def test_a_killed_removal_of_one_model_is_finished_alone(scene, moments_file, record_property):
    """Rules 10 and 30: what the next run finds to do is that model, and no other one of the list."""
    play = Play(scene, moments_file, first=[*REMOVE, "--only", "openai/old"], then=[SEND])
    chosen = some(play.moments, 8 if ON_SQLITE else 25)
    for moment in chosen:
        play.kill_at(moment)
        scene.end_leases()
        listed = scene.run("custom_migrations", "list", "--format", "json")
        waiting = {record["name"] for record in json.loads(listed.stdout) if record["status"] != "applied"}
        assert waiting <= {"remove_deprecated_models:openai/old"}
        play.go_on(moment)
    record_property("killed at", f"{len(chosen)} of {len(play.moments)} moments")


def test_a_killed_removal_is_taken_over_when_its_lease_has_ended(scene, moments_file):
    """Rule 10: by a process that was started at once and waits, with nobody's help."""
    play = Play(scene, moments_file, first=REMOVE)
    with scene.leases_of(1):
        for moment in some(play.moments, 2 if ON_SQLITE else 4):
            play.kill_at(moment)
            scene.outlast_leases_of_messages()
            play.go_on(moment)


@pytest.mark.postgresql
def test_a_large_removal_in_many_batches_is_finished_by_the_next_run(
    process_template, tmp_path_factory, moments_file, record_property
):
    """Rules 7, 8, 9 and 10: interrupted twice, at moments that chance chooses."""
    with stage(tmp_path_factory.mktemp("large"), template=process_template, tenants=MANY_TENANTS) as scene:
        play = Play(scene, moments_file, first=[*REMOVE, "--batch-size=100"])
        assert play.moments.count("COMMIT") > 50
        chosen = some(play.moments, 6)
        ended: list[int] = []
        for moment in chosen:
            play.begin()
            # The second time there may not be so much left to do; nor the first time, if batches became larger.
            for at in (moment, random.randint(1, len(play.moments))):
                ended.append(play.disturb(f"kill_at({at})").returncode)
                scene.end_leases()
            play.go_on(moment)
        kills = ended.count(-signal.SIGKILL)
        assert kills >= len(chosen)
    record_property("killed at", f"{kills} of {len(play.moments)} moments")


@contextlib.contextmanager
def play_of_a_restore(scene: Stage, moments_file: Path) -> Iterator[Play]:
    """Restore what the tenants' models were removed from; what waits then, as a removal does, does not undo it."""
    with scene.removed() as removed:
        ((run,),) = scene.database.query("SELECT id FROM model_retirement_removalrun")
        restore = ["restore_removed_models", str(run)]
        yield Play(scene, moments_file, first=restore, then=[SEND, ["custom_migrations", "run"]], start=removed)


RESTORED_ALREADY = r"CommandError: Removal \d+ was restored on .* already\.\n"


@pytest.mark.postgresql
def test_a_restore_that_is_killed_is_finished_by_the_same_command(scene, moments_file, record_property):
    """Rule 10."""
    with play_of_a_restore(scene, moments_file) as play:
        chosen = some(play.moments, 10)
        for moment in chosen:
            play.kill_at(moment)
            scene.end_leases()
            play.go_on(moment, refusal=RESTORED_ALREADY)
    record_property("killed at", f"{len(chosen)} of {len(play.moments)} moments")


@pytest.mark.postgresql
def test_a_restore_whose_connection_is_cut_says_so_and_the_same_command_finishes(scene, moments_file, record_property):
    """Rule 10."""
    with play_of_a_restore(scene, moments_file) as play:
        chosen = [random.choice(transaction) for transaction in by_transaction(play.moments)]
        for moment in random.sample(chosen, 10):
            play.begin()
            cut = play.disturb(f"cut_at({moment})")
            if cut.returncode:
                assert cut.returncode == 1
                assert re.fullmatch(r"CommandError: .*[Tt]he database said: .+\n", cut.stderr), cut.stderr
            scene.end_leases(END_LEASES_OF_MESSAGES)
            play.go_on(moment, refusal=RESTORED_ALREADY)
    record_property("cut at", f"10 of {len(play.moments)} moments")


@pytest.mark.postgresql
def test_what_was_removed_with_interruptions_can_be_restored(scene, moments_file):
    """Rule 10: the journal has lost nothing."""
    scene.set_back()
    before = outcomes.of_platform(scene.database)
    play = Play(scene, moments_file, first=REMOVE)
    for moment in some(play.moments, 5):
        play.kill_at(moment)
        scene.end_leases()
        play.go_on(moment)
        ((run,),) = scene.database.query("SELECT id FROM model_retirement_removalrun")
        restored = scene.run("restore_removed_models", str(run))
        assert restored.returncode == 0, restored.stderr
        assert outcomes.difference(outcomes.of_platform(scene.database), before) == []


@pytest.mark.postgresql
def test_a_migrate_that_is_killed_is_finished_by_the_next_one(scene, moments_file, record_property):
    """Rules 10 and 11: the schema migration, the request and the removal."""
    play = Play(scene, moments_file, first=["migrate"], then=[SEND])
    chosen = some(play.moments, 8)
    for moment in chosen:
        play.kill_at(moment)
        scene.end_leases()
        play.go_on(moment)
    record_property("killed at", f"{len(chosen)} of {len(play.moments)} moments")


@pytest.mark.postgresql
def test_a_removal_whose_connection_is_cut_says_so_and_the_next_run_finishes(scene, moments_file, record_property):
    """Rule 10: once in every transaction. The failure is recorded over a new connection: nobody waits for a lease."""
    play = Play(scene, moments_file, first=[*REMOVE, "--wait=0"])
    chosen = [random.choice(transaction) for transaction in by_transaction(play.moments)]
    for moment in chosen:
        play.begin()
        cut = play.disturb(f"cut_at({moment})")
        if cut.returncode == 0:
            # What became of a mail is recorded over a new connection, and the sender goes on.
            scene.assert_ended_as(play.ending)
        else:
            assert cut.returncode == 1
            assert re.fullmatch(r"CommandError: .* the database said: .+\n", cut.stderr), cut.stderr
            assert removal_is_recorded(scene) == cut.stdout.startswith("4 models were removed")
        scene.end_leases(END_LEASES_OF_MESSAGES)
        play.go_on(moment)
    record_property("cut at", f"{len(chosen)} of {len(play.moments)} moments")


def by_transaction(moments: Sequence[str]) -> list[list[int]]:
    """Return the numbers of the moments, a list for each transaction; what is outside of one is with the next one."""
    groups: list[list[int]] = [[]]
    for number, moment in enumerate(moments, start=1):
        groups[-1].append(number)
        if moment == "COMMIT":
            groups.append([])
    return [numbers for numbers in groups if numbers]


def removal_is_recorded(scene: Stage) -> bool:
    """Return whether a removal by hand was recorded as done, so that all that can be missing are e-mails."""
    attempts = (
        "SELECT status FROM model_retirement_data_migrations_custommigrationrun WHERE triggered_by LIKE 'remove%'"
    )
    return ("succeeded",) in scene.database.query(
        f"{attempts} AND migration_id = (SELECT id FROM model_retirement_data_migrations_custommigration WHERE name = 'remove_deprecated_models')"
    )
