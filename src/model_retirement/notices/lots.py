"""What becomes of what uses a model, thing by thing: each once in a message, where the worst that it meets is told."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext

from model_retirement.data_migrations import neutral
from model_retirement.models import TeamNotice
from model_retirement.notices.kinds import headline, left_over, member_name, order, part_names, within_name
from model_retirement.notices.payload import NamedResource, Part, ResourceGroup
from model_retirement.notices.readings import ModelNews
from model_retirement.references import links, registry
from model_retirement.wording import first_of, translated

PARTS_SHOWN = 5
"""Parts of a resource, such as labels of nodes, that a line names; the others are counted."""

LONGEST_NAME = 100


class Lot(enum.IntEnum):
    """What becomes of a thing; the worst first."""

    BROKEN = enum.auto()
    """Its model is switched off and still there."""
    STOPPED = enum.auto()
    """Its model was removed, and nothing took its place."""
    STOPS = enum.auto()
    NOT_BACK = enum.auto()
    """After a restore: a later removal has moved it on."""
    FEWER = enum.auto()
    """It has lost one of several models."""
    LOSES = enum.auto()
    MOVED = enum.auto()
    MOVES = enum.auto()
    BACK = enum.auto()
    AS_LEFT = enum.auto()
    """After a restore: people have changed it since."""
    STAYS = enum.auto()
    """The retirement of its model is called off."""


@dataclass(frozen=True)
class ResourceLine:
    """One thing as the message names it."""

    name: str
    url: str
    details: str


@dataclass(frozen=True)
class KindLines:
    """The things of one kind: the first ones, and how many more there are, in words; empty if none."""

    heading: str
    lines: tuple[ResourceLine, ...]
    more: str


@dataclass(frozen=True)
class ModelLines:
    """The things that meet one lot through one model.

    :param is_own: it is the team's own model of that name
    """

    news: ModelNews
    is_own: bool
    kinds: tuple[KindLines, ...]


@dataclass(frozen=True)
class Use:
    """That a thing uses a model.

    :param place: of the model in the message
    """

    lot: Lot
    place: int
    is_own: bool
    resource: NamedResource


@dataclass
class _Thing:
    kind: str
    model: str
    uses: list[Use] = field(default_factory=list)

    @property
    def worst_first(self) -> list[Use]:
        return sorted(self.uses, key=lambda use: (use.lot, use.place, use.is_own))


_Where = tuple[Lot, int, bool, str]
"""A lot, the place of a model, whether it is the team's own, and a kind."""


def lots_of(all_news: Sequence[ModelNews], *, team_id: Any, using: str) -> Mapping[Lot, Sequence[ModelLines]]:
    """Return the things that a message names by what becomes of them, the worst first, and there by model and kind.

    :param team_id: the team that the message is for
    :param using: alias of the database that has the things
    """
    things: dict[tuple[str, Any], _Thing] = {}
    more: dict[_Where, int] = {}
    for place, news in enumerate(all_news):
        for lot, is_own, group in _groups(news):
            where = (lot, place, is_own, group.kind)
            more[where] = more.get(where, 0) + group.more
            for resource in group.first:
                thing = things.setdefault((group.kind, resource.id), _Thing(group.kind, group.model))
                thing.uses.append(Use(lot, place, is_own, resource))
    lines: dict[_Where, list[ResourceLine]] = {}
    shown = {key: _shown(thing, team_id=team_id) for key, thing in things.items()}
    urls = links.urls(shown.values(), registry=registry, using=using)
    for key, thing in things.items():
        first, *others = thing.worst_first
        where = (first.lot, first.place, first.is_own, thing.kind)
        url = urls.get(shown[key], "")
        lines.setdefault(where, []).append(_line(thing, first, others, all_news=all_news, url=url))
    lines_by_lot: dict[Lot, list[ModelLines]] = {}
    for lot, place, is_own, _ in sorted(where for where in more if where in lines or more[where]):
        known = lines_by_lot.setdefault(lot, [])
        if known and (known[-1].news, known[-1].is_own) == (all_news[place], is_own):
            continue
        known.append(ModelLines(all_news[place], is_own, tuple(_kinds(lot, place, is_own, lines=lines, more=more))))
    return lines_by_lot


def _groups(news: ModelNews) -> Iterator[tuple[Lot, bool, ResourceGroup]]:
    """Yield what becomes of each group, and whether its model is the team's own."""
    payload = news.payload
    for group in payload.resources.groups:
        yield _lot(news, group), False, group
    for group in news.own.groups if news.own else ():
        yield _lot_without_a_move(news, group), True, group
    for lot, resources in ((Lot.NOT_BACK, payload.moved_on), (Lot.AS_LEFT, payload.changed)):
        for group in resources.groups:
            yield lot, False, group


def _lot(news: ModelNews, group: ResourceGroup) -> Lot:
    if news.event == TeamNotice.Event.RESTORED:
        return Lot.BACK
    if news.event == TeamNotice.Event.REMOVED:
        return _lot_after_removal(news, group)
    if news.is_called_off:
        return Lot.STAYS
    if news.replacement and not news.retired:
        return Lot.MOVES
    return _lot_without_a_move(news, group)


def _lot_after_removal(news: ModelNews, group: ResourceGroup) -> Lot:
    if not news.replacement:
        return Lot.STOPPED if group.has_main else Lot.FEWER
    return Lot.FEWER if group.has_fewer else Lot.MOVED


def _lot_without_a_move(news: ModelNews, group: ResourceGroup) -> Lot:
    if not group.has_main:
        return Lot.LOSES
    return Lot.BROKEN if news.retired else Lot.STOPS


def _kinds(
    lot: Lot, place: int, is_own: bool, *, lines: Mapping[_Where, list[ResourceLine]], more: Mapping[_Where, int]
) -> Iterator[KindLines]:
    kinds = [where[3] for where in more if where[:3] == (lot, place, is_own)]
    for kind in sorted(kinds, key=order):
        where = (lot, place, is_own, kind)
        shown = lines.get(where, [])
        if number := len(shown) + more[where]:
            yield KindLines(heading=headline(kind, number), lines=tuple(shown), more=_and_more(more[where]))


def _and_more(number: int) -> str:
    return gettext("and %(number)s more") % {"number": f"{number:,}"} if number > 0 else ""


def _shown(thing: _Thing, *, team_id: Any) -> links.Shown:
    named = thing.worst_first[0].resource
    return links.Shown(thing.model, named.id, team_id, version=named.version)


def _line(thing: _Thing, first: Use, others: Sequence[Use], *, all_news: Sequence[ModelNews], url: str) -> ResourceLine:
    left: dict[tuple[str, str, str], int] = {}
    for use in (first, *others):
        for part in use.resource.parts:
            if part.left is not None:
                key = (part.within, part.label, part.member)
                left[key] = min(part.left, left.get(key, part.left))
    named: set[str] = set()
    details = [_places(thing.kind, first, left=left, named=named)]
    for use in others:
        name = all_news[use.place].name
        if use.is_own:
            name = gettext("%(model)s, your own") % {"model": name}
        places = _places(thing.kind, use, left=left, named=named)
        facts = {"model": name, "places": places}
        details.append(gettext("also %(model)s: %(places)s") % facts if places else gettext("also %(model)s") % facts)
    name = neutral.mail(first.resource.name, at_most=LONGEST_NAME)
    if first.resource.version is not None:
        name = gettext("%(name)s (version %(number)s)") % {"name": name, "number": first.resource.version}
    return ResourceLine(
        name=name,
        url=url,
        details="; ".join(filter(None, details)),
    )


def _places(kind: str, use: Use, *, left: dict[tuple[str, str, str], int], named: set[str]) -> str:
    """Return where in a thing a model stands.

    :param left: what there is to say of lists; what is said is taken out
    :param named: what in between has been named, such as a pipeline; what is named is added
    """
    by_label: dict[tuple[str, str, str], list[str]] = {}
    for part in use.resource.parts:
        about = by_label.setdefault((part.below, part.within, part.label), [])
        if words := _member_words(part, left):
            about.append(words)
    alike: dict[tuple[str, str, tuple[str, ...]], list[str]] = {}
    for (below, within, label), about in sorted(by_label.items()):
        alike.setdefault((below, within, tuple(sorted(about))), []).append(label)
    places: list[str] = []
    for (below, within, said), labels in alike.items():
        places.append(_place(below or kind, "" if within in named else within, labels, said))
        named.add(within)
    return "; ".join(filter(None, places))


def _member_words(part: Part, left: dict[tuple[str, str, str], int]) -> str:
    if part.left is not None:
        number = left.pop((part.within, part.label, part.member), None)
        return "" if number is None else left_over(part.member, number)
    return member_name(part.member) if part.member else ""


def _place(kind: str, within: str, labels: Sequence[str], said: Sequence[str]) -> str:
    """Return such words as ``pipeline Flow, node Answer: no fallback left``.

    :param kind: of what has the parts
    """
    pieces = [within_name(kind, neutral.mail(within, at_most=LONGEST_NAME))] if within else []
    if named := [neutral.mail(label, at_most=LONGEST_NAME) for label in labels if label]:
        pieces.append(part_names(_part_noun(kind), _listed(named), len(named)))
    where, what = ", ".join(pieces), ", ".join(said)
    return f"{where}: {what}" if where and what else where or what


def _part_noun(kind: str) -> str:
    """Return the word for a part of a resource: what the host calls the rows that point at models there."""
    nouns = (
        str(reference.model_class._meta.verbose_name)  # noqa: SLF001  (the documented Meta API)
        for reference in registry
        if reference.resource_path.resource.kind == kind and reference.resource_path.detail
    )
    return next(nouns, "")


def _listed(names: Sequence[str]) -> str:
    return str(translated(first_of(names, PARTS_SHOWN)))
