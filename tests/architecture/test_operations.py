"""``docs/operations.md`` names every system check and every environment variable, and no others."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from tests.processes import ENGINE, ROOT

OPERATIONS = (ROOT / "docs/operations.md").read_text()
CHECK_ID = re.compile(r"\b[a-z_]+\.[EW]\d{3}\b")


def first_cells(heading: str) -> set[str]:
    """Return the names in the first column of the table below a heading."""
    section = OPERATIONS.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return set(re.findall(r"^\| `([^`]+)`", section, re.MULTILINE))


def strings(folder: Path) -> set[str]:
    """Return the strings in the Python files below a folder."""
    trees = [ast.parse(file.read_text()) for file in folder.rglob("*.py")]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    return {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def variables_read_in(source: str) -> set[str]:
    """Return the names that code asks ``env`` or ``os.environ`` for."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Attribute(value=owner, attr=how), args=[ast.Constant(value=str(name)), *_]):
                # A default that is set is for whoever reads it.
                asked = ast.unparse(owner) in {"env", "os.environ"} and how != "setdefault"
            case ast.Subscript(value=owner, slice=ast.Constant(value=str(name))):
                asked = ast.unparse(owner) == "os.environ"
            case _:
                continue
        if asked:
            names.add(name)
    return names


def test_every_system_check_is_described():
    in_code = {text for text in strings(ROOT / "apps") | strings(ENGINE) if CHECK_ID.fullmatch(text)}
    assert len(in_code) > 20
    assert first_cells("System checks") == in_code


def test_every_environment_variable_is_described():
    sources = [path for folder in (ROOT / "apps", ROOT / "config", ENGINE) for path in folder.rglob("*.py")]
    read = {name for path in sources for name in variables_read_in(path.read_text())}
    assert "DATABASE_URL" in read
    assert first_cells("Environment") == read


def test_a_variable_that_nobody_describes_would_be_found():
    assert variables_read_in('env.float("A", default=1)\nos.environ["B"]\nos.environ.get("C")\nother("D")') == set(
        "ABC"
    )
