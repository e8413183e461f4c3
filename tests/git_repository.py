"""Git repositories that tests make."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

AUTHOR = "Pat <pat@example.org>"


class GitRepository:
    """A repository of its own, out of reach of what a developer, or a hook that runs these tests, has configured."""

    def __init__(self, folder: Path, *, branch: str = "main") -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.git("init", "--quiet", "--initial-branch", branch)

    def git(self, *arguments: str, at: dt.datetime | None = None, stdin: str = "") -> str:
        """Run git and return what it prints.

        :param at: the time that it takes for now
        """
        env = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        env |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
        for who in ("AUTHOR", "COMMITTER"):
            env |= {f"GIT_{who}_NAME": "Pat", f"GIT_{who}_EMAIL": "pat@example.org"}
            env |= {f"GIT_{who}_DATE": at.isoformat()} if at else {}
        return subprocess.run(
            ["git", *arguments], cwd=self.folder, env=env, input=stdin, capture_output=True, text=True, check=True
        ).stdout

    def commit(self, files: Mapping[str, str | None], *, at: dt.datetime) -> None:
        """Write files, or take away those that are None, and commit everything."""
        for name, text in files.items():
            path = self.folder / name
            if text is None:
                path.unlink()
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", "A change", at=at)

    def import_line(self, states: Iterable[tuple[dt.datetime, Mapping[str, str]]], *, branch: str = "main") -> None:
        """Make one commit after the other, each with exactly these files; a thousand take no longer than a few."""
        stream = []
        for at, files in states:
            stream.append(
                f"commit refs/heads/{branch}\ncommitter {AUTHOR} {int(at.timestamp())} +0000\n{_data('A change')}deleteall\n"
            )
            stream += [f"M 100644 inline {name}\n{_data(text)}" for name, text in files.items()]
        self.git("fast-import", "--quiet", stdin="".join(stream))


def _data(text: str) -> str:
    return f"data {len(text.encode())}\n{text}\n"
