"""The arguments of the subcommands that edit the catalogue, which are known also where libcst is not installed."""

from __future__ import annotations

from argparse import ArgumentParser


def add_arguments(parser: ArgumentParser) -> None:
    """Take the models, ``--replacement`` and ``--dry-run``."""
    parser.add_argument("models", nargs="+", metavar="PROVIDER/NAME", help="the models, such as openai/gpt-4")
    parser.add_argument(
        "--replacement", metavar="NAME", help="what takes the place of all of them: a model of their provider"
    )
    add_dry_run(parser)


def add_dry_run(parser: ArgumentParser) -> None:
    """Take ``--dry-run``."""
    parser.add_argument("--dry-run", action="store_true", help="print the changes as a diff; writes nothing")
