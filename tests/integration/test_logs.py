"""The log of real processes as a collector gets it: every phase, every batch, and no address anywhere."""

from __future__ import annotations

import json
import re
from subprocess import CompletedProcess
from typing import Any

import pytest

from tests.mail_server import MailServer
from tests.processes import ROOT, ProcessDatabase

PREPARE = """
from apps.service_providers.models import LlmProviderModel
from tests.integration.tenants import make_team, use_everywhere

gone = LlmProviderModel.objects.create(type="openai", name="gpt-4-0613", max_token_limit=8192)
cleared = LlmProviderModel.objects.create(type="groq", name="llama3-70b-8192", max_token_limit=8192)
stays = LlmProviderModel.objects.get(team=None, type="openai", name="gpt-4o")
for slug, admins in (("acme", 2), ("beta", 1), ("solo", 0)):
    team = make_team(slug, admins=admins)
    use_everywhere(team, gone, beside=stays)
    use_everywhere(team, cleared, beside=stays)
LlmProviderModel.objects.create(team=team, type="openai", name="gpt-4o", max_token_limit=1234)
"""
EVERYTHING_IS_DUE = """
from model_retirement.models import TeamMessage
TeamMessage.objects.update(next_attempt_at=None)
"""


@pytest.fixture
def platform(process_database: ProcessDatabase, mail_server: MailServer) -> ProcessDatabase:
    """A database with tenants, whose processes log for a collector."""
    process_database.env |= {
        "DJANGO_SETTINGS_MODULE": "tests.pinned_settings",
        "EMAIL_URL": mail_server.url,
        "LOG_FORMAT": "json",
        "PYTHONPATH": str(ROOT),
    }
    # Its words for a recipient that it refuses are kept with the message, and name the address.
    mail_server.refused = {"acme-1@example.org"}
    prepared = process_database.manage("shell", "--no-imports", "--command", PREPARE)
    assert prepared.returncode == 0, prepared.stderr
    return process_database


def log_of(done: CompletedProcess[str], *, returncode: int = 0) -> list[dict[str, Any]]:
    """Return the lines that a process has logged: all that it wrote to standard error."""
    assert done.returncode == returncode, done.stderr
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    for line in lines:
        assert {"time", "level", "logger", "process", "message"} <= set(line)
    assert "@" not in done.stderr
    return lines


def messages_of(lines: list[dict[str, Any]]) -> list[str]:
    return [line["message"] for line in lines]


def test_a_removal_and_its_restore_are_logged_by_phase_and_batch(platform: ProcessDatabase):
    """Rule 8: addresses stay out of the log, whatever a mail server says."""
    lines = log_of(platform.manage("remove_deprecated_models"))
    messages = messages_of(lines)
    for phase in ("plan", "data migration", "execute", "remove models", "notices", "send"):
        started, ended = messages.count(f"{phase} started"), messages.count(f"{phase} ended")
        assert started == ended > 0, phase
    assert messages.count("model removed") == 2
    (run,) = {line["run"] for line in lines if line["message"] == "execute started"}
    batches = [line for line in lines if line["message"] == "batch moved"]
    assert len({line["reference"] for line in batches}) > 5
    for line in batches:
        assert line["run"] == run
        assert line["rows"] > 0
        assert line["seconds"] >= 0
    (executed,) = [line for line in lines if line["message"] == "execute ended"]
    assert executed["references"] == sum(line["rows"] for line in batches)
    assert sum(line["notices"] for line in lines if line["message"] == "notices ended") == 6
    (sent,) = [line for line in lines if line["message"] == "send ended"]
    assert (sent["sent"], sent["failed"], sent["queued"]) == (1, 1, 1)
    assert [line["level"] for line in lines if line["message"] == "message not sent"] == ["WARNING"]
    assert platform.query("SELECT last_error FROM model_retirement_teammessage WHERE status = 'queued'") != [("",)]

    platform.manage("shell", "--no-imports", "--command", EVERYTHING_IS_DUE)
    assert messages_of(log_of(platform.manage("send_team_notices"))).count("message not sent") == 1
    restored = log_of(platform.manage("restore_removed_models", str(run)))
    assert {"restore started", "batch restored", "restore ended"} <= set(messages_of(restored))
    assert "prune ended" in messages_of(log_of(platform.manage("prune_history", "--older-than", "1")))
    assert "promote ended" in messages_of(log_of(platform.manage("promote_custom_models")))
    (line,) = log_of(platform.manage("restore_removed_models", str(run)), returncode=1)[-1:]
    assert line["level"] == "ERROR"
    assert re.fullmatch(r"CommandError: Removal \d+ was restored on .* already\.", line["message"])


def test_migrate_logs_what_it_ran_and_why_it_failed(platform: ProcessDatabase):
    platform.manage("custom_migrations", "unmark", "remove_deprecated_models")
    lines = log_of(platform.manage("migrate"))
    assert [line["data_migration"] for line in lines if line["message"] == "data migration ended"] == [
        "remove_deprecated_models"
    ]
    last = log_of(platform.manage("migrate", "nowhere"), returncode=1)[-1]
    assert (last["level"], last["message"]) == ("ERROR", "CommandError: No installed app with label 'nowhere'.")
