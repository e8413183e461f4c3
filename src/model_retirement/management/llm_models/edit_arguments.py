"""The arguments of the subcommands that edit the catalogue, which are known also where libcst is not installed."""

from __future__ import annotations

from argparse import ArgumentParser

from model_retirement.data_migrations import arguments


def add_arguments(parser: ArgumentParser) -> None:
    """Take the models, their replacement and their day, and ``--dry-run``."""
    parser.add_argument("models", nargs="+", metavar="PROVIDER/NAME", help="the models, such as openai/gpt-4")
    parser.add_argument(
        "--replacement", metavar="NAME", help="what takes the place of all of them: a model of their provider"
    )
    days = parser.add_mutually_exclusive_group()
    days.add_argument(
        "--retires-on", type=arguments.day, metavar="YYYY-MM-DD", help="the day on which the provider switches them off"
    )
    days.add_argument(
        "--not-before",
        type=arguments.day,
        metavar="YYYY-MM-DD",
        help="the same where it is not firm: they stay at least until that day",
    )
    add_dry_run(parser)


def add_dry_run(parser: ArgumentParser) -> None:
    """Take ``--dry-run``."""
    parser.add_argument("--dry-run", action="store_true", help="print the changes as a diff; writes nothing")
