"""``llm_models prune``: which entries of ``DELETED_MODELS`` may go, and why the others stay."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.db import DEFAULT_DB_ALIAS
from django.utils import timezone
from rich.console import Group
from rich.table import Table

from model_retirement import conf
from model_retirement.catalogue.view import CatalogueError
from model_retirement.data_migrations.pending import has_records
from model_retirement.data_migrations.project_command import ProjectCommand
from model_retirement.pruning.decisions import Decision
from model_retirement.pruning.evidence import BrokenEvidence
from model_retirement.pruning.inspection import inspect

HELP = "Say which entries of DELETED_MODELS have served everywhere and may go, and why the others stay."


def add_arguments(parser: ArgumentParser) -> None:
    """Take ``--evidence``, ``--write`` and ``--format``."""
    parser.add_argument(
        "--evidence",
        action="extend",
        nargs="+",
        type=Path,
        default=[],
        metavar="FILE",
        help="what `custom_migrations list --format json` has printed in another environment",
    )
    parser.add_argument("--write", action="store_true", help="take the entries that may go out of default_models.py")
    parser.add_argument("--format", choices=["text", "json"], default="text", help="what to print on stdout")


def run(*, options: dict[str, Any], command: ProjectCommand) -> None:
    """Print a decision for each entry, and take out what may go if that is wanted.

    :raises CommandError: if the evidence or the catalogue cannot be read, or cannot be edited; nothing is written then
    """
    if not has_records(using=DEFAULT_DB_ALIAS):
        raise CommandError("The database has no tables for data migrations yet. Run `python manage.py migrate` first.")
    file = Path(str(conf.catalogue().__file__)).resolve()
    try:
        decisions = inspect(file=file, evidence_files=options["evidence"], using=DEFAULT_DB_ALIAS, now=timezone.now())
    except (BrokenEvidence, CatalogueError) as error:
        raise CommandError(str(error)) from error
    except OSError as error:
        raise CommandError(f"The catalogue cannot be read: {error}.") from error
    going = [decision for decision in decisions if decision.may_go]
    if options["write"] and going:
        _take_out(going, file=file)
    if options["format"] == "json":
        command.stdout.write(json.dumps([_as_json(decision) for decision in decisions], indent=1))
        return
    summary = _summary(len(going), len(decisions), file=file, written=options["write"])
    common = _common_reasons(decisions)
    remarks = [f"All of them stay: {'; '.join(common)}."] if common else []
    command.console.print(Group(_as_table(decisions, common=common), "", *remarks, summary) if decisions else summary)


def _take_out(going: Iterable[Decision], *, file: Path) -> None:
    # libcst comes with an extra: to say what can be pruned takes none.
    from model_retirement.authoring import removals  # noqa: PLC0415  (libcst is in an extra)
    from model_retirement.authoring.edits import EditRefused  # noqa: PLC0415  (the same)
    from model_retirement.authoring.file_changes import ChangedMeanwhile, write_all  # noqa: PLC0415  (the same)
    from model_retirement.authoring.source import NotWrittenPlainly  # noqa: PLC0415  (the same)

    keys = {(decision.provider, decision.name) for decision in going}
    try:
        write_all([removals.prune(going=keys, today=timezone.now().date(), file=file)])
    except (CatalogueError, ChangedMeanwhile, EditRefused, NotWrittenPlainly) as error:
        raise CommandError(str(error)) from error
    except OSError as error:
        raise CommandError(f"Nothing was written: {error}.") from error


def _as_json(decision: Decision) -> dict[str, Any]:
    since = decision.in_main_since
    return {
        "provider": decision.provider,
        "name": decision.name,
        "may_go": decision.may_go,
        "in_main_since": since.isoformat() if since else None,
        "reasons": list(decision.reasons),
    }


def _common_reasons(decisions: Sequence[Decision]) -> tuple[str, ...]:
    """Return the reasons that every one of several entries has: on each line they would hide those that differ."""
    if len(decisions) < 2:  # noqa: PLR2004  several are two or more
        return ()
    first, *others = decisions
    return tuple(reason for reason in first.reasons if all(reason in decision.reasons for decision in others))


def _as_table(decisions: Iterable[Decision], *, common: Collection[str]) -> Table:
    table = Table(box=None, pad_edge=False)
    for title in ("Entry", "May go", "In main since", "Why it stays"):
        table.add_column(title, overflow="fold")
    for decision in decisions:
        since = decision.in_main_since
        table.add_row(
            f"{decision.provider}/{decision.name}",
            "yes" if decision.may_go else "no",
            since.isoformat() if since else "",
            "; ".join([reason for reason in decision.reasons if reason not in common] or decision.reasons),
        )
    return table


def _summary(going: int, total: int, *, file: Path, written: bool) -> str:
    if not going:
        return f"No entry of DELETED_MODELS may go, of {total}." if total else "DELETED_MODELS is empty."
    root = conf.project_folder()
    name = file.relative_to(root) if file.is_relative_to(root) else file
    if written:
        return f"{going} of {total} entries were taken out of {name}. Commit it."
    return f"{going} of {total} entries may go; `--write` takes them out of {name}."
