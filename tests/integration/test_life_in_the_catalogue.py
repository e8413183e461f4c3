"""Ten models of the real catalogue from deprecation to removal, and their entries to the end, by the commands alone.

One scratch copy of the project in a real git repository, with merges, a moved file and a reformatted list in its history,
and two environments that release from it. All of it is played once; the tests look at what came of it.
"""

from __future__ import annotations

import datetime as dt
import difflib
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from tests.git_repository import GitRepository
from tests.integration.forks import ForkServer, fork_server
from tests.integration.scratch import Scratch, copy_project
from tests.processes import ROOT, ProcessDatabase, new_database

CATALOGUE = "apps/service_providers/llm_service/default_models.py"

FIRST_RELEASE = [
    "deprecate openai/gpt-4 --replacement gpt-4.1 --retires-on 2126-10-23",
    "deprecate openai/o3-mini --replacement o4-mini --retires-on 2126-11-01",
    "deprecate anthropic/claude-opus-4-5-20251101",
    "retire groq/gemma2-9b-it",
    "retire groq/whisper-large-v3-turbo",
    "retire openai/gpt-3.5-turbo-1106 --replacement gpt-4.1-mini",
    "retire deepseek/deepseek-chat",
]
SECOND_RELEASE = [
    "retire openai/gpt-4",
    "retire openai/o3-mini --replacement gpt-4.1-mini",
    "deprecate perplexity/llama-3.1-8b-instruct --replacement sonar",
    "retire google_vertex_ai/gemini-2.5-pro",
    "deprecate google/gemini-2.5-pro --replacement gemini-3.6-flash",
]
REMOVED_FIRST = {
    "groq/gemma2-9b-it",
    "groq/whisper-large-v3-turbo",
    "openai/gpt-3.5-turbo-1106",
    "deepseek/deepseek-chat",
}
REMOVED_SECOND = {"openai/gpt-4", "openai/o3-mini", "google_vertex_ai/gemini-2.5-pro"}

TENANTS = """
from apps.service_providers.models import LlmProviderModel
from tests.integration.tenants import make_team, use_everywhere

def model(provider, name):
    return LlmProviderModel.objects.get(team=None, type=provider, name=name)

acme, beta = make_team("acme"), make_team("beta")
use_everywhere(acme, model("openai", "gpt-4"), beside=model("openai", "gpt-4o"))
use_everywhere(beta, model("groq", "whisper-large-v3-turbo"), beside=model("openai", "gpt-4o"))
use_everywhere(beta, model("google", "gemini-2.5-pro"), beside=model("openai", "gpt-4o"))
"""
USED = """
import json
from apps.service_providers.models import LlmProviderModel
from apps.teams.models import Team
from tests.integration.tenants import pointers

names = dict(LlmProviderModel.objects.values_list("pk", "name"))
slugs = dict(Team.objects.values_list("pk", "slug"))
print(json.dumps(sorted({(slugs[team], names.get(model, "dangling")) for team, model in pointers()})))
"""


def ago(days: int) -> dt.datetime:
    return dt.datetime.now(tz=dt.UTC).replace(microsecond=0) - dt.timedelta(days=days)


@dataclass(frozen=True)
class Edited:
    """One command that edited the catalogue, and the file before and after it."""

    command: str
    before: str
    after: str


@dataclass(frozen=True)
class Played:
    """What came of it.

    The decisions of ``prune`` are by entry: while staging has not released, when it has, and with the entries gone.
    """

    scratch: Scratch
    edits: list[Edited]
    migrated: CompletedProcess[str]
    used: list[list[str]]
    mails: list[EmailMessage]
    young: dict[str, dict[str, Any]]
    old: dict[str, dict[str, Any]]
    shown: CompletedProcess[str]
    written: CompletedProcess[str]
    left: dict[str, dict[str, Any]]
    pruned: Edited


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory, process_template: str) -> Iterator[Played]:
    here, there = tmp_path_factory.mktemp("here"), tmp_path_factory.mktemp("staging")
    with (
        new_database(here, template=process_template) as database,
        new_database(there, template=process_template) as staging,
    ):
        scratch = copy_project(here, database=database)
        staging.root = database.root
        staging.env = database.env | {name: staging.env[name] for name in ("DATABASE_URL", "EMAIL_URL")}
        scratch.python(TENANTS)
        with fork_server(database) as server, fork_server(staging) as staging_server:
            edits = _release(scratch, server)
            yield _play(scratch, edits, server=server, staging=staging, staging_server=staging_server)


def _release(scratch: Scratch, server: ForkServer) -> list[Edited]:
    """Write a history of more than a year, with the ten models in its last two merges."""
    repository, lists = GitRepository(scratch.folder), scratch.default_models
    old_place = scratch.folder / "apps/service_providers/lists.py"
    (scratch.folder / ".gitignore").write_text("__pycache__/\n")
    lists.rename(old_place)
    repository.commit({}, at=ago(400))
    old_place.rename(lists)
    _annotate(lists)
    repository.commit({}, at=ago(350))

    repository.git("switch", "--quiet", "--create", "first")
    edits = [_edit(command, lists, server=server) for command in FIRST_RELEASE]
    repository.commit({}, at=ago(90))
    repository.git("switch", "--quiet", "main")
    repository.commit({"NEWS": "Something else\n"}, at=ago(70))
    repository.git("merge", "--quiet", "--no-ff", "first", at=ago(60))
    _reformat(lists)
    repository.commit({}, at=ago(50))

    repository.git("switch", "--quiet", "--create", "second")
    edits += [_edit(command, lists, server=server) for command in SECOND_RELEASE]
    repository.commit({}, at=ago(40))
    repository.git("switch", "--quiet", "main")
    repository.git("merge", "--quiet", "--no-ff", "second", at=ago(10))
    return edits


def _annotate(lists: Path) -> None:
    """Add comments like those that people leave."""
    text = lists.read_text()
    for line, more in {
        '        Model("gpt-4", k(8)),\n': '        # The old ones\n        Model("gpt-4", k(8)),  # asked for by acme\n',
        '    ("groq", "llama-guard-3-8b"),\n': '    # Groq tidies up\n    ("groq", "llama-guard-3-8b"),  # was slow\n',
    }.items():
        assert text.count(line) == 1
        text = text.replace(line, more)
    lists.write_text(text)


def _reformat(lists: Path) -> None:
    """Write each removal in another way, and their list before the other one."""
    text = re.sub(
        r'^    \(("\w+"), ("[^"]+")', r"    Deleted(provider=\1, name=\2", lists.read_text(), flags=re.MULTILINE
    )
    text = re.sub(r'(name="[^"]+"), (".*"\),)', r"\1, replacement=\2", text)
    head, models, removals, tail = re.split(r"^(?=DEFAULT_LLM|DELETED_MODELS|# fmt: on)", text, flags=re.MULTILINE)
    lists.write_text(f"{head}{removals}{models}{tail}")


def _edit(command: str, lists: Path, *, server: ForkServer) -> Edited:
    before = lists.read_text()
    done = server.manage("llm_models", *command.split())
    assert done.returncode == 0, done.stderr
    return Edited(command, before, lists.read_text())


def _play(
    scratch: Scratch, edits: list[Edited], *, server: ForkServer, staging: ProcessDatabase, staging_server: ForkServer
) -> Played:
    _assert_all_checks_pass(scratch)
    migrated = scratch.shell("python manage.py migrate")
    used, mails = scratch.python(USED), scratch.mails()

    _list_records(staging_server, scratch)
    young = _decisions(server)
    assert staging.manage("migrate", "--verbosity=0", "--skip-checks").returncode == 0
    _list_records(staging_server, scratch)
    old = _decisions(server)
    shown = server.manage("llm_models", "prune", "--evidence", "staging.json")
    before = scratch.default_models.read_text()
    written = server.manage("llm_models", "prune", "--evidence", "staging.json", "--write")
    pruned = Edited("prune", before, scratch.default_models.read_text())
    left = _decisions(server)
    _assert_all_checks_pass(scratch)
    return Played(scratch, edits, migrated, used, mails, young, old, shown, written, left, pruned)


def _assert_all_checks_pass(scratch: Scratch) -> None:
    ruff, config = Path(sys.executable).with_name("ruff"), ROOT / "pyproject.toml"
    edited = f"{CATALOGUE} apps/service_providers/migrations"
    scratch.shell(f"{ruff} format --config {config} --check {edited}; {ruff} check --config {config} {edited}")
    # It runs the system checks as well, those of max_migration.txt among them.
    scratch.shell("python manage.py makemigrations --check")
    scratch.shell("python manage.py llm_models check")


def _list_records(server: ForkServer, scratch: Scratch) -> None:
    (scratch.folder / "staging.json").write_text(server.manage("custom_migrations", "list", "--format", "json").stdout)


def _decisions(server: ForkServer) -> dict[str, dict[str, Any]]:
    done = server.manage("llm_models", "prune", "--evidence", "staging.json", "--format", "json")
    assert done.returncode == 0, done.stderr
    return {f"{decision['provider']}/{decision['name']}": decision for decision in json.loads(done.stdout)}


def lines_that_differ(edited: Edited) -> tuple[list[str], list[str]]:
    """Return the lines that went and those that came."""
    differing = list(difflib.ndiff(edited.before.splitlines(), edited.after.splitlines()))
    return [line[2:] for line in differing if line[0] == "-"], [line[2:] for line in differing if line[0] == "+"]


def test_each_edit_changes_the_line_of_its_model_and_imports_and_nothing_else(played: Played):
    for edited in played.edits:
        name = edited.command.split()[1].partition("/")[2]
        went, came = lines_that_differ(edited)
        assert [len([line for line in lines if f'"{name}"' in line]) for lines in (went, came)] == [1, 1], (
            edited.command
        )
        others = {line for line in (*went, *came) if f'"{name}"' not in line}
        assert others <= {"", "from datetime import date", "    TranscriptionParameters,"}, edited.command


def test_comments_and_dates_come_along(played: Played):
    last = played.edits[-1].after
    for comment in ("        # The old ones\n", "  # asked for by acme\n", "    # Groq tidies up\n", "  # was slow\n"):
        assert last.count(comment) == 1
    assert '    Deleted("openai", "gpt-4", "gpt-4.1", retires_on=date(2126, 10, 23)),  # asked for by acme\n' in last
    assert "TranscriptionParameters" not in last


def test_migrate_removes_what_was_retired_and_tells_who_uses_what_was_deprecated(played: Played):
    text = played.migrated.stdout
    assert "service_providers.0" in text
    assert text.count("... OK") == len(played.edits)
    assert played.used == [
        ["acme", "gpt-4.1"],
        ["acme", "gpt-4o"],
        ["beta", "gemini-2.5-pro"],
        ["beta", "gpt-4o"],
    ]
    assert sorted(str(mail["Subject"]).partition(": ")[2] for mail in played.mails) == [
        "gpt-4.1 replaces gpt-4, try it out (Acme)",
        "try gemini-3.6-flash, which replaces gemini-2.5-pro (Beta)",
        "whisper-large-v3-turbo is removed, choose another model (Beta)",
    ]


def test_entries_stay_while_an_environment_has_not_released(played: Played):
    stays = {name: decision["reasons"] for name, decision in played.young.items() if not decision["may_go"]}
    assert set(stays) == REMOVED_FIRST | REMOVED_SECOND
    for name in REMOVED_FIRST:
        assert stays[name] == ["not carried out in staging.json"]
    for name in REMOVED_SECOND:
        assert stays[name] == ["in main for 10 days, not for more than a month", "not carried out in staging.json"]


def test_the_time_counts_from_the_merge_whatever_happened_to_the_file_since(played: Played):
    since = {name: decision["in_main_since"] for name, decision in played.old.items()}
    assert {name: day for name, day in since.items() if day != str(ago(400).date())} == {
        **dict.fromkeys(REMOVED_FIRST, str(ago(60).date())),
        **dict.fromkeys(REMOVED_SECOND, str(ago(10).date())),
    }
    assert {name for name, decision in played.old.items() if not decision["may_go"]} == REMOVED_SECOND


def test_prune_takes_out_what_may_go_and_nothing_else(played: Played):
    total, going = len(played.old), len(played.old) - len(REMOVED_SECOND)
    assert played.shown.stdout.endswith(
        f"{going} of {total} entries may go; `--write` takes them out of {CATALOGUE}.\n"
    )
    assert played.written.stdout.endswith(f"{going} of {total} entries were taken out of {CATALOGUE}. Commit it.\n")
    assert set(played.left) == REMOVED_SECOND
    went, came = lines_that_differ(played.pruned)
    assert came == []
    assert len(went) == going
    assert all(line.startswith("    Deleted(") for line in went)
