"""``llm_models sync``: makes the table match the catalogue."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from django.core.management.base import CommandError

from model_retirement import conf, promotion, readiness, sync
from model_retirement.catalogue import view as catalogue
from model_retirement.catalogue.view import CatalogueError
from model_retirement.data_migrations import arguments, neutral
from model_retirement.data_migrations.arguments import on_database
from model_retirement.host_models import llm_model, slug_of, teams

if TYPE_CHECKING:
    from argparse import ArgumentParser

    from model_retirement.data_migrations.project_command import ProjectCommand

HELP = "Make the table of models match the catalogue: create, set the token limit, deprecate. Nothing is deleted."


def add_arguments(parser: ArgumentParser) -> None:
    """Take ``--check``, the database and ``--format``."""
    parser.add_argument("--check", action="store_true", help="write nothing; exit status 1 if anything would change")
    parser.add_argument("--format", choices=["text", "json"], default="text", help="what to print on stdout")
    arguments.add_database(parser)


def run(*, options: dict[str, Any], command: ProjectCommand) -> None:
    """Synchronise, or say what a synchronisation would do.

    :raises CommandError: if the catalogue cannot be read, if migrations wait, or if ``--check`` finds a difference.
    """
    using = options["database"]
    try:
        declared = catalogue.load()
    except CatalogueError as error:
        raise CommandError(str(error)) from error
    if not readiness.is_ready(using=using):
        raise CommandError(f"Migrations are not applied. Run `python manage.py migrate{on_database(using)}` first.")
    if options["check"]:
        report = sync.plan(model=llm_model(), catalogue=declared, using=using)
    else:
        report = sync.sync_by_hand(model=llm_model(), catalogue=declared, using=using, requested_by="llm_models sync")
    if options["check"] and options["format"] == "text":
        command.write_lines(_to_promote(report, using))
    if options["format"] == "json":
        command.stdout.write(json.dumps(asdict(report), indent=2))
    else:
        command.write_lines(_as_lines(report, check=options["check"], using=using))
    if options["check"] and report.changes:
        raise CommandError(
            f"The table does not match the catalogue. Run `python manage.py llm_models sync{on_database(using)}`."
        )


def _as_lines(report: sync.SyncReport, *, check: bool, using: str) -> list[str]:
    lines = sync.summary(report, done=not check)
    if not report.changes:
        lines.append("The table matches the catalogue.")
    elif not check and conf.promotes_custom_models():
        run = f"python manage.py custom_migrations run{on_database(using)}"
        lines.append(f"Run `{run}` to promote teams' own models of the same names.")
    return lines


def _to_promote(report: sync.SyncReport, using: str) -> list[str]:
    """Return a line for each team's own model that would become the global one of its name, once the table matches."""
    if not conf.promotes_custom_models():
        return []
    going = promotion.named_as(sync.offered(report, model=llm_model(), using=using), using=using)
    owners = teams(using=using).in_bulk({model.team_id for model in going})
    return [
        f"{model.type}/{model.name} of team {neutral.terminal(slug_of(owners[model.team_id]))}: its row would go, and what"
        " points at it would use the global one"
        for model in going
    ]
