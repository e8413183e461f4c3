"""Attempts to log in: there is a limit, and whose are counted together."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any

from axes.backends import AxesStandaloneBackend
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest

THIS_MACHINE = "127.0.0.1"

LONGEST_ACCOUNT = 255
"""Characters of an account's name that are kept; none has as many, but Django's form takes them."""


class LimitedLogin(AxesStandaloneBackend):  # type: ignore[misc]  # it brings no types
    """Keeps those out who tried too often. Code that checks a password without a request, as a shell does, is not limited."""

    def authenticate(self, request: HttpRequest | None, *args: Any, **credentials: Any) -> AbstractBaseUser | None:
        """Return nobody, for the next backend to look.

        :raises PermissionDenied: if there were too many attempts
        """
        return None if request is None else super().authenticate(request, *args, **credentials)


def account(request: HttpRequest, credentials: Mapping[str, Any] | None) -> str:
    """Return the account that somebody tries, in the one spelling of all that lead to it."""
    asked = credentials or request.POST
    return str(asked.get("username") or "").strip().lower()[:LONGEST_ACCOUNT]


def address(request: HttpRequest) -> str:
    """Return the address that a request comes from, as the application server says it; behind a proxy the proxy's.

    A request through a socket file has none, and comes from this machine. Headers about addresses are not read:
    whoever asks could write them.
    """
    try:
        return str(ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")))
    except ValueError:
        return THIS_MACHINE
