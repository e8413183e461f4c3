"""Whole numbers that people or addresses have written: the one reading of them."""

from __future__ import annotations

LARGEST_INTEGER = 2**63 - 1
"""The largest that a database's integers hold."""


def whole_number(text: str, *, most: int = LARGEST_INTEGER) -> int | None:
    """Return the number from 0 to ``most`` that is written in the digits 0 to 9; None for anything else.

    Signs, spaces, underscores and other scripts' digits are none: Python reads them, and nobody means them.
    """
    if not text.isascii() or not text.isdecimal() or len(text) > len(str(most)):
        return None
    number = int(text)
    return number if number <= most else None
