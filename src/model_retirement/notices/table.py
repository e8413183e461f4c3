"""The table at the top of a message: each model with its day, what happens then, and what to do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext

from model_retirement.catalogue.token_limits import read_warning
from model_retirement.data_migrations import neutral
from model_retirement.models import TeamNotice
from model_retirement.notices import changes, told_moves
from model_retirement.notices.payload import Resources
from model_retirement.notices.readings import ModelNews
from model_retirement.notices.sentences import day_or_later
from model_retirement.wording import counted, translated

SETTINGS_SHOWN = 10
"""Changed settings that are named for a model; the others are counted."""

LONGEST_NAME = 100


@dataclass(frozen=True)
class Row:
    """One model in the table.

    :param when: the day on which its provider switches it off; empty if that is no news
    :param then: what happens, or has happened
    :param act: what to do
    :param notes: what else there is to know of the move, a sentence each
    :param announcement: address of the page on which the provider announces the model's end; empty if that is not known
    """

    model: str
    when: str
    then: str
    act: str
    notes: tuple[str, ...] = ()
    announcement: str = ""


def then(all_news: Sequence[ModelNews]) -> str:
    """Return the heading of the column for what happens."""
    is_to_come = all_news[0].event == TeamNotice.Event.DEPRECATED
    return gettext("What happens then") if is_to_come else gettext("What has happened")


def rows_of(all_news: Sequence[ModelNews]) -> tuple[Row, ...]:
    """Return the rows of the models in their order; a model of the team's own that shares a name has a row of its own."""
    return tuple(row for news in all_news for row in _rows(news))


def _rows(news: ModelNews) -> Iterator[Row]:
    if not news.is_of_own_alone or news.is_called_off:
        then, act = _fate(news)
        yield Row(news.label, _when(news), then, act, notes_of(news), announcement_of(news))
    if news.own is not None:
        then, act = _fate_of_own(news, news.own)
        label = gettext("%(model)s, your own") % {"model": news.label}
        alone = news.is_of_own_alone
        yield Row(
            label, _when(news), then, act, notes_of(news) if alone else (), announcement_of(news) if alone else ""
        )


def announcement_of(news: ModelNews) -> str:
    """Return where the provider announces a model's end; empty if nobody knows, or the end is called off."""
    return "" if news.is_called_off else news.payload.announcement


def _when(news: ModelNews) -> str:
    if news.is_called_off:
        return gettext("called off")
    if news.day is None and news.event != TeamNotice.Event.DEPRECATED:
        return ""
    return day_or_later(news.day, is_earliest=news.is_earliest)


def _fate(news: ModelNews) -> tuple[str, str]:
    """Return what happens to what uses a model of the platform, and what to do."""
    if news.event == TeamNotice.Event.REMOVED:
        return _removed(news)
    if news.event == TeamNotice.Event.RESTORED:
        return _restored(news)
    if news.is_called_off:
        return (
            gettext("stays, and can be chosen like any other"),
            gettext("nothing; if you have moved to another model, you can come back"),
        )
    return _deprecated(news)


def _deprecated(news: ModelNews) -> tuple[str, str]:
    resources, facts = news.payload.resources, {"replacement": news.replacement}
    if not resources.groups:
        return _unused()
    if news.retired and has_main(resources):
        act = gettext("choose %(replacement)s, or another model, now") % facts if news.replacement else _choose_now()
        return gettext("what uses it does not work any more"), act
    if news.replacement and not news.retired:
        return (
            gettext("what still uses it when we remove it moves to %(replacement)s by itself") % facts,
            gettext("try %(replacement)s out, and choose it, or another model") % facts,
        )
    if has_main(resources):
        return gettext("what uses it stops working"), _choose()
    return gettext("what uses it goes on with its other models"), _add()


def _fate_of_own(news: ModelNews, own: Resources) -> tuple[str, str]:
    """Return what happens to what uses a model of the team's own: it is theirs, so nothing moves by itself."""
    if not own.groups:
        return _unused()
    if not has_main(own):
        return gettext("what uses it goes on with its other models"), _add()
    if news.retired:
        return gettext("what uses it does not work any more"), _choose_now()
    return gettext("what uses it stops working, for nothing moves by itself"), _choose()


def _removed(news: ModelNews) -> tuple[str, str]:
    resources = news.payload.resources
    if not resources.groups:
        return gettext("only archives and published versions were changed"), _nothing()
    if news.replacement:
        act = (
            gettext("try it out") if not has_fewer(resources) else gettext("try it out, and see what has fewer models")
        )
        return gettext("what used it uses %(replacement)s now") % {"replacement": news.replacement}, act
    if has_main(resources):
        return gettext("what used it has no model any more"), _choose()
    return gettext("what used it goes on with its other models"), _add()


def _restored(news: ModelNews) -> tuple[str, str]:
    if news.payload.moved_on:
        then = gettext("it is back, but not everywhere where it was used")
        return then, gettext("try out what is not back")
    act = _choose() if news.day else _nothing()
    if news.payload.changed:
        return gettext("it is back, but for what you have changed since"), act
    return gettext("what used it uses it as before"), act


def has_main(resources: Resources) -> bool:
    """Return whether something has no other model than this one."""
    return any(group.has_main for group in resources.groups)


def has_fewer(resources: Resources) -> bool:
    """Return whether something has fewer models than before."""
    return any(group.has_fewer for group in resources.groups)


def _unused() -> tuple[str, str]:
    return gettext("nothing of yours uses it at present"), _nothing()


def _choose() -> str:
    return gettext("choose another model")


def _choose_now() -> str:
    return gettext("choose another model now")


def _add() -> str:
    return gettext("add another model where it matters")


def _nothing() -> str:
    return gettext("nothing")


def notes_of(news: ModelNews) -> tuple[str, ...]:
    """Return what stands below a model in the table: what is news about it, and what the move brings along.

    What the move costs, and what the replacement can do, belongs here, too.
    """
    warnings = (f"{translated(read_warning(warning))}." for warning in news.payload.warnings)
    moved = () if news.is_of_own_alone else told_moves.sentences(news.payload.move, news.payload.impact)
    return (*changes.sentences(news), *warnings, *_settings(news), *moved)


def _settings(news: ModelNews) -> Iterator[str]:
    settings = news.payload.settings
    for name, becomes in settings[:SETTINGS_SHOWN]:
        # People may have called it anything: settings are keys of a JSON object.
        shown = neutral.mail(name, at_most=LONGEST_NAME)
        facts = {"setting": shown, "becomes": becomes, "replacement": news.replacement}
        if not becomes:
            yield gettext("The setting “%(setting)s” was dropped: %(replacement)s does not have it.") % facts
        elif becomes == name:
            yield gettext("The setting “%(setting)s” got a value that %(replacement)s accepts.") % facts
        else:
            words = gettext("The setting “%(setting)s” became “%(becomes)s”, its counterpart in %(replacement)s.")
            yield words % facts
    if (more := len(settings) - SETTINGS_SHOWN) > 0:
        yield counted("%(number)s more setting changed or went.", "%(number)s more settings changed or went.", more)
