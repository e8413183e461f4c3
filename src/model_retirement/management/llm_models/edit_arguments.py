"""The arguments of the subcommands that edit the catalogue, which are known also where libcst is not installed."""

from __future__ import annotations

from argparse import ArgumentParser


def add_arguments(parser: ArgumentParser) -> None:
    """Take the model, ``--replacement`` and ``--dry-run``."""
    parser.add_argument("model", metavar="PROVIDER/NAME", help="the model, such as openai/gpt-4")
    parser.add_argument("--replacement", metavar="NAME", help="the provider's model that takes its place")
    parser.add_argument("--dry-run", action="store_true", help="print the changes as a diff; writes nothing")
