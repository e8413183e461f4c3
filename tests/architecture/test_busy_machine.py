"""Tests hold on a machine that is busy with something else: none of them is about seconds."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.processes import ROOT

CONFTEST = ROOT / "tests/conftest.py"
PROFILES = "the profile in tests/conftest.py says it for all tests"


def modules() -> list[Path]:
    """Return the modules of the tests."""
    return sorted((ROOT / "tests").rglob("*.py"))


def own_ceilings(tree: ast.AST) -> Iterator[str]:
    """Yield what a module says of deadlines and health checks of its properties."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.keyword):
            continue
        if node.arg == "deadline" and not (isinstance(node.value, ast.Constant) and node.value.value is None):
            yield f"line {node.value.lineno} sets a deadline: {PROFILES}"
        if node.arg == "suppress_health_check":
            yield f"line {node.value.lineno} replaces the health checks that are left out: {PROFILES}"


def test_properties_have_no_deadline_unless_a_test_sets_one():
    profile = settings.default
    assert profile is not None
    assert profile.deadline is None
    assert settings(max_examples=1).deadline is None
    assert {HealthCheck.too_slow, HealthCheck.function_scoped_fixture} <= set(profile.suppress_health_check)


def test_no_test_sets_a_deadline():
    deadlines = [
        f"{path.relative_to(ROOT)}: {ceiling}"
        for path in modules()
        if path != CONFTEST
        for ceiling in own_ceilings(ast.parse(path.read_text()))
    ]
    assert deadlines == []


@pytest.mark.parametrize(
    ("code", "number"),
    [
        ("settings(max_examples=5)", 0),
        ("settings(deadline=None)", 0),
        ("settings(deadline=200)", 1),
        ("settings(deadline=timedelta(seconds=1))", 1),
        ("settings(suppress_health_check=[HealthCheck.function_scoped_fixture])", 1),
    ],
)
def test_a_deadline_would_be_found(code: str, number: int):
    assert len(list(own_ceilings(ast.parse(code)))) == number
