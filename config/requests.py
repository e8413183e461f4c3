"""Requests that are refused before any page is asked for."""

from __future__ import annotations

import re

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponseBadRequest
from django.utils.deprecation import MiddlewareMixin

NOT_TEXT = re.compile("[\0\ud800-\udfff]")
"""What no text of ours has: PostgreSQL stores none of it, and halves of characters cannot be written at all."""


class OurHosts(MiddlewareMixin):
    """Answers 400 and nothing else to whoever calls the site by a name that is not its own."""

    def process_request(self, request: HttpRequest) -> HttpResponseBadRequest | None:
        """Return the refusal, or None for a host of ``ALLOWED_HOSTS``."""
        try:
            request.get_host()
        except DisallowedHost:
            return _refusal("the site has another name.")
        return None


class PlainAddresses(MiddlewareMixin):
    """Answers 400 to an address with characters that no text of ours has, so that no page has to think of them."""

    def process_request(self, request: HttpRequest) -> HttpResponseBadRequest | None:
        """Return the refusal, or None for an address that is text."""
        asked = [request.path_info, *(part for name, values in request.GET.lists() for part in (name, *values))]
        if any(NOT_TEXT.search(part) for part in asked):
            return _refusal("the address has a NUL character or half a character in it.")
        return None


def _refusal(why: str) -> HttpResponseBadRequest:
    return HttpResponseBadRequest(f"Bad Request: {why}\n", content_type="text/plain")
