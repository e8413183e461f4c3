"""What the documents show as output is what is printed."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import pytest

from tests.architecture.documents import assert_mail_is_shown, assert_printed, blocks, journey_of_the_readme, steps
from tests.integration.scratch import Scratch, copy_project
from tests.pinned_catalogue import pin_readme
from tests.processes import ROOT, ProcessDatabase

DATA_MIGRATIONS = ROOT / "docs/custom_migrations.md"

EMPTY_TWELVE_LABELS = """
from apps.pipelines.models import Node
first = Node.objects.order_by("pk").values("pk")[:12]
Node.objects.filter(pk__in=list(first.values_list("pk", flat=True))).update(label="")
"""


def play(block: str, *, scratch: Scratch) -> list[subprocess.CompletedProcess[str]]:
    """Run the commands of a console block, and check what they print, errors included."""
    done = []
    for step in steps(block):
        _, _, *arguments = shlex.split(step.command)
        done.append(scratch.database.manage(*arguments))
        assert_printed(step.lines, done[-1].stdout + done[-1].stderr)
    return done


@pytest.fixture
def scratch(process_database: ProcessDatabase, tmp_path: Path) -> Scratch:
    return copy_project(tmp_path, database=process_database)


@pytest.mark.postgresql
def test_the_readme_s_journey_is_the_same_on_postgresql(empty_process_database: ProcessDatabase, tmp_path: Path):
    """Where the README's own commands run, on SQLite, ``make demo`` is compared: see ``test_documents.py``."""
    scratch = copy_project(tmp_path, database=empty_process_database)
    pin_readme(scratch.default_models)
    scratch.database.env |= {
        "MODEL_RETIREMENT_CATALOGUE": "apps.demo.catalogue",
        "MODEL_RETIREMENT_PLATFORM": "config.demo.Platform",
    }
    assert scratch.database.manage("migrate", "--verbosity=0").returncode == 0
    assert {done.returncode for done in play(journey_of_the_readme(), scratch=scratch)} == {0}
    assert_mail_is_shown(scratch.mails())


@pytest.mark.parametrize(
    "lines",
    [("one", "two"), ("one", "three"), ("...", "three", "two"), ("...", "four"), ("two", "..."), ("One", "...")],
)
def test_output_that_is_not_what_is_shown_would_be_found(lines: tuple[str, ...]):
    with pytest.raises(AssertionError):
        assert_printed(lines, "one\ntwo\nthree\n")


@pytest.mark.parametrize("lines", [("one", "two", "three"), ("one", "...", "three"), ("...", "two", "...")])
def test_output_may_be_shortened_where_it_says_so(lines: tuple[str, ...]):
    assert_printed(lines, "one\ntwo\nthree\n")


@pytest.fixture
def labelled(scratch: Scratch) -> Scratch:
    """The files of the example, where the guide says, on a database with twelve nodes without a label."""
    work, command, migration, _ = blocks(DATA_MIGRATIONS, "python")
    assert scratch.database.manage("load_demo", "--teams=2", "--nodes=30").returncode == 0
    scratch.python(EMPTY_TWELVE_LABELS)
    (scratch.folder / "apps/pipelines/labels.py").write_text(work)
    (scratch.folder / "apps/data_migrations/management/commands/label_nodes.py").write_text(command)
    named = re.search(r"`apps/pipelines/migrations/(\d{4}_label_nodes)\.py`", DATA_MIGRATIONS.read_text())
    assert named is not None
    folder = scratch.folder / "apps/pipelines/migrations"
    (folder / f"{named[1]}.py").write_text(migration)
    (folder / "max_migration.txt").write_text(f"{named[1]}\n")
    return scratch


def test_the_example_of_a_data_migration_does_what_its_guide_shows(labelled: Scratch):
    """From the three files to a command that is gone; between two of the blocks, the guide's reader breaks something."""
    first, failing, gone = blocks(DATA_MIGRATIONS, "console")
    assert {done.returncode for done in play(first, scratch=labelled)} == {0}

    assert labelled.database.manage("custom_migrations", "unmark", "label_nodes").returncode == 0
    command = labelled.folder / "apps/data_migrations/management/commands/label_nodes.py"
    code = command.read_text()
    command.write_text(
        code.replace("        if dry_run:", '        raise ValueError("the labels are wrong")\n        if dry_run:')
    )
    assert {done.returncode for done in play(failing, scratch=labelled)} == {1}

    command.unlink()
    assert [done.returncode for done in play(gone, scratch=labelled)] == [1, 0]


def test_the_example_in_batches_does_the_same(labelled: Scratch):
    batched = blocks(DATA_MIGRATIONS, "python")[3]
    labels = labelled.folder / "apps/pipelines/labels.py"
    kept = labels.read_text().partition("def label_nodes")[0].rstrip()
    imports = "from collections.abc import Callable\n\nfrom django.db import transaction\n"
    labels.write_text(f"{kept.replace('from django.db.models', f'{imports}from django.db.models', 1)}\n\n\n{batched}")
    command = labelled.folder / "apps/data_migrations/management/commands/label_nodes.py"
    code = command.read_text().replace("label_nodes(using=", "label_nodes(renew=context.renew, using=")
    command.write_text(code.replace('"label_nodes"\n', '"label_nodes"\n    atomic = False\n'))
    done = labelled.database.manage("label_nodes")
    assert done.stdout == "label_nodes: applied: 12 nodes.\n", done.stderr
    assert labelled.database.query("SELECT count(*) FROM pipelines_node WHERE label = ''") == [(0,)]
