"""The connection to the mail server, against a real one."""

from __future__ import annotations

import functools
import runpy
import smtplib
from collections.abc import Iterator

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMessage
from django.core.mail.backends import dummy
from django.core.mail.backends.base import BaseEmailBackend
from django.utils.module_loading import import_string

from model_retirement.notices import mailer
from model_retirement.notices.mailer import EmailBackend, Mailer, SentNothing, ServerUnreachable
from tests.mail_server import MailServer
from tests.processes import wait_for
from tests.warm import SECONDS

A, B, C = "a@example.org", "b@example.org", "c@example.org"


def mail(*to: str) -> EmailMessage:
    return EmailMessage(subject="s", body="b", to=list(to or (A,)))


def backend_of(server: MailServer, **options) -> EmailBackend:
    return EmailBackend(alias="test", host="127.0.0.1", port=server.port, timeout=SECONDS, **options)


@pytest.fixture
def sender(mail_server) -> Iterator[Mailer]:
    """A mailer that talks to the server."""
    made = Mailer(lambda: backend_of(mail_server))
    yield made
    made.close()


def sending_with(send, *, open_=lambda: None, close=lambda: None) -> Mailer:
    """Return a mailer whose backend does as told."""

    class Backend(BaseEmailBackend):
        def open(self):
            return open_()

        def send_messages(self, email_messages):
            return send(email_messages)

        def close(self):
            return close()

    return Mailer(Backend)


def raising(error: Exception):
    def act(*_args):
        raise error

    return act


def test_one_connection_serves_many_mails(sender, mail_server):
    for _ in range(3):
        assert sender.send(mail()) == {}
    assert len(mail_server.received) == 3
    assert mail_server.connections == 1


def test_who_was_refused_is_known_when_others_were_accepted(sender, mail_server):
    """Rule 8: a mail that one of three admins got was not delivered to all of them."""
    mail_server.refused = {B, "x@xn--bcher-kva.example"}
    assert sender.send(mail(A, B, "x@bücher.example", C)) == {
        B: "5.1.1 nobody of that name here",
        "x@bücher.example": "5.1.1 nobody of that name here",
    }
    assert [received.recipients for received in mail_server.received] == [(A, C)]
    assert sender.send(mail(C)) == {}
    assert mail_server.connections == 1


def test_all_refused_is_no_reason_for_another_connection(sender, mail_server):
    mail_server.refused = {A, B}
    assert set(sender.send(mail(A, B))) == {A, B}
    assert sender.send(mail(C)) == {}
    assert mail_server.connections == 1


def test_a_server_that_closes_after_some_mails_is_connected_again(sender, mail_server):
    mail_server.mails_per_connection = 2
    for mails, goodbyes in ((2, 1), (2, 2), (1, 2)):
        for _ in range(mails):
            assert sender.send(mail()) == {}
        wait_for(functools.partial(mail_server.has_closed, times=goodbyes))
    assert len(mail_server.received) == 5
    assert mail_server.connections == 3


def test_a_connection_that_is_lost_in_a_mail_raises_and_the_next_mail_gets_a_new_one(sender, mail_server):
    mail_server.drops = 1
    with pytest.raises(smtplib.SMTPServerDisconnected):
        sender.send(mail())
    assert sender.send(mail()) == {}
    assert mail_server.connections == 2


def test_a_server_that_loses_one_connection_after_the_other_counts_as_down(sender, mail_server):
    """Each loss may have cost a whole time limit; thousands of messages wait behind."""
    mail_server.drops = 100
    for _ in range(mailer.LOST_IN_A_ROW):
        with pytest.raises(smtplib.SMTPServerDisconnected):
            sender.send(mail())
    with pytest.raises(ServerUnreachable, match="closed the connection 3 times in a row"):
        sender.send(mail())
    assert mail_server.drops == 97


def test_a_server_that_is_not_there():
    nobody = MailServer()
    with pytest.raises(ServerUnreachable, match=r"^ConnectionRefusedError: Connection refused$"):
        Mailer(lambda: backend_of(nobody)).send(mail())


def test_a_backend_that_is_set_up_wrongly_is_no_crash():
    sender = sending_with(lambda _mails: 1, open_=raising(ImproperlyConfigured("Could not write to directory: /x")))
    with pytest.raises(ServerUnreachable, match="ImproperlyConfigured: Could not write to directory: /x"):
        sender.send(mail())


def test_a_backend_that_sends_nothing_has_not_sent():
    sender = sending_with(lambda _mails: 0)
    with pytest.raises(SentNothing):
        sender.send(mail())


def test_a_backend_that_is_not_smtp_needs_no_more_than_django_asks_of_it():
    sent: list[EmailMessage] = []

    def send(mails):
        sent.extend(mails)
        return len(mails)

    sender = sending_with(send)
    assert sender.send(mail()) == {}
    assert len(sent) == 1


def test_another_backend_that_refuses_all_is_believed():
    refused = smtplib.SMTPRecipientsRefused({A: (550, b"no")})
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        sending_with(raising(refused)).send(mail())


@pytest.mark.parametrize(
    ("error", "counts_as_lost"),
    [
        (smtplib.SMTPDataError(554, b"spam"), False),
        (smtplib.SMTPDataError(421, b"closing"), True),
        (smtplib.SMTPRecipientsRefused({A: (421, b"closing")}), True),
        (smtplib.SMTPRecipientsRefused({A: (550, b"no")}), False),
        (smtplib.SMTPServerDisconnected("timed out"), True),
        (smtplib.SMTPNotSupportedError("8bit"), False),
        (TimeoutError("timed out"), True),
        (ValueError("bad header"), False),
    ],
)
def test_a_mail_that_is_turned_down_is_told_from_a_lost_connection(error, counts_as_lost):
    sender = sending_with(raising(error))
    for _ in range(mailer.LOST_IN_A_ROW):
        with pytest.raises(type(error)):
            sender.send(mail())
    with pytest.raises(ServerUnreachable if counts_as_lost else type(error)):
        sender.send(mail())


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (smtplib.SMTPAuthenticationError(535, b"me@example.org not accepted"), "SMTPAuthenticationError, code 535"),
        (smtplib.SMTPServerDisconnected("Connection unexpectedly closed"), "SMTPServerDisconnected: Connection unexp"),
        (ConnectionRefusedError(111, "Connection refused"), "ConnectionRefusedError: Connection refused"),
        (smtplib.SMTPRecipientsRefused({"me@example.org": (550, b"no")}), "SMTPRecipientsRefused"),
        (ValueError("me@example.org"), "ValueError"),
    ],
)
def test_reasons_name_no_address(error, words):
    """Rule 8: addresses are not printed."""
    assert mailer.reason(error).startswith(words)
    assert "@" not in mailer.reason(error)


def test_a_server_that_does_not_say_goodbye_changes_nothing():
    closed = []

    def close():
        closed.append("once")
        raise TimeoutError

    sender = sending_with(lambda _mails: 1, close=close)
    sender.send(mail())
    sender.close()
    sender.close()
    assert closed == ["once"]


def test_a_closed_backend_knows_of_no_refusals_and_is_not_alive():
    backend = EmailBackend(alias="test", host="127.0.0.1", port=1)
    assert backend.refused(mail()) == {}
    assert backend.is_alive() is False


def test_tls_from_the_first_byte_remembers_refusals_too():
    backend = EmailBackend(alias="test", host="127.0.0.1", port=1, use_ssl=True)
    assert issubclass(backend.connection_class, smtplib.SMTP_SSL)
    assert issubclass(backend.connection_class, EmailBackend(alias="test", host="h").connection_class)


@pytest.mark.parametrize(
    ("url", "backend"),
    [
        ("smtp://mail.example.org:2525", EmailBackend),
        ("submission://me:secret@mail.example.org", EmailBackend),
        ("dummy://", dummy.EmailBackend),
    ],
)
def test_wherever_mail_goes_by_smtp_refusals_are_remembered(monkeypatch, url, backend):
    monkeypatch.setenv("EMAIL_URL", url)
    configured = runpy.run_path("config/settings.py")
    assert import_string(configured["_backend"]) is backend


def test_mail_goes_where_the_settings_say(mailoutbox):
    Mailer().send(mail())
    assert len(mailoutbox) == 1
