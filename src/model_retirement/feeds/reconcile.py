"""The catalogue beside what sources say: what a person should look at. Compares and says; changes nothing.

Which day counts
----------------
Of several firm days, in regions or in sources, the earliest counts: a model that is gone somewhere breaks what runs
there. Where sources name different ones, that is a finding of its own. A newer file of a publisher takes the place of an
older one first: see "Older and newer files" in ``matching.py``.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from model_retirement.catalogue import lifecycle
from model_retirement.catalogue.declarations import Deleted
from model_retirement.catalogue.entries import CatalogueModel
from model_retirement.catalogue.lifecycle import State
from model_retirement.catalogue.view import Catalogue, CatalogueError
from model_retirement.feeds import conflicts, snapshots
from model_retirement.feeds.conflicts import Conflict
from model_retirement.feeds.matching import Saying, Sources
from model_retirement.feeds.rows import Feed


class FindingKind(StrEnum):
    """What was found, the most urgent first. Models that only one side knows are no finding: absence means nothing.

    ``RETIRED``
        In the catalogue, and its firm day there has passed.
    ``RETIRING``
        In the catalogue, and due there soon.
    ``REPLACEMENT_RETIRED``
        What takes its place here is retired there, or retires soon. Day, replacements and source are those of that one.
    ``DEPRECATED``
        Deprecated there, still offered here; not said of one that is retired there.
    ``DATE_CHANGED``
        A firm day there and another firm day declared here.
    ``UNDATED``
        A firm day there and none declared here, whether it is deprecated here or not.
    ``SOURCES_DISAGREE``
        Another firm day than the one that counts, with its source; one finding for each such source.
    ``UNKNOWN``
        A source says that it goes, but no source has a firm day: someone has to read the source.
    ``REPLACEMENT_DIFFERS``
        What takes its place here is not what the source names first.
    ``NEAR_MISS``
        A row whose name is ours but for case or separators, and is taken for none of ours.
    """

    RETIRED = "retired"
    RETIRING = "retiring"
    REPLACEMENT_RETIRED = "replacement_retired"
    DEPRECATED = "deprecated"
    DATE_CHANGED = "date_changed"
    UNDATED = "undated"
    SOURCES_DISAGREE = "sources_disagree"
    UNKNOWN = "unknown"
    REPLACEMENT_DIFFERS = "replacement_differs"
    NEAR_MISS = "near_miss"


@dataclass(frozen=True)
class FeedFinding:
    """One thing that differs.

    :param provider: ours, as ``name`` and ``replacement`` are
    :param retires_on: the source's firm day; that of an unknown end may also be the earliest or a tentative one
    :param replacement: name of what takes the model's place here; None for nothing
    :param feed_replacements: what the source recommends, the first one first
    :param feed_name: the row's name as the source writes it
    :param inferred: the row is that of the model's last snapshot
    :param source: the file
    """

    finding: FindingKind
    provider: str
    name: str
    retires_on: dt.date | None
    replacement: str | None
    feed_replacements: tuple[str, ...]
    feed_name: str
    inferred: bool
    source_url: str | None
    source: str


@dataclass(frozen=True)
class Covered:
    """How much of the catalogue one source speaks of.

    :param models: provider and name of those of our models that it says anything about, be it that they stay
    :param inferred: those of them that it names by their last snapshot only
    """

    feed: Feed
    models: frozenset[tuple[str, str]]
    inferred: frozenset[tuple[str, str]]


@dataclass(frozen=True)
class Comparison:
    """What sources and the catalogue say of each other.

    :param as_of: the day of the comparison
    :param models: how many models the catalogue has
    :param not_read: rows per provider that the host cannot call, over all sources
    :param ends: the firm day that counts, by provider and name, of each of our models that has one
    """

    as_of: dt.date
    models: int
    sources: tuple[Covered, ...]
    findings: tuple[FeedFinding, ...]
    conflicts: tuple[Conflict, ...]
    not_read: Mapping[str, int]
    ends: Mapping[tuple[str, str], dt.date]

    @property
    def covered(self) -> int:
        """How many of our models at least one source speaks of."""
        return len(frozenset().union(*(source.models for source in self.sources)))


def compare(*, catalogue: Catalogue, feeds: Sequence[Feed], as_of: dt.date, within: int) -> Comparison:
    """Return what differs, the most urgent first.

    :param as_of: the day to compare with, in UTC
    :param within: for so many days ahead a retirement counts as soon
    """
    sources = Sources(feeds, catalogue=catalogue)
    day = _Day(as_of, within)
    findings: list[FeedFinding] = []
    for model in catalogue.models:
        findings += _of_model(model, sources, day)
        findings += (
            _finding(FindingKind.NEAR_MISS, model, near) for near in sources.near_misses(model.provider, model.name)
        )
    entries: list[CatalogueModel | Deleted] = [*catalogue.models, *catalogue.removals]
    for entry in entries:
        findings += _of_date(entry, sources)
        findings += _of_replacement(entry, sources, catalogue, day)
    about = {(model.provider, model.name): sources.about(model.provider, model.name) for model in catalogue.models}
    counting = {key: counts for key, sayings in about.items() if (counts := _that_counts(sayings))}
    not_read: Counter[str] = Counter()
    for feed in feeds:
        not_read.update(feed.not_read)
    return Comparison(
        as_of=as_of,
        models=len(catalogue.models),
        sources=tuple(_covered(feed, about) for feed in feeds),
        findings=tuple(sorted(findings, key=_urgency)),
        conflicts=tuple(
            conflict for key, counts in counting.items() if (conflict := conflicts.find(key, counts, about[key]))
        ),
        not_read=dict(sorted(not_read.items())),
        ends={key: end for key, counts in counting.items() if (end := counts.row.firm_day)},
    )


def _urgency(finding: FeedFinding) -> tuple[int, dt.date, str, str, str, str]:
    kinds = list(FindingKind)
    day = finding.retires_on or dt.date.max
    return kinds.index(finding.finding), day, finding.provider, finding.name, finding.source, finding.feed_name


def _covered(feed: Feed, about: Mapping[tuple[str, str], Sequence[Saying]]) -> Covered:
    said = {key: saying for key, sayings in about.items() for saying in sayings if saying.feed is feed}
    return Covered(feed, frozenset(said), frozenset(key for key, saying in said.items() if saying.inferred))


@dataclass(frozen=True)
class _Day:
    as_of: dt.date
    within: int

    def ending(self, day: dt.date | None) -> FindingKind | None:
        """Return whether a model is retired or due soon with such a firm day."""
        if day is None or (day - self.as_of).days > self.within:
            return None
        return FindingKind.RETIRED if day < self.as_of else FindingKind.RETIRING


def _that_counts(sayings: Sequence[Saying]) -> Saying | None:
    """Return the saying with the firm day that counts; see "Which day counts"."""
    dated = [saying for saying in sayings if saying.row.firm_day and not saying.outdated]
    return min(
        dated, key=lambda saying: (saying.dropped, saying.row.firm_day or dt.date.max, saying.inferred), default=None
    )


def _of_model(model: CatalogueModel, sources: Sources, day: _Day) -> Iterator[FeedFinding]:
    sayings = sources.about(model.provider, model.name)
    current = [saying for saying in sayings if not saying.outdated]
    counts = _that_counts(sayings)
    ending = day.ending(counts.row.firm_day) if counts else None
    if counts and ending:
        yield _finding(ending, model, counts)
    if ending != FindingKind.RETIRED and lifecycle.state(model, today=day.as_of) in (State.ACTIVE, State.LEGACY):
        deprecated = [saying for saying in current if _is_deprecated(saying, day.as_of)]
        yield from (_finding(FindingKind.DEPRECATED, model, saying) for saying in _first(deprecated, preferred=counts))
    if counts and (model.retires_on is None or model.retires_on_is_earliest):
        yield _finding(FindingKind.UNDATED, model, counts)
    if counts is None:
        unclear = [saying for saying in current if _is_unclear(saying, model)]
        yield from (_finding(FindingKind.UNKNOWN, model, saying) for saying in unclear[:1])
    for other in sayings:
        if counts and other.row.firm_day not in (None, counts.row.firm_day):
            yield _finding(FindingKind.SOURCES_DISAGREE, model, other)


def _first(sayings: Sequence[Saying], *, preferred: Saying | None) -> Sequence[Saying]:
    return [preferred] if preferred and preferred in sayings else sayings[:1]


def _is_deprecated(saying: Saying, as_of: dt.date) -> bool:
    since = saying.row.deprecated_on
    return saying.row.is_deprecated or (since is not None and since <= as_of)


def _is_unclear(saying: Saying, model: CatalogueModel) -> bool:
    """Return whether a source says that a model goes, in words that its declaration does not have."""
    row = saying.row
    if not row.is_leaving:
        return False
    if row.is_firm:  # it names no day at all
        return model.retires_on is None
    return not (model.retires_on_is_earliest and model.retires_on == row.retires_on)


def _of_date(entry: CatalogueModel | Deleted, sources: Sources) -> Iterator[FeedFinding]:
    is_earliest = isinstance(entry, CatalogueModel) and entry.retires_on_is_earliest
    counts = _that_counts(sources.about(entry.provider, entry.name))
    if counts and entry.retires_on and not is_earliest and counts.row.firm_day != entry.retires_on:
        yield _finding(FindingKind.DATE_CHANGED, entry, counts)


def _of_replacement(
    entry: CatalogueModel | Deleted, sources: Sources, catalogue: Catalogue, day: _Day
) -> Iterator[FeedFinding]:
    if entry.replacement is None:
        return
    recommending = [
        saying
        for saying in sources.about(entry.provider, entry.name)
        if saying.row.replacements and not saying.outdated
    ]
    newest = max(recommending, key=lambda saying: saying.feed.as_of or dt.date.min, default=None)
    if newest and not _is_same(newest.row.replacements[0], entry.replacement):
        yield _finding(FindingKind.REPLACEMENT_DIFFERS, entry, newest)
    try:
        replacement = catalogue.resolve_replacement(entry.provider, entry.name)
    except CatalogueError:  # which `llm_models check` reports
        return
    counts = _that_counts(sources.about(entry.provider, replacement)) if replacement else None
    if counts and day.ending(counts.row.firm_day):
        yield replace(_finding(FindingKind.REPLACEMENT_RETIRED, entry, counts), replacement=replacement)


def _is_same(there: str, here: str) -> bool:
    """Return whether two names are of one model, be one the dated form of the other."""
    bare = {there, here} | {snapshots.bare(there), snapshots.bare(here)}
    return there == here or snapshots.alias_of(there) in bare or snapshots.alias_of(here) in bare


def _finding(kind: FindingKind, entry: CatalogueModel | Deleted, saying: Saying) -> FeedFinding:
    row = saying.row
    return FeedFinding(
        finding=kind,
        provider=entry.provider,
        name=entry.name,
        retires_on=row.retires_on if kind is FindingKind.UNKNOWN else row.firm_day,
        replacement=entry.replacement,
        feed_replacements=row.replacements,
        feed_name=row.feed_name,
        inferred=saying.inferred,
        source_url=row.source_url,
        source=str(saying.feed.file),
    )
