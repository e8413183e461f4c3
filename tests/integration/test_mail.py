"""Real senders, a real mail server, and everything that can go wrong between them."""

from __future__ import annotations

import json
import os
import signal
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from model_retirement.notices.sending import GIVE_UP_AFTER
from tests.integration.retirement import END_LEASES_OF_MESSAGES, Stage, stage
from tests.mail_server import MailServer
from tests.processes import SECONDS, wait_for

MANY = 2_000

FILL = """
from django.db import connections
from django.utils import timezone
from model_retirement.models import RemovalRun, TeamNotice
from model_retirement.notices.payload import NamedResource, Part, Payload, ResourceGroup, Resources
from apps.teams.models import Membership, Team
from apps.users.models import User
teams = Team.objects.bulk_create(Team(name=f"Team {{n}}", slug=f"team-{{n}}") for n in range({teams}))
users = User.objects.bulk_create(
    User(email=f"{{role}}{{n}}@example.org") for n in range({teams}) for role in ("first", "second")
)
Membership.objects.bulk_create(
    Membership(team=teams[n // 2], user=user, role="admin") for n, user in enumerate(users)
)
run = RemovalRun.objects.create(triggered_by="a test", finished_at=timezone.now())
group = ResourceGroup("assistant", "assistants.Assistant", True, False, 1, (NamedResource(1, "A", None, (Part(),)),))
payload = Payload(resources=Resources((group,))).as_json()
TeamNotice.objects.bulk_create(
    TeamNotice(
        team=team, run=run, event="removed", provider="openai", name=name, replacement="new",
        payload=payload,
    )
    for team in teams for name in {models}
)
connections.close_all()
"""


SENDING_UNTIL = "SELECT lease_expires_at FROM model_retirement_teammessage WHERE status = 'sending'"


@pytest.fixture(scope="module")
def scene(process_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with stage(tmp_path_factory.mktemp("mail"), template=process_template) as made:
        yield made


@pytest.fixture
def outbox(scene: Stage) -> Stage:
    """Processes that send to the mail server."""
    scene.set_back()
    return scene


@pytest.fixture
def mail_server(outbox: Stage) -> MailServer:
    return outbox.mail_server


def fill(outbox: Stage, *, teams: int, models: Sequence[str] = ("old", "older")) -> None:
    """Write the notices of a removal that concerned so many teams, with two admins each, and of which none is told."""
    outbox.forks.prepare(FILL.format(teams=teams, models=models))


def send(outbox: Stage, *arguments: str) -> dict[str, Any]:
    """Send as a process; return what it told."""
    done = outbox.run("send_team_notices", "--format", "json", *arguments)
    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def forget_delays(outbox: Stage, *, attempts: int = 1) -> None:
    """Make what waits for its next attempt due at once.

    :param attempts: how many it has behind it
    """
    with outbox.database.connect() as connection:
        connection.execute(
            "UPDATE model_retirement_teammessage SET next_attempt_at = NULL,"
            f" attempts = {int(attempts)} WHERE status <> 'sent'"
        )


def statuses(outbox: Stage) -> dict[str, int]:
    return Counter(status for (status,) in outbox.database.query("SELECT status FROM model_retirement_teammessage"))


def subjects(server: MailServer) -> Counter[str]:
    return Counter(str(mail.message["Subject"]).rpartition("(")[2].rstrip(")") for mail in server.received)


def test_each_team_gets_one_mail_with_its_admins_in_to(outbox, mail_server):
    fill(outbox, teams=3)
    assert send(outbox) == {
        "sent": 3,
        "failed": 0,
        "queued": 0,
        "gave_up": 0,
        "mail_server": None,
        "teams_without_recipients": [],
    }
    assert mail_server.connections == 1
    received = mail_server.received[0]
    assert received.message["To"] == "first0@example.org, second0@example.org"
    assert received.message["Subject"].endswith(": 2 models are removed, nothing stops working (Team 0)")
    text, html = received.message.iter_parts()
    assert "1 assistant:" in text.get_content()
    assert ">What to do</th>" in html.get_content()
    assert send(outbox)["sent"] == 0
    assert len(mail_server.received) == 3


def test_a_server_that_is_down_costs_nothing_but_time(outbox, mail_server):
    """Rule 8: said, exit status 0, and everything is sent when it is back."""
    fill(outbox, teams=2)
    mail_server.stop()
    done = outbox.run("send_team_notices")
    assert done.returncode == 0, done.stderr
    assert "E-mails: 0 sent, 2 queued, 0 given up." in done.stdout
    assert "The mail server cannot be used: ConnectionRefusedError: Connection refused" in done.stdout
    assert "@" not in done.stdout + done.stderr
    mail_server.start()
    assert send(outbox)["sent"] == 2
    assert subjects(mail_server) == {"Team 0": 1, "Team 1": 1}


def test_a_server_that_is_slower_than_a_claim_lasts_causes_no_second_mail(outbox, mail_server):
    fill(outbox, teams=2)
    mail_server.holds_first = True
    # A third of it is between two renewals: on a busy machine the rest must not pass before the next one.
    first = outbox.database.start("send_team_notices", "--format", "json", LEASE_SECONDS="6")
    wait_for(mail_server.taking.is_set)
    ((until,),) = outbox.database.query(SENDING_UNTIL)
    wait_for(lambda: outbox.database.query(f"SELECT {outbox.database.now} > '{until}'") == [(True,)])
    others = [outbox.database.start("send_team_notices", "--format", "json") for _ in range(2)]
    reports = [json.loads(outbox.database.finish(process).stdout) for process in others]
    assert [report["queued"] for report in reports][-1] >= 1, "the first message is still being sent"
    mail_server.holds_first = False
    reports.append(json.loads(outbox.database.finish(first).stdout))
    assert sum(report["sent"] for report in reports) == 2
    assert subjects(mail_server) == {"Team 0": 1, "Team 1": 1}


def test_a_server_that_refuses_one_recipient(outbox, mail_server):
    """Rule 8: the other admin is told once, this one is tried again and in the end given up."""
    fill(outbox, teams=2)
    mail_server.refused = {"second0@example.org"}
    assert send(outbox) == {
        "sent": 1,
        "failed": 1,
        "queued": 1,
        "gave_up": 0,
        "mail_server": None,
        "teams_without_recipients": [],
    }
    assert send(outbox)["failed"] == 0, "before its time"
    forget_delays(outbox, attempts=GIVE_UP_AFTER - 1)
    report = send(outbox)
    assert (report["failed"], report["queued"], report["gave_up"]) == (1, 0, 1)
    assert sorted(to for mail in mail_server.received for to in mail.recipients) == [
        "first0@example.org",
        "first1@example.org",
        "second1@example.org",
    ]


def test_a_connection_that_is_dropped_in_mid_batch(outbox, mail_server):
    fill(outbox, teams=5)
    mail_server.drops = 2
    report = send(outbox)
    assert (report["sent"], report["failed"], report["queued"]) == (3, 2, 2)
    forget_delays(outbox)
    assert send(outbox)["sent"] == 2
    assert subjects(mail_server) == {f"Team {number}": 1 for number in range(5)}


def test_a_server_that_ends_connections_after_some_mails(outbox, mail_server):
    fill(outbox, teams=5)
    mail_server.mails_per_connection = 2
    mail_server.seconds = 0.1
    send(outbox)
    forget_delays(outbox)
    send(outbox)
    assert statuses(outbox) == {"sent": 5}
    assert set(subjects(mail_server)) == {f"Team {number}" for number in range(5)}


def test_a_sender_that_is_killed_in_mid_send_loses_nothing(outbox, mail_server):
    """Rule 10: sent at least once, and the repeat can be recognised by its Message-ID."""
    fill(outbox, teams=3)
    mail_server.holds_first = True
    killed = outbox.database.start("send_team_notices")
    wait_for(mail_server.taking.is_set)
    os.kill(killed.pid, signal.SIGKILL)
    killed.wait(timeout=SECONDS)
    assert statuses(outbox) == {"sending": 1, "queued": 2}
    mail_server.holds_first = False
    assert send(outbox)["queued"] == 1, "the claim of the killed one holds until its lease has ended"
    outbox.end_leases(END_LEASES_OF_MESSAGES)
    assert send(outbox)["queued"] == 0

    assert statuses(outbox) == {"sent": 3}
    assert subjects(mail_server) == {"Team 0": 2, "Team 1": 1, "Team 2": 1}
    assert len(set(mail_server.message_ids())) == 3


def down(server: MailServer) -> None:
    server.stop()


def slow(server: MailServer) -> None:
    server.seconds = 1.5  # longer than a claim lasts


def picky(server: MailServer) -> None:
    server.refused = {"acme-1@example.org"}


def rude(server: MailServer) -> None:
    server.drops = 1


@pytest.mark.parametrize("trouble", [down, slow, picky, rude])
def test_a_removal_does_not_depend_on_the_mail_server(outbox, mail_server, trouble: Callable[[MailServer], None]):
    """Rules 8 and 9: it is done, its exit status is 0, and in the end everybody has got exactly one mail."""
    trouble(mail_server)
    with outbox.leases_of(1):
        done = outbox.run("remove_deprecated_models")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("4 models were removed, 3 teams concerned.")
    assert ("E-mails: 2 sent, 0 queued" in done.stdout) == (trouble is slow)
    received = list(mail_server.received)
    if trouble is down:
        mail_server.start()
    mail_server.begin_anew()
    forget_delays(outbox)
    send(outbox)
    assert statuses(outbox) == {"sent": 2}
    assert sorted(to for mail in [*received, *mail_server.received] for to in mail.recipients) == [
        "acme-0@example.org",
        "acme-1@example.org",
        "beta-0@example.org",
    ]


@pytest.mark.postgresql
def test_many_senders_at_once_send_every_mail_once(outbox, mail_server):
    """Rule 10: eight processes address and send the same queue of thousands."""
    fill(outbox, teams=MANY, models=["old"])
    ended = outbox.forks.manage_at_once([["send_team_notices", "--format", "json"]] * 8)
    assert [done.returncode for done in ended] == [0] * 8, [done.stderr for done in ended]
    reports = [json.loads(done.stdout) for done in ended]
    assert sum(report["sent"] for report in reports) == MANY
    assert sum(report["failed"] for report in reports) == 0
    assert sum(report["sent"] > MANY / 100 for report in reports) > 1, "no two senders were at work"
    assert statuses(outbox) == {"sent": MANY}
    assert subjects(mail_server) == {f"Team {number}": 1 for number in range(MANY)}
    assert len(set(mail_server.message_ids())) == MANY
    assert outbox.database.query(
        "SELECT count(*) FROM (SELECT message_id FROM model_retirement_messagenotice"
        " GROUP BY message_id HAVING count(*) = 1) told"
    ) == [(MANY,)]
