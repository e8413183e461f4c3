"""Since when entries are in the main branch, on real repositories."""

from __future__ import annotations

import datetime as dt
import subprocess
from collections.abc import Collection
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model_retirement.pruning.git import NoHistory
from model_retirement.pruning.main_branch import Arrival, listed, read
from tests.git_repository import GitRepository

FILE = "apps/models.py"
OTHER = "apps/lists.py"

A, B, C = ("openai", "a"), ("openai", "b"), ("groq", "c")


def day(number: int) -> dt.datetime:
    return dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC) + dt.timedelta(days=number)


def code(*keys: tuple[str, str]) -> str:
    return "".join(["DELETED_MODELS = [\n", *(f'    ("{provider}", "{name}"),\n' for provider, name in keys), "]\n"])


@pytest.fixture(autouse=True)
def no_variables_of_git(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a hook that runs these tests has set names another repository."""
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def repository(tmp_path: Path) -> GitRepository:
    return GitRepository(tmp_path / "project")


def since(repository: GitRepository, *, file: str = FILE) -> dict[tuple[str, str], int]:
    """Return the day on which each entry arrived."""
    return {key: (arrival.at - day(0)).days for key, arrival in read(file=repository.folder / file).entries.items()}


def test_an_entry_is_there_since_its_commit(repository: GitRepository):
    repository.commit({FILE: code(A)}, at=day(0))
    repository.commit({FILE: code(A, B)}, at=day(1))
    repository.commit({"README": "x"}, at=day(2))

    history = read(file=repository.folder / FILE)

    assert history.branch == "main"
    assert history.entries == {A: Arrival(2, day(0)), B: Arrival(1, day(1))}
    assert history.files == {}


def test_work_on_a_branch_counts_from_its_merge(repository: GitRepository):
    repository.commit({FILE: code(A)}, at=day(0))
    repository.git("switch", "--quiet", "--create", "topic")
    repository.commit({FILE: code(A, B)}, at=day(1))
    repository.commit({FILE: code(A, B, C)}, at=day(2))
    repository.git("switch", "--quiet", "main")
    repository.commit({"README": "x"}, at=day(3))
    repository.git("merge", "--quiet", "--no-ff", "topic", at=day(9))

    assert since(repository) == {A: 0, B: 9, C: 9}


def test_a_branch_that_had_lost_an_entry_does_not_break_its_time_on_main(repository: GitRepository):
    repository.commit({FILE: code(A, B)}, at=day(0))
    repository.git("switch", "--quiet", "--create", "topic")
    repository.commit({FILE: code(A)}, at=day(1))
    repository.commit({FILE: code(A, B)}, at=day(2))
    repository.git("switch", "--quiet", "main")
    repository.git("merge", "--quiet", "--no-ff", "topic", at=day(9))

    assert since(repository) == {A: 0, B: 0}


def test_an_entry_that_was_taken_out_and_put_in_again_counts_from_then(repository: GitRepository):
    for at, keys in enumerate([[A, B], [A], [A, C], [A, B, C]]):
        repository.commit({FILE: code(*keys)}, at=day(at))

    assert since(repository) == {A: 0, B: 3, C: 2}


@pytest.mark.parametrize(
    "other",
    [
        'DELETED_MODELS = [("openai", "a"), ("openai", "b")]',
        'DELETED_MODELS: list[Deleted] = (\n  Deleted("openai", "b", "x", retires_on=date(2026, 1, 2)),\n'
        "  # of a\n  Deleted(provider='openai', name=\"a\"),\n)\nDEFAULT_LLM_PROVIDER_MODELS = {}\n",
        '"""Docs."""\nOTHER = [("groq", "c")]\n\nDELETED_MODELS = [*OTHER, ("openai", "b", None), ("openai", "a", "x")]',
    ],
)
def test_entries_survive_another_way_of_writing_the_list(repository: GitRepository, other: str):
    repository.commit({FILE: code(A, B)}, at=day(0))
    repository.commit({FILE: other}, at=day(5))
    repository.commit({FILE: code(B, A)}, at=day(9))

    assert since(repository) == {A: 0, B: 0}


def test_entries_survive_a_file_that_is_renamed_and_rewritten_in_one_commit(repository: GitRepository):
    repository.commit({FILE: code(A)}, at=day(0))
    repository.commit({FILE: code(A, B)}, at=day(1))
    lists = 'DELETED_MODELS = [Deleted("openai", name="b"), ("openai", "a"), ("groq", "c")]\n'
    repository.commit({FILE: None, OTHER: "# New\n" * 50 + lists}, at=day(5))

    assert since(repository, file=OTHER) == {A: 0, B: 1, C: 5}


def test_entries_survive_a_list_that_moves_to_another_file_and_back(repository: GitRepository):
    repository.commit({FILE: code(A), OTHER: "x = 1\n"}, at=day(0))
    repository.commit({FILE: "y = 1\n", OTHER: code(A, B)}, at=day(1))
    repository.commit({FILE: code(A, B), OTHER: "x = 1\n"}, at=day(2))

    assert since(repository) == {A: 0, B: 1}


def test_of_several_lists_the_one_that_shares_most_is_followed(repository: GitRepository):
    repository.commit({"a.py": code(C), "b.py": code(A, B), "c.py": code(A), "d.txt": code(A, B)}, at=day(0))
    repository.commit({"b.py": None, FILE: code(A, B, C)}, at=day(1))

    assert since(repository) == {A: 0, B: 0, C: 1}


def test_a_file_that_has_been_renamed_since_is_found_on_main(repository: GitRepository):
    repository.commit({OTHER: code(A, B), "z.py": code(C)}, at=day(0))
    repository.git("switch", "--quiet", "--create", "topic")
    repository.commit({OTHER: None, FILE: code(A, B)}, at=day(5))

    assert since(repository) == {A: 0, B: 0}


def test_what_main_does_not_have_is_not_there(repository: GitRepository):
    repository.commit({"README": "x"}, at=day(0))
    repository.git("switch", "--quiet", "--create", "topic")
    repository.commit({FILE: code(A)}, at=day(5))

    assert since(repository) == {}


def test_a_version_that_cannot_be_read_starts_the_time_again(repository: GitRepository):
    for at, text in enumerate([code(A), "<<<<<<< HEAD\n" + code(A), code(A)]):
        repository.commit({FILE: text}, at=day(at))

    assert since(repository) == {A: 2}


def test_a_list_that_is_empty_now_has_no_entries(repository: GitRepository):
    repository.commit({FILE: code(A)}, at=day(0))
    repository.commit({FILE: code()}, at=day(1))

    assert since(repository) == {}


def test_what_counts_is_the_main_branch_of_the_origin(repository: GitRepository, tmp_path: Path):
    repository.commit({FILE: code(A)}, at=day(0))
    clone = GitRepository(tmp_path / "clone")
    clone.git("remote", "add", "origin", str(repository.folder))
    clone.git("fetch", "--quiet", "origin")
    clone.git("merge", "--quiet", "origin/main")
    clone.commit({FILE: code(A, B)}, at=day(1))
    without_head = read(file=clone.folder / FILE)
    clone.git("remote", "set-head", "origin", "main")

    for history in (without_head, read(file=clone.folder / FILE)):
        assert (history.branch, set(history.entries)) == ("origin/main", {A})


@pytest.mark.parametrize("branch", ["main", "master"])
def test_the_branch_is_found_by_its_name(tmp_path: Path, branch: str):
    repository = GitRepository(tmp_path, branch=branch)
    repository.commit({FILE: code(A)}, at=day(0))
    repository.git("switch", "--quiet", "--create", "topic")

    assert read(file=tmp_path / FILE).branch == branch


def test_another_branch_is_not_taken_for_the_main_one(tmp_path: Path):
    repository = GitRepository(tmp_path, branch="trunk")
    repository.commit({FILE: code(A)}, at=day(0))

    with pytest.raises(NoHistory, match=r"^git knows no main branch here, neither origin/HEAD nor main nor master$"):
        read(file=tmp_path / FILE)


def test_a_shallow_clone_is_refused(repository: GitRepository, tmp_path: Path):
    repository.commit({FILE: code(A)}, at=day(0))
    repository.commit({FILE: code(A, B)}, at=day(1))
    repository.git("clone", "--quiet", "--depth=1", f"file://{repository.folder}", str(tmp_path / "clone"))

    with pytest.raises(NoHistory, match=r"^this is a shallow clone, `git fetch --unshallow` gets its history$"):
        read(file=tmp_path / "clone" / FILE)


def test_without_a_repository_there_is_no_history(tmp_path: Path):
    (tmp_path / "x.py").write_text(code(A))

    with pytest.raises(NoHistory, match=r"^git says: fatal: not a git repository"):
        read(file=tmp_path / "x.py")


def test_without_git_there_is_no_history(repository: GitRepository, monkeypatch: pytest.MonkeyPatch):
    repository.commit({FILE: code(A)}, at=day(0))
    monkeypatch.setenv("PATH", "")

    with pytest.raises(NoHistory, match=r"^git cannot be run \(No such file or directory\)$"):
        read(file=repository.folder / FILE)


def test_how_a_developer_likes_the_output_of_git_does_not_matter(repository: GitRepository):
    for name, value in {
        "color.ui": "always",
        "log.showSignature": "true",
        "core.abbrev": "4",
        "grep.lineNumber": "true",
        "log.follow": "true",
        "diff.renames": "copies",
    }.items():
        repository.git("config", name, value)
    repository.commit({"ä ö.py": code(A), "m/0001 ü.py": "x"}, at=day(0))
    repository.commit({"ä ö.py": None, FILE: code(A)}, at=day(1))

    history = read(file=repository.folder / FILE, others=[repository.folder / "m/0001 ü.py"])

    assert history.entries == {A: Arrival(1, day(0))}
    assert history.files == {repository.folder / "m/0001 ü.py": Arrival(1, day(0))}


def test_other_files_are_there_since_they_were_added_last(repository: GitRepository, tmp_path: Path):
    repository.commit({FILE: code(A), "m/1.py": "1"}, at=day(0))
    repository.commit({"m/1.py": None}, at=day(1))
    repository.commit({"m/1.py": "1", "m/2.py": "2"}, at=day(2))
    repository.git("switch", "--quiet", "--create", "topic")
    repository.commit({"m/3.py": "3"}, at=day(3))
    repository.git("switch", "--quiet", "main")
    repository.commit({"m/1.py": "changed"}, at=day(4))
    repository.git("merge", "--quiet", "--no-ff", "topic", at=day(9))
    folder = repository.folder / "m"
    others = [*(folder / f"{number}.py" for number in (1, 2, 3, 4)), tmp_path / "outside.py"]

    files = read(file=repository.folder / FILE, others=others).files

    assert files == {
        folder / "1.py": Arrival(2, day(2)),
        folder / "2.py": Arrival(2, day(2)),
        folder / "3.py": Arrival(0, day(9)),
    }


@pytest.mark.parametrize("commits", [3, 300])
def test_a_long_history_takes_no_more_processes_than_a_short_one(repository: GitRepository, commits: int):
    repository.import_line((day(number), {FILE: code(A) + f"x = {number}\n"}) for number in range(commits))
    repository.git("reset", "--quiet", "--hard")

    with mock.patch.object(subprocess, "Popen", side_effect=subprocess.Popen) as started:
        assert since(repository) == {A: 0}

    assert started.call_count == 5


KEYS = [A, B, C, ("groq", "d")]
LAYOUTS = (
    lambda keys: code(*keys),
    lambda keys: f"DELETED_MODELS = {[(*key, 'x') for key in keys]!r}\n",
    lambda keys: (
        f"# {'long ' * 99}\nDELETED_MODELS: list = [{', '.join(f'Deleted(*{key}, name={key[1]!r}, provider={key[0]!r})' for key in keys)}]\n"
    ),
)
STATES = st.lists(
    st.tuples(st.sets(st.sampled_from(KEYS)), st.sampled_from(LAYOUTS), st.sampled_from(["a.py", "b/c.py", "d.py"])),
    min_size=1,
    max_size=8,
)


def model_of(states: list[Collection[tuple[str, str]]]) -> dict[tuple[str, str], int]:
    """Return the first state of the unbroken run of each entry that the last state has."""
    return {
        key: max((number for number, keys in enumerate(states) if key not in keys), default=-1) + 1
        for key in states[-1]
    }


@given(states=STATES)
@settings(max_examples=25)
def test_whatever_happens_to_list_and_file_the_unbroken_run_counts(tmp_path_factory, states):
    repository = GitRepository(tmp_path_factory.mktemp("line"))
    repository.import_line((day(number), {file: layout(keys)}) for number, (keys, layout, file) in enumerate(states))
    repository.git("reset", "--quiet", "--hard")

    assert since(repository, file=states[-1][2]) == model_of([keys for keys, _, _ in states])


@pytest.mark.parametrize(
    ("text", "entries"),
    [
        ("", None),
        ("x = [", None),
        ("DELETED_MODELS = load()\n", None),
        ("def f():\n    DELETED_MODELS = []\n", None),
        ("DELETED_MODELS = []\n", set()),
        (
            'DELETED_MODELS = [("openai",), (1, "b"), ("openai", B), x, *y, f("openai"), Deleted("openai", name=b)]\n',
            set(),
        ),
        ('DELETED_MODELS = [("openai", "a")]\nDELETED_MODELS = [("openai", "b")]\n', {B}),
        ("\0", None),
    ],
)
def test_what_code_lists(text: str, entries: set[tuple[str, str]] | None):
    assert listed(text.encode()) == entries
