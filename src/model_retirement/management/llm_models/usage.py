"""``llm_models usage``: which teams use which models, and through what."""

from __future__ import annotations

import csv
import dataclasses
import itertools
import json
from argparse import ArgumentParser
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

from django.core.management.base import CommandError
from rich.table import Table

from model_retirement import dangling as dangling_ids
from model_retirement import usage
from model_retirement.data_migrations import arguments, neutral
from model_retirement.data_migrations.project_command import ProjectCommand
from model_retirement.management.llm_models import dangling
from model_retirement.references import registry
from model_retirement.usage import UnknownTeamError, UsageLine
from model_retirement.wording import english_count

HELP = "Show which teams use which models: references and resources per model and team."


def add_arguments(parser: ArgumentParser) -> None:
    """Take the filters, the database and ``--format``."""
    parser.add_argument("--deprecated", action="store_true", help="only deprecated models")
    parser.add_argument("--in-use", action="store_true", help="leave out models that nobody uses")
    parser.add_argument("--team", default="", metavar="SLUG", help="only what this team uses or may use")
    parser.add_argument(
        "--dangling", action="store_true", help="instead: ids of models that do not exist, with team and object"
    )
    parser.add_argument("--format", choices=["text", "json", "csv"], default="text", help="what to print on stdout")
    arguments.add_database(parser)


def run(*, options: dict[str, Any], command: ProjectCommand) -> None:
    """Print the use of models, or the ids of models that do not exist.

    :raises CommandError: if no team has the slug, or if options exclude each other
    """
    if options["dangling"]:
        _run_dangling(options=options, command=command)
        return
    pages = partial(
        usage.pages,
        registry=registry,
        using=options["database"],
        deprecated=options["deprecated"],
        in_use=options["in_use"],
        team=options["team"],
    )
    try:
        match options["format"]:
            case "json":
                command.write_lines(_json_lines(pages()))
            case "csv":
                _write_csv(pages, command=command)
            case _:
                _print_tables(pages(), command=command)
    except UnknownTeamError as error:
        raise CommandError(str(error)) from error


def _run_dangling(*, options: dict[str, Any], command: ProjectCommand) -> None:
    if options["deprecated"] or options["in_use"]:
        raise CommandError("--dangling is about models that do not exist: give --team and --format only.")
    using = options["database"]
    try:
        team_id = usage.team_id_of(options["team"], using=using) if options["team"] else None
    except UnknownTeamError as error:
        raise CommandError(str(error)) from error
    ids = dangling_ids.stream(registry=registry, using=using, team_id=team_id)
    dangling.write(ids, output_format=options["format"], stdout=command.stdout)


def _json_lines(pages: Iterable[list[UsageLine]]) -> Iterator[str]:
    """Yield one JSON document, a list, in lines."""
    before = "["
    for line in itertools.chain.from_iterable(pages):
        yield before + json.dumps(dataclasses.asdict(line))
        before = ","
    yield "[]" if before == "[" else "]"


def _write_csv(pages: Callable[[], Iterable[list[UsageLine]]], *, command: ProjectCommand) -> None:
    # Twice through: the first line names the kinds that come.
    kinds = sorted({kind for page in pages() for line in page for kind in line.resources})
    writer = csv.writer(command.stdout, lineterminator="\n")
    writer.writerow(["provider", "name", "owner", "deprecated", "team", "references", *kinds])
    for line in itertools.chain.from_iterable(pages()):
        flags = [line.provider, line.name, line.owner, "yes" if line.deprecated else "no", line.team]
        counts = [sum(line.references.values()), *(line.resources.get(kind, 0) for kind in kinds)]
        writer.writerow([neutral.cell(value) for value in (*flags, *counts)])


def _print_tables(pages: Iterable[list[UsageLine]], *, command: ProjectCommand) -> None:
    printed = False
    for page in filter(None, pages):
        command.console.print(_as_table(page, with_titles=not printed))
        printed = True
    if not printed:
        command.stdout.write("No models match.")


def _as_table(lines: list[UsageLine], *, with_titles: bool) -> Table:
    table = Table(box=None, pad_edge=False, show_header=with_titles)
    for title in ("Model", "State", "Team"):
        table.add_column(title, overflow="fold")
    table.add_column("References", justify="right")
    table.add_column("Used by", overflow="fold")
    for line in lines:
        table.add_row(
            neutral.terminal(f"{line.provider}/{neutral.name(line.name)}{f' (of {line.owner})' if line.owner else ''}"),
            "deprecated" if line.deprecated else "",
            neutral.terminal(line.team),
            f"{sum(line.references.values()):,}",
            ", ".join(english_count(kind, number) for kind, number in sorted(line.resources.items())),
        )
    return table
