"""Subjects of messages: the deadline first, as a day that is right whenever the message is read."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext

from model_retirement.models import TeamNotice
from model_retirement.notices import changes
from model_retirement.notices.readings import ModelNews
from model_retirement.notices.sentences import day_words
from model_retirement.notices.table import has_fewer, has_main
from model_retirement.wording import counted


def subject(all_news: Sequence[ModelNews], *, team: str) -> str:
    """Return the subject of a message.

    :param all_news: in their order, the one with the first day first
    :param team: its name, short enough for a subject
    """
    if all_news[0].event == TeamNotice.Event.REMOVED:
        when, what = _since(all_news), _removed(all_news)
    elif all_news[0].event == TeamNotice.Event.RESTORED:
        when, what = _since(all_news), _restored(all_news)
    else:
        when, what = _deprecated(all_news)
    return gettext("%(when)s: %(what)s (%(team)s)") % {"when": when, "what": what, "team": team}


def _since(all_news: Sequence[ModelNews]) -> str:
    return gettext("Since %(day)s") % {"day": day_words(min(news.noted_on for news in all_news))}


def _deprecated(all_news: Sequence[ModelNews]) -> tuple[str, str]:
    going = [news for news in all_news if not news.is_called_off]
    if not going:
        return gettext("Called off"), _stay(all_news)
    first = going[0]
    if len(going) > 1:
        facts = {"name": first.name}
        what = counted(
            "%(number)s model that you use is switched off, %(name)s first",
            "%(number)s models that you use are switched off, %(name)s first",
            len(going),
            **facts,
        )
        return _deadline(first), what
    return _deadline(first), _act(first)


def _deadline(news: ModelNews) -> str:
    if news.day is None:
        day = changes.withdrawn(news)
        return gettext("Not on %(day)s") % {"day": day} if day else gettext("Day not known yet")
    words = gettext("Since %(day)s") if news.retired else gettext("By %(day)s")
    return " ".join(filter(None, [words % {"day": day_words(news.day)}, changes.in_short(news)]))


def _act(news: ModelNews) -> str:
    facts = {"name": news.name, "replacement": news.replacement}
    if news.is_of_own_alone:
        return gettext("choose another model than your own %(name)s") % facts
    if news.retired:
        if news.replacement:
            return gettext("%(name)s is switched off, choose %(replacement)s or another model") % facts
        return gettext("%(name)s is switched off, choose another model") % facts
    if news.replacement:
        return gettext("try %(replacement)s, which replaces %(name)s") % facts
    if news.payload.resources.groups and not has_main(news.payload.resources):
        return gettext("%(name)s goes, what uses it carries on") % facts
    return gettext("choose another model than %(name)s") % facts


def _stay(all_news: Sequence[ModelNews]) -> str:
    if len(all_news) == 1:
        return gettext("%(name)s stays") % {"name": all_news[0].name}
    return counted("%(number)s model stays", "%(number)s models stay", len(all_news))


def _removed(all_news: Sequence[ModelNews]) -> str:
    stopped = [news for news in all_news if not news.replacement and has_main(news.payload.resources)]
    if len(all_news) > 1:
        if stopped:
            return counted(
                "%(number)s model is removed, choose another one",
                "%(number)s models are removed, choose others",
                len(all_news),
            )
        return counted(
            "%(number)s model is removed, nothing stops working",
            "%(number)s models are removed, nothing stops working",
            len(all_news),
        )
    facts = {"name": all_news[0].name, "replacement": all_news[0].replacement}
    if stopped:
        return gettext("%(name)s is removed, choose another model") % facts
    if not all_news[0].replacement:
        return gettext("%(name)s is removed, what used it goes on") % facts
    if has_fewer(all_news[0].payload.resources):
        return gettext("%(replacement)s replaces %(name)s, some lists are shorter") % facts
    return gettext("%(replacement)s replaces %(name)s, try it out") % facts


def _restored(all_news: Sequence[ModelNews]) -> str:
    if len(all_news) > 1:
        return counted("%(number)s model is back", "%(number)s models are back", len(all_news))
    return gettext("%(name)s is back") % {"name": all_news[0].name}
