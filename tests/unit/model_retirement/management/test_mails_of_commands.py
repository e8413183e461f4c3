"""What becomes of the e-mails of a change that is made, and of who waits to hear of it."""

from __future__ import annotations

import signal

import pytest
from django.core.management import CommandError
from django.db import DatabaseError, transaction
from pytest_django import DjangoCaptureOnCommitCallbacks

from model_retirement.interruption import Interrupted
from model_retirement.management.sending import send_after_commit, send_then_tell

pytestmark = pytest.mark.django_db


def test_a_database_that_fails_while_mails_are_sent_is_told_after_the_rest():
    """Rule 8: what is raised in the end says that the change stands."""
    reports: list[object] = []
    send_then_tell(lambda: "sent", reports.append, using="default")
    assert reports == ["sent"]

    def fail() -> str:
        raise DatabaseError("the server is going\nby order")

    with pytest.raises(CommandError) as failure:
        send_then_tell(fail, reports.append, using="default")
    assert reports == ["sent", None]
    assert str(failure.value) == (
        "The change itself is made and recorded. Its e-mails are not all sent, for the database said: the server is"
        " going. `send_team_notices` sends the rest."
    )
    assert isinstance(failure.value.__cause__, DatabaseError)


@pytest.mark.parametrize(
    ("stop", "words"),
    [(Interrupted(signal.SIGTERM), "Stopped by SIGTERM. `send"), (KeyboardInterrupt(), "Stopped. `send")],
)
def test_who_ends_a_command_that_only_sends_any_more_is_told_that_the_change_stands(stop, words):
    def fail() -> str:
        raise stop

    reports: list[object] = []
    with pytest.raises(CommandError) as failure:
        send_then_tell(fail, reports.append, using="default")
    assert reports == [None]
    assert str(failure.value).startswith(
        f"The change itself is made and recorded. Its e-mails are not all sent: {words}"
    )
    assert failure.value.__cause__ is stop


def test_after_a_commit_a_database_that_fails_is_told_and_stops_nobody(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
):
    """A migration may have sent them, whose own work is done, and behind which others add what was missing."""
    reports: list[object] = []

    def fail() -> None:
        raise DatabaseError("no such column: note")

    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        send_after_commit(fail, warn=reports.append, using="default")
        send_after_commit(lambda: reports.append("sent"), warn=reports.append, using="default")
        assert reports == []
    assert reports == [
        "The change itself is made and recorded. Its e-mails are not all sent, for the database said: no such column: note."
        " `send_team_notices` sends the rest.",
        "sent",
    ]
