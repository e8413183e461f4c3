"""Text of commands as pages show it."""

from __future__ import annotations

import re

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe


def with_code(text: str) -> SafeString:
    """Return a text that a terminal gets as well: what stands between backticks there is set as code here."""
    return mark_safe(re.sub("`([^`]+)`", r"<code>\1</code>", escape(text)))  # noqa: S308  # it is escaped
