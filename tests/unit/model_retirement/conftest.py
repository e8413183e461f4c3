"""The sample app's commands, as if its app were installed."""

from __future__ import annotations

import importlib
import textwrap
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core import management

from model_retirement.data_migrations.models import CustomMigration

SAMPLES = ("sample_atomic", "sample_batched", "sample_repeatable", "sample_units")


@pytest.fixture
def sample_commands(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Make the commands known; the returned dict may be changed."""
    known = dict(management.get_commands()) | dict.fromkeys(SAMPLES, "tests.sample_app")
    monkeypatch.setattr(management, "get_commands", lambda: known)
    return known


@pytest.fixture
def no_records(db: None) -> None:
    """Forget what migrations asked for when the test database was made."""
    CustomMigration.objects.all().delete()


LIMITED = """
    from model_retirement.data_migrations import arguments
    from model_retirement.data_migrations.commands import IdempotentCommand

    class Command(IdempotentCommand):
        migration_name = "limited"

        def add_arguments(self, parser):
            super().add_arguments(parser)
            parser.add_argument("--limit", type=int)
            parser.add_argument("--since", type=arguments.day)
            parser.add_argument("--kind", choices=["node", "pipeline"], default="node")
            parser.add_argument("--tag", action="append", default=[])
            parser.add_argument("--slugs", nargs="+")
            parser.add_argument("--archived", action="store_true")
            parser.add_argument("--no-mail", action="store_false", dest="mail")
            parser.add_argument("words", nargs="*")

        def perform_migration(self, dry_run=False, *, context):
            own = ("limit", "since", "kind", "tag", "slugs", "archived", "mail", "words")
            return ", ".join(f"{name}={context.options[name]}" for name in own if context.options[name] not in (None, []))
"""
"""A host's command that takes options of every sort, and says with which it ran."""


@pytest.fixture
def host_command(
    sample_commands: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str, str], None]:
    """Return what writes the file of a command of some host, given its name and its code."""
    package = f"host_{uuid.uuid4().hex}"
    folder = tmp_path / package / "management" / "commands"
    folder.mkdir(parents=True)
    monkeypatch.syspath_prepend(str(tmp_path))

    def write(name: str, code: str) -> None:
        (folder / f"{name}.py").write_text(textwrap.dedent(code))
        importlib.invalidate_caches()
        sample_commands[name] = package

    return write


@pytest.fixture
def limited(host_command: Callable[[str, str], None]) -> None:
    """Have a command that takes options."""
    host_command("limited", LIMITED)
