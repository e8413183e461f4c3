"""A real SMTP server for tests, which is slow, picky or rude on request."""

from __future__ import annotations

import asyncio
import dataclasses
import email
import email.policy
import functools
import socket
import threading
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.warm import SECONDS


@dataclasses.dataclass(frozen=True)
class Received:
    """One mail that the server has taken."""

    recipients: tuple[str, ...]
    content: bytes

    @functools.cached_property
    def message(self) -> EmailMessage:
        return email.message_from_bytes(self.content, policy=email.policy.default)

    @property
    def message_id(self) -> str:
        return str(self.message["Message-ID"])


class MailServer:
    """The server, on a port of its own.

    ``refused`` are addresses that it does not know; ``seconds`` is how long it takes over each mail, and
    ``holds_first`` keeps it from answering the first one until it is set to False; ``drops`` is the number of mails at
    whose end it closes the connection without an answer; ``mails_per_connection`` is after how many
    it closes a connection, and ``goodbyes`` how often it did. What it took is in ``received``; ``connections`` counts
    who came.
    """

    def __init__(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = int(free.getsockname()[1])
        self._controller: Controller | None = None
        self.begin_anew()

    def begin_anew(self) -> None:
        """Take everything from now on, and forget what was taken before."""
        self.refused: set[str] = set()
        self.seconds = 0.0
        self.holds_first = False
        self.drops = 0
        self.mails_per_connection = 0
        self.received: list[Received] = []
        self.connections = 0
        self.goodbyes = 0
        self.taking = threading.Event()
        """Set when the first mail has come in, before it is answered."""

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}?timeout={SECONDS}"

    def start(self) -> None:
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    def stop(self) -> None:
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    def message_ids(self) -> list[str]:
        return [mail.message_id for mail in self.received]

    async def handle_EHLO(  # noqa: N802  # aiosmtpd's names
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refused:
            return "550 5.1.1 nobody of that name here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:  # noqa: N802
        if self.drops:
            self.drops -= 1
            server.transport.abort()
            return "451 gone"
        assert isinstance(envelope.content, bytes)
        self.received.append(Received(tuple(envelope.rcpt_tos), envelope.content))
        first = not self.taking.is_set()
        self.taking.set()
        await asyncio.sleep(self.seconds)
        while first and self.holds_first:  # noqa: ASYNC110  # the flag is another thread's
            await asyncio.sleep(0.02)
        session.mails = getattr(session, "mails", 0) + 1
        if session.mails == self.mails_per_connection:
            # As servers do that limit a connection: this mail is taken, then it closes.
            asyncio.get_running_loop().call_later(0.05, self._say_goodbye, server.transport)
        return "250 OK"

    def has_closed(self, *, times: int) -> bool:
        """Return whether it has closed so many connections by itself."""
        return self.goodbyes == times

    def _say_goodbye(self, transport: asyncio.BaseTransport) -> None:
        transport.close()
        self.goodbyes += 1


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    """A server that takes everything, until it is told otherwise."""
    server = MailServer()
    server.start()
    yield server
    server.stop()
