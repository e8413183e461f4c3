"""Error pages that may be read by anybody: no password in them, and none at all for hosts that are not ours.

``DEBUG`` is the default, so that everything runs for development; its pages show settings, environment and variables.
"""

from __future__ import annotations

import os
import re
from collections.abc import ItemsView, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponseBadRequest
from django.utils.deprecation import MiddlewareMixin
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


class OurHosts(MiddlewareMixin):
    """Answers 400 and nothing else to whoever calls the site by a name that is not its own."""

    def process_request(self, request: HttpRequest) -> HttpResponseBadRequest | None:
        """Return the refusal, or None for a host of ``ALLOWED_HOSTS``."""
        try:
            request.get_host()
        except DisallowedHost:
            return HttpResponseBadRequest("Bad Request: the site has another name.\n", content_type="text/plain")
        return None


def _holds_password(text: str) -> bool:
    return any(password in text for password in _passwords(os.environ))


def _passwords(environment: Mapping[str, str]) -> set[str]:
    """Return the passwords of the URLs in the environment, as they are written there and as they are."""
    written = {urlsplit(environment.get(name, "")).password for name in URLS_WITH_PASSWORDS}
    return {form for password in written if password for form in (password, unquote(password))}
