"""Which rows of which sources are about a model: by its name, by an alias, or by its last snapshot.

Older and newer files
---------------------
Of two files of one publisher the newer one counts. What the older one says of a model that is in both was so once: it is
outdated, and only named. What it says of a model that the newer one does not have may have been withdrawn, or the newer
file may be a part: it counts where no other source has a firm day. Files that do not say how old they are stand beside
each other.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from model_retirement.catalogue.view import Catalogue
from model_retirement.feeds import names, snapshots
from model_retirement.feeds.rows import Feed, FeedRow

Key = tuple[str, str]


@dataclass(frozen=True)
class Saying:
    """What one source says about one model.

    :param inferred: the row is that of its last snapshot: see "Aliases and snapshots" in ``snapshots.py``
    :param outdated: a newer file of the publisher speaks of the model, too; see "Older and newer files"
    :param dropped: a newer file of the publisher does not
    """

    row: FeedRow
    feed: Feed
    inferred: bool = False
    outdated: bool = False
    dropped: bool = False


class Sources:
    """The rows of all feeds, to be asked by the name of a model.

    :param catalogue: knows snapshots, too, which no feed may list
    """

    def __init__(self, feeds: Sequence[Feed], *, catalogue: Catalogue) -> None:
        self._indexes = [_Index(feed) for feed in feeds]
        self._snapshots: dict[Key, set[str]] = defaultdict(set)
        for key, last in snapshots.LAST_SNAPSHOTS.items():
            self._snapshots[key].add(last)
        for model in catalogue.models:
            self._note_snapshot(model.provider, model.name)
        for row in (row for feed in feeds for row in feed.rows):
            self._note_snapshot(row.provider, row.name)

    def about(self, provider: str, name: str) -> tuple[Saying, ...]:
        """Return what each source says about a model, in the order of the sources."""
        said = [saying for index in self._indexes if (saying := self._in(index, (provider, name)))]
        return tuple(self._with_age(saying, said) for saying in said)

    def _note_snapshot(self, provider: str, name: str) -> None:
        if alias := snapshots.alias_of(name):
            self._snapshots[provider, alias].add(name)

    def _with_age(self, saying: Saying, said: Sequence[Saying]) -> Saying:
        newer = [index.feed for index in self._indexes if _is_newer(index.feed, saying.feed)]
        # What is inferred does not outdate what stands in a row.
        repeated = any(other.feed in newer and other.inferred <= saying.inferred for other in said)
        return replace(saying, outdated=repeated, dropped=bool(newer) and not repeated)

    def near_misses(self, provider: str, name: str) -> Iterator[Saying]:
        """Yield rows that may be meant for a model, in sources without a row for it: they differ in spelling alone."""
        for index in self._indexes:
            if index.own((provider, name)) is None:
                for row in index.spelled_like((provider, name)):
                    yield Saying(row, index.feed)

    def _in(self, index: _Index, key: Key) -> Saying | None:
        if own := index.own(key):
            return Saying(own, index.feed)
        last = self._last_snapshot(key)
        row = index.own((key[0], last)) if last else None
        return Saying(row, index.feed, inferred=True) if row else None

    def _last_snapshot(self, key: Key) -> str | None:
        provider, name = key
        known = self._snapshots.get((provider, snapshots.bare(name)), set()) - {name}
        return snapshots.last(known, ends=lambda snapshot: self._end_of((provider, snapshot))) if known else None

    def _end_of(self, key: Key) -> dt.date | None:
        ends = [row.firm_day for index in self._indexes if (row := index.own(key)) and row.firm_day]
        return max(ends, default=None)


class _Index:
    """The rows of one feed by name."""

    def __init__(self, feed: Feed) -> None:
        self.feed = feed
        self._aliases: dict[Key, FeedRow] = {}
        self._spellings: dict[Key, list[FeedRow]] = defaultdict(list)
        for row in feed.rows:
            self._spellings[row.provider, names.spelling(row.name)].append(row)
            for alias in row.aliases:
                known = self._aliases.setdefault((row.provider, alias), row)
                if (row.firm_day or dt.date.max) < (known.firm_day or dt.date.max):
                    self._aliases[row.provider, alias] = row
        # What is taken for a prefix may be part of the name: `groq/compound` is a model of Groq.
        written = {(row.provider, row.feed_name): row for row in feed.rows}
        self._own = written | {(row.provider, row.name): row for row in feed.rows}

    def own(self, key: Key) -> FeedRow | None:
        return self._own.get(key) or self._aliases.get(key)

    def spelled_like(self, key: Key) -> Sequence[FeedRow]:
        return self._spellings.get((key[0], names.spelling(key[1])), ())


def _is_newer(newer: Feed, older: Feed) -> bool:
    if newer.publisher != older.publisher or newer.as_of is None or older.as_of is None:
        return False
    return newer.as_of > older.as_of
