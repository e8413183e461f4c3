"""The words for what is otherwise than a team was told last."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext

from model_retirement.notices.payload import Told
from model_retirement.notices.readings import ModelNews
from model_retirement.notices.sentences import day_or_later
from model_retirement.notices.stages import CALLED_OFF


def sentences(news: ModelNews) -> tuple[str, ...]:
    """Return what has changed since the team was told last: what it was and what it is. Empty if it was never told."""
    was = news.payload.was
    if was is None:
        return ()
    if news.is_called_off:
        return (_called_off(was),)
    if was.stage == CALLED_OFF:
        return (gettext("We had told you that its retirement was called off. It is deprecated again."),)
    return (*_date(news, was), *_replacement(news, was))


def in_short(news: ModelNews) -> str:
    """Return what the day of a subject was before, in brackets; empty if it is the same, or the team was never told."""
    was = news.payload.was
    if was is None or was.stage == CALLED_OFF or was.retires_on is None or news.day is None:
        return ""
    if was.retires_on != news.day:
        return gettext("(was %(day)s)") % {"day": _told(was)}
    if was.retires_on_is_earliest == news.is_earliest:
        return ""
    return gettext("(no longer firm)") if news.is_earliest else gettext("(now firm)")


def withdrawn(news: ModelNews) -> str:
    """Return the day that the team was told and that is none any more; empty if there is none."""
    was = news.payload.was
    if was is None or was.retires_on is None or news.day is not None or news.is_called_off:
        return ""
    return _told(was)


def _called_off(was: Told) -> str:
    if was.retires_on is None:
        return gettext("We had told you that it is deprecated. It is not any more.")
    return gettext("We had told you that it retires on %(date)s. It does not.") % {"date": _told(was)}


def _date(news: ModelNews, was: Told) -> Iterator[str]:
    facts = {"before": _told(was), "now": day_or_later(news.day, is_earliest=news.is_earliest)}
    if was.retires_on == news.day:
        if news.day is not None and was.retires_on_is_earliest != news.is_earliest:
            yield _firmness(news) % facts
    elif was.retires_on is None:
        yield gettext("When we told you last, no date was known. It retires on %(now)s.") % facts
    elif news.day is None:
        words = gettext("The date that we had told you, %(before)s, is withdrawn. A new one is not known yet.")
        yield words % facts
    else:
        yield gettext("The date has moved since we told you last: from %(before)s to %(now)s.") % facts


def _firmness(news: ModelNews) -> str:
    if news.is_earliest:
        return gettext("The date is not firm any more since we told you last: it was %(before)s, and is %(now)s.")
    return gettext("The date has become firm since we told you last: it was %(before)s, and is %(now)s.")


def _replacement(news: ModelNews, was: Told) -> Iterator[str]:
    facts = {"before": was.replacement, "now": news.replacement}
    if was.replacement == news.replacement:
        return
    if not was.replacement:
        yield gettext("When we told you last, nothing was to replace it. Now %(now)s will.") % facts
    elif not news.replacement:
        yield gettext("We had told you that %(before)s will replace it. Nothing will.") % facts
    else:
        yield gettext("We had told you that %(before)s will replace it. Now %(now)s will.") % facts


def _told(was: Told) -> str:
    return day_or_later(was.retires_on, is_earliest=was.retires_on_is_earliest)
