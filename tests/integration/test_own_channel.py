"""A host's own channel that only writes rows of this database: each message once, whatever becomes of its senders."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.processes import ProcessDatabase

SETTINGS = """
from tests.sample_app.settings import *

MODEL_RETIREMENT_PLATFORM = "channel.Platform"
"""
CHANNEL = """
import os
import signal

from config.retirement import Platform as Base


class Platform(Base):
    def deliver(self, *, message, notices, recipients, using):
        from apps.teams.models import Team

        Team.objects.using(using).create(name=notices[0].name, slug=f"told-by-{os.getpid()}-{message.pk}")
        if "KILLED" in os.environ:
            os.kill(os.getpid(), signal.SIGKILL)
        return ["somebody"]
"""
MESSAGES = """
from tests.factories.service_providers import TeamMessageFactory, TeamNoticeFactory
for number in range({number}):
    message = TeamMessageFactory.create(recipients=[])
    TeamNoticeFactory.create(team=message.team, run=message.run, message=message, name=f"told-{{number}}")
"""
WRITTEN = "SELECT name FROM teams_team WHERE name LIKE 'told-%' ORDER BY 1"
STATUSES = "SELECT status, COUNT(*) FROM model_retirement_teammessage GROUP BY status"


@pytest.fixture
def inbox(process_database: ProcessDatabase, tmp_path: Path) -> ProcessDatabase:
    """A platform with a channel of its own."""
    (tmp_path / "settings_with_channel.py").write_text(SETTINGS)
    (tmp_path / "channel.py").write_text(CHANNEL)
    process_database.env["DJANGO_SETTINGS_MODULE"] = "settings_with_channel"
    return process_database


def queue(inbox: ProcessDatabase, *, number: int) -> None:
    made = inbox.manage("shell", "-v", "0", "-c", MESSAGES.format(number=number))
    assert made.returncode == 0, made.stderr


def test_a_sender_that_dies_behind_the_hosts_rows_has_written_none_and_the_next_writes_them_once(
    inbox: ProcessDatabase,
):
    queue(inbox, number=1)
    killed = inbox.manage("send_team_notices", KILLED="yes")
    assert killed.returncode == -9
    assert inbox.query(WRITTEN) == []
    assert inbox.query(STATUSES) == [("sending", 1)]

    with inbox.connect() as connection:
        connection.execute(f"UPDATE model_retirement_teammessage SET lease_expires_at = {inbox.now}")
    for _ in range(2):
        done = inbox.manage("send_team_notices")
        assert done.returncode == 0, done.stderr
    assert inbox.query(WRITTEN) == [("told-0",)]
    assert inbox.query(STATUSES) == [("sent", 1)]


def test_senders_at_once_write_each_message_once(inbox: ProcessDatabase):
    queue(inbox, number=8)
    senders = [inbox.start("send_team_notices") for _ in range(3)]
    assert [inbox.finish(sender).returncode for sender in senders] == [0, 0, 0]
    assert inbox.query(WRITTEN) == [(f"told-{number}",) for number in range(8)]
    assert inbox.query(STATUSES) == [("sent", 8)]
