"""The catalogue beside a feed of retirements: what a person should look at. Compares and says; changes nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from model_retirement.catalogue import lifecycle
from model_retirement.catalogue.declarations import Deleted
from model_retirement.catalogue.entries import CatalogueModel
from model_retirement.catalogue.lifecycle import State
from model_retirement.catalogue.view import Catalogue, CatalogueError
from model_retirement.feeds import snapshots
from model_retirement.feeds.rows import FeedRow


class FindingKind(StrEnum):
    """What was found, the most urgent first. Models that only one side knows are no finding: absence means nothing.

    ``RETIRED``
        In the catalogue, and switched off there: the day has passed.
    ``RETIRING``
        In the catalogue, and due there soon.
    ``REPLACEMENT_RETIRED``
        What takes its place here is retired there, or retires soon. Day, replacements and source are those of that one.
    ``DEPRECATED``
        Deprecated there, still offered here; not said of one that is retired there.
    ``DATE_CHANGED``
        Another day of retirement than the one declared here, or the same one, but firm on one side only; or words that
        name no day, such as "postponed".
    ``UNKNOWN``
        The feed says that it goes, but not clearly when, and no day is declared here: someone has to read the source.
    """

    RETIRED = "retired"
    RETIRING = "retiring"
    REPLACEMENT_RETIRED = "replacement_retired"
    DEPRECATED = "deprecated"
    DATE_CHANGED = "date_changed"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class FeedFinding:
    """One thing that differs. ``retires_on``, ``feed_replacements`` and ``source_url`` are the feed's.

    :param replacement: name of what takes the model's place here; None for nothing
    """

    finding: FindingKind
    provider: str
    name: str
    retires_on: dt.date | None
    replacement: str | None
    feed_replacements: tuple[str, ...]
    source_url: str | None


def compare(*, catalogue: Catalogue, rows: Iterable[FeedRow], as_of: dt.date, within: int) -> tuple[FeedFinding, ...]:
    """Return what differs, the most urgent first.

    :param as_of: the day to compare with, in UTC
    :param within: for so many days ahead a retirement counts as soon
    """
    feed = _Feed(rows, catalogue=catalogue)
    found: list[FeedFinding] = []
    for model in catalogue.models:
        found += _of_model(model, feed, as_of=as_of, within=within)
    entries: list[CatalogueModel | Deleted] = [*catalogue.models, *catalogue.removals]
    for entry in entries:
        found += _of_date(entry, feed)
        found += _of_replacement(entry, feed, catalogue=catalogue, as_of=as_of, within=within)
    return tuple(sorted(found, key=_urgency))


def _urgency(finding: FeedFinding) -> tuple[int, dt.date, str, str]:
    kinds = list(FindingKind)
    return kinds.index(finding.finding), finding.retires_on or dt.date.max, finding.provider, finding.name


class _Feed:
    """The rows of a feed, by what they say about a name: see "Aliases and snapshots" in ``snapshots.py``."""

    def __init__(self, rows: Iterable[FeedRow], *, catalogue: Catalogue) -> None:
        self._rows = {(row.provider, row.name): row for row in rows}
        self._snapshots: dict[tuple[str, str], list[FeedRow]] = {}
        for row in self._rows.values():
            if alias := snapshots.alias_of(row.name):
                self._snapshots.setdefault((row.provider, alias), []).append(row)
        self._alive = {key for key, last in snapshots.LAST_SNAPSHOTS.items() if (key[0], last) not in self._rows}
        for model in catalogue.models:
            alias = snapshots.alias_of(model.name)
            if alias and (model.provider, model.name) not in self._rows:
                self._alive.add((model.provider, alias))

    def about(self, provider: str, name: str) -> FeedRow | None:
        """Return what the feed says about a model, by its own row and by those of its snapshots; None for nothing."""
        own, said, outlived = self._said(provider, name)
        if own is None and (outlived or not said):
            return None
        last = max(said, key=lambda row: (row.retires_on or dt.date.max, row.name))
        return replace(
            own or replace(last, name=name),
            deprecated_on=_latest(row.deprecated_on for row in said),
            retires_on=_latest(row.retires_on for row in said),
            is_firm=not outlived and all(row.is_firm for row in said),
        )

    def leaves_day_open(self, provider: str, name: str) -> bool:
        """Return whether the feed's words say that the day is not firm, or that there is none; its silence does not."""
        _, said, outlived = self._said(provider, name)
        has_day = all(row.retires_on for row in said)
        return not outlived and any(not row.is_firm and (has_day or row.retires_on is None) for row in said)

    def _said(self, provider: str, name: str) -> tuple[FeedRow | None, list[FeedRow], bool]:
        """Return the model's own row, that row and those of its snapshots, and whether a snapshot outlives them."""
        bare = (provider, snapshots.bare(name))
        own = self._rows.get((provider, name))
        return own, [*([own] if own else []), *self._snapshots.get(bare, [])], bare in self._alive


def _latest(days: Iterable[dt.date | None]) -> dt.date | None:
    known = list(days)
    return None if None in known else max(day for day in known if day)


def _of_model(model: CatalogueModel, feed: _Feed, *, as_of: dt.date, within: int) -> Iterator[FeedFinding]:
    row = feed.about(model.provider, model.name)
    if row is None:
        return
    offered = lifecycle.state(model, today=as_of) in (State.ACTIVE, State.LEGACY)
    ending = _ending(row, as_of=as_of, within=within)
    deprecated = offered and row.deprecated_on is not None and row.deprecated_on <= as_of
    if ending:
        yield _finding(ending, model, row)
    if deprecated and ending != FindingKind.RETIRED:
        yield _finding(FindingKind.DEPRECATED, model, row)
    if not (ending or deprecated) and model.retires_on is None and _is_unclear(row, offered, as_of, within):
        yield _finding(FindingKind.UNKNOWN, model, row)


def _ending(row: FeedRow, *, as_of: dt.date, within: int) -> FindingKind | None:
    """Return whether a model is retired there or due soon; a day that is not firm is neither."""
    if not row.is_firm or row.retires_on is None or (row.retires_on - as_of).days > within:
        return None
    return FindingKind.RETIRED if row.retires_on < as_of else FindingKind.RETIRING


def _is_unclear(row: FeedRow, offered: bool, as_of: dt.date, within: int) -> bool:
    if row.is_firm:
        return offered and row.retires_on is None and row.deprecated_on is None
    return row.retires_on is None or (row.retires_on - as_of).days <= within


def _of_date(entry: CatalogueModel | Deleted, feed: _Feed) -> Iterator[FeedFinding]:
    row = feed.about(entry.provider, entry.name)
    declared = entry.retires_on
    if row is None or declared is None:
        return
    is_open = feed.leaves_day_open(entry.provider, entry.name)
    if row.retires_on is None:
        changed = is_open
    elif row.retires_on == declared:
        is_earliest = isinstance(entry, CatalogueModel) and entry.retires_on_is_earliest
        changed = is_earliest if row.is_firm else is_open and not is_earliest
    else:
        # An earliest day is contradicted by an earlier one only.
        changed = row.is_firm or row.retires_on > declared
    if changed:
        yield _finding(FindingKind.DATE_CHANGED, entry, row)


def _of_replacement(
    entry: CatalogueModel | Deleted, feed: _Feed, *, catalogue: Catalogue, as_of: dt.date, within: int
) -> Iterator[FeedFinding]:
    try:
        replacement = catalogue.resolve_replacement(entry.provider, entry.name)
    except CatalogueError:  # which `llm_models check` reports
        return
    row = feed.about(entry.provider, replacement) if replacement else None
    if row and _ending(row, as_of=as_of, within=within):
        yield replace(_finding(FindingKind.REPLACEMENT_RETIRED, entry, row), replacement=replacement)


def _finding(kind: FindingKind, entry: CatalogueModel | Deleted, row: FeedRow) -> FeedFinding:
    return FeedFinding(
        finding=kind,
        provider=entry.provider,
        name=entry.name,
        retires_on=row.retires_on,
        replacement=entry.replacement,
        feed_replacements=row.replacements,
        source_url=row.source_url,
    )
