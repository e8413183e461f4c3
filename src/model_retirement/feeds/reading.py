"""From a file to a :class:`Feed`: which reader it is for, which rows are of our providers, one row per model.

Rows of one name
----------------
A source may have several rows about one name: one per region, one per version, or the same one twice. The earliest
firm day counts, for somebody will meet it; the other days are kept beside it.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Protocol, cast

from model_retirement.feeds import documents, names, providers, readers
from model_retirement.feeds.rows import Feed, FeedError, FeedRow

MOST_KEYS = 5


class Reader(Protocol):
    """One module of ``feeds/readers``; nothing else has to know of it."""

    NAME: str
    """For ``--feed-format`` and reports."""
    PUBLISHER: str
    """Who publishes such files. Of two files of one publisher, the newer one counts."""
    SHAPE: str
    """By what a person recognises such a file."""

    def entries(self, document: object) -> Sequence[object]:
        """Return the file's rows as they stand there; none if the document is of another shape."""

    def recognises(self, entry: object) -> bool:
        """Return whether such a row is found in this format alone."""

    def read(self, entry: object) -> Iterable[FeedRow]:
        """Yield what a row says, under the source's names: the model first, then other clocks of it; nothing if it is odd."""


@cache
def all_readers() -> Mapping[str, Reader]:
    """Return the readers by name: every module of ``feeds/readers``."""
    modules = [
        importlib.import_module(f"{readers.__name__}.{module.name}")
        for module in pkgutil.iter_modules(readers.__path__)
    ]
    return {reader.NAME: reader for reader in cast("list[Reader]", modules)}


def read(path: Path, *, feed_format: str | None = None) -> Feed:
    """Return what a file says about models of our providers.

    :param feed_format: NAME of the reader; None finds it by the file's shape
    :raises FeedError: if the file cannot be read, is of no known shape, or has no row that can be read
    """
    document = documents.load(path)
    reader = _reader_for(document, path=path, feed_format=feed_format)
    entries = reader.entries(document)
    ours = providers.ours()
    rows: dict[tuple[str, str], list[FeedRow]] = {}
    not_read: Counter[str] = Counter()
    read_entries = odd = 0
    newest = None
    for entry in entries:
        said = list(reader.read(entry))
        odd += not said
        for number, row in enumerate(said):
            newest = max(filter(None, (newest, row.observed_on)), default=None)
            provider = ours.get(providers.normal(row.provider))
            if provider is None:
                not_read[row.provider] += 1
                continue
            read_entries += number == 0
            ours_of_it = _with_our_names(row, provider=provider, ours=ours)
            rows.setdefault((provider, ours_of_it.name), []).append(ours_of_it)
    if odd == len(entries):
        raise FeedError(
            f"{path} has rows of the format {reader.NAME}, but none that names a provider and a model. Fetch it again,"
            f" or look what has changed there: {reader.SHAPE} was expected."
        )
    return Feed(
        file=path,
        format=reader.NAME,
        publisher=reader.PUBLISHER,
        as_of=newest,
        rows=tuple(_as_one(of_one_name) for of_one_name in rows.values()),
        total=len(entries),
        read=read_entries,
        odd=odd,
        not_read=dict(not_read),
    )


def _reader_for(document: object, *, path: Path, feed_format: str | None) -> Reader:
    known = all_readers()
    if feed_format is not None:
        if known[feed_format].entries(document):
            return known[feed_format]
        raise FeedError(
            f"{path} has no row of the format {feed_format}, which is {known[feed_format].SHAPE}: it is {_seen(document)}."
        )
    for reader in known.values():
        if any(reader.recognises(entry) for entry in reader.entries(document)):
            return reader
    shapes = "; ".join(f"{name}: {reader.SHAPE}" for name, reader in known.items())
    raise FeedError(
        f"{path} is not a feed that is read here: it is {_seen(document)}. Nothing follows from it. Read are {shapes}."
    )


def _seen(document: object) -> str:
    if isinstance(document, list):
        if not document:
            return "an empty list"
        return f"a list of {len(document):,}, the first {_seen_inside(document[0])}"
    if not isinstance(document, Mapping):
        return f"a single value, {type(document).__name__}"
    held = next((value for value in document.values() if isinstance(value, Mapping) and value), None)
    return _seen_inside(document) + (f", the first object in it {_seen_inside(held)}" if held else "")


def _seen_inside(value: object) -> str:
    if not isinstance(value, Mapping):
        return f"no object but {type(value).__name__}"
    keys = [repr(key[:40]) for key in list(value)[:MOST_KEYS]]
    return f"an object with {', '.join(keys)}{' ...' if len(value) > MOST_KEYS else ''}" if keys else "an empty object"


def _with_our_names(row: FeedRow, *, provider: str, ours: Mapping[str, str]) -> FeedRow:
    def plain(name: str) -> str:
        return names.plain(name, provider=provider, ours=ours)

    deprecated_on = row.deprecated_on
    if deprecated_on and row.firm_day:
        # Where a page gives no day of deprecation, the feed may hold the later one on which it first saw the page.
        deprecated_on = min(deprecated_on, row.firm_day)
    return replace(
        row,
        provider=provider,
        name=plain(row.name),
        deprecated_on=deprecated_on,
        replacements=tuple(dict.fromkeys(map(plain, row.replacements))),
        aliases=tuple(dict.fromkeys(map(plain, row.aliases))),
    )


def _as_one(rows: Sequence[FeedRow]) -> FeedRow:
    """Return one row of several about one name; see "Rows of one name"."""
    if len(rows) == 1:
        return rows[0]
    # The shortest name is that of the model itself, a longer one has a region; otherwise their order decides.
    by_plainness = sorted(rows, key=lambda row: len(row.feed_name))
    days = sorted({row.firm_day for row in rows if row.firm_day})
    first = next((row for row in by_plainness if days and row.firm_day == days[0]), None)
    first = first or next((row for row in by_plainness if row.is_leaving), by_plainness[0])
    others = [row for row in by_plainness if row is not first]
    return replace(
        first,
        is_deprecated=any(row.is_deprecated for row in rows),
        deprecated_on=min((row.deprecated_on for row in rows if row.deprecated_on), default=None),
        replacements=first.replacements or next((row.replacements for row in others if row.replacements), ()),
        source_url=first.source_url or next((row.source_url for row in others if row.source_url), None),
        observed_on=max((row.observed_on for row in rows if row.observed_on), default=None),
        other_days=tuple(days[1:]),
        aliases=tuple(dict.fromkeys(alias for row in (first, *others) for alias in row.aliases)),
        facts=next((row.facts for row in by_plainness if row.facts), None),
    )
