"""``llm_models prune``: what it says of each entry, and what it takes out."""

from __future__ import annotations

import datetime as dt
import io
import json
from pathlib import Path
from unittest import mock

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from model_retirement.authoring.file_changes import ChangedMeanwhile
from model_retirement.catalogue.view import load_source
from model_retirement.data_migrations.models import CustomMigration
from tests.catalogue_tree import CATALOGUE
from tests.factories.service_providers import LlmProviderModelFactory
from tests.git_repository import GitRepository
from tests.statements import without_table

UNIT = "remove_deprecated_models:{}"
YOUNG = "azure/gpt-new"
NOW = dt.datetime.now(tz=dt.UTC)

pytestmark = pytest.mark.django_db


def ago(days: int) -> dt.datetime:
    return NOW - dt.timedelta(days=days)


@pytest.fixture
def root(catalogue_tree: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The project with its list in git for a year, and with one more removal since a week."""
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.delenv(name, raising=False)
    repository = GitRepository(catalogue_tree)
    repository.commit({}, at=ago(365))
    code = (catalogue_tree / CATALOGUE).read_text()
    behind = '    ("azure", "gpt-4-32k"),\n'
    repository.commit({CATALOGUE: code.replace(behind, f'{behind}    ("azure", "gpt-new"),\n')}, at=ago(7))
    CustomMigration.objects.create(name=UNIT.format(YOUNG), status="applied", applied_at=NOW, requested_by="migrate")
    return catalogue_tree


@pytest.fixture
def staging(root: Path) -> str:
    """What ``custom_migrations list`` prints in an environment that has done all there is to do."""
    out = io.StringIO()
    call_command("custom_migrations", "list", format="json", stdout=out)
    path = root / "staging.json"
    path.write_text(out.getvalue())
    return str(path)


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("llm_models", "prune", *arguments, stdout=out)
    return out.getvalue()


def rows(text: str) -> dict[str, list[str]]:
    """Return the cells of the table's rows by their first one."""
    lines = [line.rstrip().split(maxsplit=3) for line in text.partition("\n\n")[0].splitlines()[1:]]
    return {line[0]: line[1:] for line in lines}


def entries(root: Path) -> set[str]:
    path = root / CATALOGUE
    return {f"{removal.provider}/{removal.name}" for removal in load_source(path.read_bytes(), path=path).removals}


def test_the_table_says_of_each_entry_whether_it_may_go_and_why_not(root: Path, staging: str):
    LlmProviderModelFactory.create(type="openai", name="o1-mini", team=None)
    CustomMigration.objects.filter(name=UNIT.format("azure/gpt-4")).update(status="pending")

    text = run("--evidence", staging)

    table = rows(text)
    assert set(table) == entries(root)
    assert text.splitlines()[0].split() == ["Entry", "May", "go", "In", "main", "since", "Why", "it", "stays"]
    since = str(ago(365).date())
    assert table["openai/o1-preview"] == ["yes", since]
    assert table[YOUNG] == ["no", str(ago(7).date()), "in main for 7 days, not for more than a month"]
    assert table["openai/o1-mini"] == ["no", since, "the model is still in the table in this environment"]
    assert table["azure/gpt-4"] == ["no", since, "pending in this environment"]
    total = len(table)
    assert text.splitlines()[-1] == f"{total - 3} of {total} entries may go; `--write` takes them out of {CATALOGUE}."


def test_without_evidence_nothing_may_go(root: Path):
    text = run("--write")

    table = rows(text)
    assert {row[0] for row in table.values()} == {"no"}
    why = "nothing is known of other environments, give --evidence"
    assert {row[2] for name, row in table.items() if name != YOUNG} == {why}  # no cell leaves a reader to guess
    assert table[YOUNG][2] == "in main for 7 days, not for more than a month"
    assert text.splitlines()[-2] == "All of them stay: nothing is known of other environments, give --evidence."
    assert text.splitlines()[-1] == f"No entry of DELETED_MODELS may go, of {len(entries(root))}."


def test_the_reason_of_a_single_entry_stands_on_its_line(root: Path):
    code = (root / CATALOGUE).read_text()
    head = code.index("\nDELETED_MODELS")
    (root / CATALOGUE).write_text(f'{code[:head]}\nDELETED_MODELS = [("azure", "gpt-new")]\n')

    text = run()

    assert "nothing is known of other environments, give --evidence" in rows(text)[YOUNG][2]
    assert "All of them" not in text


def test_several_files_can_be_given_in_both_ways(root: Path, staging: str):
    other = root / "production.json"
    records = json.loads(Path(staging).read_text())
    other.write_text(json.dumps([record for record in records if record["name"] != UNIT.format("azure/gpt-4")]))

    for options in (["--evidence", staging, str(other)], ["--evidence", staging, "--evidence", str(other)]):
        assert rows(run(*options))["azure/gpt-4"][2] == f"not carried out in {other}"


def test_json_is_one_document_and_nothing_else(root: Path, staging: str):
    decisions = {
        f"{decision['provider']}/{decision['name']}": decision
        for decision in json.loads(run("--evidence", staging, "--format", "json"))
    }

    assert set(decisions) == entries(root)
    assert decisions["azure/gpt-4"] == {
        "provider": "azure",
        "name": "gpt-4",
        "may_go": True,
        "in_main_since": str(ago(365).date()),
        "reasons": [],
    }
    assert (decisions[YOUNG]["may_go"], len(decisions[YOUNG]["reasons"])) == (False, 1)


def test_json_of_an_entry_without_a_history_has_no_date(root: Path, staging: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", "")

    decisions = json.loads(run("--evidence", staging, "--format", "json"))

    assert {(decision["may_go"], decision["in_main_since"], *decision["reasons"]) for decision in decisions} == {
        (False, None, "age unknown: git cannot be run (No such file or directory)")
    }


def test_write_takes_out_what_may_go_and_nothing_else(root: Path, staging: str):
    before = (root / CATALOGUE).read_text().splitlines()
    total = len(entries(root))

    text = run("--evidence", staging, "--write")

    assert text.splitlines()[-1] == f"{total - 1} of {total} entries were taken out of {CATALOGUE}. Commit it."
    assert entries(root) == {YOUNG}
    after = (root / CATALOGUE).read_text().splitlines()
    start = before.index(next(line for line in before if line.startswith("DELETED_MODELS")))
    assert after == [*before[: start + 1], '    ("azure", "gpt-new"),', *before[before.index("]", start) :]]


def test_without_write_nothing_is_written(root: Path, staging: str):
    before = (root / CATALOGUE).read_bytes()

    run("--evidence", staging)

    assert (root / CATALOGUE).read_bytes() == before


def test_an_empty_list_is_told(root: Path):
    code = (root / CATALOGUE).read_text()
    head = code.index("\nDELETED_MODELS")
    (root / CATALOGUE).write_text(f"{code[:head]}\nDELETED_MODELS = []\n")

    assert run() == "DELETED_MODELS is empty.\n"


def test_broken_evidence_is_refused_and_changes_nothing(root: Path, staging: str):
    before = (root / CATALOGUE).read_bytes()
    broken = root / "broken.json"
    broken.write_text("[]")

    with pytest.raises(
        CommandError, match=r"broken\.json has no record of remove_deprecated_models\. Make it there with "
    ):
        run("--evidence", staging, str(broken), "--write")

    assert (root / CATALOGUE).read_bytes() == before


def test_a_file_that_cannot_be_written_is_told(root: Path, staging: str):
    with (
        mock.patch("os.fsync", side_effect=OSError(28, "No space left on device")),
        pytest.raises(CommandError, match=r"^Nothing was written: \[Errno 28\] No space left on device\.$"),
    ):
        run("--evidence", staging, "--write")


def test_a_file_that_somebody_else_has_changed_is_left_alone(root: Path, staging: str):
    before = (root / CATALOGUE).read_bytes()
    refusal = ChangedMeanwhile(Path("default_models.py"))
    with (
        mock.patch("model_retirement.authoring.file_changes.write_all", side_effect=refusal),
        pytest.raises(CommandError, match=r"^default_models\.py was changed meanwhile\. Nothing was written"),
    ):
        run("--evidence", staging, "--write")
    assert (root / CATALOGUE).read_bytes() == before


def test_a_file_that_cannot_be_read_is_told(root: Path, staging: str):
    with (
        mock.patch(
            "model_retirement.management.llm_models.prune.inspect", side_effect=OSError(13, "Permission denied")
        ),
        pytest.raises(CommandError, match=r"^The catalogue cannot be read: \[Errno 13\] Permission denied\.$"),
    ):
        run("--evidence", staging)


def test_before_the_first_migrate_there_are_no_records(root: Path):
    with (
        without_table(CustomMigration),
        pytest.raises(
            CommandError, match=r"no tables for data migrations yet\. Run `python manage\.py migrate` first\.$"
        ),
    ):
        run()


def test_a_list_elsewhere_is_named_by_its_whole_path(root: Path, staging: str, settings):
    settings.BASE_DIR = root / "apps/elsewhere"

    assert run("--evidence", staging).endswith(f"takes them out of {root / CATALOGUE}.\n")
