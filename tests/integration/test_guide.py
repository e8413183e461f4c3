"""The guide, played from its first line to its last in a scratch copy of the project, with real processes.

Commands and code are read from the guide, so that a change there is a change here.
"""

from __future__ import annotations

import contextlib
import re
import textwrap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from tests.integration import rows
from tests.integration.playing import OpenStage, Stage, play
from tests.integration.scratch import Scratch, copy_project
from tests.processes import ROOT, ProcessDatabase, new_database

GUIDE = ROOT / "docs/deleting_llm_models.md"
FENCED = re.compile(r"^( *)```python\n(.*?)^\1```", re.DOTALL | re.MULTILINE)
PREVIEW = "python manage.py remove_deprecated_models --dry-run"
VERBOSE_PREVIEW = "python manage.py remove_deprecated_models --dry-run -v 2"
MIGRATE = "python manage.py migrate"
LIST = "python manage.py custom_migrations list --name remove_deprecated_models"

ATTEMPTS = "model_retirement_data_migrations_custommigrationrun"  # run by hand, a data migration is attempted again
REQUESTS = "model_retirement_data_migrations_custommigration"  # and its request is settled again

TENANTS = """
from apps.service_providers.models import LlmProviderModel
from tests.integration.tenants import make_team, use_everywhere

def model(name):
    return LlmProviderModel.objects.get(team=None, type="openai", name=name)

acme, beta, gamma, solo = [make_team(slug, admins=n) for slug, n in [("acme", 2), ("beta", 1), ("gamma", 1), ("solo", 0)]]
for team in (acme, gamma, solo):
    use_everywhere(team, model("gpt-4"), beside=model("gpt-4o"))
use_everywhere(beta, model("o3-mini"), beside=model("gpt-4o"))
use_everywhere(gamma, model("o3-mini"), beside=model("gpt-4o"))
LlmProviderModel.objects.create(team=beta, type="openai", name="gpt-4", max_token_limit=100)
"""
STATE = """
import json
from apps.pipelines.models import Node
from apps.service_providers.models import LlmProviderModel
from apps.teams.models import Team
from tests.integration.tenants import pointers

names = {model.pk: f"{model.team.slug + ': ' if model.team else ''}{model.name}" for model in LlmProviderModel.objects.all()}
slugs = {team.pk: team.slug for team in Team.objects.all()}
used = {slug: sorted({names.get(model, "dangling") for team, model in pointers() if slugs[team] == slug}) for slug in slugs.values()}
nodes = Node.objects.filter(pipeline__team__slug="acme", pipeline__working_version=None).order_by("pk")
print(json.dumps({"models": sorted(names.values()), "used": used, "nodes": [node.params for node in nodes]}))
"""
COMES_BACK = """
from apps.service_providers.models import LlmProviderModel
LlmProviderModel.objects.create(type="openai", name="gpt-4", max_token_limit=8192)
"""


def code_blocks() -> list[str]:
    """Return the guide's blocks of Python, in order."""
    return [textwrap.dedent(code) for _, code in FENCED.findall(GUIDE.read_text())]


@dataclass(frozen=True)
class Played:
    """What every step of the guide printed, and what the database was like between them."""

    scratch: Scratch
    before: dict[str, Any]
    before_rows: rows.Rows
    preview: CompletedProcess[str]
    verbose_preview: CompletedProcess[str]
    previewed_rows: rows.Rows
    migrated: CompletedProcess[str]
    after: dict[str, Any]
    mails: list[EmailMessage]
    listed: CompletedProcess[str]
    history: CompletedProcess[str]
    committed: CompletedProcess[str]


@pytest.fixture(scope="module")
def played(process_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    @contextlib.contextmanager
    def opened() -> Iterator[Stage]:
        folder = tmp_path_factory.mktemp("guide")
        with new_database(folder, template=process_template) as database:
            yield Stage(_prepare(folder, database))

    with opened() as stage:
        yield _play(stage, open_stage=opened)


def _prepare(folder: Path, database: ProcessDatabase) -> Scratch:
    scratch = copy_project(folder, database=database)
    scratch.shell("git init --quiet --initial-branch main; git config user.name Pat; git config user.email pat@x.org")
    scratch.shell("printf '__pycache__/\\n' > .gitignore; git add .; git commit --quiet -m 'The platform'")
    scratch.python(TENANTS)
    return scratch


def _play(stage: Stage, *, open_stage: OpenStage) -> Played:
    scratch = stage.scratch
    before, before_rows = scratch.python(STATE), rows.of_database(scratch.database)
    printed: dict[str, CompletedProcess[str]] = {}
    # The blocks of kind console are for authors: tests/architecture/test_retirement_in_documents.py plays them.
    for line, done in play(GUIDE, stage=stage, open_stage=open_stage, preparations=PREPARATIONS, languages={"bash"}):
        printed[line] = done
        if line == VERBOSE_PREVIEW:
            previewed_rows = rows.of_database(scratch.database)
        if line == MIGRATE:
            after, mails = scratch.python(STATE), scratch.mails()
    return Played(
        scratch=scratch,
        before=before,
        before_rows=before_rows,
        preview=printed[PREVIEW],
        verbose_preview=printed[VERBOSE_PREVIEW],
        previewed_rows=previewed_rows,
        migrated=printed[MIGRATE],
        after=after,
        mails=mails,
        listed=printed[LIST],
        history=next(done for line, done in printed.items() if line.startswith("git log ")),
        committed=next(done for line, done in printed.items() if line.startswith("git commit ")),
    )


def from_guide(migration: str) -> str:
    """Return the guide's migration with a place for the app's last one."""
    assert migration.count("0040_previous_migration") == 1
    return migration.replace("0040_previous_migration", "{last}")


def retire_gpt_4(stage: Stage) -> None:
    """Do what the first three code blocks show: comment the model's line out, list its removal, add the migration."""
    scratch = stage.scratch
    models, removals, migration, _ = code_blocks()
    (line,) = re.findall(r"# (Model\(.*\),)  # Remove this line", models)
    first, second = re.findall(r'^    (\(".*\),)$', removals, re.MULTILINE)
    text = scratch.default_models.read_text()
    assert text.count(f"        {line}\n") == 1
    assert first not in text
    assert second in text
    text = text.replace(f"        {line}\n", f"        # {line}\n")
    scratch.default_models.write_text(re.sub(r"^(DELETED_MODELS.*\[)$", rf"\1\n    {first}", text, flags=re.MULTILINE))
    scratch.add_migration(from_guide(migration), name="remove_gpt_4")
    scratch.shell("git add .; git commit --quiet -m 'Retire gpt-4'")


def take_out_old_entries(stage: Stage) -> None:
    """Comment the entries out that the last code block comments out."""
    scratch = stage.scratch
    text = scratch.default_models.read_text()
    for entry in re.findall(r'# (\(".*\),)$', code_blocks()[3], re.MULTILINE):
        assert text.count(f"    {entry}\n") == 1
        text = text.replace(f"    {entry}\n", f"    # {entry}\n")
    scratch.default_models.write_text(text)


PREPARATIONS: dict[str, Callable[[Stage], object]] = {
    "with gpt-4 listed": retire_gpt_4,
    "with old entries taken out": take_out_old_entries,
}


def work_of(database: ProcessDatabase) -> rows.Rows:
    """Return all rows but those that count attempts."""
    tables = rows.of_database(database)
    del tables[ATTEMPTS]
    tables[REQUESTS] = [row for row in tables[REQUESTS] if ":" in row[1]]
    return tables


def who_got(mails: Sequence[EmailMessage]) -> dict[str, str]:
    """Return the recipients of each e-mail by what its subject says after the day."""
    return {mail["Subject"].partition(": ")[2]: mail["To"] for mail in mails}


def test_the_preview_counts_and_names_what_needs_a_person(played: Played):
    lines = played.preview.stdout.splitlines()
    assert lines[0] == "1 model would be removed, 3 teams concerned."
    assert lines[1].startswith("57 references would be cleared: ")
    assert "  openai/gpt-4: 57 references to be cleared, 3 teams." in lines
    assert "  openai/gpt-4 of team beta" in lines
    assert "  solo: openai/gpt-4" in lines
    assert lines[-1] == "Nothing was changed: this was a dry run."
    assert played.preview.stderr == ""


def test_the_verbose_preview_names_teams_resources_nodes_and_recipients(played: Played):
    text = played.verbose_preview.stdout
    assert "Acme (acme): 2 admins will be e-mailed." in text
    assert "Solo (solo): nobody will be e-mailed." in text
    assert re.search(r"^  pipeline \d+ gpt-4 pipeline \(archived\) \[Step \d+, .*\]: openai/gpt-4$", text, re.MULTILINE)
    for kind in ("chatbot", "assistant", "evaluator", "transcript analysis", "collection"):
        assert re.search(rf"^  {kind} \d+ .*: openai/gpt-4$", text, re.MULTILINE), kind
    assert "Beta" not in text
    assert "@" not in text
    assert text.splitlines()[-1] == "Nothing was changed: this was a dry run."


def test_a_preview_writes_nothing(played: Played):
    """Rule 17."""
    assert played.previewed_rows == played.before_rows


def test_migrate_does_what_the_preview_said(played: Played):
    """Rule 7: the figures are the same, and they are true."""
    text = played.migrated.stdout
    assert re.search(r"Applying service_providers\.\d{4}_remove_gpt_4\.\.\. OK", text)
    assert "openai/gpt-4: deprecated, since DELETED_MODELS lists it" in text
    assert "1 model was removed, 3 teams concerned.\n57 references cleared: " in text
    counts = re.compile(r"^ +\d+  \S+\.\S+$", re.MULTILINE)
    assert counts.findall(text) == counts.findall(played.preview.stdout) != []
    assert "E-mails: 2 sent, 0 queued, 0 given up." in text


def test_every_reference_is_cleared_and_nothing_else_is_touched(played: Played):
    """Rule 4, and rule 15: the custom model of the same name stays."""
    assert played.before["used"] == {
        "acme": ["gpt-4", "gpt-4o"],
        "beta": ["gpt-4o", "o3-mini"],
        "gamma": ["gpt-4", "gpt-4o", "o3-mini"],
        "solo": ["gpt-4", "gpt-4o"],
    }
    assert played.after["used"] == {
        "acme": ["gpt-4o"],
        "beta": ["gpt-4o", "o3-mini"],
        "gamma": ["gpt-4o", "o3-mini"],
        "solo": ["gpt-4o"],
    }
    assert set(played.before["models"]) - set(played.after["models"]) == {"gpt-4"}
    assert "beta: gpt-4" in played.after["models"]


def test_cleared_ids_are_null_or_gone_from_their_lists(played: Played):
    old, kept = played.before["nodes"], played.after["nodes"]
    beside = old[3]["llm_provider_model_id"]
    assert [node.get("llm_provider_model_id") for node in kept] == [None, None, None, beside, None, str(beside), None]
    assert [node.get("fallback_llm_provider_model_ids") for node in kept] == [
        None,
        [beside],
        None,
        [beside, beside],
        [],
        [],
        None,
    ]
    assert kept[0] == old[0] | {"llm_provider_model_id": None}
    assert kept[-1] == old[-1]


def test_each_team_with_admins_gets_exactly_one_mail(played: Played):
    """Rule 9."""
    assert who_got(played.mails) == {
        "gpt-4 is removed, choose another model (Acme)": "acme-0@example.org, acme-1@example.org",
        "gpt-4 is removed, choose another model (Gamma)": "gamma-0@example.org",
    }
    assert len(played.mails) == 2
    body = played.mails[0].get_body(("plain",))
    assert body is not None
    text = body.get_content()
    assert "gpt-4 (OpenAI)" in text
    assert "what used it has no model any more" in " ".join(text.split())
    assert "/a/acme/chatbots/" in text


def test_the_list_tells_which_removals_have_run_here(played: Played):
    lines = {line.split()[0]: line.split() for line in played.listed.stdout.splitlines()}
    assert lines["remove_deprecated_models:openai/gpt-4"][1] == "applied"
    assert lines["remove_deprecated_models:anthropic/claude-2.0"][1] == "applied"
    assert re.fullmatch(r"service_providers\.\d{4}_remove_gpt_4", lines["remove_deprecated_models"][4])
    assert "promote_custom_models" not in lines


def test_git_finds_since_when_the_list_is_there(played: Played):
    assert "DELETED_MODELS" in played.history.stdout
    assert "The platform" in played.history.stdout
    # What the guide says of one entry.
    log = played.scratch.shell('git log --format=%s -S \'("openai", "gpt-4"),\' -- apps/service_providers')
    assert log.stdout.splitlines() == ["Retire gpt-4"]


def test_old_entries_go_with_a_commit(played: Played):
    assert "chore: clean up DELETED_MODELS list" in played.committed.stdout
    changed = played.scratch.shell("git show --format= --unified=0 HEAD").stdout
    assert '+    # ("azure", "gpt-35-turbo"),' in changed
    assert '+    # ("groq", "llama3-70b-8192"),' in changed


def test_a_later_retirement_needs_no_force_and_a_repeat_changes_nothing(played: Played):
    """Rules 1 and 17: run-once is per retired model; a preview works also when all has been applied."""
    scratch, mails = played.scratch, len(played.mails)
    text = scratch.default_models.read_text()
    line = '        Model("o3-mini", 128000, parameters=OpenAIReasoningParameters),\n'
    entry = '    ("openai", "o3-mini", "gpt-4.1-mini"),\n'
    assert text.count(line) == 1
    text = re.sub(r"^(DELETED_MODELS.*\[\n)", rf"\1{entry}", text.replace(line, ""), flags=re.MULTILINE)
    scratch.default_models.write_text(text)
    name = scratch.add_migration(from_guide(code_blocks()[2]), name="remove_o3_mini")

    migrated = scratch.shell("python manage.py migrate").stdout

    assert f"Applying service_providers.{name}... OK" in migrated
    assert "1 model was removed, 2 teams concerned.\n38 references moved to a replacement." in migrated
    used = scratch.python(STATE)["used"]
    assert used["beta"] == used["gamma"] == ["gpt-4.1-mini", "gpt-4o"]
    assert who_got(scratch.mails()[mails:]) == {
        "gpt-4.1-mini replaces o3-mini, try it out (Beta)": "beta-0@example.org",
        "gpt-4.1-mini replaces o3-mini, try it out (Gamma)": "gamma-0@example.org",
    }
    assert len(scratch.mails()) == mails + 2

    done, mails = work_of(scratch.database), len(scratch.mails())
    assert "No migrations to apply." in scratch.shell("python manage.py migrate").stdout
    again = scratch.shell("python manage.py remove_deprecated_models").stdout
    assert again.startswith("There is nothing to do: of 37 models on the removal list, none is in the table.")
    preview = scratch.shell("python manage.py remove_deprecated_models --dry-run").stdout
    assert preview.startswith("There is nothing to do:")
    assert preview.endswith("Nothing was changed: this was a dry run.\n")
    assert work_of(scratch.database) == done
    assert len(scratch.mails()) == mails

    scratch.python(COMES_BACK)
    preview = scratch.shell("python manage.py remove_deprecated_models --dry-run").stdout
    assert preview.startswith("1 model would be removed, 0 teams concerned.")
