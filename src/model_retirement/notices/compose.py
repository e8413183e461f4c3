"""A message as an e-mail in plain text and HTML, made from a team's notices. Its words are in the modules beside this one."""

from __future__ import annotations

import datetime as dt
import textwrap
from collections.abc import Sequence
from email.utils import parseaddr
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation

from model_retirement import conf
from model_retirement.catalogue.lifecycle import utc_today
from model_retirement.data_migrations import neutral
from model_retirement.host_models import name_of
from model_retirement.models import TeamMessage, TeamNotice
from model_retirement.notices.opening import opening
from model_retirement.notices.readings import read
from model_retirement.notices.sections import besides, sections_of
from model_retirement.notices.subjects import subject
from model_retirement.notices.table import rows_of, then

LONGEST_NAME = 100
LONGEST_NAME_IN_SUBJECT = 50

WIDTH = 72
"""Characters in a line of plain text, so that it can be quoted in an answer and still be read."""


class MessageWords(NamedTuple):
    """What a message says, for a channel of the host's own.

    :param subject: one line
    :param text: lines of at most ``WIDTH`` characters, but for addresses
    :param html: a whole document with its styles on the elements; tenants' text in it is escaped
    """

    subject: str
    text: str
    html: str


def words_of(*, message: TeamMessage, notices: Sequence[TeamNotice], using: str) -> MessageWords:
    """Return what the e-mail of a message would say: what is ahead, what has happened or what is back, with links.

    :param notices: those that ``Platform.deliver`` was given
    :param using: alias of the database that has what they name
    """
    made = compose(message=message, notices=notices, part=0, to=[], using=using)
    (html,) = (str(content) for content, _ in made.alternatives)
    return MessageWords(subject=str(made.subject), text=str(made.body), html=html)


def mail(*, message: TeamMessage, part: int, to: list[str], using: str) -> EmailMultiAlternatives:
    """Return one of the e-mails of a message. A repeat has the same ``Message-ID``, whoever it goes to.

    :param part: which of the e-mails, as a message to many goes out in several
    """
    notices = list(message.notices.using(using).order_by("provider", "name"))
    return compose(message=message, notices=notices, part=part, to=to, using=using)


def compose(
    *, message: TeamMessage, notices: Sequence[TeamNotice], part: int, to: list[str], using: str
) -> EmailMultiAlternatives:
    """Return an e-mail that tells of these notices, all of them of one team and one event, in the message's language.

    Links lead to what is stored now; what was deleted since is named without one.

    :param using: alias of the database that has what they name
    """
    with translation.override(message.language):
        return _composed(message=message, notices=notices, part=part, to=to, using=using)


def _composed(
    *, message: TeamMessage, notices: Sequence[TeamNotice], part: int, to: list[str], using: str
) -> EmailMultiAlternatives:
    # A mail that staff look at later says what it said: what is over is judged by the day on which it was sent.
    today = message.sent_at.date() if message.sent_at else utc_today()
    soonest_first = sorted(notices, key=lambda notice: notice.retires_on or dt.date.max)
    all_news = [read(notice, today=today) for notice in soonest_first]
    team = neutral.mail(name_of(message.team), at_most=LONGEST_NAME)
    short = neutral.mail(name_of(message.team), at_most=LONGEST_NAME_IN_SUBJECT)
    rows = rows_of(all_news)
    contact = conf.contact()
    context: dict[str, Any] = {
        # A header is one line, whatever is in a name.
        "subject": neutral.one_line(subject(all_news, team=short)),
        "then": then(all_news),
        "opening": opening(all_news, team=team),
        "rows": rows,
        "has_days": any(row.when for row in rows),
        "sections": sections_of(all_news, team_id=message.team_id, using=using),
        "besides": besides(all_news),
        "team": team,
        "site_url": conf.site_url(),
        "contact": contact,
        "contact_link": contact if is_url(contact) else f"mailto:{parseaddr(contact)[1]}",
    }
    made = EmailMultiAlternatives(
        subject=context["subject"],
        body=wrapped(render_to_string("model_retirement/notices/message.txt", context)),
        to=to,
        headers={
            "Message-ID": f"<{message.message_id}.{part}@{urlsplit(conf.site_url()).hostname}>",
            "Auto-Submitted": "auto-generated",  # asks for no answer from whoever is on holiday
        },
    )
    made.attach_alternative(render_to_string("model_retirement/notices/message.html", context), "text/html")
    return made


def is_url(text: str) -> bool:
    """Return whether text is where a browser can go."""
    return text.startswith(("http://", "https://"))


def wrapped(text: str) -> str:
    """Return plain text with its lines wrapped where they are too long, each with the indent that it began with.

    A URL, which stands on a line of its own, stays in one piece.
    """
    return "\n".join(_wrapped(line) for line in text.splitlines())


def _wrapped(line: str) -> str:
    content = line.lstrip(" ")
    if len(line) <= WIDTH or is_url(content):
        return line
    indent = " " * (len(line) - len(content))
    hanging = indent + "  " if content.startswith("- ") else indent
    return textwrap.fill(content, WIDTH, initial_indent=indent, subsequent_indent=hanging, break_on_hyphens=False)
