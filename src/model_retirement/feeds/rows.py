"""What an adapter makes of a feed, whatever its format."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


class FeedError(Exception):
    """The feed cannot be used; the message is one line: what is wrong, and what to do. Nothing follows from such a feed."""


@dataclass(frozen=True)
class FeedRow:
    """What a feed says about one model.

    :param provider: our name of the provider
    :param name: the provider's name of the model
    :param deprecated_on: the day from which it is deprecated; None if the feed does not say
    :param retires_on: the day on which the provider switches it off; None if the feed does not say, or not clearly
    :param is_firm: False for a day that is only the earliest one, and for words that are no day
    :param replacements: names of the models that the provider recommends instead
    :param source_url: where the provider says so
    """

    provider: str
    name: str
    deprecated_on: dt.date | None = None
    retires_on: dt.date | None = None
    is_firm: bool = True
    replacements: tuple[str, ...] = ()
    source_url: str | None = None
