"""What this project's commands have in common: one line for what is refused, output that nobody has to read."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterable
from contextvars import ContextVar
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import DatabaseError
from django_rich.management import RichCommand
from rich.console import Console

from apps.data_migrations import neutral
from apps.data_migrations.management.logged_stderr import LoggedStderr
from apps.data_migrations.management.unread import output_may_stay_unread

UNLIMITED_WIDTH = 100_000

typed: ContextVar[str] = ContextVar("typed", default="")
"""What a person typed after ``manage.py``; empty if the command was called from code."""


class ProjectCommand(LoggedStderr, RichCommand):
    """A command that answers a wrong command line as it answers any other refusal: with one line, exit status 1.

    ``self.console`` prints tables and progress. Off a terminal it neither cuts nor wraps nor colours.
    """

    # A command checks what concerns it and says so in one line; the checks report every finding with a hint.
    requires_system_checks: list[str] = []

    def make_rich_console(self, **kwargs: Any) -> Console:
        console = super().make_rich_console(markup=False, highlight=False, emoji=False, **kwargs)
        if not console.is_terminal:
            console.width = UNLIMITED_WIDTH
        return console

    def write_lines(self, lines: Iterable[str]) -> None:
        """Print lines for people on stdout. Whatever tenants wrote, a terminal obeys none of it."""
        for line in lines:
            self.stdout.write(neutral.terminal(line))

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        # The parser then raises CommandError instead of printing its usage and exiting with status 2.
        self._called_from_command_line = False
        return super().create_parser(prog_name, subcommand, allow_abbrev=False, **kwargs)

    def run_from_argv(self, argv: list[str]) -> None:
        token = typed.set(shlex.join(argv[1:]))
        try:
            with output_may_stay_unread(self):
                self._run_in_one_line(argv)
        finally:
            typed.reset(token)

    def _run_in_one_line(self, argv: list[str]) -> None:
        try:
            super().run_from_argv(argv)
        except (CommandError, DatabaseError) as error:
            if "--traceback" in argv:
                raise
            self.stderr.write(neutral.terminal(f"CommandError: {_in_one_line(error, command=argv[1])}"))
            sys.exit(getattr(error, "returncode", 1))
        except KeyboardInterrupt:
            self.stderr.write("CommandError: Stopped. What was committed stays; run it again for the rest.")
            sys.exit(1)


def _in_one_line(error: CommandError | DatabaseError, *, command: str) -> str:
    """Return what is wrong and what to do."""
    if isinstance(error, DatabaseError):
        return f"The database said: {first_line(error)}. DATABASE_URL says which one it is; mend it and run this again."
    # Django's parser puts a word of its own in front of what was wrong with the command line.
    typed, is_typed, wrong = str(error).partition("Error: ")
    return f"{wrong}. See `python manage.py {command} --help`." if is_typed and not typed else str(error)


def first_line(error: Exception) -> str:
    """Return what an error says first."""
    # A database quotes what it was given; `migrate` prints this as it is.
    return neutral.terminal((str(error).strip().splitlines() or ["no message"])[0])
