"""Arguments that several commands take."""

from __future__ import annotations

import argparse
import datetime as dt
import math

from django.db import DEFAULT_DB_ALIAS, connections

from model_retirement.numbers import whole_number

ALL_DATABASES = "all"


def add_database(parser: argparse.ArgumentParser) -> None:
    """Take ``--database``, an alias."""
    parser.add_argument(
        "--database",
        default=DEFAULT_DB_ALIAS,
        choices=tuple(connections),
        help="the database to work on (default: %(default)s)",
    )


def on_database(using: str) -> str:
    """Return what a command needs to be typed with for a database, with a space before it; nothing for the default one."""
    return "" if using == DEFAULT_DB_ALIAS else f" --database {using}"


def add_databases(parser: argparse.ArgumentParser) -> None:
    """Take ``--database`` as often as there are databases; see :func:`model_retirement.management.shards.chosen`."""
    parser.add_argument(
        "--database",
        action="append",
        choices=(*connections, ALL_DATABASES),
        help="the database to work on; repeatable, then a process works on each; "
        f"{ALL_DATABASES}: every one that has the tables (default: {DEFAULT_DB_ALIAS})",
    )


def seconds(text: str) -> float:
    """Return the seconds that somebody typed.

    :raises ArgumentTypeError: if it is not a number, 0 or more
    """
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not (math.isfinite(number) and number >= 0):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds, 0 or more")
    return number


def seconds_above_zero(text: str) -> float:
    """Return the seconds that somebody typed.

    :raises ArgumentTypeError: if it is not a number above 0
    """
    number = seconds(text)
    if not number:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds above 0")
    return number


def day(text: str) -> dt.date:
    """Return the day that somebody typed.

    :raises ArgumentTypeError: if it is not in the form YYYY-MM-DD; ISO's weeks, which Python reads too, are none
    """
    try:
        parsed = dt.date.fromisoformat(text)
    except ValueError:
        parsed = None
    if parsed is None or parsed.isoformat() != text:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day in the form 2026-10-23")
    return parsed


def positive_integer(text: str) -> int:
    """Return the number that somebody typed.

    :raises ArgumentTypeError: if it is not one of 1, 2, 3 and so on
    """
    number = whole_number(text)
    if not number:
        raise argparse.ArgumentTypeError(f"{text!r} is not a positive integer")
    return number


def removal_number(text: str) -> int:
    """Return the number of a removal that somebody typed.

    :raises ArgumentTypeError: if it cannot be one
    """
    number = whole_number(text)
    if number is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not the number of a removal, such as 7")
    return number
