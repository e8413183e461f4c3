"""Writing rows of which the database may refuse some: what it does not take is left out and named."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from django.db import transaction

from model_retirement import obstacles, sql
from model_retirement.references.odd_rows import OF_A_ROW, is_of_a_row, reason_of

T = TypeVar("T")


class NotTaken(Exception):
    """The database does not take one of several rows."""


def refused(write: Callable[[Sequence[T]], object], items: Sequence[T], *, using: str) -> dict[T, str]:
    """Write what the database takes of some items; return the others, with what stands in the way.

    Items may need each other, so what was refused is tried again as long as others have been taken since.

    :param write: writes some of them
    """
    left: dict[T, str] = {}
    going = items
    while going:
        left = _halved(write, going, using=using)
        if len(left) == len(going):
            break
        going = list(left)
    return left


def together(write: Callable[[Sequence[T]], object], items: Sequence[T], *, using: str) -> dict[T, str]:
    """Write all items, and let the database look at once at what it would look at when the transaction ends.

    :return: nothing, as :func:`refused` where all are taken
    :raises NotTaken: if it does not take one; the transaction has to be rolled back
    """
    try:
        _checked(write, items, using=using)
    except OF_A_ROW as error:
        if not is_of_a_row(error):
            raise
        raise NotTaken from error
    return {}


def _checked(write: Callable[[Sequence[T]], object], items: Sequence[T], *, using: str) -> None:
    write(items)
    sql.dialect(using).check_now()


def _halved(write: Callable[[Sequence[T]], object], items: Sequence[T], *, using: str) -> dict[T, str]:
    try:
        with transaction.atomic(using=using):
            _checked(write, items, using=using)
    except OF_A_ROW as error:
        if not is_of_a_row(error):
            raise
        if len(items) == 1:
            return {items[0]: obstacles.refused(reason_of(error))}
    else:
        return {}
    half = len(items) // 2
    return _halved(write, items[:half], using=using) | _halved(write, items[half:], using=using)
