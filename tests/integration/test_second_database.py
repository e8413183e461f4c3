"""``--database``: the work is done, recorded and told on the database that is named, and on no other."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration import rows
from tests.processes import ROOT, ProcessDatabase, new_database

PREPARE = """
from apps.service_providers.models import LlmProviderModel
from apps.assistants.models import Assistant
from apps.teams.models import Membership, Team
from apps.users.models import User

team = Team.objects.using("other").create(slug="acme", name="Acme")
user = User.objects.using("other").create(email="ann@example.org")
Membership.objects.using("other").create(team=team, user=user, role="admin")
gone = LlmProviderModel.objects.using("other").create(type="openai", name="gpt-4-0613", max_token_limit=8192)
own = LlmProviderModel.objects.using("other").create(team=team, type="openai", name="gpt-4o", max_token_limit=1234)
Assistant.objects.using("other").create(team=team, name="Helper", llm_provider_model=gone)
Assistant.objects.using("other").create(team=team, name="Other", llm_provider_model=own)
"""


@pytest.fixture
def other(process_template: str, tmp_path: Path) -> Iterator[ProcessDatabase]:
    folder = tmp_path / "other"
    folder.mkdir()
    with new_database(folder, template=process_template) as database:
        yield database


@pytest.fixture
def default(process_database: ProcessDatabase, other: ProcessDatabase) -> ProcessDatabase:
    """The database whose processes know the other one."""
    process_database.env |= {
        "DJANGO_SETTINGS_MODULE": "tests.integration.second_database",
        "OTHER_DATABASE_URL": other.url,
        "PYTHONPATH": str(ROOT),
    }
    return process_database


def test_what_waits_on_one_database_runs_there_only(default: ProcessDatabase, other: ProcessDatabase):
    """Rule 11: each database has its schema, its records and its lock."""
    for alias in ("default", "other"):
        assert (
            default.manage("custom_migrations", "unmark", "promote_custom_models", "--database", alias).returncode == 0
        )
    untouched = rows.of_database(default)
    migrated = default.manage("migrate", "--database", "other")
    assert migrated.returncode == 0, migrated.stderr
    assert "Running data migrations: promote_custom_models\n" in migrated.stdout
    asked_for = {"notify_deprecated_models", "promote_custom_models", "remove_deprecated_models"}
    assert statuses(other) == dict.fromkeys(asked_for, "applied")
    assert rows.of_database(default) == untouched
    assert default.manage("migrate").returncode == 0
    assert statuses(default) == statuses(other)


def statuses(database: ProcessDatabase) -> dict[str, str]:
    return dict(
        database.query(
            "SELECT name, status FROM model_retirement_data_migrations_custommigration WHERE name NOT LIKE '%:%'"
        )
    )


def models_of(database: ProcessDatabase) -> dict[str, str]:
    """Return the model of each assistant by the assistant's name."""
    return dict(
        database.query(
            "SELECT a.name, m.name FROM assistants_assistant a"
            " JOIN service_providers_llmprovidermodel m ON m.id = a.llm_provider_model_id"
        )
    )


def test_a_removal_and_a_promotion_stay_on_the_database_that_is_named(
    default: ProcessDatabase, other: ProcessDatabase, tmp_path: Path
):
    """Rule 11: whatever a model's default manager would choose."""
    prepared = default.manage("shell", "--no-imports", "--command", PREPARE)
    assert prepared.returncode == 0, prepared.stderr
    untouched = rows.of_database(default)

    preview = default.manage("remove_deprecated_models", "--database", "other", "--dry-run", "-v", "2")
    assert "Acme (acme): 1 admin will be e-mailed.\n  assistant" in preview.stdout
    removed = default.manage("remove_deprecated_models", "--database", "other", "--format", "json", "-v", "2")
    assert removed.returncode == 0, removed.stderr
    document = json.loads(removed.stdout)
    promoted = default.manage("promote_custom_models", "--database", "other")
    assert "1 custom models promoted, 1 references moved, 1 token limits kept" in promoted.stdout, promoted.stderr

    assert document["totals"]["references"] == document["totals"]["notices"] == 1
    assert [resource["name"] for resource in document["teams"][0]["resources"]] == ["Helper"]
    assert models_of(other) == {"Helper": "gpt-4.1", "Other": "gpt-4o"}
    assert other.query("SELECT status FROM model_retirement_teammessage") == [("sent",)]
    (mail,) = (tmp_path / "mail").iterdir()
    assert "To: ann@example.org" in mail.read_text()
    assert rows.of_database(default) == untouched
