"""The documents as tests read them: their blocks of code, and what those hold."""

from __future__ import annotations

import dataclasses
import re
import textwrap
from collections.abc import Iterator, Sequence
from email.message import EmailMessage
from pathlib import Path

from tests.processes import ROOT

DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]

LANGUAGES = {"bash", "console", "python", "json", "text"}
"""What a fence may say. Commands stand in ``bash``, or in ``console`` with what they print, and nowhere else."""

AS_IN = "as in "

_FENCED = re.compile(r"^( *)```(\w+)\n(.*?)^\1```", re.DOTALL | re.MULTILINE)
_NOTED = re.compile(
    r"(?:^ *<!-- run: (?P<notes>[^\n]*) -->\n)?^(?P<indent> *)```(?P<language>\S*)\n(?P<code>.*?)^(?P=indent)```",
    re.DOTALL | re.MULTILINE,
)
_SPAN = re.compile(r"`([^`\n]+)`")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
_DAY = re.compile(r"\d{1,2} [A-Z][a-z]+ \d{4}|\d{4}-\d\d-\d\d")


@dataclasses.dataclass(frozen=True)
class Step:
    """A command of a console block, and the lines that the document says it prints; ``...`` stands for any lines."""

    command: str
    lines: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class Block:
    """A block of code, with the notes for whoever runs it: ``<!-- run: after a removal, fails -->`` in the line above."""

    language: str
    code: str
    notes: tuple[str, ...]

    @property
    def host(self) -> str:
        """The folder in ``tests/hosts`` that has this code, ``<!-- run: in a host, as in inbox -->``, or nothing."""
        return next((note.removeprefix(AS_IN) for note in self.notes if note.startswith(AS_IN)), "")

    @property
    def steps(self) -> list[Step]:
        """The commands in it. Those of ``bash`` are a line each, or several that end in a backslash but for the last."""
        if self.language == "console":
            return list(steps(self.code))
        lines = re.sub(r"\\\n *", "", self.code).splitlines()
        return [Step(line, ("...",)) for line in lines if line and not line.startswith("#")]


def noted_blocks(document: Path) -> list[Block]:
    """Return all blocks of a document, in order."""
    return [
        Block(
            language=match["language"],
            code=textwrap.dedent(match["code"]),
            notes=tuple(note.strip() for note in (match["notes"] or "").split(",") if note.strip()),
        )
        for match in _NOTED.finditer(document.read_text())
    ]


def blocks(document: Path, language: str) -> list[str]:
    """Return a document's blocks of one language, in order."""
    return [textwrap.dedent(code) for _, tag, code in _FENCED.findall(document.read_text()) if tag == language]


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


def journey_of_the_readme() -> str:
    """Return the README's block that shows what ``make demo`` does."""
    return next(block for block in blocks(ROOT / "README.md", "console") if "load_demo" in block)


def assert_mail_is_shown(mails: Sequence[EmailMessage]) -> None:
    """Check that one of these e-mails is the one that the README shows."""
    subject, *lines = blocks(ROOT / "README.md", "text")[0].splitlines()
    shown = subject.removeprefix("Subject: ")
    (mail,) = (mail for mail in mails if _any_day(mail["Subject"]) == _any_day(shown))
    body = mail.get_body(("plain",))
    assert body is not None
    assert_printed(tuple(lines), body.get_content())


def _any_day(subject: str) -> str:
    """Return a subject without the day in it, which differs from run to run."""
    return _DAY.sub("DAY", subject).strip()


def _plain(line: str) -> str:
    """Return a line without what differs from run to run: times and days, and the width of columns."""
    return " ".join(_DAY.sub("DAY", _MOMENT.sub("TIME", line)).split())
