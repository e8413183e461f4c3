"""``llm_models``: what can be done with the catalogue and its table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apps.data_migrations.management.llm_models import (
    check,
    deprecate,
    prune,
    reconcile,
    retire,
    sync,
    usage,
)
from apps.data_migrations.management.project_command import ProjectCommand

if TYPE_CHECKING:
    from django.core.management.base import CommandParser

SUBCOMMANDS = {
    "check": check,
    "deprecate": deprecate,
    "prune": prune,
    "reconcile": reconcile,
    "retire": retire,
    "sync": sync,
    "usage": usage,
}


class Command(ProjectCommand):
    """Hands over to the module of the subcommand."""

    help = "Work with the catalogue of models and its table."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the subcommands with their own arguments."""
        subparsers = parser.add_subparsers(dest="subcommand", required=True, metavar="SUBCOMMAND")
        for name, module in SUBCOMMANDS.items():
            module.add_arguments(subparsers.add_parser(name, help=module.HELP, allow_abbrev=False))

    def handle(self, *_args: Any, **options: Any) -> None:
        """Run the subcommand."""
        SUBCOMMANDS[options["subcommand"]].run(options=options, command=self)
