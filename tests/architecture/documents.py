"""The documents as tests read them: their blocks of code, and what those hold."""

from __future__ import annotations

import dataclasses
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path

from tests.processes import ROOT

DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]

_FENCED = re.compile(r"^( *)```(\w+)\n(.*?)^\1```", re.DOTALL | re.MULTILINE)
_SPAN = re.compile(r"`([^`\n]+)`")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")


@dataclasses.dataclass(frozen=True)
class Step:
    """A command of a console block, and the lines that the document says it prints; ``...`` stands for any lines."""

    command: str
    lines: tuple[str, ...]


def blocks(document: Path, language: str) -> list[str]:
    """Return a document's blocks of one language, in order."""
    return [textwrap.dedent(code) for _, found, code in _FENCED.findall(document.read_text()) if found == language]


def spans(document: Path) -> list[str]:
    """Return the pieces of code within a document's sentences."""
    return _SPAN.findall(_FENCED.sub("", document.read_text()))


def steps(block: str) -> Iterator[Step]:
    """Yield the commands of a console block with what they print."""
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, *lines = part.splitlines()
        yield Step(command, tuple(lines))


def assert_printed(lines: tuple[str, ...], output: str) -> None:
    """Check that lines were printed in this order, and where no ``...`` is between them, one after the other."""
    printed = [_plain(line) for line in output.splitlines()]
    position = 0
    anywhere = False
    for line in lines:
        if line == "...":
            anywhere = True
            continue
        wanted = _plain(line)
        where = printed.index(wanted, position) if wanted in printed[position:] else None
        assert where is not None, f"never printed, or not in this order: {line}"
        assert anywhere or where == position, f"the document leaves something out before: {line}"
        position, anywhere = where + 1, False
    assert anywhere or not any(printed[position:]), (
        f"the document leaves something out at the end: {printed[position:]}"
    )


def _plain(line: str) -> str:
    """Return a line without what differs from run to run: times, and the width of columns."""
    return " ".join(_MOMENT.sub("TIME", line).split())
