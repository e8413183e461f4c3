"""How a data migration that did not come to its end is told of: once with its name, and once with what to do next."""

from __future__ import annotations

import re
from typing import Any

from django.core.management.base import CommandError
from django.db import DatabaseError

TRIES_AGAIN = "The next `migrate` or `custom_migrations run` tries again."
RESUMES = "The next `migrate` or `custom_migrations run` resumes it."


_UNDEFINED = {"42P01", "42703"}
"""What PostgreSQL calls a table or a column that is not there."""

_UNDEFINED_IN_SQLITE = re.compile("no such (table|column)|table .* has no column")


def lacks_schema(error: DatabaseError) -> bool:
    """Return whether a table or a column is not there, as where migrations are still to be applied."""
    code = getattr(error.__cause__, "sqlstate", None)
    return code in _UNDEFINED if code else bool(_UNDEFINED_IN_SQLITE.match(str(error)))


class OneLine(CommandError):
    """What is wrong and what to do, in one line. Django prints the name of an error's class before it: that of all of them."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.__name__ = CommandError.__name__


class NotDone(OneLine):
    """A data migration did not come to its end. Its message is for whoever typed its command; the parts are for ``migrate``.

    :param how: what became of it, such as ``failed``
    :param reason: sentences that do not name it; the last one needs no full stop
    :param next_step: a sentence
    """

    def __init__(self, message: str, *, reason: str, how: str = "failed", next_step: str = TRIES_AGAIN) -> None:
        super().__init__(message)
        self.how, self.reason, self.next_step = how, reason, next_step


class DataMigrationFailed(Exception):
    """A data migration that waited did not come to its end, and those behind it still wait."""

    def __init__(self, *, name: str, error: CommandError, waiting: list[str]) -> None:
        parts = error if isinstance(error, NotDone) else NotDone(str(error), reason=str(error))
        behind = f" Waiting behind it: {', '.join(waiting)}." if waiting else ""
        super().__init__(f"Data migration {name} {parts.how}: {parts.reason.rstrip('.')}.{behind} {parts.next_step}")
