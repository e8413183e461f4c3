"""Output that nobody reads to its end, or that cannot be written as it is: the work that it tells of is done all the same.

Why at the descriptor
---------------------
Whoever writes, be it Django's wrapper, rich or the interpreter when it ends, goes through buffers, and a buffer that
could not be emptied fails again at every later step. So a descriptor whose reader is gone is pointed at nothing the
first time that it fails; then nothing above it ever sees an error, and no buffer keeps what cannot be written.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import sys
from collections.abc import Iterator
from typing import Any, TextIO

from django.core.management.base import BaseCommand, OutputWrapper

from model_retirement import conf

NOBODY_READS = {errno.EPIPE, errno.EIO, errno.EBADF}
"""The reader of a pipe has ended, a terminal has gone, the stream was closed: nobody misses what is not written."""

_REFUSE = {"strict", "surrogateescape"}
"""How a stream treats characters that its encoding lacks, unless it is told: it raises. Names of tenants have any."""


@contextlib.contextmanager
def output_may_stay_unread(command: BaseCommand) -> Iterator[None]:
    """Let a command go on within the block when nobody reads what it writes, and end with the exit status of its work.

    :raises SystemExit: with status 1, if output was lost that somebody waits for, such as that of a full disk
    """
    with _standard_streams() as (stdout, stderr):
        command.stdout = OutputWrapper(stdout)
        # As JSON, what a command says there is a line of the log, which has its own stream.
        if not conf.logs_as_json():
            command.stderr = OutputWrapper(stderr)
            command.stderr.style_func = command.style.ERROR
        yield
        stdout.flush()
        if lost := _lost(stdout):
            command.stderr.write(f"CommandError: What was to be done is done, but its output is not complete: {lost}.")
            sys.exit(1)


class _Unread(io.FileIO):
    """A descriptor that is pointed at nothing when it cannot be written to any more."""

    error: OSError | None = None

    def write(self, data: Any, /) -> int:
        try:
            return super().write(data)
        except OSError as error:
            self.error = error
            nothing = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nothing, self.fileno())
            os.close(nothing)
            return memoryview(data).nbytes


@contextlib.contextmanager
def _standard_streams() -> Iterator[tuple[TextIO, TextIO]]:
    """Let standard output and standard error be streams of this kind within the block."""
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = streams = _tolerant(sys.stdout), _tolerant(sys.stderr)
    try:
        yield streams
    finally:
        for stream in streams:
            stream.flush()
        sys.stdout, sys.stderr = before


def _tolerant(stream: TextIO | None) -> TextIO:
    if stream is None:  # closed when the process began
        return open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123  # open until the process ends, and it takes the free descriptor
    try:
        descriptor = stream.fileno()
    except OSError:
        return stream  # in memory
    with contextlib.suppress(OSError):
        stream.flush()
    # What is to be seen at once, as PYTHONUNBUFFERED asks, would stay in a buffer if only the text went through.
    at_once = getattr(stream, "write_through", False) or getattr(stream, "line_buffering", False)
    return io.TextIOWrapper(
        io.BufferedWriter(_Unread(descriptor, "w", closefd=False)),
        encoding=stream.encoding,
        errors="backslashreplace" if stream.errors in _REFUSE else stream.errors,
        line_buffering=at_once,
    )


def _lost(stream: TextIO) -> str:
    """Return why output that somebody wanted was lost, or nothing."""
    raw = getattr(getattr(stream, "buffer", None), "raw", None)
    error = getattr(raw, "error", None)
    return os.strerror(error.errno) if error is not None and error.errno not in NOBODY_READS else ""
