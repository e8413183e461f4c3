"""``llm_models reconcile``: the catalogue beside a feed of retirements."""

from __future__ import annotations

import argparse
import dataclasses
import datetime as dt
import json
from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone
from rich.table import Table

from model_retirement.catalogue import view as catalogue
from model_retirement.catalogue.view import CatalogueError
from model_retirement.data_migrations import arguments
from model_retirement.data_migrations.project_command import ProjectCommand
from model_retirement.feeds import reading, reconcile
from model_retirement.feeds.reconcile import FeedFinding, FindingKind
from model_retirement.feeds.rows import FeedError

HELP = "Compare the catalogue with a feed of retirements. Only reports."

WITHIN_DAYS = 90
MOST_DIGITS = 7
"""All days that a date can name are fewer."""
LONGEST_SHOWN = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take the feed, the day to compare with, and what to do about findings."""
    parser.add_argument("--feed", type=Path, required=True, metavar="FILE", help="the feed, as JSON")
    parser.add_argument(
        "--as-of", type=arguments.day, metavar="DATE", help="the day to compare with (default: today, in UTC)"
    )
    parser.add_argument(
        "--within",
        type=_days,
        default=WITHIN_DAYS,
        metavar="DAYS",
        help="how many days ahead a retirement is reported as due (default: %(default)s)",
    )
    parser.add_argument("--format", choices=["text", "json"], default="text", help="what to print on stdout")
    parser.add_argument("--exit-code", action="store_true", help="exit status 1 if there are findings")


def run(*, options: dict[str, Any], command: ProjectCommand) -> None:
    """Print the findings.

    :raises CommandError: if the feed or the catalogue cannot be used; with ``--exit-code`` if there are findings
    """
    as_of = options["as_of"] or timezone.now().date()
    try:
        rows = reading.read(options["feed"]).rows
        findings = reconcile.compare(catalogue=catalogue.load(), rows=rows, as_of=as_of, within=options["within"])
    except (FeedError, CatalogueError) as error:
        raise CommandError(str(error)) from error
    if options["format"] == "json":
        command.stdout.write(json.dumps([dataclasses.asdict(finding) for finding in findings], default=str, indent=1))
    else:
        if findings:
            command.console.print(_as_table(findings))
        command.stdout.write(_summary(findings, as_of=as_of))
    if options["exit_code"] and findings:
        raise CommandError(f"{_summary(findings, as_of=as_of)} Look at each, and fix default_models.py.")


def _summary(findings: tuple[FeedFinding, ...], *, as_of: dt.date) -> str:
    if not findings:
        return f"Nothing in the feed asks for a change, as of {as_of}."
    counts = Counter(finding.finding for finding in findings)
    listed = ", ".join(f"{counts[kind]} {_words(kind)}" for kind in FindingKind if kind in counts)
    return f"{len(findings)} finding{'s' if len(findings) > 1 else ''} as of {as_of}: {listed}."


def _as_table(findings: tuple[FeedFinding, ...]) -> Table:
    table = Table(box=None, pad_edge=False)
    for title in ("Finding", "Model", "Retires on", "Replacement here", "Replacements there", "Source"):
        table.add_column(title, overflow="fold")
    for finding in findings:
        table.add_row(
            _words(finding.finding),
            f"{finding.provider}/{finding.name}",
            str(finding.retires_on or ""),
            finding.replacement or "",
            ", ".join(finding.feed_replacements),
            finding.source_url or "",
        )
    return table


def _words(kind: FindingKind) -> str:
    return kind.replace("_", " ")


def _days(text: str) -> int:
    if not (text.isdecimal() and text.isascii() and len(text) <= MOST_DIGITS):
        shown = text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}..."
        raise argparse.ArgumentTypeError(
            f"{shown!r} is not a number of days, 0 or more, of at most {MOST_DIGITS} digits"
        )
    return int(text)
