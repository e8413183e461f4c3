"""Adapter for the feed of github.com/deprecations/deprecations-rss, in the JSON of ``tests/data/deprecations_feed.json``.

A value of a wrong type means that the format is not the one read here, and the whole feed is refused. An odd text in a
date or a replacement is what scraped pages hold now and then; it is read as far as it can be.
"""

from __future__ import annotations

import codecs
import datetime as dt
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, FailFast, StringConstraints, ValidationError

from model_retirement.feeds.rows import FeedError, FeedRow
from model_retirement.platform import host

LONGEST_NAME = 128

_DAY = re.compile(r"(?<![0-9-])[0-9]{4}-[0-9]{2}-[0-9]{2}(?![0-9-])")


class _Row(BaseModel):
    model_config = ConfigDict(strict=True)

    provider: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
    deprecation_date: str | None = None
    retirement_date: str | None = None
    replacement: list[str] | str | None = None
    last_observed: str | None = None
    url: str | None = None


class _Document(BaseModel):
    model_config = ConfigDict(strict=True)

    models: Annotated[list[_Row], FailFast()]


def read(path: Path) -> tuple[FeedRow, ...]:
    """Return what the file says about models of our providers, each model once.

    :raises FeedError: if the file cannot be read, is not in this format, or says nothing about any of our providers
    """
    try:
        text = path.read_bytes().removeprefix(codecs.BOM_UTF8)
    except OSError as error:
        raise FeedError(f"{path} cannot be read: {error.strerror}. Give the path of the feed's file.") from error
    try:
        found = _Document.model_validate_json(text).models
    except ValidationError as error:
        raise FeedError(
            f"{path} is not a feed of the expected format: {_first_of(error)}. Fetch it again, or look what has changed there."
        ) from error
    if not found:
        raise FeedError(f"{path} has no rows. Fetch it again: nothing follows from an empty feed.")
    ours_by_name = our_providers()
    ours = [row for row in found if _provider(row) in ours_by_name]
    if not ours:
        raise FeedError(
            f"{path} has rows, but none of a provider that the platform calls. "
            f"If the feed names one of them in another way, add that to `feed_providers` of the platform's adapter."
        )
    return tuple(_read(row, provider=provider) for (provider, _), row in _latest(ours, ours_by_name).items())


def our_providers() -> Mapping[str, str]:
    """Return our key of each provider that the host can call, by what the feed calls it."""
    keys = {key: key for key, _ in host().providers()}
    return keys | {feed: key for feed, key in host().feed_providers().items() if key in keys}


def _provider(row: _Row) -> str:
    return re.sub(r"[\s-]+", "_", row.provider.casefold())


def _latest(rows: list[_Row], ours: Mapping[str, str]) -> dict[tuple[str, str], _Row]:
    """Return one row per model: of several, what was seen last; of those, what takes the model away last."""
    latest: dict[tuple[str, str], _Row] = {}
    for row in rows:
        key = (ours[_provider(row)], row.name)
        if key not in latest or _age(row) > _age(latest[key]):
            latest[key] = row
    return latest


def _age(row: _Row) -> tuple[dt.date, dt.date, str]:
    # The text is in it so that the order of the rows decides nothing.
    seen, _ = _read_day(row.last_observed)
    retires_on, _ = _read_day(row.retirement_date)
    return seen or dt.date.min, retires_on or dt.date.min, row.model_dump_json()


def _read(row: _Row, *, provider: str) -> FeedRow:
    retires_on, is_firm = _read_day(row.retirement_date)
    deprecated_on, deprecated_for_sure = _read_day(row.deprecation_date)
    if deprecated_on and retires_on and is_firm:
        # Where a page gives no day of deprecation, the feed may hold the later one on which it first saw the page.
        deprecated_on = min(deprecated_on, retires_on)
    return FeedRow(
        provider=provider,
        name=row.name,
        deprecated_on=deprecated_on if deprecated_for_sure else None,
        retires_on=retires_on,
        is_firm=is_firm,
        replacements=_names(row.replacement),
        source_url=row.url if row.url and _is_link(row.url) else None,
    )


def _read_day(text: str | None) -> tuple[dt.date | None, bool]:
    """Return the day that a text names, and whether it stands there alone. ``2026-10-23 or later`` is not firm.

    No text names no day, and that is sure; words without a day are not.
    """
    text = (text or "").strip()
    if not text:
        return None, True
    try:
        day = dt.datetime.fromisoformat(text).date()
        # Weeks and days without hyphens are ISO dates as well; what a page means by them is for a person to say.
        return (day, True) if text.startswith(day.isoformat()) else (None, False)
    except ValueError:
        pass
    days = _DAY.findall(text)
    try:
        return (dt.date.fromisoformat(days[0]), False) if len(days) == 1 else (None, False)
    except ValueError:
        return None, False


def _names(replacement: list[str] | str | None) -> tuple[str, ...]:
    """Return the names among what stands there, each once; advice in words, such as ``reasoning.mode: pro``, is none."""
    texts = [replacement] if isinstance(replacement, str) else replacement or []
    return tuple(dict.fromkeys(text.strip() for text in texts if _is_name(text.strip())))


def _is_name(text: str) -> bool:
    return 0 < len(text) <= LONGEST_NAME and text.isprintable() and " " not in text


def _is_link(text: str) -> bool:
    return text.startswith(("https://", "http://")) and text.isprintable() and " " not in text


def _first_of(error: ValidationError) -> str:
    """Return where the first thing is that is wrong, and what: ``models.3.name: Input should be a valid string``."""
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"{where}: {first['msg']}" if where else first["msg"]
