"""Which code is running."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from apps.data_migrations.revision import code_version


@pytest.fixture(autouse=True)
def forget() -> Iterator[None]:
    code_version.cache_clear()
    yield
    code_version.cache_clear()


def test_it_is_the_short_revision_of_the_checkout(settings, tmp_path: Path):
    git = ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@b.example"]
    for command in (["init", "--quiet"], ["commit", "--quiet", "--allow-empty", "--no-verify", "-m", "x"]):
        subprocess.run([*git, *command], check=True)
    settings.BASE_DIR = tmp_path
    expected = subprocess.run([*git, "rev-parse", "--short", "HEAD"], check=True, capture_output=True, text=True)
    assert code_version() == expected.stdout.strip() != ""


def test_it_is_empty_outside_a_checkout(settings, tmp_path: Path):
    settings.BASE_DIR = tmp_path
    assert code_version() == ""


def test_it_is_empty_without_git(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", "")
    assert code_version() == ""
