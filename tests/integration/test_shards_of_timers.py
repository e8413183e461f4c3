"""What runs on a timer works on all databases as well: one report, each team told from where it lives."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import pytest

from tests.integration.test_notify_at_once import mails
from tests.integration.two_shards import Shards
from tests.processes import new_database

NOTIFY = ["notify_deprecated_models", "--database", "all"]
SEND = ["send_team_notices", "--database", "all"]

IN_USE = """
from apps.assistants.models import Assistant
from apps.service_providers.models import LlmProviderModel
from apps.teams.models import Team

for alias in ("default", "other"):
    models = LlmProviderModel.objects.using(alias)
    old = models.create(type="openai", name="gpt-3.5-turbo", max_token_limit=16_384, deprecated=True)
    for team in Team.objects.using(alias):
        Assistant.objects.using(alias).create(team=team, name="Old", llm_provider_model=old)
"""

BACK = (
    "INSERT INTO service_providers_llmprovidermodel (type, name, max_token_limit, deprecated, created_at)"
    " VALUES ('openai', 'gpt-4-turbo', 8192, false, CURRENT_TIMESTAMP)"
)

LONELY = """
from apps.teams.models import Membership

Membership.objects.using("other").filter(team__slug="both").delete()
"""


@pytest.fixture
def in_use(shards: Shards) -> Shards:
    """Each team of both databases uses a deprecated model."""
    made = shards.default.manage("shell", "--no-imports", "--command", IN_USE)
    assert made.returncode == 0, made.stderr
    return shards


def test_teams_of_all_databases_are_told_with_one_report(in_use: Shards, tmp_path: Path):
    """Rules 7 and 9: sums of all, and of each entry its database; a second run tells nobody."""
    preview = in_use.default.manage(*NOTIFY, "--dry-run", "-v", "2")
    assert preview.returncode == 0, preview.stderr
    assert preview.stdout.index("Database default:\n2 teams would be told of 1 model.") < preview.stdout.index(
        "Acme (acme)"
    )
    assert preview.stdout.index("Database other:\n2 teams would be told of 1 model.") < preview.stdout.index(
        "Beta (beta)"
    )
    assert preview.stdout.endswith("\n2 databases together: 2 models, 4 teams, 4 notices.\n")
    assert mails(tmp_path / "mail") == []

    done = in_use.default.manage(*NOTIFY, "--format", "json")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["totals"] == {"models": 2, "teams": 4, "notices": 4, "teams_without_recipients": 0}
    assert document["emails"] == {"sent": 4, "queued": 0, "gave_up": 0, "mail_server": None}
    assert [(team["database"], team["slug"]) for team in document["teams"]] == [
        ("default", "acme"),
        ("default", "both"),
        ("other", "beta"),
        ("other", "both"),
    ]
    assert sorted(mails(tmp_path / "mail")) == [f"{team}@example.org" for team in ("acme", "beta", "both", "both")]
    again = in_use.default.manage(*NOTIFY)
    assert again.stdout.count("There is nobody to tell.") == 2
    assert again.stdout.endswith(
        "2 databases together: 0 models, 0 teams, 0 notices.\n  E-mails: 0 sent, 0 queued, 0 given up.\n"
    )


def test_notices_are_marked_as_told_on_all_databases(in_use: Shards):
    marked = in_use.default.manage(*NOTIFY, "--fake", "--format", "json")
    assert (marked.returncode, json.loads(marked.stdout)) == (0, {"faked": []})


def test_what_is_queued_in_any_database_is_sent_with_one_report(shards: Shards, tmp_path: Path):
    """Rule 8: a team without a reachable admin is listed with its database, where its slug means that team."""
    alone = shards.default.manage("shell", "--no-imports", "--command", LONELY)
    assert alone.returncode == 0, alone.stderr
    removed = shards.default.manage("remove_deprecated_models", "--database", "all", "--no-send", "-v", "0")
    assert (removed.returncode, removed.stdout) == (0, ""), removed.stderr

    limited = shards.default.manage("send_team_notices", "--database=other", "--database=default", "--limit=1")
    assert limited.returncode == 0, limited.stderr
    assert limited.stdout == (
        "Database other:\n"
        "E-mails: 1 sent, 0 queued, 0 given up.\n"
        "Teams without a reachable admin; tell them another way, or give them one and run this again:\n"
        "  both\n"
        "\n"
        "Database default:\n"
        "E-mails: 1 sent, 1 queued, 0 given up.\n"
        "`send_team_notices` sends what is queued.\n"
        "\n"
        "2 databases together:\n"
        "  1 team without a reachable admin.\n"
        "  E-mails: 2 sent, 1 queued, 0 given up.\n"
    )
    sent = shards.default.manage(*SEND, "--format", "json")
    assert sent.returncode == 0, sent.stderr
    assert json.loads(sent.stdout) == {
        "sent": 1,
        "failed": 0,
        "queued": 0,
        "gave_up": 0,
        "mail_server": None,
        "teams_without_recipients": [{"database": "other", "team": "both"}],
    }
    assert sorted(mails(tmp_path / "mail")) == [f"{team}@example.org" for team in ("acme", "beta", "both")]


def test_what_waits_in_a_database_is_sent_with_the_command_that_is_named(shards: Shards):
    """A hint that names no database would be about the default one."""
    down = {"EMAIL_URL": "smtp://127.0.0.1:1"}
    removed = shards.default.manage("remove_deprecated_models", "--database", "other", **down)
    assert "`send_team_notices --database other` sends what is queued.\n" in removed.stdout
    restored = shards.default.manage("restore_removed_models", "1", "--database", "other", **down)
    assert "`send_team_notices --database other` sends what is queued.\n" in restored.stdout
    waiting = shards.default.manage("send_team_notices", "--database", "other", **down)
    assert "`send_team_notices --database other` sends what is queued.\n" in waiting.stdout


def test_what_a_database_holds_is_shown_by_the_commands_that_look_at_one(shards: Shards):
    """Numbers of removals belong to a database, and so do teams, rows and the commands that are advised."""
    assert shards.default.manage("remove_deprecated_models", "--database", "other", "-v", "0").returncode == 0
    listed = shards.default.manage("llm_models", "removals", "--database", "other").stdout
    assert "`restore_removed_models 1 --database other` undoes it." in listed
    assert shards.default.manage("llm_models", "removals").stdout == "No removals here yet.\n"
    named = json.loads(shards.default.manage("llm_models", "removals", "1", "--database=other", "--format=json").stdout)
    assert named["next_step"] == "`restore_removed_models 1 --database other` undoes it."

    teams = {
        alias: {line["team"] for line in json.loads(shown.stdout)}
        for alias in ("default", "other")
        if (shown := shards.default.manage("llm_models", "usage", "--in-use", "--format=json", "--database", alias))
    }
    assert teams == {"default": {"acme", "both"}, "other": {"beta", "both"}}
    dangling = shards.default.manage("llm_models", "usage", "--dangling", "--database", "other")
    assert dangling.stdout == "No id of a model that does not exist is stored anywhere.\n", dangling.stderr

    with shards.other.connect() as connection:
        connection.execute("UPDATE service_providers_llmprovidermodel SET deprecated = true WHERE name = 'gpt-4.1'")
    differs = shards.default.manage("llm_models", "sync", "--check", "--database", "other")
    assert differs.returncode == 1
    assert differs.stderr.endswith("Run `python manage.py llm_models sync --database other`.\n")
    assert shards.default.manage("llm_models", "sync", "--database", "other").returncode == 0
    assert shards.default.manage("llm_models", "sync", "--check", "--database", "other").returncode == 0

    check = ["llm_models", "check", "--database", "other"]
    assert shards.default.manage(*check).returncode == 0
    with shards.other.connect() as connection:
        connection.execute(BACK)
    assert "E011: Models are in the table although their removal is" in shards.default.manage(*check).stdout
    timeline = shards.default.manage("llm_models", "timeline", "--in-use", "--database", "other")
    assert timeline.returncode == 0, timeline.stderr


def test_old_journals_are_pruned_on_all_databases_with_one_report(shards: Shards):
    removed = shards.default.manage("remove_deprecated_models", "--database", "all", "-v", "0")
    assert removed.returncode == 0, removed.stderr
    for database in (shards.default, shards.other):
        with database.connect() as connection:
            connection.execute("UPDATE model_retirement_removalrun SET finished_at = '2020-01-01 00:00:00+00:00'")
            connection.execute("UPDATE model_retirement_teammessage SET sent_at = '2020-01-01 00:00:00+00:00'")
    preview = shards.default.manage("prune_history", "--older-than=90", "--dry-run", "--database=all", "--format=json")
    document = json.loads(preview.stdout)
    assert document["removals"] == [{"database": "default", "run": 1}, {"database": "other", "run": 1}]
    pruned = shards.default.manage("prune_history", "--older-than=90", "--database=all")
    assert pruned.returncode == 0, pruned.stderr
    assert pruned.stdout.endswith(
        f"2 databases together: 2 journals, {document['journal_rows']} journal rows, 4 e-mails.\n"
    )
    assert shards.other.query("SELECT count(*) FROM model_retirement_referencechange") == [(0,)]


def test_more_databases_than_work_at_once_take_turns(shards: Shards, process_template: str, tmp_path: Path):
    """Rule 10: those that wait are done as well, in the order in which they are configured."""
    with contextlib.ExitStack() as stack:
        more = []
        for number in range(3, 12):
            (tmp_path / str(number)).mkdir()
            more.append(stack.enter_context(new_database(tmp_path / str(number), template=process_template)))
        env = {"MORE_DATABASE_URLS": ",".join(database.url for database in more)}
        sent = shards.default.manage("prune_history", "--older-than=90", "--database=all", **env)
    assert sent.returncode == 0, sent.stderr
    assert [line for line in sent.stdout.splitlines() if line.startswith("Database ")] == [
        f"Database {alias}:" for alias in ("default", "other", *(f"shard_{number}" for number in range(3, 12)))
    ]
    assert sent.stdout.endswith("11 databases together: 0 journals, 0 journal rows, 0 e-mails.\n")
