"""What commands write to standard error, when that is where the log goes as JSON."""

from __future__ import annotations

import io
import logging
from typing import Any

from django.core.management.base import BaseCommand

from model_retirement import conf


class LoggedStderr(BaseCommand):
    """A command whose words on standard error are log lines if ``LOG_FORMAT`` is json.

    A collector that reads one JSON object a line then reads why a command failed, too. A command that was given a stream
    of its own writes to that.
    """

    def __init__(self, stdout: Any = None, stderr: Any = None, **kwargs: Any) -> None:
        if stderr is None and conf.logs_as_json():
            stderr = _LogLines(logging.getLogger(type(self).__module__))
        super().__init__(stdout, stderr, **kwargs)


class _LogLines(io.TextIOBase):
    """A stream that makes a log line of whatever is written at once."""

    def __init__(self, logger: logging.Logger) -> None:
        self._logger = logger

    def write(self, text: str) -> int:
        words = text.strip()
        # Django writes what ends a command as "CommandError: ..." or "SystemCheckError: ...".
        failed = words.partition(":")[0].endswith("Error")
        self._logger.log(logging.ERROR if failed else logging.WARNING, words)
        return len(text)
