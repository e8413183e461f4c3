"""Tests reach the code as its users do: none patches or calls a private name of ours.

A private name may change with any change, and a patched one proves nothing of what runs in production.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.processes import ROOT

INSTEAD = (
    "Interrupt work through its lease (FreeLease and interrupted_at in tests/unit/model_retirement/removal/removals.py), have "
    "something happen before a statement (tests/statements.py), kill or cut a process (tests/integration/faults.py), or "
    "give the code an argument whose default is the real thing. What a test calls has a public name."
)
PATCHES = {"setattr", "delattr", "patch", "object"}
"""Functions that put something else in the place of a name, of pytest's monkeypatch and of unittest.mock."""

NOT_OURS = {
    "_actions": "argparse has no other way to list a parser's options",
    "_base_manager": "Django documents it",
    "_commit": "the moment of a commit has no hook in Django",
    "_exit": "os._exit is public in spite of its name",
    "_meta": "Django documents it",
    "_option_string_actions": "argparse has no other way to list a parser's options",
    "_raw_delete": "Django's deletion without what on_delete would do, which is what such a row's test is about",
    "_registry": "Django's admin has no other way to list what is registered",
    "_replace": "namedtuple documents it",
    "_SubParsersAction": "argparse has no other way to list a parser's subcommands",
}
"""Private names of others that tests read, and why."""


def modules() -> list[Path]:
    """Return the modules of tests and benchmarks."""
    return sorted([*(ROOT / "tests").rglob("*.py"), *(ROOT / "benchmarks").rglob("*.py")])


def private_uses(tree: ast.AST) -> Iterator[str]:
    """Yield where a module reads, imports or patches a private name that is not its own."""
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id="self" | "cls")):
                pass
            case ast.Attribute(attr=name) if is_private(name):
                yield f"line {node.lineno} uses {name}"
            case ast.ImportFrom(names=aliases):
                yield from (f"line {node.lineno} imports {alias.name}" for alias in aliases if is_private(alias.name))
            case ast.Call(func=ast.Attribute(attr=function) | ast.Name(id=function)) if function in PATCHES:
                yield from (f"line {node.lineno} patches {name}" for name in patched(node) if is_private(name))


def patched(call: ast.Call) -> Iterator[str]:
    """Yield the parts of the names that are written out in the call: ``"a.b._c"`` or ``thing, "_c"``."""
    for argument in call.args[:2]:
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
            yield from argument.value.split(".")


def is_private(name: str) -> bool:
    """Return whether a name is private and none of those that tests have a reason to use."""
    return name.startswith("_") and not name.startswith("__") and name not in NOT_OURS


def test_no_test_uses_a_private_name():
    uses = [
        f"{path.relative_to(ROOT)}: {use}" for path in modules() for use in private_uses(ast.parse(path.read_text()))
    ]
    assert uses == [], INSTEAD


@pytest.mark.parametrize(
    ("code", "number"),
    [
        ('monkeypatch.setattr(module, "_private", 1)', 1),
        ('monkeypatch.setattr("package.module._private", 1)', 1),
        ('monkeypatch.setattr("package._module.public", 1)', 1),
        ('mock.patch("package.module._private")', 1),
        ('patch("package.module._private")', 1),
        ('mock.patch.object(module, "_private")', 1),
        ('monkeypatch.delattr(module, "_private")', 1),
        ('setattr(thing, "_private", 1)', 1),
        ("module._private = 1", 1),
        ("module._private(1)", 1),
        ("from package.module import _private", 1),
        ('monkeypatch.setattr(module, "public", 1)', 0),
        ("Model._meta.db_table", 0),
        ("self._own = 1", 0),
        ("module.__file__", 0),
        ("_, name = pair", 0),
    ],
)
def test_a_private_name_would_be_found(code: str, number: int):
    assert len(list(private_uses(ast.parse(code)))) == number
