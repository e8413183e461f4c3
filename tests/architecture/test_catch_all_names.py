"""No value is called `found`, `one` or `told`: a reader would have to look up what it holds."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator

import pytest

from tests.processes import ENGINE, ROOT

CATCH_ALLS = {"found", "one", "told"}
FOLDERS = [ENGINE, *(ROOT / name for name in ("apps", "benchmarks", "config", "tests", "translations"))]
INSTEAD = "These names fit every value. Write the noun that this one is: rows, name, team, problem, reference, paths."


def catch_alls(code: str) -> Iterator[tuple[int, str]]:
    """Yield the line and name of each variable, parameter, field, function and class that has a catch-all for a name."""
    for node in ast.walk(ast.parse(code)):
        for name in _given(node):
            if name in CATCH_ALLS:
                yield node.lineno, name  # type: ignore[attr-defined]  # whatever gives a name has a line


def _given(node: ast.AST) -> Iterator[str | None]:
    """Yield the names that a node gives: what only reads a name, or passes a keyword, gives none."""
    match node:
        case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()) | ast.arg(arg=name):
            yield name
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.ExceptHandler(name=name) | ast.MatchAs(name=name) | ast.MatchStar(name=name):
            yield name
        case ast.MatchMapping(rest=name):
            yield name
        case ast.alias(name=name, asname=alias):
            yield alias or name


def test_every_value_is_called_by_what_it_is():
    paths = [path for folder in FOLDERS for path in sorted(folder.rglob("*.py"))]
    places = [
        f"{os.path.relpath(path, ROOT)}:{line}: {name}" for path in paths for line, name in catch_alls(path.read_text())
    ]
    assert not places, "\n".join([INSTEAD, *places])


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("found = 1", ["found"]),
        ("found: int", ["found"]),
        ("for one, (told, name) in rows: ...", ["one", "told"]),
        ("names = [one.name for one in rows]", ["one"]),
        ("if (told := f()): ...", ["told"]),
        ("with f() as told: ...", ["told"]),
        ("lambda one, *found, **told: 1", ["found", "one", "told"]),
        ("def found(one): ...", ["found", "one"]),
        ("async def told(*, found): ...", ["found", "told"]),
        ("class C:\n one: int\n def told(self): self.found = 1", ["found", "one", "told"]),
        ("try: ...\nexcept E as one: ...", ["one"]),
        ("import a as told\nfrom b import one", ["one", "told"]),
        ("match a:\n case [found, *one]: ...\n case {**told}: ...", ["found", "one", "told"]),
        ("told_at = found_in['one'] = f(told=a.found)", []),
        ("print(found, one.name)", []),
    ],
)
def test_a_catch_all_would_be_noticed(code: str, names: list[str]):
    assert sorted(name for _, name in catch_alls(code)) == names
