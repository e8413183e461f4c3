"""Commands of the engine do not run on a host that is not what they need: they would fail half-way, or do damage.

A command asks no system check that reads rows or the catalogue; it knows itself what concerns it there. What it does ask is
what would make all of its work wrong: settings, the adapter, the fields of the host's models, and what apps have declared.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

from django.core.checks import CheckMessage
from django.core.management.base import BaseCommand, CommandError
from django.db import DEFAULT_DB_ALIAS, Error, connections

from model_retirement import field_checks, host_checks, reference_checks, setting_checks

Check = Callable[[], list[CheckMessage]]

SETTING_UP: tuple[Check, ...] = (
    setting_checks.check_settings,
    setting_checks.check_methods,
    field_checks.check_fields,
    reference_checks.check_declarations,
    host_checks.check_resources,
    host_checks.check_models,
    host_checks.check_mirrors,
)
"""What every command needs, in the order in which it is to be put right."""

TELLING: tuple[Check, ...] = (setting_checks.check_platform,)
"""What a command needs after which teams hear something."""

REMOVING: tuple[Check, ...] = (reference_checks.check_relations, reference_checks.check_owned_rows)
"""What a command needs that deletes rows of models."""


class HostCommand(BaseCommand):
    """A command that refuses to run, in one line, where a check of the host has an error."""

    needs: ClassVar[tuple[Check, ...]] = ()
    """Checks that have to be passed besides those of every command."""

    def execute(self, *args: Any, **options: Any) -> str | None:
        """Run the command, also if code calls it: nothing has to be done with checks for that.

        :raises CommandError: if the host is not what the command needs
        """
        # A preview tells nobody anything.
        needs = [check for check in self.needs if check not in TELLING or not options.get("dry_run")]
        require(
            *SETTING_UP, *needs, databases=(options["database"] or DEFAULT_DB_ALIAS) if "database" in options else None
        )
        return super().execute(*args, **options)


def require(*needed: Check, databases: object = None) -> None:
    """Return if checks find no error, except such as the host has silenced.

    :param databases: an alias or several, which have to be of a kind that the engine supports
    :raises CommandError: with the first error, what to do, and how many more there are
    """
    errors = list(_errors(needed, databases))
    if not errors:
        return
    first, *others = errors
    more = f" ({len(others)} more: run `python manage.py check`.)" if others else ""
    raise CommandError(f"{first.msg} {first.hint}{more}")


def _errors(needed: tuple[Check, ...], databases: object) -> Iterator[CheckMessage]:
    for check in needed:
        yield from (message for message in check() if message.is_serious() and not message.is_silenced())
    aliases = [databases] if isinstance(databases, str) else databases if isinstance(databases, list) else []
    with contextlib.suppress(Error):  # one that cannot be reached is told by the command itself
        yield from host_checks.unsupported_databases(alias for alias in aliases if alias in connections)
