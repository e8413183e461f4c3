"""The layers of ADR 1 are those that import-linter holds, and every app has its place in them."""

from __future__ import annotations

import configparser
import re

from tests.processes import ROOT

ADR = (ROOT / "docs/adr/0001-layers-and-the-reference-registry.md").read_text()


def told_layers() -> list[set[str]]:
    """Return the apps of each layer in the ADR's table, from the top."""
    rows = re.findall(r"^\| [^|`]+ \| (.+) \|$", ADR, re.MULTILINE)
    layers = [set(re.findall(r"`(apps\.[\w.]+)`", row)) for row in rows]
    return [layer for layer in layers if layer]


def held_layers() -> list[set[str]]:
    """Return the apps of each layer in import-linter's contract, from the top; the run-once framework is one layer."""
    contracts = configparser.ConfigParser()
    contracts.read(ROOT / ".importlinter")
    lines = contracts["importlinter:contract:layers"]["layers"].split("\n")
    layers = [{name.strip() for name in line.split("|")} for line in lines if line.strip()]
    framework = [layer for layer in layers[1:] if any(name.startswith("apps.data_migrations") for name in layer)]
    return [*layers[: len(layers) - len(framework)], {"apps.data_migrations"}]


def test_the_adr_tells_the_layers_that_are_held():
    assert told_layers() == held_layers()


def test_every_app_has_a_layer():
    """Rule 4 rests on it: an app that nobody placed could be imported by the core, which must not know its users."""
    apps = {f"apps.{path.parent.name}" for path in (ROOT / "apps").glob("*/apps.py")}
    assert {name for layer in told_layers() for name in layer} - {"apps.data_migrations.management"} == apps
