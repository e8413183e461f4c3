"""Changes of files as a diff on stdout: in colours on a terminal, for `git apply` off it."""

from __future__ import annotations

from collections.abc import Iterable

from rich.text import Text

from model_retirement import conf
from model_retirement.authoring.file_changes import FileChange
from model_retirement.data_migrations.project_command import ProjectCommand

DIFF_COLOURS = {"+": "green", "-": "red", "@": "cyan"}


def print_diff(changes: Iterable[FileChange], *, command: ProjectCommand) -> None:
    """Print what changes."""
    diff = "".join(change.diff(root=conf.project_folder()) for change in changes)
    if not command.console.is_terminal:
        command.stdout.write(diff, ending="")
        return
    for line in diff.splitlines():
        command.console.print(Text(line, style=DIFF_COLOURS.get(line[:1], "")), soft_wrap=True)
