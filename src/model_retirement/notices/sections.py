"""The sections of a message below its table: what uses the models, by what becomes of it, the worst first."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext, gettext_noop

from model_retirement.models import TeamNotice
from model_retirement.notices import told_moves
from model_retirement.notices.lots import KindLines, Lot, ModelLines, lots_of
from model_retirement.notices.readings import ModelNews
from model_retirement.wording import counted


class Tone(enum.StrEnum):
    """How much a section wants somebody to do something; a class in the HTML."""

    BAD = "bad"
    WARN = "warn"
    GOOD = "good"


@dataclass(frozen=True)
class Group:
    """The things of one section that are there because of one model.

    :param heading: the model; empty in a message about one
    """

    heading: str
    kinds: tuple[KindLines, ...]


@dataclass(frozen=True)
class Section:
    """What meets the same lot.

    :param words: what that means, and what to do
    """

    title: str
    words: tuple[str, ...]
    tone: Tone
    groups: tuple[Group, ...]


_CARRY_ON = gettext_noop("The other models there carry on. Add another one where it matters.")

LOTS: Mapping[Lot, tuple[str, str, Tone]] = {
    Lot.BROKEN: (
        gettext_noop("Does not work any more"),
        gettext_noop("Its provider has switched the model off: this cannot wait. Choose another model."),
        Tone.BAD,
    ),
    Lot.STOPPED: (
        gettext_noop("Does not work any more"),
        gettext_noop("The model was removed, and nothing takes its place. Choose another model."),
        Tone.BAD,
    ),
    Lot.STOPS: (
        gettext_noop("Will stop working"),
        gettext_noop("Nothing takes the place of the model. Choose another one before its day."),
        Tone.BAD,
    ),
    Lot.NOT_BACK: (
        gettext_noop("Not back"),
        gettext_noop(
            "It keeps the model that it has now: a later removal gave it that one, or it could not be changed. Choose"
            " another one where it does not suit."
        ),
        Tone.WARN,
    ),
    Lot.FEWER: (gettext_noop("Lost one of several models, and goes on"), _CARRY_ON, Tone.WARN),
    Lot.LOSES: (gettext_noop("Loses one of several models, and goes on"), _CARRY_ON, Tone.WARN),
    Lot.MOVED: (
        gettext_noop("Moved"),
        gettext_noop("It works with the new model, but its answers may read differently: try it out."),
        Tone.GOOD,
    ),
    Lot.MOVES: (
        gettext_noop("Will move by itself"),
        gettext_noop(
            "What still uses the model when we remove it moves to the replacement. Try that one out before, and choose it if"
            " you like its answers, or another model if you do not."
        ),
        Tone.GOOD,
    ),
    Lot.BACK: (gettext_noop("Back as before"), "", Tone.GOOD),
    Lot.AS_LEFT: (gettext_noop("As you left it"), gettext_noop("You have changed this since the removal."), Tone.GOOD),
    Lot.STAYS: (gettext_noop("Stays as it is"), "", Tone.GOOD),
}
"""By what becomes of things: a title, what it means, and how much it wants somebody to do something."""


def sections_of(all_news: Sequence[ModelNews], *, team_id: Any, using: str) -> tuple[Section, ...]:
    """Return the sections of a message.

    :param team_id: the team that it is for
    :param using: alias of the database that has what it names
    """
    lots = lots_of(all_news, team_id=team_id, using=using)
    return tuple(_section(lot, lines, all_news=all_news) for lot, lines in lots.items())


def _section(lot: Lot, lines: Sequence[ModelLines], *, all_news: Sequence[ModelNews]) -> Section:
    title, words, tone = LOTS[lot]
    said = [gettext(words)] if words else []
    if lot is Lot.FEWER and any(model_lines.news.replacement for model_lines in lines):
        said.append(
            gettext("Where several models became the same one, it counts once, and not at all as a fallback of itself.")
        )
    if any(model_lines.is_own for model_lines in lines):
        said.append(
            gettext("We leave a model of your own alone: it is yours, and nothing that uses it moves by itself.")
        )
    groups = tuple(
        Group(_heading(model_lines) if len(all_news) > 1 or model_lines.is_own else "", model_lines.kinds)
        for model_lines in lines
    )
    return Section(gettext(title), tuple(said), tone, groups)


def _heading(lines: ModelLines) -> str:
    if lines.is_own:
        return gettext("%(model)s, your own") % {"model": lines.news.label}
    if lines.news.replacement:
        return f"{lines.news.label} → {lines.news.replacement}"
    return lines.news.label


def besides(all_news: Sequence[ModelNews]) -> tuple[str, ...]:
    """Return what a message counts and does not name: by model archives, and versions that nobody uses any more; money."""
    numbers = ((news, news.payload.resources.idle) for news in all_news)
    idle = [_idle_words(news, number, is_alone=len(all_news) == 1) for news, number in numbers if number]
    money = told_moves.total([news.payload.impact for news in all_news if news.payload.impact])
    return (*idle, *([money] if money else []))


def _idle_words(news: ModelNews, idle: int, *, is_alone: bool) -> str:
    if news.event == TeamNotice.Event.RESTORED:
        words = counted(
            "Also back: %(number)s archived or published version.",
            "Also back: %(number)s archived and published versions.",
            idle,
        )
    else:
        words = counted(
            "Also changed: %(number)s archived or published version.",
            "Also changed: %(number)s archived and published versions.",
            idle,
        )
    return words if is_alone else f"{news.name}: {words}"
