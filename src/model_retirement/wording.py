"""Words for people: plain English where commands, logs and checks speak, any language on pages and in e-mails."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

from django.utils.translation import gettext, ngettext

MOST_NAMED = 10
"""Things that one line names, so that it stays readable; the others are counted."""


class Words(str):
    """English that commands, logs and checks print as it is, and that :func:`translated` says in the active language.

    Formatting it into something else leaves plain English. Its message is found in the sources as one of ``gettext`` is.

    :param message: with named placeholders
    :param facts: their values; those that are words themselves are translated with it
    """

    __slots__ = ("_facts", "_message")

    _message: str
    _facts: dict[str, Any]

    def __new__(cls, message: str, **facts: Any) -> Self:
        """Return the English."""
        words = super().__new__(cls, message % facts)
        words._message = message
        words._facts = facts
        return words

    def translated(self) -> str:
        """Return the same in the active language."""
        return self._translate() % {name: translated(fact) for name, fact in self._facts.items()}

    def _translate(self) -> str:
        return gettext(self._message)


class CountedWords(Words):
    """The same of a message with a plural. Its placeholder for the number is ``number``.

    :param singular: the message for one
    :param plural: the message for any other number
    """

    __slots__ = ("_count", "_plural")

    _plural: str
    _count: int

    def __new__(cls, singular: str, plural: str, count: int, **facts: Any) -> Self:
        """Return the English."""
        words = super().__new__(cls, singular if count == 1 else plural, number=f"{count:,}", **facts)
        words._message = singular
        words._plural = plural
        words._count = count
        return words

    def _translate(self) -> str:
        return ngettext(self._message, self._plural, self._count)


def listed(parts: Sequence[str]) -> Words:
    """Return words with commas between them."""
    facts = {f"part{number}": part for number, part in enumerate(parts)}
    message = ", ".join(f"%({name})s" for name in facts)
    return Words(message, **facts)


def first_of(items: Sequence[object], most: int = MOST_NAMED) -> str:
    """Return the first of a list with commas between them, and how many more there are, such as ``a, b and 1,200 more``.

    :param most: how many are named
    """
    facts = {"shown": ", ".join(map(str, items[:most])), "more": f"{len(items) - most:,}"}
    return Words("%(shown)s and %(more)s more", **facts) if len(items) > most else facts["shown"]


def translated(fact: Any) -> Any:
    """Return words in the active language, and anything else as it is."""
    return fact.translated() if isinstance(fact, Words) else fact


def translated_reason(error: Exception) -> str:
    """Return what an exception says in the active language, if it was raised with :class:`Words`."""
    return str(translated(error.args[0]))


def counted(singular: str, plural: str, count: int, **facts: Any) -> str:
    """Return a message with a plural in the active language; ``number`` in it is the count with its thousands set apart.

    :param facts: the values of further placeholders
    """
    return ngettext(singular, plural, count) % {"number": f"{count:,}", **facts}


def english_count(noun: str, number: int) -> str:
    """Return such English words as ``2 transcript analyses``, for commands."""
    return f"{number:,} {noun if number == 1 else english_plural(noun)}"


def english_plural(noun: str) -> str:
    """Return the English plural of a noun."""
    if noun.endswith("sis"):
        return f"{noun[:-2]}es"
    if noun.endswith("y") and noun[-2] not in "aeiou":
        return f"{noun[:-1]}ies"
    return f"{noun}es" if noun.endswith(("s", "x", "z", "ch", "sh")) else f"{noun}s"
