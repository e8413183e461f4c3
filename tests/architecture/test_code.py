"""Habits that no linter holds: docstrings where there is something to say, and modules that fit in a head."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import AppConfig
from django.contrib.admin.options import BaseModelAdmin
from django.db.models import Choices

from tests.processes import ENGINE, ROOT

MOST_LINES = 300
DATA_ONLY = {"default_models.py"}  # one line an entry, however many entries there are

# Classes that are declarations to Django and have nothing to add to them.
DECLARATIONS = (AppConfig, BaseModelAdmin, Choices)
# Questions of Django's admin, which a mixin answers without inheriting them.
ADMIN_HOOK = re.compile(r"has_\w+_permission")


def modules() -> list[Path]:
    """Return the modules of the engine and of the apps; migrations are Django's to write."""
    paths = [*sorted(ENGINE.rglob("*.py")), *sorted((ROOT / "apps").rglob("*.py"))]
    return [path for path in paths if "migrations" not in path.parts[-2:-1]]


def lacking_docstring(path: Path) -> Iterator[str]:
    """Yield the public functions and classes of a module that say nothing of themselves."""
    root = ENGINE.parent if path.is_relative_to(ENGINE) else ROOT
    dotted = ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")
    module = importlib.import_module(dotted)
    tree = ast.parse(path.read_text())
    if tree.body and not ast.get_docstring(tree):
        yield dotted
    yield from _lacking(tree.body, inside=vars(module), bases=(), dotted=dotted)


def _lacking(body: list[ast.stmt], *, inside: dict[str, object], bases: tuple[type, ...], dotted: str) -> Iterator[str]:
    for node in body:
        if not isinstance(node, ast.FunctionDef | ast.ClassDef) or not _is_asked(node, inside=inside, bases=bases):
            continue
        if not ast.get_docstring(node):
            yield f"{dotted}.{node.name}"
        if isinstance(node, ast.ClassDef):
            cls = inside[node.name]
            assert isinstance(cls, type)
            yield from _lacking(
                node.body, inside=dict(vars(cls)), bases=cls.__mro__[1:], dotted=f"{dotted}.{node.name}"
            )


def _is_asked(node: ast.FunctionDef | ast.ClassDef, *, inside: dict[str, object], bases: tuple[type, ...]) -> bool:
    """Return whether a docstring is asked of a definition."""
    if node.name.startswith("_") or node.name == "Meta" or ADMIN_HOOK.fullmatch(node.name):  # private, or Django's
        return False
    if isinstance(node, ast.ClassDef):
        defined = inside[node.name]
        return not (isinstance(defined, type) and issubclass(defined, DECLARATIONS))
    return not any(node.name in vars(base) for base in bases)  # what overrides is described where it comes from


def test_everything_public_says_what_it_does():
    assert [name for path in modules() for name in lacking_docstring(path)] == []


@pytest.mark.parametrize(
    ("code", "lacking"),
    [
        ("def f(): ...", True),
        ("class C: ...", True),
        ('class C:\n "C."\n def f(self): ...', True),
        ("def _f(): ...", False),
        ('class C(dict):\n "C."\n def keys(self): ...', False),
        ('class C:\n "C."\n def __len__(self): ...', False),
    ],
)
def test_a_missing_docstring_would_be_found(code: str, lacking: bool):
    scope: dict[str, object] = {}
    exec(code, scope)
    assert bool(list(_lacking(ast.parse(code).body, inside=scope, bases=(), dotted=""))) is lacking


def test_no_module_is_longer_than_a_head_can_hold():
    paths = [*modules(), *(ROOT / "config").rglob("*.py"), *(ROOT / "benchmarks").rglob("*.py")]
    lines = {path: len(path.read_text().splitlines()) for path in paths if path.name not in DATA_ONLY}
    assert {str(path): count for path, count in lines.items() if count > MOST_LINES} == {}


def test_no_two_classes_of_the_engine_share_a_name():
    """Who reads a name in a message or in a search has one class to look for; Django gives some names itself."""
    places: dict[str, list[str]] = {}
    for path in sorted(ENGINE.rglob("*.py")):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.ClassDef) and node.name not in {"Command", "Migration"}:
                places.setdefault(node.name, []).append(path.relative_to(ENGINE).as_posix())
    assert {name: paths for name, paths in places.items() if len(paths) > 1} == {}
