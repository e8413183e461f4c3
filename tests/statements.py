"""Faults between two statements: what else happens just before a statement of the work under test.

The moments of :mod:`tests.integration.faults`, for work that runs in the test's own process.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

from django.db import connection, connections
from django.db.models import Model

SWEEP = "SELECT DISTINCT label"
"""The statement that looks whether anything points at models that are about to go: before and after the last moves."""

CLAIM_OF_A_MESSAGE = 'SELECT .* FROM "model_retirement_teammessage" INNER JOIN "teams_team"'
"""The statement with which a sender takes its next message."""


@contextlib.contextmanager
def before_statement(
    pattern: str, act: Callable[[], object], *, number: int = 1, using: str = "default"
) -> Iterator[None]:
    """Call ``act`` once, just before a statement of the block; what it raises is raised by the statement.

    :param pattern: regular expression that matches from the beginning of the statement
    :param number: before which of the statements that match, counted from 1
    :raises AssertionError: if the block came to no such statement, so that a test cannot pass without its fault
    """
    matching = 0

    def intercept(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        nonlocal matching
        if re.match(pattern, sql, re.DOTALL):
            matching += 1
            if matching == number:
                act()
        return execute(sql, params, many, context)

    try:
        with connections[using].execute_wrapper(intercept):
            yield
    finally:
        assert matching >= number, f"came to {matching} statements like {pattern!r}, not to {number}"


@contextlib.contextmanager
def without_table(model: type[Model]) -> Iterator[None]:
    """Let the block find no table of a model, as before the first ``migrate``."""
    table = model._meta.db_table
    _rename(table, f"{table}_away")
    try:
        yield
    finally:
        _rename(f"{table}_away", table)


def _rename(before: str, after: str) -> None:
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {quote(before)} RENAME TO {quote(after)}")


def raising(error: BaseException) -> Callable[..., NoReturn]:
    """Return a function that raises."""

    def fail(*_args: object, **_options: object) -> NoReturn:
        raise error

    return fail
