"""Scratch copies of the project, for tests that edit its code and run it as real processes."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from tests.pinned_catalogue import pin_source
from tests.processes import ROOT, SECONDS, ProcessDatabase

COPIED = ("apps", "config", "static", "templates")
MANAGE = re.compile(r"python manage\.py [\w ./:=-]+")  # nothing in it that only a shell understands
BETWEEN_MAILS = re.compile(r"^-{79}\n", re.MULTILINE)


@dataclass(frozen=True)
class Scratch:
    """A copy of the project in a folder of its own, with the database that its processes work on."""

    folder: Path
    database: ProcessDatabase

    @property
    def default_models(self) -> Path:
        """The file of the two lists."""
        return self.folder / "apps/service_providers/llm_service/default_models.py"

    @property
    def migrations(self) -> Path:
        """The folder to which retirements add."""
        return self.folder / "apps/service_providers/migrations"

    def type(self, command: str) -> subprocess.CompletedProcess[str]:
        """Run a command line as a person would type it in the project's folder; one of manage.py alone runs warm."""
        if MANAGE.fullmatch(command):
            return self.database.manage(*shlex.split(command)[2:])
        return subprocess.run(
            ["bash", "-euo", "pipefail", "-c", command],
            cwd=self.folder,
            env=self.database.env | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"},
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )

    def shell(self, command: str) -> subprocess.CompletedProcess[str]:
        """Run a command line, which must succeed, and return what it printed."""
        done = self.type(command)
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        return done

    def python(self, code: str) -> Any:
        """Run Python with this project's Django, and return the JSON that it prints, or None."""
        done = self.database.manage("shell", "--no-imports", "--command", code)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) if done.stdout else None

    def add_migration(self, code: str, *, name: str) -> str:
        """Add a migration to ``service_providers`` and return its full name; ``{last}`` in the code is its parent."""
        head = self.migrations / "max_migration.txt"
        last = head.read_text().strip()
        full = f"{int(last[:4]) + 1:04}_{name}"
        (self.migrations / f"{full}.py").write_text(code.replace("{last}", last))
        head.write_text(f"{full}\n")
        return full

    def mails(self) -> list[EmailMessage]:
        """Return every e-mail that was sent."""
        return mails_in(self.folder.parent / "mail")


def mails_in(folder: Path) -> list[EmailMessage]:
    """Return the e-mails that Django wrote into the files of a folder."""
    texts = [path.read_text() for path in sorted(folder.glob("*"))]
    parts = [part for text in texts for part in BETWEEN_MAILS.split(text) if part.strip()]
    return [message_from_bytes(part.encode(), policy=policy.default) for part in parts]


def copy_project(folder: Path, *, database: ProcessDatabase) -> Scratch:
    """Copy this project, with the pinned catalogue, and let the database's processes run the copy.

    :param folder: where the e-mails of the database's processes go as well
    """
    root = folder / "project"
    for name in COPIED:
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "manage.py", root)
    database.root = root
    # The copy comes first on the path of its own manage.py; the tests' factories are found behind it.
    database.env |= {"DJANGO_SETTINGS_MODULE": "config.settings", "PYTHONPATH": str(ROOT)}
    # Coverage is about this project's files, not about a copy's; and a hook's git variables name this repository.
    database.env = {
        name: value for name, value in database.env.items() if not name.startswith(("COVERAGE_PROCESS", "GIT_"))
    }
    database.env["GIT_CONFIG_GLOBAL"] = os.devnull
    scratch = Scratch(folder=root, database=database)
    pin_source(scratch.default_models)
    return scratch
