"""Every rule of ``docs/rules.md`` is named by a test that protects it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from tests.processes import ROOT

RULE = re.compile(r"^(\d+)\. \*\*", re.MULTILINE)
NAMED = re.compile(r"\brules? (\d+(?:(?:, | and )\d+)*)", re.IGNORECASE)
HERE = Path(__file__).parent

NUMBERS = range(1, 33)
"""Numbers that rules have."""

WRITTEN = 19
"""The rules up to this one are in the document for good; those after it come one by one, in any order."""


def rules_named_in(source: str) -> set[int]:
    """Return the rules that the docstrings and comments of test functions name."""
    lines = source.splitlines()
    tests = [
        "\n".join(lines[node.lineno - 1 : node.end_lineno])
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    ]
    return {int(number) for test in tests for mention in NAMED.findall(test) for number in re.findall(r"\d+", mention)}


def test_every_rule_has_a_test_that_names_it():
    rules = [int(number) for number in RULE.findall((ROOT / "docs/rules.md").read_text())]
    assert rules == [number for number in NUMBERS if number <= WRITTEN or number in rules], (
        "a rule is missing or misplaced"
    )
    files = [path for path in (ROOT / "tests").rglob("test_*.py") if not path.is_relative_to(HERE)]
    named = {rule for path in files for rule in rules_named_in(path.read_text())}
    assert set(rules) - named == set(), "rules without a test: write one, and name the rule in its docstring"
    assert named - set(rules) == set(), "rules that docs/rules.md does not have"


def test_only_tests_count():
    source = '''
"""About rule 1."""
def helper():
    """Serves rule 2."""
def test_it():
    """Rule 3 and, with it, rules 4, 5 and 16."""  # RULE 6
'''
    assert rules_named_in(source) == {3, 4, 5, 6, 16}
