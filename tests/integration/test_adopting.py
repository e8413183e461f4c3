"""The documents' way into a platform, played: their blocks, and nothing else, take the engine into one that has never heard of it."""

from __future__ import annotations

import dataclasses
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.architecture.documents import DOCUMENTS, Block, noted_blocks
from tests.integration.playing import IN_A_HOST, Stage, play_block
from tests.integration.scratch import Scratch, mails_in
from tests.processes import ROOT, ProcessDatabase, new_database
from tests.wheel import wheel_under_test

README, ADOPTING = ROOT / "README.md", ROOT / "docs/adopting.md"
HOST = ROOT / "tests/hosts/adopter"
NOT_THE_HOSTS_OWN = ("COVERAGE_PROCESS", "DATABASE_URL", "DJANGO_", "EMAIL_URL", "GIT_", "LEASE_SECONDS", "SITE_URL")
"""Beginnings of environment variables that are meant for the platform of this repository."""

ROWS = """
from django.contrib.auth.models import User
from accounts.models import DataMigration, Membership, Team
from assistants.models import Assistant, LlmModel
DataMigration.objects.create(name="fill_slugs")
acme, other = (Team.objects.create(name=name, slug=name.lower()) for name in ("Acme", "Other"))
for name, team in (("ann", acme), ("bob", other)):
    Membership.objects.create(team=team, user=User.objects.create_user(name, f"{name}@{team.slug}.example"), is_admin=True)
old, new = (LlmModel.objects.create(type="openai", name=name, max_token_limit=8192) for name in ("gpt-4", "gpt-4.1"))
for name in ("Triage", "Order status"):
    Assistant.objects.create(team=acme, name=name, llm=old)
Assistant.objects.create(team=other, name="Greeter", llm=new)
"""
"""What the platform has in its tables on the day before."""

TABLES = ("accounts_team", "accounts_membership", "assistants_assistant")
MODELS = "assistants_llmmodel"

STEPS = """
from assistants.models import Assistant, Step
triage = Assistant.objects.get(name="Triage")
main = Step.objects.create(
    assistant=triage, settings={"model_id": "1", "fallback_ids": [2], "parameters": {"temperature": 0.5}}
)
main.reviewers.set([1])
Step.objects.create(assistant=triage, settings={"model_id": 2, "fallback_ids": ["1"]})
"""
"""Steps that point at the model that goes, whose id is 1, in every way that the guide declares."""

USED = """
from accounts.models import Team, TokenUsage
TokenUsage.objects.create(team=Team.objects.get(slug="acme"), model_id=1, tokens_in=1, tokens_out=1)
"""
"""What the platform has counted of the model that has gone."""

SHOW_STEPS = """
import json
from assistants.models import Step
steps = Step.objects.order_by("pk")
print(json.dumps([[[model.name for model in step.reviewers.all()], step.settings] for step in steps]))
"""


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the wheel that is tested, and with no other."""
    folder = tmp_path_factory.mktemp("wheels")
    shutil.copy(wheel_under_test(tmp_path_factory.mktemp("dist")), folder)
    return folder


@dataclasses.dataclass
class Adopter(Stage):
    """A platform of somebody else, in a folder of its own, with rows in its tables."""

    def follow(self, document: Path) -> Iterator[Block]:
        """Do what a document says, and yield each block after it: its code is put where its first line says, its commands are
        typed."""
        for block in blocks_for_hosts(document):
            if block.language == "python":
                put(block, folder=self.scratch.folder)
            else:
                typed = [command for command, _ in play_block(block, stage=self)]
                assert typed == [step.command for step in block.steps] != []
            yield block

    def rows(self, *tables: str) -> list[list[tuple[Any, ...]]]:
        """Return all rows of tables."""
        return [self.scratch.database.query(f"SELECT * FROM {table} ORDER BY id") for table in tables]

    def mails(self) -> list[tuple[str, str]]:
        """Return whom e-mails went to, and what they say."""
        sent = mails_in(self.scratch.folder.parent / "mail")
        return [(mail["To"], str(mail.get_body(("plain",)))) for mail in sent]


@pytest.fixture
def adopter(tmp_path: Path, wheels: Path) -> Iterator[Adopter]:
    folder = shutil.copytree(HOST, tmp_path / "mysite", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(wheels, tmp_path / "django-model-retirement/dist")
    (tmp_path / "mail").mkdir()
    packages = tmp_path / "packages"
    with new_database(tmp_path) as database:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(NOT_THE_HOSTS_OWN)}
        own = {
            "DATABASE_URL": database.url,
            "MAIL_FOLDER": str(tmp_path / "mail"),
            # What pip installs is found before the engine of this checkout; what that needs is there already.
            "PYTHONPATH": str(packages),
            "PIP_TARGET": str(packages),
            "PIP_NO_DEPS": "1",
            "PIP_NO_INDEX": "1",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PATH": f"{ROOT / '.uv/bin'}{os.pathsep}{os.environ['PATH']}",
        }
        there = ProcessDatabase(url=database.url, env=kept | own, root=folder, processes=database.processes)
        made = Adopter(Scratch(folder, there))
        made.scratch.shell("python manage.py migrate --verbosity=0")
        made.scratch.python(ROWS)
        yield made


def blocks_for_hosts(document: Path) -> list[Block]:
    """Return the blocks of a document that are for this other project."""
    return [block for block in noted_blocks(document) if IN_A_HOST in block.notes and not block.host]


def put(block: Block, *, folder: Path) -> None:
    """Put code at the end of the file that its first line names."""
    name = block.code.partition("\n")[0].removeprefix("# ")
    file = folder / name
    assert file.parent.is_dir(), f"The first line of a block of code names its file, such as `# mysite/urls.py`: {name}"
    there = file.read_text() if file.exists() else ""
    file.write_text(f"{there}\n{block.code}")


def test_the_readme_s_blocks_lead_from_a_platform_to_a_preview(adopter: Adopter):
    before = adopter.rows(*TABLES, MODELS)
    assert len(list(adopter.follow(README))) == len(blocks_for_hosts(README)) > 0
    assert adopter.rows(*TABLES, MODELS) == before
    installed_at = adopter.scratch.shell("python -c 'import model_retirement; print(model_retirement.__file__)'").stdout
    assert installed_at.startswith(str(adopter.scratch.folder.parent / "packages"))

    adopter.scratch.shell("python manage.py remove_deprecated_models")
    ((to, text),) = adopter.mails()
    assert to == "ann@acme.example"
    assert "https://platform.example/assistants/1/" in text
    adopter.scratch.shell("python manage.py restore_removed_models 1")
    # The model comes back deprecated; what points at it is as before.
    assert adopter.rows(*TABLES) == before[: len(TABLES)]


def test_the_guide_s_blocks_lead_from_there_to_a_removal_in_migrate_and_back(adopter: Adopter):
    before = adopter.rows(*TABLES)
    for _ in adopter.follow(README):
        pass
    for block in adopter.follow(ADOPTING):
        if "makemigrations" in block.code:
            # The step's table is made by itself, so that there are steps when the removal comes.
            adopter.scratch.shell("python manage.py migrate assistants 0002 --verbosity=0")
            adopter.scratch.python(STEPS)
            steps = adopter.scratch.python(SHOW_STEPS)
        if "1 model was removed" in block.code:
            assert adopter.scratch.python(SHOW_STEPS) == [
                [["gpt-4.1"], {"model_id": 2, "fallback_ids": [], "parameters": {"temperature": 0.5}}],
                [[], {"model_id": 2, "fallback_ids": []}],
            ]
            adopter.scratch.python(USED)
            ((notification,),) = adopter.scratch.database.query("SELECT text FROM accounts_notification")
            assert "What has happened: what used it uses gpt-4.1 now" in notification
    assert adopter.mails() == []
    assert adopter.rows(*TABLES) == before
    assert adopter.scratch.python(SHOW_STEPS) == steps


def test_every_block_of_code_of_the_guide_is_played():
    assert [block.notes for block in noted_blocks(ADOPTING) if IN_A_HOST not in block.notes] == []


def test_what_is_for_another_project_is_in_the_documents_that_are_played_there():
    assert {document for document in DOCUMENTS if blocks_for_hosts(document)} == {README, ADOPTING}
