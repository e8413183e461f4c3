"""The words in which the catalogue is written: what one declared model and one removal look like.

Nothing is checked here. A declaration that is wrong must not break the import of the catalogue: ``catalogue.py`` and
the system checks report it in words.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import NamedTuple

from pydantic import BaseModel

from model_retirement.catalogue.parameters import BasicParameters


def k(thousands: int) -> int:
    """Return ``thousands`` binary thousands as a number of tokens: ``k(8)`` is 8,192."""
    return thousands * 1024


@dataclass(frozen=True)
class Model:
    """One model of one provider as the catalogue declares it.

    :param name: the provider's name for the model.
    :param token_limit: the context window in tokens.
    :param is_default: new settings of the provider start with this model.
    :param is_translation_default: new translation settings of the provider start with this model.
    :param deprecated: existing use goes on, new use is refused.
    :param replacement: name of the model, of the same provider, that takes over when this one is removed.
    :param deprecated_on: the day on which the provider announced the deprecation.
    :param retires_on: the day on which the provider switches the model off.
    :param retires_on_is_earliest: ``retires_on`` is only the earliest day on which that may happen.
    :param parameters: the settings that the model takes; None if that is not known, so that a move leaves them alone.
    :param kind: what the model is for, such as ``"chat"`` or ``"transcription"``; None leaves it to the facts.
    :param accept_price_increase: references may move to a replacement that is dearer than the platform allows.
    """

    name: str
    token_limit: int
    is_default: bool = False
    is_translation_default: bool = False
    deprecated: bool = False
    replacement: str | None = None
    deprecated_on: dt.date | None = None
    retires_on: dt.date | None = None
    retires_on_is_earliest: bool = False
    parameters: type[BaseModel] | None = BasicParameters
    kind: str | None = None
    accept_price_increase: bool = False


class Deleted(NamedTuple):
    """One removal: the model, what takes its place (None: nothing, references are cleared), and when it retires.

    With ``accept_price_increase`` references may move to a replacement that is dearer than the platform allows.
    """

    provider: str
    name: str
    replacement: str | None = None
    retires_on: dt.date | None = None
    accept_price_increase: bool = False
