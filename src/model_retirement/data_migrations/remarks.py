"""What other apps have to say of the records that a list shows: a record may say applied where more is to be done."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection


@dataclasses.dataclass(frozen=True)
class Remark:
    """Something that an app has to say of records.

    :param names: returns the names of the records that there is something to say of, given the alias of the database
    :param lines: returns what is said of some of them, given their names and the alias
    """

    names: Callable[[str], Collection[str]]
    lines: Callable[[Collection[str], str], list[str]]


_remarks: list[Remark] = []


def register(remark: Remark) -> None:
    """Have something said of records, wherever they are listed; once, however often an app gets ready."""
    if remark not in _remarks:
        _remarks.append(remark)


def names(*, using: str) -> set[str]:
    """Return the names of all records that there is something to say of."""
    return {name for remark in _remarks for name in remark.names(using)}


def lines(*, names: Collection[str], using: str) -> list[str]:
    """Return what is said of the records of these names."""
    return [line for remark in _remarks for line in remark.lines(names, using)]
