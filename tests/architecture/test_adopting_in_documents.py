"""``docs/adopting.md`` names every setting, every method of the adapter and every check of a host, and no others.

Its code of other platforms is theirs."""

from __future__ import annotations

import ast
import re

import pytest

from model_retirement.platform import Platform
from tests.architecture.documents import Block, noted_blocks
from tests.processes import ENGINE, ROOT

ADOPTING = (ROOT / "docs/adopting.md").read_text()
SETTING = re.compile(r"MODEL_RETIREMENT_[A-Z_]+")
CHECK_OF_A_HOST = re.compile(r"model_retirement\.E[12]\d\d")


def first_cells(heading: str) -> list[str]:
    """Return the code that each row of the first table below a heading begins with."""
    section = ADOPTING.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return re.findall(r"^\| `([^`]+)`", section, re.MULTILINE)


def strings(pattern: re.Pattern[str]) -> set[str]:
    """Return the strings in the engine's code that are wholly of this form."""
    trees = [ast.parse(file.read_text()) for file in ENGINE.rglob("*.py")]
    nodes = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    return {node.value for node in nodes if isinstance(node.value, str) and pattern.fullmatch(node.value)}


def test_every_setting_is_described():
    in_code = strings(SETTING)
    assert "MODEL_RETIREMENT_TEAM_MODEL" in in_code
    assert sorted(first_cells("Settings")) == sorted(in_code)


def test_every_method_of_the_adapter_is_described():
    methods = [name for name in vars(Platform) if not name.startswith("_")]
    assert [cell.partition("(")[0] for cell in first_cells("The adapter")] == methods


@pytest.mark.parametrize("method", first_cells("The adapter"))
def test_a_method_of_the_adapter_is_described_with_what_it_is_given(method: str):
    name, _, arguments = method.rstrip(")").partition("(")
    given = [argument for argument in Platform.__dict__[name].__annotations__ if argument != "return"]
    assert re.findall(r"(\w+)=", arguments) == given


def test_every_check_of_a_host_is_described():
    in_code = strings(CHECK_OF_A_HOST)
    assert "model_retirement.E201" in in_code
    assert first_cells("What check says of a host") == sorted(in_code)


CODE_OF_HOSTS = [
    block for block in noted_blocks(ROOT / "docs/adopting.md") if block.host and block.language == "python"
]


@pytest.mark.parametrize("block", CODE_OF_HOSTS, ids=lambda block: block.code.partition("\n")[0])
def test_code_of_another_platform_is_what_that_has(block: Block):
    """The tests of the platform run it."""
    name, _, code = block.code.partition("\n")
    lines = (ROOT / "tests/hosts" / block.host / name.removeprefix("# ")).read_text().splitlines()
    there = [line.partition("  # host:")[0] for line in lines if not line.startswith("# host:")]
    for part in code.strip().split("\n\n\n"):
        assert part in "\n".join(there), "Copy it from the platform, without the comments that begin with host:"


def test_code_of_both_other_platforms_is_shown():
    assert {block.host for block in CODE_OF_HOSTS} == {"bare", "inbox"}
