"""Mail backends of the tests' own, in the place that the settings give to the platform's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from pytest_django import Settings

Send = Callable[[EmailMessage], object]


class Backend(BaseEmailBackend):
    """Does with a mail what a test says, and fails to open if that says so."""

    act: Send = staticmethod(lambda _mail: None)

    def send_messages(self, email_messages: Any) -> int:
        for message in email_messages:
            type(self).act(message)
        return len(email_messages)


class Unreachable(BaseEmailBackend):
    """A server that nobody can talk to."""

    def open(self) -> bool:
        raise ConnectionRefusedError(111, "Connection refused")

    def send_messages(self, email_messages: Any) -> int:
        raise AssertionError("nothing can be sent without a connection")


def use(backend: type[BaseEmailBackend], *, settings: Settings) -> None:
    """Have the settings name a backend, in the words of the Django that is installed."""
    path = f"{backend.__module__}.{backend.__qualname__}"
    if hasattr(mail, "mailers"):
        settings.MAILERS = {"default": {"BACKEND": path}}
    else:
        settings.EMAIL_BACKEND = path


@pytest.fixture
def mail_is_down(settings: Settings) -> None:
    """The mail server cannot be reached."""
    use(Unreachable, settings=settings)


@pytest.fixture
def on_mail(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Callable[[Send], None]:
    """Give what has each mail handed to a function of the test's; the mail counts as sent unless that raises."""

    def hand_to(act: Send) -> None:
        monkeypatch.setattr(Backend, "act", staticmethod(act))
        use(Backend, settings=settings)

    return hand_to
