"""How the admin shows states and times: always in words, with a colour beside them at most."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

MINUTE = 60
HOUR = 60 * MINUTE
SHOWN_IN_A_LIST = 100
"""Characters of an error that a line of a list shows; its page has them all."""


def badge(tone: str, words: str) -> SafeString:
    """Return words in a coloured pill.

    :param tone: ``good``, ``warn``, ``bad``, ``busy`` or ``quiet``
    """
    return format_html('<span class="badge {}">{}</span>', tone, words)


def duration(began: dt.datetime | None, ended: dt.datetime | None) -> str:
    """Return the time between two moments in words, or nothing if one of them is missing."""
    if began is None or ended is None:
        return ""
    seconds = max((ended - began).total_seconds(), 0)
    if seconds < MINUTE:
        return gettext("%(seconds)s s") % {"seconds": f"{seconds:.1f}"}
    minutes, rest = divmod(round(seconds), MINUTE)
    if seconds < HOUR:
        return gettext("%(minutes)s min %(seconds)s s") % {"minutes": minutes, "seconds": rest}
    hours, minutes = divmod(minutes, MINUTE)
    return gettext("%(hours)s h %(minutes)s min") % {"hours": f"{hours:,}", "minutes": minutes}


def first_line(text: str) -> str:
    """Return the beginning of the first line of a text, as a list shows it."""
    line = text.partition("\n")[0]
    return line if len(line) <= SHOWN_IN_A_LIST else f"{line[: SHOWN_IN_A_LIST - 1]}…"


def counted(counts: Mapping[str, int]) -> str:
    """Return what an attempt did, such as ``3 models, 120 references``."""
    return ", ".join(f"{number:,} {counted_kind(kind)}" for kind, number in counts.items())


def counted_kind(kind: str) -> str:
    """Return the word for what an attempt counted, in the plural. The platform's own ones are in its own catalogues."""
    return gettext(kind.replace("_", " "))


def link(path: str, words: str) -> SafeString:
    """Return a link with text of anybody's in it."""
    return format_html('<a href="{}">{}</a>', path, words)
