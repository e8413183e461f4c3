"""Two timers at the same moment, as real processes."""

from __future__ import annotations

import email
import json
import re
from email import policy
from pathlib import Path

from model_retirement.models import MessageNotice
from tests.processes import ProcessDatabase

TEAMS = 5

# Two deprecated models of the platform's own catalogue, which a fresh database does not get, are in use.
TENANTS = f"""
from tests.factories.assistants import AssistantFactory
from tests.factories.service_providers import LlmProviderModelFactory
from tests.integration.tenants import make_team

used = [LlmProviderModelFactory.create(name=name, deprecated=True) for name in ("gpt-3.5-turbo", "chatgpt-4o-latest")]
for number in range({TEAMS}):
    team = make_team(f"team-{{number}}")
    for model in used:
        AssistantFactory.create(team=team, llm_provider_model=model)
"""


def mails(folder: Path) -> list[str]:
    """Return the addresses of the mails in the files of a folder; a file holds what one connection was given."""
    recipients = []
    for path in folder.glob("*.log"):
        parts = path.read_bytes().split(b"\n" + b"-" * 79 + b"\n")
        recipients += [email.message_from_bytes(part, policy=policy.default)["To"] for part in parts if part.strip()]
    return recipients


def test_two_at_once_tell_once(process_database: ProcessDatabase, tmp_path: Path):
    """Rules 9 and 10: the second waits for the first, and then finds that every team has been told."""
    made = process_database.manage("shell", "--verbosity=0", "-c", TENANTS)
    assert made.returncode == 0, made.stderr
    started = [process_database.start("notify_deprecated_models", "--format", "json") for _ in range(2)]
    ended = [process_database.finish(process) for process in started]

    assert [done.returncode for done in ended] == [0, 0], [done.stderr for done in ended]
    assert all(re.fullmatch(r"(notify_deprecated_models is held by .* Waiting .*\n)?", done.stderr) for done in ended)
    totals = [json.loads(done.stdout)["totals"] for done in ended]
    assert sorted(total["notices"] for total in totals) == [0, 2 * TEAMS]
    assert sorted(total["teams"] for total in totals) == [0, TEAMS]
    table = MessageNotice._meta.db_table
    assert process_database.query(f"SELECT count(*), count(DISTINCT message_id) FROM {table}") == [(2 * TEAMS, TEAMS)]
    assert sorted(mails(tmp_path / "mail")) == [f"team-{number}-0@example.org" for number in range(TEAMS)]
