"""How a log line looks to a person."""

import logging
from typing import Any

_STANDARD = {*vars(logging.makeLogRecord({})), "message", "asctime"}


class TextFormatter(logging.Formatter):
    """A line's message with the fields that it carries, which the standard formatter leaves out."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  # the name is logging's
        fields: dict[str, Any] = {name: value for name, value in vars(record).items() if name not in _STANDARD}
        listed = ", ".join(f"{name} {value}" for name, value in fields.items())
        return super().formatMessage(record) + (f" ({listed})" if listed else "")
