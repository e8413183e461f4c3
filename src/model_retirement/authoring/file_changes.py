"""Changes of files that are shown before they are made, and made together."""

from __future__ import annotations

import contextlib
import difflib
import io
import os
import shutil
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

NO_FILE = "/dev/null"


@dataclass(frozen=True)
class FileChange:
    """What a file holds and what it is to hold.

    :param before: None if there is no such file yet
    """

    path: Path
    before: bytes | None
    after: bytes

    def name(self, *, root: Path) -> Path:
        """Return the path as seen from ``root``, or as it is if it is not below it."""
        return self.path.relative_to(root) if self.path.is_relative_to(root) else self.path

    def diff(self, *, root: Path) -> str:
        """Return the change as ``git apply`` takes it.

        :param root: the folder that the names in it start from
        """
        name = self.name(root=root)
        old_name = NO_FILE if self.before is None else f"a/{name}"
        lines = difflib.unified_diff(
            _lines(self.before or b""), _lines(self.after), fromfile=old_name, tofile=f"b/{name}"
        )
        return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


class ChangedMeanwhile(Exception):
    """A file is not what it was when its change was made; nothing was written."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} was changed meanwhile. Nothing was written; run this again.")


def write_all(changes: Sequence[FileChange]) -> None:
    """Make all the changes or none, in their order.

    Each file is replaced in one step. A process that is killed between two of them leaves the first ones made.

    :raises ChangedMeanwhile: if a file holds something else than it did
    :raises OSError: if a file cannot be written
    """
    with contextlib.ExitStack() as temporary, contextlib.ExitStack() as undo:
        new = [_stage(change.path, change.after, temporary) for change in changes]
        # The old content as well: to put it back must not need room on the disk.
        old = [_stage(change.path, change.before or b"", temporary) for change in changes]
        for change, its_new, its_old in zip(changes, new, old, strict=True):
            if _content(change.path) != change.before:
                raise ChangedMeanwhile(change.path)
            its_new.replace(change.path)
            undo.callback(change.path.unlink if change.before is None else partial(its_old.replace, change.path))
        undo.pop_all()


def _stage(path: Path, content: bytes, temporary: contextlib.ExitStack) -> Path:
    """Write the content to a file of its own beside ``path``, with its permissions."""
    file = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    temporary.callback(file.unlink, missing_ok=True)
    with file.open("xb") as opened:
        opened.write(content)
        opened.flush()
        os.fsync(opened.fileno())
    if path.exists():
        shutil.copymode(path, file)
    return file


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None


def _lines(content: bytes) -> list[str]:
    # Not splitlines(): to git, only a line feed ends a line.
    return list(io.StringIO(content.decode(errors="replace")))
