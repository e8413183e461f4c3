"""Commands of the engine do not run on a host that is not what they need: they would fail half-way, or do damage.

A command asks no system check that reads rows or the catalogue; it knows itself what concerns it there. What it does ask is
what would make all of its work wrong: settings, the adapter, the fields of the host's models, and what apps have declared.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable
from typing import Any, ClassVar

from django.core.checks import CheckMessage
from django.core.management.base import BaseCommand, CommandError
from django.db import Error, connections

from model_retirement import field_checks, host_checks, reference_checks, setting_checks

Check = Callable[[], list[CheckMessage]]

SETTING_UP: tuple[Check, ...] = (
    setting_checks.check_settings,
    setting_checks.check_methods,
    field_checks.check_fields,
    reference_checks.check_declarations,
    host_checks.check_resources,
    host_checks.check_keys,
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
        require(*SETTING_UP, *(check for check in self.needs if check not in TELLING or not options.get("dry_run")))
        # Of several databases each is asked by what works on it, so one that is refused stops only itself.
        if isinstance(options.get("database"), str):
            require_supported(options["database"])
        return super().execute(*args, **options)


def require(*needed: Check) -> None:
    """Return if checks find no error, except such as the host has silenced.

    :raises CommandError: with the first error, what to do, and how many more there are
    """
    _refuse([message for check in needed for message in check()])


def require_supported(alias: str) -> None:
    """Return if a database is of a kind that the engine supports; one that cannot be reached is told by the command.

    :param alias: of a database, or what was typed in its place
    :raises CommandError: with what it is, and what to use
    """
    if alias not in connections:
        return
    with contextlib.suppress(Error):
        _refuse(host_checks.unsupported_databases([alias]))


def _refuse(messages: Iterable[CheckMessage]) -> None:
    errors = [message for message in messages if message.is_serious() and not message.is_silenced()]
    if not errors:
        return
    first, *others = errors
    more = f" ({len(others)} more: run `python manage.py check`.)" if others else ""
    raise CommandError(f"{first.msg} {first.hint}{more}")
