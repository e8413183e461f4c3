"""Since when something has been in the main branch without a break.

What counts is the day on which it reached the main branch: the history is followed along first parents, so work on a
branch counts from its merge. The list is followed wherever it goes. Where a file does not have it any more, the file
that had it in the commit before is looked for by its content, so neither a rename nor a rewrite in the same commit, nor
a move to another file, starts the time again.
"""

from __future__ import annotations

import ast
import datetime as dt
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from model_retirement.pruning.git import NoHistory, Repository

LIST = "DELETED_MODELS"
MAIN_BRANCHES = (
    "refs/remotes/origin/HEAD",
    "refs/remotes/origin/main",
    "refs/remotes/origin/master",
    "refs/heads/main",
    "refs/heads/master",
)

Key = tuple[str, str]
Content = Callable[[str], bytes | None]


@dataclass(frozen=True)
class Arrival:
    """When something reached the main branch.

    :param commits_since: how many commits of the main branch are newer
    :param at: the date of the commit
    """

    commits_since: int
    at: dt.datetime


@dataclass(frozen=True)
class MainHistory:
    """What is in the main branch, and since when.

    :param branch: its name, such as ``origin/main``
    :param entries: the entries of ``DELETED_MODELS``, by provider and name
    :param files: the files that were asked for, as far as they are there
    """

    branch: str
    entries: Mapping[Key, Arrival]
    files: Mapping[Path, Arrival]


@dataclass(frozen=True)
class _Line:
    """The commits of the main branch, newest first, with their dates."""

    commits: list[str]
    arrivals: dict[str, Arrival]

    def before(self, commit: str) -> str | None:
        position = self.arrivals[commit].commits_since + 1
        return self.commits[position] if position < len(self.commits) else None


def read(*, file: Path, others: Collection[Path] = ()) -> MainHistory:
    """Return since when the entries in ``file`` and some other files have been in the main branch.

    :param file: ``default_models.py``
    :param others: files of the same repository
    :raises NoHistory: if git cannot tell
    """
    repository = Repository(file.parent)
    branch = _main_branch(repository)
    line = _line(repository, branch)
    paths = {str(path.relative_to(repository.top)): path for path in others if path.is_relative_to(repository.top)}
    with repository.contents() as content:
        path, known = str(file.relative_to(repository.top)), listed(file.read_bytes()) or frozenset()
        entries = _since(_versions(repository, line, content=content, path=path, known=known))
    return MainHistory(
        branch=branch.removeprefix("refs/remotes/").removeprefix("refs/heads/"),
        entries={key: line.arrivals[commit] for key, commit in entries.items()},
        files={paths[name]: line.arrivals[commit] for name, commit in _added(repository, branch, list(paths)).items()},
    )


def listed(code: bytes) -> frozenset[Key] | None:
    """Return provider and name of the entries that code spells out; None if it has no such list."""
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError):
        return None
    entries: frozenset[Key] | None = None
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.List() | ast.Tuple() as value):
                pass
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.List() | ast.Tuple() as value):
                pass
            case _:
                continue
        if name == LIST:
            entries = frozenset(key for element in value.elts if (key := _key(element)))
    return entries


def _key(node: ast.expr) -> Key | None:
    match node:
        case ast.Tuple(elts=[ast.Constant(value=str(provider)), ast.Constant(value=str(name)), *_]):
            return provider, name
        case ast.Call(args=arguments, keywords=keywords):
            # Nodes by the name of the argument; Deleted(provider, name, ...) takes both by position as well.
            given = dict(zip(("provider", "name"), arguments, strict=False)) | {
                keyword.arg or "": keyword.value for keyword in keywords
            }
            match given:
                case {"provider": ast.Constant(value=str(provider)), "name": ast.Constant(value=str(name))}:
                    return provider, name
    return None


def _main_branch(repository: Repository) -> str:
    lines = repository.ask("for-each-ref", "--format=%(refname) %(symref)", *MAIN_BRANCHES).splitlines()
    targets = dict(line.split(" ", 1) for line in lines)
    for name in MAIN_BRANCHES:
        if name in targets:
            return targets[name] or name
    raise NoHistory("git knows no main branch here, neither origin/HEAD nor main nor master")


def _line(repository: Repository, branch: str) -> _Line:
    stamped = [
        line.split() for line in repository.ask("rev-list", "--first-parent", "--timestamp", branch).splitlines()
    ]
    arrivals = {
        commit: Arrival(position, dt.datetime.fromtimestamp(int(seconds), tz=dt.UTC))
        for position, (seconds, commit) in enumerate(stamped)
    }
    return _Line(list(arrivals), arrivals)


def _versions(
    repository: Repository, line: _Line, *, content: Content, path: str, known: frozenset[Key]
) -> Iterator[tuple[str, frozenset[Key]]]:
    """Yield the states of the list from the newest to the oldest, each with the commit that brought it about.

    :param path: where the list is looked for first
    :param known: entries that it is told by where it has to be looked for
    """
    commit: str | None = line.commits[0]
    place = path if listed(content(f"{commit}:{path}") or b"") is not None else None
    while commit is not None and (place := place or _locate(repository, commit, content=content, known=known)):
        for touched in repository.ask("rev-list", "--first-parent", commit, "--", place).splitlines():
            keys = listed(content(f"{touched}:{place}") or b"")
            if keys is None:
                break
            commit, known = touched, keys
            yield touched, keys
        commit, place = line.before(commit), None


def _locate(repository: Repository, commit: str, *, content: Content, known: Collection[Key]) -> str | None:
    """Return the file that has the list in that commit; of several, the one that shares most with what is known."""
    named = repository.ask("grep", "--files-with-matches", "--fixed-strings", "-z", LIST, commit, nothing_found=1)
    lists = {name: listed(content(name) or b"") for name in named.split("\0") if name.endswith(".py")}
    sizes = {name: len(entries & set(known)) for name, entries in lists.items() if entries is not None}
    return max(sizes, key=lambda name: sizes[name]).partition(":")[2] if sizes else None


def _since(versions: Iterator[tuple[str, frozenset[Key]]]) -> dict[Key, str]:
    """Return, for each entry of the newest version, the commit since which it has been there without a break."""
    since: dict[Key, str] = {}
    present: frozenset[Key] | None = None
    for commit, entries in versions:
        present = entries if present is None else present & entries
        if not present:
            break
        since |= dict.fromkeys(present, commit)
    return since


def _added(repository: Repository, branch: str, paths: Collection[str]) -> dict[str, str]:
    """Return, for each of the paths that are there, the commit of the main branch that added it last."""
    if not paths:
        return {}
    added: dict[str, str] = {}
    commit = ""
    # What a merge brings in counts as added by it.
    walk = ("--first-parent", "--diff-merges=first-parent", "--no-renames", "--diff-filter=A")
    options = (*walk, "--name-only", "--no-show-signature", "--format=commit %H")
    for line in repository.ask("log", *options, branch, "--", *paths).splitlines():
        if line.startswith("commit "):
            commit = line.removeprefix("commit ")
        elif line:
            added.setdefault(line, commit)
    return added
