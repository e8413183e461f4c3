"""Changes of files: made together or not at all."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from model_retirement.authoring.file_changes import ChangedMeanwhile, FileChange, write_all


@pytest.fixture
def old(tmp_path: Path) -> Path:
    path = tmp_path / "apps/old.py"
    path.parent.mkdir()
    path.write_text("one\ntwo\n")
    path.chmod(0o640)
    return path


def changes(old: Path) -> list[FileChange]:
    return [
        FileChange(old.with_name("new.py"), before=None, after=b"new\n"),
        FileChange(old, before=b"one\ntwo\n", after=b"one\nthree"),
    ]


def contents(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir()}


def test_all_files_are_written_and_keep_their_permissions(old: Path):
    write_all(changes(old))

    assert contents(old.parent) == {"new.py": "new\n", "old.py": "one\nthree"}
    assert old.stat().st_mode & 0o777 == 0o640
    umask = os.umask(0)
    os.umask(umask)
    assert old.with_name("new.py").stat().st_mode & 0o777 == 0o666 & ~umask


@pytest.mark.parametrize("late", [False, True])
def test_a_file_that_was_changed_meanwhile_stops_all(old: Path, late: bool):
    wanted = changes(old)[:: -1 if late else 1]
    (old.with_name("new.py") if late else old).write_text("theirs\n")
    before = contents(old.parent)

    with pytest.raises(ChangedMeanwhile, match=r"was changed meanwhile\. Nothing was written; run this again\.$"):
        write_all(wanted)

    assert contents(old.parent) == before


def test_a_folder_that_is_not_there_stops_all(old: Path):
    with pytest.raises(FileNotFoundError):
        write_all([*changes(old), FileChange(old.parent / "none/x.py", before=None, after=b"")])

    assert contents(old.parent) == {"old.py": "one\ntwo\n"}


def test_a_diff_is_what_git_applies(old: Path, tmp_path: Path):
    diff = "".join(change.diff(root=tmp_path) for change in changes(old))

    assert diff == (
        "--- /dev/null\n+++ b/apps/new.py\n@@ -0,0 +1 @@\n+new\n"
        "--- a/apps/old.py\n+++ b/apps/old.py\n@@ -1,2 +1,2 @@\n one\n-two\n+three\n\\ No newline at end of file\n"
    )
    subprocess.run(["git", "apply"], input=diff, text=True, cwd=tmp_path, check=True)
    assert contents(old.parent) == {"new.py": "new\n", "old.py": "one\nthree"}


def test_a_file_outside_of_the_root_goes_by_its_whole_path(old: Path, tmp_path: Path):
    change = FileChange(old, before=b"a\n", after=b"b\n")

    assert change.diff(root=tmp_path / "other").startswith(f"--- a/{old}\n")
