"""What stands in the way of an undo: how the journal has it, and how people read it."""

from __future__ import annotations

from collections.abc import Sequence

from model_retirement.keys import Key
from model_retirement.wording import Words

CHANGED = "changed"
"""The row holds something else by now."""

GONE = "gone"
"""The row is not there any more."""

NO_MODEL = "model"
"""The model of the row has not come back."""

_REMOVAL = "removal "
_MISSING = "missing "
_TAKEN = "taken "
_REFUSED = "refused "

LeftAlone = dict[str, list[Key]]
"""Ids of rows by what stands in the way: one of the constants, or what one of the functions below returns."""

STAYS_WHERE_IT_IS = tuple(f"{obstacle}%" for obstacle in (_REMOVAL, _MISSING, _TAKEN, _REFUSED))
"""Patterns (LIKE) of what leaves a row of a team as it is now, through no act of the team."""


def moved_on(run_id: int) -> str:
    """Return that a later removal has moved the row on."""
    return f"{_REMOVAL}{run_id}"


def missing(*, columns: Sequence[str], values: Sequence[object], table: str) -> str:
    """Return that what a row points at is not there any more.

    :param columns: those that point there
    :param values: what they held
    :param table: where it was
    """
    return f"{_MISSING}{', '.join(columns)} {', '.join(map(str, values))} of {table}"


def taken(*, columns: Sequence[str], by: object) -> str:
    """Return that another row has what no two rows may have.

    :param columns: of the unique key
    :param by: the primary key of the other row
    """
    return f"{_TAKEN}{', '.join(columns)} by {by}"


def refused(reason: str) -> str:
    """Return that the database does not take a row, with what it says."""
    return f"{_REFUSED}{reason}"


def is_refused(obstacle: str) -> bool:
    """Return whether it was the database that did not take a row."""
    return obstacle.startswith(_REFUSED)


def later_removal(obstacle: str) -> int | None:
    """Return the number of the later removal that an obstacle is; None if it is something else."""
    return int(obstacle.removeprefix(_REMOVAL)) if obstacle.startswith(_REMOVAL) else None


def by_words(left_alone: LeftAlone) -> dict[Words, list[Key]]:
    """Return the rows by what stands in the way in words: of later removals the last first, then all else."""
    by_words: dict[Words, list[Key]] = {}
    for obstacle in sorted(left_alone, key=lambda each: later_removal(each) or 0, reverse=True):
        by_words.setdefault(in_words(obstacle), []).extend(left_alone[obstacle])
    return by_words


def in_words(obstacle: str) -> Words:
    """Return what stands in the way, for people."""
    if obstacle.startswith(_REMOVAL):
        return Words("moved on by removal %(run)s", run=obstacle.removeprefix(_REMOVAL))
    if obstacle.startswith(_MISSING):
        return Words("points at what is gone: %(target)s", target=obstacle.removeprefix(_MISSING))
    if obstacle.startswith(_TAKEN):
        columns, _, row = obstacle.removeprefix(_TAKEN).rpartition(" by ")
        return Words("row %(row)s has the same %(columns)s", row=row, columns=columns)
    if is_refused(obstacle):
        return Words("refused by the database: %(reason)s", reason=obstacle.removeprefix(_REFUSED))
    return Words("its model is not back") if obstacle == NO_MODEL else Words("changed or gone since")
