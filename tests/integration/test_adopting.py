"""The documents' way into a platform, played: their blocks, and nothing else, take the engine into one that has never heard of it."""

from __future__ import annotations

import dataclasses
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.documents import Block, noted_blocks
from tests.integration.playing import IN_A_HOST, Stage, play_block
from tests.integration.scratch import Scratch, mails_in
from tests.processes import ROOT, ProcessDatabase, new_database

README, ADOPTING = ROOT / "README.md", ROOT / "docs/adopting.md"
HOST = ROOT / "tests/hosts/adopter"
NOT_THE_HOSTS_OWN = ("COVERAGE_PROCESS", "DATABASE_URL", "DJANGO_", "EMAIL_URL", "GIT_", "LEASE_SECONDS", "SITE_URL")
"""Beginnings of environment variables that are meant for the platform of this repository."""

ROWS = """
from django.contrib.auth.models import User
from accounts.models import Membership, Team
from assistants.models import Assistant, LlmModel
acme, other = (Team.objects.create(name=name, slug=name.lower()) for name in ("Acme", "Other"))
for name, team in (("ann", acme), ("bob", other)):
    Membership.objects.create(team=team, user=User.objects.create_user(name, f"{name}@{team.slug}.example"), is_admin=True)
old, new = (LlmModel.objects.create(type="openai", name=name, max_token_limit=8192) for name in ("gpt-4", "gpt-4.1"))
for name in ("Triage", "Order status"):
    Assistant.objects.create(team=acme, name=name, llm=old)
Assistant.objects.create(team=other, name="Greeter", llm=new)
"""
"""What the platform has in its tables on the day before."""


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the one wheel that ``make wheel`` builds."""
    folder = tmp_path_factory.mktemp("dist")
    # The variables of a make around this one would be orders to the make inside.
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    command = ["make", "wheel", f"DIST={folder}", f"PYTHON={sys.executable}"]
    subprocess.run(command, cwd=ROOT, env=environment, check=True)
    return folder


@dataclasses.dataclass
class Adopter(Stage):
    """A platform of somebody else, in a folder of its own, with rows in its tables."""

    def follow(self, document: Path) -> None:
        """Do what a document says: put its code where its first line says, and type its commands."""
        for block in blocks_for_hosts(document):
            if block.language == "python":
                put(block, folder=self.scratch.folder)
            else:
                for _ in play_block(block, stage=self):
                    pass

    def rows_of_before(self) -> list[list[tuple[object, ...]]]:
        """Return all rows of the tables that the platform had on the day before."""
        tables = ("accounts_team", "accounts_membership", "assistants_llmmodel", "assistants_assistant")
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
    """Return the blocks of a document that are for another project."""
    return [block for block in noted_blocks(document) if IN_A_HOST in block.notes]


def put(block: Block, *, folder: Path) -> None:
    """Put code at the end of the file that its first line names."""
    name = block.code.partition("\n")[0].removeprefix("# ")
    file = folder / name
    assert file.parent.is_dir(), f"The first line of a block of code names its file, such as `# mysite/urls.py`: {name}"
    there = file.read_text() if file.exists() else ""
    file.write_text(f"{there}\n{block.code}")


def test_the_readme_s_blocks_lead_from_a_platform_to_a_preview(adopter: Adopter):
    before = adopter.rows_of_before()
    adopter.follow(README)
    assert adopter.rows_of_before() == before
    found = adopter.scratch.shell("python -c 'import model_retirement; print(model_retirement.__file__)'").stdout
    assert found.startswith(str(adopter.scratch.folder.parent / "packages"))

    assert adopter.scratch.shell("python manage.py remove_deprecated_models").returncode == 0
    ((to, text),) = adopter.mails()
    assert to == "ann@acme.example"
    assert "https://platform.example/assistants/1/" in text
    assert adopter.scratch.shell("python manage.py restore_removed_models 1").returncode == 0
