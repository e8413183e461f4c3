"""Documents, played: every command in them is typed, in order, in a scratch copy of the project.

What a block needs beforehand is named in a comment above it, which readers do not see::

    <!-- run: after a removal -->

The words between the commas are names of preparations, which the player is given, and three that it knows itself:
``apart`` plays the block in a copy of its own, which later blocks know nothing of; ``fails`` means that each of its
commands ends with exit status 1; ``in a host`` leaves the block to ``test_adopting.py``, which plays it in another project,
or, with ``as in NAME``, to the tests of that folder in ``tests/hosts``.
"""

from __future__ import annotations

import contextlib
import re
import shlex
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from subprocess import CompletedProcess

from tests.architecture.documents import Block, assert_printed, noted_blocks
from tests.integration.forks import ForkServer
from tests.integration.scratch import Scratch

APART, FAILS, IN_A_HOST = "apart", "fails", "in a host"

# Words and quoted words only: what a shell would make more of is left to a shell.
_PLAIN = re.compile(r"""python manage\.py (?:[\w./:=@,+-]+|"[^"$`\\]*"|'[^']*'| +)+(?: #.*)?""")


@dataclass
class Stage:
    """Where commands are typed.

    :param server: takes over what is plain ``python manage.py``, so that each need not import Django anew; None where
        commands change the code
    """

    scratch: Scratch
    server: ForkServer | None = None

    def run(self, line: str) -> CompletedProcess[str]:
        """Run a command line as a person would type it in the project's folder."""
        if self.server is None or not _PLAIN.fullmatch(line):
            return self.scratch.type(line)
        return self.server.manage(*shlex.split(line, comments=True)[2:])


Preparations = Mapping[str, Callable[[Stage], object]]
OpenStage = Callable[[], contextlib.AbstractContextManager[Stage]]


def play(
    document: Path,
    *,
    stage: Stage,
    open_stage: OpenStage,
    preparations: Preparations,
    languages: Collection[str] = ("bash", "console"),
) -> Iterator[tuple[str, CompletedProcess[str]]]:
    """Run all commands of a document in order, and yield each with how it ended.

    :param open_stage: opens a fresh copy of the project, for blocks that are played apart
    :param languages: of the blocks that are played
    :raises AssertionError: if a command ends otherwise than it should, or prints something else than the document says
    """
    with contextlib.ExitStack() as stages:
        for block in noted_blocks(document):
            if block.language not in languages or IN_A_HOST in block.notes:
                continue
            there = stages.enter_context(open_stage()) if APART in block.notes else stage
            for note in block.notes:
                if note not in {APART, FAILS}:
                    _prepare(note, stage=there, preparations=preparations)
            yield from play_block(block, stage=there)


def _prepare(note: str, *, stage: Stage, preparations: Preparations) -> None:
    assert note in preparations, (
        f"<!-- run: {note} -->: nothing is known under that name. Known are {', '.join([APART, FAILS, IN_A_HOST, *preparations])}; "
        "add what is missing to the preparations of the test that plays this document."
    )
    preparations[note](stage)


def play_block(block: Block, *, stage: Stage) -> Iterator[tuple[str, CompletedProcess[str]]]:
    """Run the commands of one block in order, and yield each with how it ended.

    :raises AssertionError: if a command ends otherwise than it should, or prints something else than the document says
    """
    expected = 1 if FAILS in block.notes else 0
    for step in block.steps:
        done = stage.run(step.command)
        assert done.returncode == expected, (
            f"`{step.command}` ended with exit status {done.returncode}:\n{done.stdout}\n{done.stderr}\n"
            f"If something has to be done first, name it in the line above its block: <!-- run: NAME -->"
        )
        assert_printed(step.lines, done.stdout + done.stderr)
        yield step.command, done
