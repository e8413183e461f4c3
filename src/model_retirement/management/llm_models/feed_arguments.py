"""The options of the subcommands that read feeds."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from model_retirement.feeds import reading
from model_retirement.feeds.rows import Feed


def add_arguments(parser: ArgumentParser, *, feed: str) -> None:
    """Take the files and their format.

    :param feed: what a file is, for ``--help``
    """
    parser.add_argument(
        "--feed", type=Path, required=True, action="extend", nargs="+", metavar="FILE", help=f"{feed}; may be repeated"
    )
    parser.add_argument(
        "--feed-format",
        choices=sorted(reading.all_readers()),
        metavar="NAME",
        help="the format of the files (default: found by their shape): %(choices)s",
    )


def read(options: Mapping[str, Any]) -> list[Feed]:
    """Return the feeds that a command line names, in its order.

    :raises FeedError: if one cannot be read
    """
    return [reading.read(file, feed_format=options["feed_format"]) for file in options["feed"]]
