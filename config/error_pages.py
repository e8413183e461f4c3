"""Error pages that may be read by anybody: no password is in them.

``DEBUG`` is the default, so that everything runs for development; its pages show settings, environment and variables.
"""

from __future__ import annotations

import os
import re
from collections.abc import ItemsView, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from django.http import HttpRequest
from django.views.debug import SafeExceptionReporterFilter

if TYPE_CHECKING:
    from types import FrameType

URLS_WITH_PASSWORDS = ("DATABASE_URL", "EMAIL_URL")


class PasswordFilter(SafeExceptionReporterFilter):
    """Hides what is named like a secret, and whatever holds a password of the database or of the mail server."""

    hidden_settings = re.compile(
        "|".join((SafeExceptionReporterFilter.hidden_settings.pattern, "DSN", *URLS_WITH_PASSWORDS)),
        flags=re.IGNORECASE,
    )

    def is_active(self, request: HttpRequest | None) -> bool:
        return True

    def cleanse_setting(self, key: Any, value: Any) -> Any:
        if isinstance(value, bytes):
            holds_one = _holds_password(value.decode(errors="replace"))
        else:
            holds_one = isinstance(value, str) and _holds_password(value)
        if holds_one:
            return self.cleansed_substitute
        # The environment is a mapping and no dict.
        return super().cleanse_setting(key, dict(value) if isinstance(value, type(os.environ)) else value)

    def get_traceback_frame_variables(self, request: HttpRequest | None, tb_frame: FrameType) -> ItemsView[str, Any]:
        variables = super().get_traceback_frame_variables(request, tb_frame)
        return {name: self.cleanse_setting(name, value) for name, value in variables}.items()


def _holds_password(text: str) -> bool:
    return any(password in text for password in _passwords(os.environ))


def _passwords(environment: Mapping[str, str]) -> set[str]:
    """Return the passwords of the URLs in the environment, as they are written there and as they are."""
    written = {urlsplit(environment.get(name, "")).password for name in URLS_WITH_PASSWORDS}
    return {form for password in written if password for form in (password, unquote(password))}
