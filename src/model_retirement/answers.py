"""What the host's adapter answers, looked at before it is believed: an answer of another kind is told in one line.

What only decorates a message or a record, an address or a version, never stops work: where it cannot be had there is none.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core.exceptions import ImproperlyConfigured

from model_retirement import conf
from model_retirement.platform import host

logger = logging.getLogger(__name__)

VERSION_CHARACTERS = 64
"""The longest code version that a record holds."""

CHARACTERS_SHOWN = 80
"""Of a wrong answer, in a message."""


class WrongAnswer(conf.WrongSetting):
    """A method of the host's adapter has answered with something that it should not."""

    def __init__(self, method: str, answer: object, wanted: str) -> None:
        kind = type(host())
        shown = repr(answer)
        shown = shown if len(shown) <= CHARACTERS_SHOWN else f"{shown[:CHARACTERS_SHOWN]}…"
        super().__init__(
            f"{method} of {kind.__module__}.{kind.__qualname__} answers with {shown}.", f"It has to be {wanted}."
        )


def is_set_up() -> bool:
    """Return whether the settings name a catalogue, the app of its migrations and an adapter, and these can be asked.

    What the lint of the catalogue reads has to be right as well.
    """
    try:
        conf.migrations_app()
        conf.max_price_increase()
        if conf.missing_lists():
            return False
        providers()
        feed_providers()
    except ImproperlyConfigured:
        return False
    return True


def providers() -> list[tuple[str, Any]]:
    """Return key and name of every provider that the host can call. A name may be a text that is translated when it is shown.

    :raises WrongAnswer: if it says something else
    """
    wanted = "pairs of key and name"
    with _told("providers", wanted):
        return list(_rows("providers", host().providers(), wanted, fits=_is_row(2, lambda row: _is_text(row[0]))))


def feed_providers() -> Mapping[str, str]:
    """Return the host's keys of providers by what feeds call them.

    :raises WrongAnswer: if it says something else
    """
    wanted = "a dict of texts, the key of a provider by its name in a feed"
    with _told("feed_providers", wanted):
        answer: object = host().feed_providers()
    if not isinstance(answer, Mapping) or not all(_is_text(text) for pair in answer.items() for text in pair):
        raise WrongAnswer("feed_providers", answer, wanted)
    return answer


def recipients(*, team_ids: Sequence[Any] | None, using: str) -> Iterator[tuple[Any, Any]]:
    """Yield team id and address of everybody who hears for a team.

    :raises WrongAnswer: if it says something else; a key that is written as text would be nobody's
    """
    return _rows(
        "recipients",
        host().recipients(team_ids=team_ids, using=using),
        "pairs of the key of a team, as the database has it, and an address",
        fits=_is_row(2, lambda row: isinstance(row[0], int | UUID)),
    )


def deliver(*, message: Any, notices: Sequence[Any], recipients: Sequence[str], using: str) -> list[str] | None:
    """Have the host deliver a message; return the names or addresses that it reached, None for it to go by e-mail.

    :raises WrongAnswer: if it says something else
    """
    reached: Any = host().deliver(message=message, notices=notices, recipients=recipients, using=using)
    if reached is None:
        return None
    names = None if isinstance(reached, str) or not isinstance(reached, Iterable) else list(reached)
    if names is None or not all(map(_is_text, names)):
        raise WrongAnswer("deliver", reached, "a list of the names or addresses that it reached, or None")
    return names


def resource_url(*, obj: Any) -> str:
    """Return the full address of the page of an object; empty if there is none, or none that people can be sent to."""
    adapter = host()
    try:
        url = adapter.resource_url(obj=obj)
    except Exception:
        # One odd object must not keep a team from hearing of all the others.
        logger.warning("no address of %s %s", obj._meta.label, obj.pk, exc_info=True)  # noqa: SLF001
        return ""
    url = str(url or "")
    if url.startswith("/") and not url.startswith("//"):
        url = f"{conf.site_url()}{url}"  # as `get_absolute_url` has it
    return url if url.startswith(("http://", "https://")) and url.isprintable() and " " not in url else ""


def monthly_usage(
    *, team_ids: Sequence[Any], model_ids: Sequence[Any], using: str
) -> Iterator[tuple[Any, Any, int, int]]:
    """Yield how many tokens teams read and write with models in a month.

    :raises WrongAnswer: if the host says something else
    """
    rows = _rows(
        "monthly_usage",
        host().monthly_usage(team_ids=team_ids, model_ids=model_ids, using=using),
        "rows of team id, model id, tokens read and tokens written",
        fits=_is_row(4, lambda row: _is_count(row[2]) and _is_count(row[3])),
    )
    return ((team, model, int(read), int(written)) for team, model, read, written in rows)


def used_capabilities(
    *, team_ids: Sequence[Any], model_ids: Sequence[Any], using: str
) -> Iterator[tuple[Any, Any, str]] | None:
    """Return what teams use of models beside text; None if that is not known.

    :raises WrongAnswer: if the host says something else
    """
    rows: Any = host().used_capabilities(team_ids=team_ids, model_ids=model_ids, using=using)
    if rows is None:
        return None
    return _rows(
        "used_capabilities",
        rows,
        "rows of team id, model id and capability",
        fits=_is_row(3, lambda row: _is_text(row[2])),
    )


def code_version() -> str:
    """Return which code is running, as far as the host says it in so many characters as a record holds."""
    adapter = host()
    try:
        version: Any = adapter.code_version()
    except Exception:
        logger.warning("no code version", exc_info=True)
        return ""
    return str(version or "")[:VERSION_CHARACTERS].replace("\x00", "")


@contextlib.contextmanager
def _told(method: str, wanted: str) -> Iterator[None]:
    """Let what the host's method raises be told as an answer: it is asked by checks, which must come to their end."""
    try:
        yield
    except ImproperlyConfigured:
        raise
    except Exception as error:  # whatever the host's method raises
        raise WrongAnswer(method, error, wanted) from error


def _rows(method: str, rows: Any, wanted: str, *, fits: Callable[[Any], bool]) -> Iterator[Any]:
    """Yield the rows of an answer as long as they are what was asked for."""
    if isinstance(rows, str) or not isinstance(rows, Iterable):
        raise WrongAnswer(method, rows, wanted)
    for row in rows:
        if not fits(row):
            raise WrongAnswer(method, row, wanted)
        yield row


def _is_row(length: int, fits: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda row: isinstance(row, Sequence) and not isinstance(row, str) and len(row) == length and fits(row)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_count(value: object) -> bool:
    """Return whether a value is a number of tokens: sums of a database may be decimals."""
    return isinstance(value, int | float | Decimal) and Decimal(value).is_finite() and value >= 0
