"""Commands hand data over as arguments and results, never through attributes."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.processes import ENGINE

MANAGEMENT = [path for path in ENGINE.rglob("*.py") if {"management", "data_migrations"} & {*path.parts}]

DJANGO_S_OWN = {"_called_from_command_line"}
"""Attributes that Django's own methods read."""


def attributes_set(source: str) -> Iterator[str]:
    """Yield the attributes that methods set on their own object outside its constructor."""
    for cls in ast.walk(ast.parse(source)):
        if isinstance(cls, ast.ClassDef) and cls.name.endswith(("Command", "Stderr")):
            for method in cls.body:
                if isinstance(method, ast.FunctionDef) and method.name != "__init__":
                    yield from _set_in(method)


def _set_in(method: ast.FunctionDef) -> Iterator[str]:
    for node in ast.walk(method):
        if (
            isinstance(node, ast.Attribute)
            and isinstance(node.ctx, ast.Store)
            and isinstance(node.value, ast.Name)
            and node.value.id == "self"
        ):
            yield node.attr


@pytest.mark.parametrize("path", sorted(MANAGEMENT), ids=lambda path: path.stem)
def test_no_method_of_a_command_leaves_data_on_it_for_another_one(path: Path):
    assert set(attributes_set(path.read_text())) - DJANGO_S_OWN == set()


def test_data_left_on_a_command_would_be_found():
    source = """
class Command:
    def __init__(self):
        self.made = 1
    def handle(self):
        self.report: int = 2
        self.today, other.x = 3, 4
        self.console.width = 5
"""
    assert sorted(attributes_set(source)) == ["report", "today"]
