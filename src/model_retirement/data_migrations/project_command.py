"""What this project's commands have in common: one line for what is refused, output that nobody has to read."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from functools import partial
from typing import Any, NoReturn

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser, DjangoHelpFormatter
from django.db import DatabaseError
from django_rich.management import RichCommand
from rich.console import Console

from model_retirement.blockers import Blocked
from model_retirement.data_migrations import neutral
from model_retirement.data_migrations.failures import lacks_schema
from model_retirement.data_migrations.logged_stderr import LoggedStderr
from model_retirement.data_migrations.unread import output_may_stay_unread

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
        except (CommandError, DatabaseError, ImproperlyConfigured) as error:
            if "--traceback" in argv:
                raise
            self.stderr.write(neutral.terminal(f"CommandError: {_in_one_line(error, command=argv[1])}"))
            sys.exit(getattr(error, "returncode", 1))
        except KeyboardInterrupt:
            self.stderr.write("CommandError: Stopped. What was committed stays; run it again for the rest.")
            sys.exit(1)


class Misused(CommandError):
    """A subcommand was typed wrongly.

    :param message: what was wrong, as Django's parser says it
    :param typed_as: the subcommand with its command, as its own help names it
    """

    def __init__(self, message: str, *, typed_as: str) -> None:
        super().__init__(message)
        self.typed_as = typed_as


class SubcommandParser(CommandParser):
    """The parser of a subcommand: what it refuses leads to its own help."""

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        parsed, unknown = super().parse_known_args(args, namespace)
        if unknown:
            self.error(f"unrecognized arguments: {' '.join(unknown)}")
        return parsed, unknown

    def error(self, message: str) -> NoReturn:
        raise Misused(f"Error: {message}", typed_as=self.prog)


class _CommonOptions(BaseCommand):
    """Django's options of every command, as a subcommand takes them: what is not typed stays as the command has it."""

    requires_system_checks: list[str] = []

    def add_base_argument(self, parser: CommandParser, *args: Any, **kwargs: Any) -> None:
        super().add_base_argument(parser, *args, **(kwargs | {"default": argparse.SUPPRESS}))


def subcommands(parser: CommandParser, *, dest: str, metavar: str) -> Callable[..., SubcommandParser]:
    """Let a command have subcommands, each with Django's common options; return what adds one.

    :param dest: the option that holds the name of the subcommand
    """
    made: Any = parser.add_subparsers(dest=dest, required=True, metavar=metavar, parser_class=SubcommandParser)
    common = _CommonOptions().create_parser("", "", add_help=False)
    return partial(made.add_parser, parents=[common], allow_abbrev=False, formatter_class=DjangoHelpFormatter)


def _in_one_line(error: CommandError | DatabaseError | ImproperlyConfigured, *, command: str) -> str:
    """Return what is wrong and what to do."""
    if isinstance(error, Blocked):
        return (
            f"The database said: {first_line(error)}. What was committed stays; run this again for the rest when that"
            " transaction has ended."
        )
    if isinstance(error, DatabaseError) and lacks_schema(error):
        return f"The database said: {first_line(error)}. Run `python manage.py migrate` first."
    if isinstance(error, DatabaseError):
        said = first_line(error).rstrip(".")
        return f"The database said: {said}. DATABASES in the settings says which one it is; fix it and run this again."
    # Django's parser puts a word of its own in front of what was wrong with the command line.
    before, is_typed, wrong = str(error).partition("Error: ")
    typed_as = error.typed_as if isinstance(error, Misused) else f"manage.py {command}"
    return f"{wrong}. See `python {typed_as} --help`." if is_typed and not before else str(error)


def first_line(error: Exception) -> str:
    """Return what an error says first."""
    # A database quotes what it was given; `migrate` prints this as it is.
    return neutral.terminal((str(error).strip().splitlines() or ["no message"])[0])
