"""The command: what it prints, what it takes, what it refuses."""

from __future__ import annotations

import io
import json
import logging

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError

from model_retirement.models import TeamMessage
from tests.factories.service_providers import RemovalRunFactory, TeamMessageFactory, TeamNoticeFactory
from tests.factories.teams import MembershipFactory, TeamFactory
from tests.statements import before_statement, raising

pytestmark = pytest.mark.django_db


def run(*arguments: str, **options) -> str:
    out = io.StringIO()
    call_command("send_team_notices", *arguments, stdout=out, **options)
    return out.getvalue()


@pytest.fixture
def notices():
    """Three teams with an admin each, and one without."""
    removal = RemovalRunFactory.create()
    for number in range(3):
        admin = MembershipFactory.create(role="admin", user__email=f"secret{number}@example.org")
        TeamNoticeFactory.create(team=admin.team, run=removal)
    TeamNoticeFactory.create(team=TeamFactory.create(slug="lonely"), run=removal)


def test_it_sends_what_is_due_and_lists_whom_nobody_can_reach(notices, mailoutbox):
    """Rule 8."""
    assert run() == (
        "E-mails: 3 sent, 0 queued, 0 given up.\n"
        "Teams without a reachable admin; tell them another way, or give them one and run this again:\n"
        "  lonely\n"
    )
    assert len(mailoutbox) == 3


def test_it_says_when_there_is_nothing_to_send():
    assert run() == "There is nothing to send.\n"


def test_given_up_messages_are_told_every_time():
    TeamMessageFactory.create(status=TeamMessage.Status.GAVE_UP)
    assert run() == "E-mails: 0 sent, 0 queued, 1 given up.\n"


def test_mail_that_is_down_is_said_and_no_error(notices, mail_is_down):
    lines = run().splitlines()
    assert lines[0] == "E-mails: 0 sent, 3 queued, 0 given up."
    assert lines[1].startswith("The mail server cannot be used: ConnectionRefusedError: Connection refused")
    assert TeamMessage.objects.filter(status="queued").count() == 3


def test_json_is_one_document(notices, mailoutbox):
    assert json.loads(run("--format", "json")) == {
        "sent": 3,
        "failed": 0,
        "queued": 0,
        "gave_up": 0,
        "mail_server": None,
        "teams_without_recipients": ["lonely"],
    }


def test_json_tells_why_mail_is_down(notices, mail_is_down):
    report = json.loads(run("--format", "json"))
    assert (report["queued"], report["mail_server"]) == (3, "ConnectionRefusedError: Connection refused")


def test_a_limit_leaves_the_rest_in_the_queue(notices, mailoutbox):
    assert run("--limit", "2").startswith("E-mails: 2 sent, 1 queued, 0 given up.")
    assert run("--limit", "2").startswith("E-mails: 1 sent, 0 queued, 0 given up.")


def test_verbosity_0_is_silent(notices, mailoutbox):
    assert run(verbosity=0) == ""
    assert len(mailoutbox) == 3


@pytest.mark.parametrize("number", ["0", "-1", "two", "²", ""])
def test_a_limit_that_is_no_number_is_refused(number):
    with pytest.raises(CommandError, match="is not a positive integer"):
        run(f"--limit={number}")


def test_a_database_error_is_one_line():
    with (
        before_statement("SELECT", raising(OperationalError("no such table: x\nLINE 1: …"))),
        pytest.raises(CommandError, match=r"^send_team_notices: the database said: no such table: x$"),
    ):
        run()


@pytest.mark.parametrize("arguments", [(), ("--format", "json")])
def test_neither_output_nor_logs_name_an_address(notices, on_mail, caplog, arguments):
    """Rule 8: at verbosity 1."""

    def refuse(mail):
        raise ValueError(f"no such box: {mail.to}")

    on_mail(refuse)
    caplog.set_level(logging.DEBUG)
    output = run(*arguments)
    assert "3" in output
    assert "secret" not in output
    assert len([record for record in caplog.records if record.message == "message not sent"]) == 3
    assert not any("secret" in str(value) for record in caplog.records for value in vars(record).values())
    assert TeamMessage.objects.filter(last_error__contains="secret").count() == 3


@pytest.mark.parametrize("words", ["Stopped by SIGTERM. The next run does the rest.", ""])
def test_being_stopped_is_one_line(words):
    with (
        before_statement("SELECT", raising(KeyboardInterrupt(words))),
        pytest.raises(CommandError, match=r"^Stopped.* The next run does the rest\.$"),
    ):
        call_command("send_team_notices")
