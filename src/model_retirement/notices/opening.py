"""The first words of a message: what happens, and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.utils.translation import gettext, ngettext

from model_retirement.models import TeamNotice
from model_retirement.notices.readings import ModelNews
from model_retirement.notices.sentences import Sentence, day_words


def opening(all_news: Sequence[ModelNews], *, team: str) -> tuple[Sentence, ...]:
    """Return the sentences with which a message begins."""
    if all_news[0].event == TeamNotice.Event.REMOVED:
        return tuple(_removed(all_news, team=team))
    if all_news[0].event == TeamNotice.Event.RESTORED:
        return tuple(_restored(all_news, team=team))
    going = [news for news in all_news if not news.is_called_off]
    off = [news for news in all_news if news.is_called_off]
    return (*(_going(going, team=team) if going else ()), *(_called_off(off, team=team) if off else ()))


def _going(all_news: Sequence[ModelNews], *, team: str) -> Iterator[Sentence]:
    if len(all_news) > 1:
        message = ngettext(
            "%(number)s language model that %(team)s uses, or has added, is switched off by its provider.",
            "%(number)s language models that %(team)s uses, or has added, are switched off by their providers.",
            len(all_news),
        )
        yield Sentence(message, number=f"{len(all_news):,}", team=team)
    else:
        yield _reason(all_news[0], team=team)
    if all(news.retired for news in all_news):
        return
    if all(news.is_of_own_alone for news in all_news):
        yield Sentence(gettext("Until its day what uses a model goes on working."))
    else:
        yield Sentence(gettext("Until its day what uses a model goes on working, but nothing new can choose it."))


def _reason(news: ModelNews, *, team: str) -> Sentence:
    """Return why a model goes: its provider switches it off."""
    day = "" if news.day is None else day_words(news.day)
    own = news.is_of_own_alone
    return Sentence(_reason_of_own(news) if own else _reason_of_used(news), day=day, **_facts(news, team=team))


def _reason_of_used(news: ModelNews) -> str:
    if news.retired:
        return gettext("%(provider)s switched off the language model %(name)s, which %(team)s uses, on %(day)s.")
    if news.day is None:
        return gettext(
            "%(provider)s will switch off the language model %(name)s, which %(team)s uses. The day is not known yet."
        )
    if news.is_earliest:
        return gettext(
            "%(provider)s switches off the language model %(name)s, which %(team)s uses, on %(day)s or later."
        )
    return gettext("%(provider)s switches off the language model %(name)s, which %(team)s uses, on %(day)s.")


def _reason_of_own(news: ModelNews) -> str:
    if news.retired:
        return gettext(
            "%(provider)s switched off the language model %(name)s, which %(team)s has added itself, on %(day)s."
        )
    if news.day is None:
        return gettext(
            "%(provider)s will switch off the language model %(name)s, which %(team)s has added itself. The day is not"
            " known yet."
        )
    if news.is_earliest:
        return gettext(
            "%(provider)s switches off the language model %(name)s, which %(team)s has added itself, on %(day)s or later."
        )
    return gettext(
        "%(provider)s switches off the language model %(name)s, which %(team)s has added itself, on %(day)s."
    )


def _called_off(all_news: Sequence[ModelNews], *, team: str) -> Iterator[Sentence]:
    if len(all_news) == 1:
        message = gettext(
            "The retirement of the language model %(name)s is called off: it is not deprecated any more, and %(team)s can"
            " choose it like any other."
        )
        yield Sentence(message, name=all_news[0].name, team=team)
        return
    message = ngettext(
        "The retirement of %(number)s language model is called off: it is not deprecated any more, and %(team)s can choose"
        " it like any other.",
        "The retirement of %(number)s language models is called off: they are not deprecated any more, and %(team)s can"
        " choose them like any other.",
        len(all_news),
    )
    yield Sentence(message, number=f"{len(all_news):,}", team=team)


def _removed(all_news: Sequence[ModelNews], *, team: str) -> Iterator[Sentence]:
    if len(all_news) > 1:
        message = ngettext(
            "%(number)s language model that %(team)s used is no longer available.",
            "%(number)s language models that %(team)s used are no longer available.",
            len(all_news),
        )
        yield Sentence(message, number=f"{len(all_news):,}", team=team)
        return
    facts = _facts(all_news[0], team=team)
    yield Sentence(gettext("The language model %(name)s, which %(team)s used, is no longer available."), **facts)
    if all_news[0].day is None:
        return
    words = (
        gettext("%(provider)s switched it off on %(day)s.")
        if all_news[0].retired
        else gettext("%(provider)s switches it off on %(day)s.")
    )
    yield Sentence(words, day=day_words(all_news[0].day), **facts)


def _restored(all_news: Sequence[ModelNews], *, team: str) -> Iterator[Sentence]:
    if len(all_news) > 1:
        message = ngettext(
            "%(number)s language model that we had removed is available to %(team)s again.",
            "%(number)s language models that we had removed are available to %(team)s again.",
            len(all_news),
        )
        yield Sentence(message, number=f"{len(all_news):,}", team=team)
    else:
        message = gettext("The language model %(name)s, which we had removed, is available to %(team)s again.")
        yield Sentence(message, name=all_news[0].name, team=team)
    if any(news.payload.changed for news in all_news):
        yield Sentence(gettext("What you have changed since the removal stays as you left it."))
    message = ngettext(
        "The model stays marked as deprecated: what uses it goes on working, but nothing new can choose it.",
        "The models stay marked as deprecated: what uses them goes on working, but nothing new can choose them.",
        len(all_news),
    )
    yield Sentence(message)


def _facts(news: ModelNews, *, team: str) -> dict[str, str]:
    return {"provider": news.provider, "name": news.name, "team": team}
