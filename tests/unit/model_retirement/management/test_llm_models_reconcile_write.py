"""``llm_models reconcile --write``: what it writes, prints and leaves out, and that it has nothing to write then."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import time_machine

from model_retirement.catalogue.view import load_source
from tests.catalogue_tree import CATALOGUE, MIGRATIONS, import_again
from tests.processes import ROOT
from tests.unit.model_retirement.management.test_llm_models import typed
from tests.unit.model_retirement.management.test_llm_models_authoring import changed, files, following, last

REAL_FEEDS = sorted((ROOT / "tests/data/feeds").glob("*_[0-9]*.json"))
URL = "https://platform.openai.com/docs/deprecations"
FEED: list[dict[str, Any]] = [
    {
        "provider": "OpenAI",
        "model_id": "gpt-4",
        "shutdown_date": "2026-10-23",
        "deprecation_date": "2026-04-22",
        "replacement_models": ["gpt-4.1", "gpt-5"],
        "url": URL,
        "last_observed": "2026-08-01",
    },
    {"provider": "Azure", "model_id": "gpt-4.1-nano", "shutdown_date": "2026-10-14", "replacement_models": ["gpt-9"]},
    {"provider": "Groq", "model_id": "gemma-7b-it", "shutdown_date": "2026-10-14 or later"},
]


@pytest.fixture(autouse=True)
def august():
    with time_machine.travel("2026-08-18T12:00:00Z", tick=False):
        yield


@pytest.fixture
def root(catalogue_tree: Path, pinned_catalogue: None) -> Path:
    """The root of a project with the pinned catalogue, and a feed beside it."""
    (catalogue_tree / "feed.json").write_text(json.dumps(FEED))
    return catalogue_tree


def written(capsys: Any, root: Path, *options: str) -> tuple[int, str, str]:
    return typed(capsys, "reconcile", "--feed", str(root / "feed.json"), "--write", *options)


def test_what_is_sure_is_written_with_its_migration_and_the_rest_is_named(root: Path, capsys):
    before, name = files(root), following(root, "deprecate_azure_gpt_4_1_nano_and_1_more")

    status, out, _ = written(capsys, root)

    assert (status, out.splitlines()[2:]) == (
        0,
        [
            "Left out, for a person to decide:",
            f"  groq/gemma-7b-it: its day, 2026-10-14, is not firm ({root}/feed.json)",
            "azure/gpt-4.1-nano is deprecated in the catalogue and retires in 57 days, on 2026-10-14; "
            "gpt-4.1-mini is to replace it.",
            "openai/gpt-4 is deprecated in the catalogue and retires in 66 days, on 2026-10-23; nothing is to replace it.",
            "Commit what was written; `migrate` then refuses new use and tells the teams concerned.",
            "Written:",
            f"  {CATALOGUE}",
            f"  {MIGRATIONS}/{name}.py",
            f"  {MIGRATIONS}/max_migration.txt",
        ],
    )
    assert out.splitlines()[1] == "The source covers 3 of our 90 models; nothing is known of the other 87."
    assert changed(root, since=before) == {"default_models.py", f"{name}.py", "max_migration.txt"}
    code = (root / CATALOGUE).read_text()
    old = before[Path(CATALOGUE)].decode()
    assert [line.strip() for line in code.splitlines() if line not in old.splitlines()] == [
        "from datetime import date",
        'Model("gpt-4.1-nano", 1_000_000, deprecated=True, replacement="gpt-4.1-mini", retires_on=date(2026, 10, 14)),'
        "  # feed.json",
        'Model("gpt-4", k(8), deprecated=True, deprecated_on=date(2026, 4, 22), retires_on=date(2026, 10, 23)),'
        f"  # {URL}",
    ]
    assert 'RunDataMigration("notify_deprecated_models")' in (root / MIGRATIONS / f"{last(root)}.py").read_text()


def test_replacements_come_along_where_that_is_asked_for(root: Path, capsys):
    _, out, _ = written(capsys, root, "--replacements")

    assert "  azure/gpt-4.1-nano: its successor there, gpt-9, is not in the catalogue\n" in out
    assert "on 2026-10-23; gpt-4.1 is to replace it.\n" in out
    assert 'replacement="gpt-4.1", deprecated_on=date(2026, 4, 22)' in (root / CATALOGUE).read_text()


def test_what_has_retired_is_counted_for_its_removal_is_another_command(root: Path, capsys):
    with time_machine.travel("2026-10-23", tick=False):
        _, out, _ = written(capsys, root)

    line = "Retired already: 1. Without --write, this command ends with those that take them out.\n"
    assert line in out
    assert load_source((root / CATALOGUE).read_bytes(), path=root / CATALOGUE).find("azure", "gpt-4.1-nano")


@pytest.mark.parametrize("options", [(), ("--replacements",)])
def test_a_second_run_writes_nothing_and_says_so(
    root: Path, capsys, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...]
):
    written(capsys, root, *options)
    import_again(root, monkeypatch)
    before = files(root)

    status, out, _ = written(capsys, root, *options)

    assert (status, out.splitlines()[-1]) == (
        0,
        "Nothing to write: the catalogue says all that the sources say for sure.",
    )
    assert written(capsys, root, "--dry-run", *options)[:2] == (0, "")
    assert files(root) == before


def test_a_day_that_moves_in_a_newer_file_moves_in_the_line_alone(root: Path, capsys, monkeypatch: pytest.MonkeyPatch):
    """Rule 21: from feed to catalogue, and a migration that asks to tell of it."""
    written(capsys, root)
    import_again(root, monkeypatch)
    before = (root / CATALOGUE).read_text()
    moved = {**FEED[0], "shutdown_date": "2026-12-01", "url": f"{URL}#moved", "last_observed": "2026-08-17"}
    (root / "newer.json").write_text(json.dumps([moved]))

    _, out, _ = written(capsys, root, "--feed", str(root / "newer.json"))

    assert "openai/gpt-4 is deprecated in the catalogue and retires in 105 days, on 2026-12-01" in out
    assert "Retired already" not in out
    assert (root / CATALOGUE).read_text() == before.replace("date(2026, 10, 23)),", "date(2026, 12, 1)),").replace(
        f"# {URL}\n", f"# {URL}#moved\n"
    )
    assert last(root).endswith("_deprecate_openai_gpt_4")


def test_a_dry_run_prints_what_git_would_apply_and_writes_nothing(root: Path, capsys):
    """Rule 17."""
    before = files(root)
    status, diff, error = written(capsys, root, "--dry-run")
    assert (status, files(root)) == (0, before)
    assert error.splitlines()[-3:] == [
        "Left out, for a person to decide:",
        f"  groq/gemma-7b-it: its day, 2026-10-14, is not firm ({root}/feed.json)",
        "Nothing was changed: this was a dry run.",
    ]

    written(capsys, root)
    done = files(root)
    for path in set(done) - set(before):
        (root / path).unlink()
    for path, content in before.items():
        (root / path).write_bytes(content)
    subprocess.run(["git", "apply"], input=diff, text=True, cwd=root, check=True)
    assert files(root) == done


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (["--replacements"], "--replacements is for --write: without it, nothing is written."),
        (["--dry-run"], "--dry-run is for --write: without it, nothing is written."),
        (["--write", "--format", "json"], "--write and --format json exclude each other. Make two calls."),
        (["--write", "--exit-code"], "--write and --exit-code exclude each other. Make two calls."),
    ],
)
def test_options_that_do_not_go_together_are_refused(root: Path, capsys, options: list[str], line: str):
    before = files(root)

    assert typed(capsys, "reconcile", "--feed", "nowhere.json", *options) == (1, "", f"CommandError: {line}\n")
    assert files(root) == before


def test_a_catalogue_that_has_an_error_already_is_refused(root: Path, capsys, monkeypatch: pytest.MonkeyPatch):
    code = (
        (root / CATALOGUE).read_text().replace('("openai", "gpt-4-0613", "gpt-4.1")', '("openai", "gpt-4-0613", "x")')
    )
    (root / CATALOGUE).write_text(code)
    import_again(root, monkeypatch)

    status, out, error = written(capsys, root)

    assert (status, out, len(error.splitlines())) == (1, "", 1)
    assert error.startswith(
        "CommandError: Nothing was written, for the catalogue has an error already. openai/gpt-4-0613"
    )


@pytest.mark.parametrize("options", [(), ("--replacements",)])
def test_the_real_feeds_leave_the_shipped_catalogue_without_an_error_and_with_nothing_to_write(
    catalogue_tree: Path, capsys, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...]
):
    shutil.copy(ROOT / CATALOGUE, catalogue_tree / CATALOGUE)
    command = ("reconcile", "--feed", *(str(feed) for feed in REAL_FEEDS), "--write", *options)

    with time_machine.travel("2026-12-01", tick=False):
        assert typed(capsys, *command)[0] == 0
        import_again(catalogue_tree, monkeypatch)
        after = load_source((catalogue_tree / CATALOGUE).read_bytes(), path=catalogue_tree / CATALOGUE)
        status, out, _ = typed(capsys, *command)

    assert [finding for finding in after.problems(today=dt.date(2026, 12, 1)) if finding.level == "error"] == []
    assert (status, out.splitlines()[-1]) == (
        0,
        "Nothing to write: the catalogue says all that the sources say for sure.",
    )
