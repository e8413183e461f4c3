"""What tenants wrote, on its way to where it could do more than be read: a terminal, a table, a log, an e-mail.

Tenants choose names, labels and keys of settings. A terminal obeys escape sequences, a spreadsheet computes formulas, a
mail client makes links of what looks like one, and text that nobody can see, or that turns the text around it, can
hide anything. JSON needs none of this: ``json.dumps`` escapes control characters and stays faithful.
"""

from __future__ import annotations

import re
from typing import Any

from model_retirement.wording import Words, translated

NO_NAME = Words("(no name)")
"""Stands for a name of which nobody would see anything: a link needs words."""

# Control characters (C0, C1), separators of lines and paragraphs, halves of characters, and a pattern of Braille
# without dots: each leaves a gap.
_GAPS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u2800\ud800-\udfff]")

# What turns text around, and what Unicode tells every program to show nothing for, fillers and tags among it.
_HIDDEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e00ff\U000e01f0-\U000e0fff]"
)

_SELECTORS = "\ufe00-\ufe0f\U000e0100-\U000e01ef"

# Emoji are joined, letters of some scripts are kept apart, and a selector chooses the shape of what it follows. Anywhere
# else these are invisible, too.
_IDLE = re.compile(
    "(?<![^\x00-\x7f\u200c\u200d])[\u200c\u200d]|[\u200c\u200d](?![^\x00-\x7f\u200c\u200d])"
    f"|(?<![^\\s{_SELECTORS}])[{_SELECTORS}]"
)

_SHOWS_NOTHING = re.compile(f"[\\s\u200c\u200d{_SELECTORS}]*")

# A space after each of these, for a link ends there: a scheme, slashes, a dot before what may be a domain (also those
# dots that a browser takes for one). An address without its domain is no link either.
_LINKS = re.compile(r"(?<=[A-Za-z]):(?=[^\s\d])|//(?=\S)|(?<=\S)[.\u3002\uff0e\uff61](?=[^\W\d_]{2})")

# The wide characters are taken for the others by some spreadsheets.
_STARTS_A_FORMULA = "=+\\-@\uff1d\uff0b\uff0d\uff20\t\r\n"

_FORMULA = re.compile(f"^(?=[\\s\"']*[{_STARTS_A_FORMULA}])")

# A spreadsheet may take the file apart at another separator than the one that it was written with.
_HIDDEN_CELL = re.compile(f'([;,|])(?=[\\s"]*[{_STARTS_A_FORMULA}])')


def one_line(text: str, *, at_most: int | None = None) -> str:
    """Return text on one line, with single spaces, without what nobody sees or what turns the text around it.

    :param at_most: characters; longer text ends in an ellipsis. None means all
    """
    line = " ".join(_plain(text).split())
    # Django's Truncator does not count combining characters, of which a name may consist.
    return line if at_most is None or len(line) <= at_most else f"{line[: at_most - 1].rstrip()}…"


def name(text: str, *, at_most: int | None = None) -> str:
    """Return a name on one line, and words in its place if nobody would see anything of it.

    :param at_most: characters; None means all
    """
    line = one_line(text, at_most=at_most)
    return NO_NAME if _SHOWS_NOTHING.fullmatch(line) else line


def terminal(line: str) -> str:
    """Return a line for a terminal or a log: one line, whatever is in it, of printable characters alone."""
    if line.isascii() and line.isprintable():
        return line
    return "".join(character if character.isprintable() else " " for character in _plain(line))


def cell(value: Any) -> Any:
    """Return a value for a cell of a CSV file: nothing for None, text on one line, and no text that is a formula.

    An apostrophe goes before what a spreadsheet would take for one, also where it would see a new cell in the middle of
    the text. Numbers are numbers.
    """
    if value is None:
        return ""
    if not isinstance(value, str):
        return value
    guarded = _HIDDEN_CELL.sub(r"\1'", _FORMULA.sub("'", _HIDDEN.sub("", value)))
    return _plain(guarded)


def mail(text: str, *, at_most: int | None = None) -> str:
    """Return a name for an e-mail, in which no mail client finds a link of its own.

    :param at_most: characters; None means all
    """
    return str(translated(name(_LINKS.sub(lambda match: f"{match[0]} ", one_line(text)), at_most=at_most)))


def _plain(text: str) -> str:
    return _IDLE.sub("", _HIDDEN.sub("", _GAPS.sub(" ", text)))
