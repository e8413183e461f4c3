"""``llm_models``: what can be done with the catalogue and its table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.management.base import CommandError

from model_retirement.data_migrations.project_command import ProjectCommand, subcommands
from model_retirement.management.host_command import HostCommand
from model_retirement.management.llm_models import (
    check,
    deprecate,
    facts,
    prune,
    reconcile,
    references,
    removals,
    retire,
    sync,
    timeline,
    usage,
)

if TYPE_CHECKING:
    from django.core.management.base import CommandParser

SUBCOMMANDS = {
    "check": check,
    "deprecate": deprecate,
    "facts": facts,
    "prune": prune,
    "reconcile": reconcile,
    "references": references,
    "removals": removals,
    "retire": retire,
    "sync": sync,
    "timeline": timeline,
    "usage": usage,
}


class Command(HostCommand, ProjectCommand):
    """Hands over to the module of the subcommand."""

    help = "Work with the catalogue of models and its table."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the subcommands with their own arguments."""
        add = subcommands(parser, dest="subcommand", metavar="SUBCOMMAND")
        for name, module in SUBCOMMANDS.items():
            module.add_arguments(add(name, help=module.HELP, description=module.HELP))

    def handle(self, *_args: Any, **options: Any) -> None:
        """Run the subcommand.

        :raises CommandError: if it needs an extra that is not installed
        """
        name = options["subcommand"]
        try:
            SUBCOMMANDS[name].run(options=options, command=self)
        except ModuleNotFoundError as error:
            if error.name != "libcst":
                raise
            raise CommandError(
                f"llm_models {name} edits sources with libcst, which is not installed."
                " Install it with `pip install 'django-model-retirement[authoring]'`."
            ) from error
