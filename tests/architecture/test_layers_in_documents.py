"""The layers of ADR 1 are those that import-linter holds, and every app and every part of the engine has its place."""

from __future__ import annotations

import configparser
import re

from tests.processes import ENGINE, ROOT

ADR = (ROOT / "docs/adr/0001-layers-and-the-reference-registry.md").read_text()


def told_layers(heading: str) -> list[set[str]]:
    """Return the names of each layer in one of the ADR's tables, from the top.

    :param heading: of the table's second column
    """
    table = ADR.partition(f"| layer | {heading} |\n")[2].partition("\n\n")[0]
    rows = re.findall(r"^\| [^|`]+ \| (.+) \|$", table, re.MULTILINE)
    layers = [set(re.findall(r"`([\w.]+)`", row)) for row in rows]
    return [layer for layer in layers if layer]


def held_layers(contract: str) -> list[set[str]]:
    """Return the names of each layer in one of import-linter's contracts, from the top."""
    contracts = configparser.ConfigParser()
    contracts.read(ROOT / ".importlinter")
    lines = contracts[f"importlinter:contract:{contract}"]["layers"].split("\n")
    return [{name.strip() for name in line.split("|")} for line in lines if line.strip()]


def test_the_adr_tells_the_layers_that_are_held():
    assert told_layers("apps") == held_layers("layers-of-the-platform")
    assert told_layers("parts") == held_layers("layers-of-the-engine")


def test_every_app_has_a_layer():
    """Rule 4 rests on it: an app that nobody placed could be imported by the core, which must not know its users."""
    apps = {f"apps.{path.parent.name}" for path in (ROOT / "apps").glob("*/apps.py")}
    assert {name for layer in told_layers("apps") for name in layer} == apps


def test_every_part_of_the_engine_has_a_layer():
    modules = {path.stem for path in ENGINE.glob("*.py")} - {"__init__"}
    packages = {path.parent.name for path in ENGINE.glob("*/__init__.py")} - {"migrations"}
    assert {name for layer in told_layers("parts") for name in layer} == modules | packages
