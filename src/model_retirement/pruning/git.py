"""Questions to git about the repository that a file is in."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, cast


class NoHistory(Exception):
    """Git cannot tell the history; the message is half a sentence: why, and what to do."""


class Repository:
    """A git repository.

    :param folder: any folder in it
    :raises NoHistory: if there is no git, no repository, or one without its history
    """

    def __init__(self, folder: Path) -> None:
        self.top = folder
        top, shallow = self.ask("rev-parse", "--show-toplevel", "--is-shallow-repository").splitlines()
        if shallow == "true":
            raise NoHistory("this is a shallow clone, `git fetch --unshallow` gets its history")
        self.top = Path(top)

    def ask(self, *arguments: str, nothing_found: int = 0) -> str:
        """Return what a git command prints.

        :param nothing_found: the exit status by which it says that there is nothing to print
        :raises NoHistory: if it fails
        """
        # As if nobody had configured how git prints.
        plain = ("--literal-pathspecs", "-c", "core.quotePath=false", "-c", "color.ui=false")
        command = ["git", "-C", str(self.top), *plain, *arguments]
        try:
            done = subprocess.run(command, capture_output=True, check=False, env=os.environ | {"LC_ALL": "C"})  # noqa: S603  # no shell
        except OSError as error:
            raise NoHistory(f"git cannot be run ({error.strerror})") from error
        if done.returncode not in (0, nothing_found):
            said = done.stderr.decode(errors="replace").strip().splitlines() or [f"exit status {done.returncode}"]
            raise NoHistory(f"git says: {said[0]}")
        return done.stdout.decode(errors="surrogateescape")

    @contextlib.contextmanager
    def contents(self) -> Iterator[Callable[[str], bytes | None]]:
        """Open one process that answers for as many files as are asked for.

        The function takes ``COMMIT:PATH`` and returns the content, or None if there is no such file.
        """
        command = ["git", "-C", str(self.top), "cat-file", "--batch"]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:  # noqa: S603  # no shell
            asked, answers = cast("IO[bytes]", process.stdin), cast("IO[bytes]", process.stdout)

            def content(name: str) -> bytes | None:
                asked.write(os.fsencode(name) + b"\n")
                asked.flush()
                *_, kind, size = answers.readline().split()
                if not size.isdigit():  # the last word is "missing"
                    return None
                data = answers.read(int(size) + 1)
                return data[:-1] if kind == b"blob" else None

            yield content
