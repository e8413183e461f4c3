"""What the guide shows of the commands that edit the catalogue is what they print."""

from __future__ import annotations

import datetime as dt
import io
import json
import shlex
from pathlib import Path

import pytest
import time_machine
from django.core.management import call_command

from model_retirement.data_migrations.models import CustomMigration
from tests.architecture.documents import Step, assert_printed, blocks, steps
from tests.catalogue_tree import CATALOGUE
from tests.factories.service_providers import delete_all_models
from tests.git_repository import GitRepository
from tests.processes import ROOT

GUIDE = ROOT / "docs/deleting_llm_models.md"
TODAY = dt.datetime(2026, 8, 18, 12, tzinfo=dt.UTC)
HEAD = "from model_retirement.catalogue.declarations import Deleted, Model, k\n\n"
MODELS = """DEFAULT_LLM_PROVIDER_MODELS = {
    "openai": [
        Model("gpt-4", k(8)),
        Model("gpt-4.1", 1_000_000, is_default=True, is_translation_default=True),
    ],
}
"""


def block(words: str) -> list[Step]:
    """Return the steps of the guide's console block that shows these words."""
    (console,) = [text for text in blocks(GUIDE, "console") if words in text]
    return list(steps(console))


def play(console_steps: list[Step], *, root: Path) -> None:
    """Run the commands of a console block in this process, and check what they print."""
    for step in console_steps:
        line, _, file = step.command.removeprefix("python manage.py ").partition(" > ")
        out = io.StringIO()
        call_command(*shlex.split(line), stdout=out)
        assert_printed(step.lines, "" if file else out.getvalue())
        if file:
            (root / file).write_text(out.getvalue())


@pytest.fixture
def root(catalogue_tree: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The root of a project, and the folder that commands are typed in."""
    monkeypatch.chdir(catalogue_tree)
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.delenv(name, raising=False)
    return catalogue_tree


PLAYED = ("llm_models deprecate", "llm_models retire", "> staging.json", "llm_models prune")
"""Words of the blocks that are played here."""


def test_every_console_block_of_the_guide_is_played():
    assert [block(words) for words in PLAYED] == [list(steps(text)) for text in blocks(GUIDE, "console")]


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (
            "llm_models deprecate",
            'replacement="gpt-4.1", deprecated_on=date(2026, 8, 18), retires_on=date(2026, 10, 23)),',
        ),
        ("llm_models retire", '    ("openai", "gpt-4", "gpt-4.1"),'),
    ],
)
def test_the_guide_shows_what_the_editing_commands_print(root: Path, words: str, line: str):
    (root / CATALOGUE).write_text(f"{HEAD}{MODELS}DELETED_MODELS = []\n")

    with time_machine.travel(TODAY, tick=False):
        play(block(words), root=root)

    assert line in (root / CATALOGUE).read_text()


@pytest.mark.django_db
def test_the_guide_shows_what_prune_prints(root: Path):
    repository = GitRepository(root)
    old = '    ("azure", "gpt-4"),\n'
    last = '    ("openai", "o1-mini"),\n]\n'
    models = MODELS.replace('        Model("gpt-4", k(8)),\n', "")
    repository.commit(
        {CATALOGUE: f"{HEAD}{models}DELETED_MODELS = [\n{old}{last}"}, at=dt.datetime(2025, 6, 2, tzinfo=dt.UTC)
    )
    young = f'{old}    ("openai", "gpt-4"),\n{last}'
    repository.commit(
        {CATALOGUE: f"{HEAD}{models}DELETED_MODELS = [\n{young}"}, at=dt.datetime(2026, 8, 6, tzinfo=dt.UTC)
    )
    delete_all_models()
    CustomMigration.objects.all().delete()
    CustomMigration.objects.bulk_create(
        CustomMigration(
            name=f"remove_deprecated_models{unit}", status="applied", applied_at=TODAY, requested_by="migrate"
        )
        for unit in ("", ":azure/gpt-4", ":openai/gpt-4", ":openai/o1-mini")
    )

    play(block("> staging.json"), root=root)
    records = json.loads((root / "staging.json").read_text())
    (root / "production.json").write_text(json.dumps([record for record in records if "openai" not in record["name"]]))
    with time_machine.travel(TODAY, tick=False):
        play(block("llm_models prune"), root=root)

    assert (root / CATALOGUE).read_text().endswith(f'DELETED_MODELS = [\n    ("openai", "gpt-4"),\n{last}')
