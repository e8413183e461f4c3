"""How a log line looks to a person."""

import logging
from typing import Any

from model_retirement.data_migrations import neutral

_STANDARD = {*vars(logging.makeLogRecord({})), "message", "asctime"}


class TextFormatter(logging.Formatter):
    """A line's message with the fields that it carries, which the standard formatter leaves out."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  # the name is logging's
        fields: dict[str, Any] = {name: value for name, value in vars(record).items() if name not in _STANDARD}
        listed = ", ".join(f"{name} {value}" for name, value in fields.items())
        return neutral.terminal(super().formatMessage(record) + (f" ({listed})" if listed else ""))

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, and below it the traceback if there is one, in which a database may quote what it was given."""
        return "\n".join(neutral.terminal(line) for line in super().format(record).split("\n"))
