"""Structured log lines: one where a phase of work begins, one where it ends, and one per batch in between.

A line is a short constant message and fields. Fields are numbers, names of models and of references, never what a tenant
wrote and never an address.
"""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from typing import Any

_around: ContextVar[Mapping[str, Any] | None] = ContextVar("_around", default=None)
"""The fields of the phases that this line is logged in."""


def log(
    logger: logging.Logger,
    message: str,
    *,
    level: int = logging.INFO,
    exc_info: BaseException | None = None,
    **fields: Any,
) -> None:
    """Log one line with its fields and those of the phases around it.

    :param exc_info: an error of the host's code, whose traceback is logged below the line
    :param fields: none is named as an attribute of a log record is, such as ``name`` or ``module``
    """
    logger.log(level, message, exc_info=exc_info, extra={**(_around.get() or {}), **fields})


@contextlib.contextmanager
def lines_with(**fields: Any) -> Iterator[None]:
    """Let every line within the block carry some fields."""
    token = _around.set({**(_around.get() or {}), **fields})
    try:
        yield
    finally:
        _around.reset(token)


@contextlib.contextmanager
def phase(logger: logging.Logger, what: str, **fields: Any) -> Iterator[dict[str, Any]]:
    """Log that a phase begins and how it ends, with its seconds; every line within it carries its fields as well.

    Within a generator it would put its fields on the lines of whoever consumes it; use it in functions that return.

    :param what: what is done, such as ``execute``
    :param fields: which of them it is, such as the number of a run
    :return: an empty dict for what the phase counts, to be logged when it ends
    """
    counts: dict[str, Any] = {}
    began = time.monotonic()
    with lines_with(phase=what, **fields):
        try:
            log(logger, f"{what} started")
            yield counts
        except BaseException as error:
            # The type alone: a message may quote what a tenant wrote.
            log(logger, f"{what} failed", seconds=_since(began), error=type(error).__name__, **counts)
            raise
        log(logger, f"{what} ended", seconds=_since(began), **counts)


@contextlib.contextmanager
def batch(logger: logging.Logger, what: str, **fields: Any) -> Iterator[dict[str, Any]]:
    """Log that a batch is done, with its seconds; one that fails is not logged.

    :param what: what has been done, such as ``batch moved``
    :return: a dict for what the batch counts
    """
    counts: dict[str, Any] = {}
    began = time.monotonic()
    yield counts
    log(logger, what, **fields, **counts, seconds=_since(began))


def _since(began: float) -> float:
    return round(time.monotonic() - began, 3)
