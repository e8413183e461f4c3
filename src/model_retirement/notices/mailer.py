"""One connection to the mail server for many mails, and who of a mail's recipients was refused."""

from __future__ import annotations

import contextlib
import smtplib
from collections.abc import Callable, Mapping
from typing import Any

from django.core import mail as django_mail
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMessage
from django.core.mail.backends import smtp
from django.core.mail.backends.base import BaseEmailBackend

LOST_IN_A_ROW = 3
"""Connections lost one after the other until the server counts as down; each may have cost a whole time limit."""

SERVICE_CLOSING = 421


class ServerUnreachable(Exception):
    """The mail server cannot be used at all, so no mail is to blame. The message names no address."""


class SentNothing(Exception):
    """The backend neither raised nor sent."""


class _Smtp(smtplib.SMTP):
    """SMTP that remembers which recipients of the last mail were refused."""

    refused: Mapping[int, bytes] = {}
    """Position among the recipients to the server's words."""

    def sendmail(self, from_addr: str, to_addrs: Any, *args: Any, **kwargs: Any) -> dict[str, tuple[int, bytes]]:
        refused: dict[str, tuple[int, bytes]] = {}
        try:
            refused = super().sendmail(from_addr, to_addrs, *args, **kwargs)
        except smtplib.SMTPRecipientsRefused as error:
            refused = error.recipients
            raise
        finally:
            # By position: the addresses here are the encoded forms of the mail's.
            self.refused = {n: refused[address][1] for n, address in enumerate(to_addrs) if address in refused}
        return refused


class _SmtpOverTls(_Smtp, smtplib.SMTP_SSL):
    """The same over TLS from the first byte."""


class EmailBackend(smtp.EmailBackend):
    """Django's SMTP backend, without the loss of refusals.

    ``smtplib`` raises when all recipients are refused, but when some were accepted it only returns who was not, and
    Django's backend drops that: a mail that one of three admins got would count as sent to all of them.
    """

    connection: _Smtp | None

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        return _SmtpOverTls if self.use_ssl else _Smtp

    def refused(self, mail: EmailMessage) -> dict[str, str]:
        """Return who was refused of the mail that was sent last, with the server's words."""
        if self.connection is None:
            return {}
        recipients = mail.recipients()
        return {recipients[n]: words.decode(errors="replace") for n, words in self.connection.refused.items()}

    def is_alive(self) -> bool:
        """Ask the server whether it still listens: many close a connection after a number of mails."""
        try:
            return self.connection is not None and self.connection.noop()[0] == 250  # noqa: PLR2004  (SMTP's "OK")
        except OSError:
            return False


def configured_backend() -> BaseEmailBackend:
    """Return the backend that the settings name. Django 6.1 renames the way to it and warns about the old one."""
    mailers: Any = getattr(django_mail, "mailers", None)
    return django_mail.get_connection() if mailers is None else mailers.default


class Mailer:
    """One connection for many mails, opened when the first one needs it, and again after it was lost.

    :param connect: gives a backend, not opened yet
    """

    def __init__(self, connect: Callable[[], BaseEmailBackend] = configured_backend) -> None:
        self._connect = connect
        self._connection: BaseEmailBackend | None = None
        self._lost = 0

    def send(self, mail: EmailMessage) -> Mapping[str, str]:
        """Send a mail; return the recipients that the server refused, with its words. The others have been accepted.

        :raises ServerUnreachable: if there is no server to talk to; the mail has not been tried
        :raises Exception: whatever the backend raises if it does not know of any recipient that was accepted
        """
        connection = self._open()
        ours = connection if isinstance(connection, EmailBackend) else None
        try:
            sent = connection.send_messages([mail])
        except Exception as error:
            lost = _is_loss(error)
            self._lost = self._lost + 1 if lost else 0
            if lost or ours is None or not isinstance(error, smtplib.SMTPRecipientsRefused):
                self.close()
                raise
        else:
            self._lost = 0
            if sent == 0:
                raise SentNothing("The mail backend says that it sent nothing.")
        return ours.refused(mail) if ours else {}

    def close(self) -> None:
        """Close the connection; the next mail gets a new one."""
        connection, self._connection = self._connection, None
        if connection is not None:
            # What was sent has been answered; a server that does not say goodbye changes nothing.
            with contextlib.suppress(OSError):
                connection.close()

    def _open(self) -> BaseEmailBackend:
        if self._lost >= LOST_IN_A_ROW:
            raise ServerUnreachable(f"it closed the connection {self._lost} times in a row")
        if isinstance(self._connection, EmailBackend) and not self._connection.is_alive():
            self.close()
        if self._connection is None:
            try:
                self._connection = self._connect()
                self._connection.open()
            except (OSError, ImproperlyConfigured) as error:
                self.close()
                raise ServerUnreachable(reason(error)) from error
        return self._connection


def reason(error: Exception) -> str:
    """Return what went wrong in words that name no address: a server's own words may."""
    name = type(error).__name__
    match error:
        case smtplib.SMTPResponseException():
            return f"{name}, code {error.smtp_code}"
        case smtplib.SMTPServerDisconnected() | ImproperlyConfigured():
            return f"{name}: {error}"
        case OSError() if error.strerror:
            return f"{name}: {error.strerror}"
    return name


def _is_loss(error: Exception) -> bool:
    """Return whether the connection was lost, rather than this mail turned down by a server that is well."""
    match error:
        case smtplib.SMTPRecipientsRefused():
            return any(code == SERVICE_CLOSING for code, _words in error.recipients.values())
        case smtplib.SMTPResponseException():
            return error.smtp_code == SERVICE_CLOSING
        case smtplib.SMTPServerDisconnected():
            return True
    return isinstance(error, OSError) and not isinstance(error, smtplib.SMTPException)
