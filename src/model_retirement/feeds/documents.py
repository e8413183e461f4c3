"""A file on its way to being read: nothing but a small regular file with JSON in UTF-8 gets through.

A feed is somebody else's file. Before its bytes are taken, it is asked what it is: a pipe would never end, a device
neither, and a large file would take the memory of the machine. What could still grow, many tiny values, is counted
in the bytes first.
"""

from __future__ import annotations

import codecs
import os
import stat
from pathlib import Path

import pydantic_core

from model_retirement.feeds.rows import FeedError

MOST_MEBIBYTES = 64
MOST_VALUES = 5_000_000
"""A full file of known feeds has fewer than two million."""


def load(path: Path) -> object:
    """Return what the JSON in a file says.

    :raises FeedError: if the file cannot be read, is too large or no regular file, or holds no JSON
    """
    text = _bytes_of(path).removeprefix(codecs.BOM_UTF8)
    if sum(text.count(mark) for mark in (b"{", b"[", b",")) > MOST_VALUES:
        raise FeedError(
            f"{path} holds more than {MOST_VALUES:,} values, which no feed has. Give the path of a feed's file."
        )
    try:
        text.decode("utf-8")
    except UnicodeDecodeError as error:
        raise FeedError(f"{path} is not UTF-8 (byte {error.start}), so it is no JSON. Fetch it again.") from error
    try:
        return pydantic_core.from_json(text)
    except ValueError as error:
        raise FeedError(f"{path} is not valid JSON: {error}. Fetch it again.") from error


def _bytes_of(path: Path) -> bytes:
    most = MOST_MEBIBYTES * 1024 * 1024
    try:
        with open(path, "rb", opener=_without_waiting) as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise FeedError(f"{path} is no regular file. Save the feed to a file and give its path.")
            # The second look is for a file that grows, or that does not tell its size.
            if status.st_size > most or len(text := file.read(most + 1)) > most:
                raise FeedError(f"{path} is larger than {MOST_MEBIBYTES} MiB, which no feed is. Give a feed's file.")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise FeedError(f"{path} cannot be read: {reason}. Give the path of the feed's file.") from error
    return text


def _without_waiting(path: str, flags: int) -> int:
    # To open a pipe that nobody writes to would take until somebody does.
    return os.open(path, flags | os.O_NONBLOCK)
