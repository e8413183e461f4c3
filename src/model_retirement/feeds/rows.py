"""What a reader makes of a feed, whatever its format."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from model_retirement.catalogue.facts import ModelFacts


class FeedError(Exception):
    """The feed cannot be used; the message is one line: what is wrong, and what to do. Nothing follows from such a feed."""


@dataclass(frozen=True, slots=True)
class FeedRow:
    """What one source says about one model.

    :param provider: our key of the provider; what a reader yields has the source's own name of it
    :param name: the provider's name of the model, without prefixes and regions
    :param feed_name: the name as the source writes it
    :param is_leaving: the source says that the model goes, with or without a day
    :param is_deprecated: the source says that it is deprecated now, whatever its days
    :param deprecated_on: the day from which it is deprecated; None if the source does not say, or not clearly
    :param retires_on: the day on which the provider switches it off; None if the source does not say, or not clearly
    :param is_firm: False for a day that is only the earliest or a tentative one, and for words that are no day
    :param replacements: names of the models that the source recommends instead, the first one first
    :param source_url: where the provider says so
    :param observed_on: the day on which the source has seen this last
    :param other_days: further firm days that rows of the same name give, such as those of other regions
    :param aliases: other names that the source has for this model
    :param facts: what the source says beside its end; None if nothing
    """

    provider: str
    name: str
    feed_name: str
    is_leaving: bool = False
    is_deprecated: bool = False
    deprecated_on: dt.date | None = None
    retires_on: dt.date | None = None
    is_firm: bool = True
    replacements: tuple[str, ...] = ()
    source_url: str | None = None
    observed_on: dt.date | None = None
    other_days: tuple[dt.date, ...] = ()
    aliases: tuple[str, ...] = ()
    facts: ModelFacts | None = None

    @property
    def firm_day(self) -> dt.date | None:
        """The day of its retirement if that is firm."""
        return self.retires_on if self.is_firm else None


@dataclass(frozen=True)
class Feed:
    """One file that was read.

    :param file: as it was given
    :param format: NAME of its reader
    :param publisher: of two files of one publisher, the newer one counts
    :param as_of: the newest day on which the file says that something was seen; None if it says none
    :param rows: what it says of models of our providers: one row per model
    :param total: rows that stand in the file
    :param read: those of them that are of our providers
    :param odd: those of them that name no provider or no model, or are no rows
    :param not_read: rows per provider that the host cannot call, by the name that the file has for it
    """

    file: Path
    format: str
    publisher: str
    as_of: dt.date | None
    rows: tuple[FeedRow, ...]
    total: int
    read: int
    odd: int
    not_read: Mapping[str, int]
