"""What the documents tell people to type exists: commands with their options, targets of make, files."""

from __future__ import annotations

import argparse
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class
from django.core.management.base import BaseCommand, CommandError, CommandParser

from model_retirement.data_migrations.commands import IdempotentCommand
from tests.architecture.documents import DOCUMENTS, blocks, spans, steps
from tests.processes import ENGINE, ROOT

TYPED = re.compile(r"(?:[A-Z_]+=\S+ +)*(?:python|\.venv/bin/python) manage\.py +(.+?)(?: > \S+)?")
MAKE = re.compile(r"(?:[A-Z_]+=\S+ +)*make +(?!sure)([a-z-]+)")
LINK = re.compile(r"\]\(([^)#:]+)\)")
NAMED_FILE = re.compile(r"(?<![\w./])docs/[\w./-]+\w")  # not the docs/ of a URL
DEFINED_HERE = re.compile(r'^    migration_name = "(\w+)"$', re.MULTILINE)


def typed_lines() -> list[tuple[Path, str]]:
    """Return every line of a block that a reader is to type, with its document."""
    return [
        (document, line)
        for document in DOCUMENTS
        for line in [
            *(line.strip() for block in blocks(document, "bash") for line in block.splitlines()),
            *(step.command for block in blocks(document, "console") for step in steps(block)),
        ]
        if line and not line.startswith("#")
    ]


def command(name: str) -> BaseCommand:
    """Return a management command, or the base of one that a document defines as an example.

    :raises KeyError: if there is none
    """
    if name in {defined for document in DOCUMENTS for defined in DEFINED_HERE.findall(document.read_text())}:
        return IdempotentCommand()
    app = get_commands()[name]
    return app if isinstance(app, BaseCommand) else load_command_class(app, name)


def parser_of(name: str) -> CommandParser:
    """Return a command's parser; it raises CommandError."""
    return command(name).create_parser("manage.py", name)


def parsers(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """Yield a parser and those of its subcommands."""
    yield parser
    for action in parser._actions:  # argparse has no other way to ask
        if isinstance(action, argparse._SubParsersAction):
            for subparser in action.choices.values():
                yield from parsers(subparser)


def wrong_with(line: str) -> str:
    """Return what the parser has against a command line without ``manage.py``, or nothing."""
    name, *arguments = shlex.split(line, comments=True)
    try:
        parser_of(name).parse_args(arguments)
    except KeyError:
        return f"there is no command {name}"
    except CommandError as error:
        return str(error)
    return ""


def test_every_command_line_in_a_block_is_one_that_the_command_takes():
    typed = [(document, match[1]) for document, line in typed_lines() if (match := TYPED.fullmatch(line))]
    assert len(typed) > 20
    assert {f"{document.name}: {line}: {wrong}" for document, line in typed if (wrong := wrong_with(line))} == set()


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("remove_deprecated_model --dry-run", "no command"),
        ("remove_deprecated_models --dryrun", "unrecognized arguments"),
        ("custom_migrations lst", "invalid choice"),
        ("llm_models usage --format xml", "invalid choice"),
    ],
)
def test_a_command_line_that_does_not_exist_would_be_found(line: str, wrong: str):
    assert wrong in wrong_with(line)


def test_every_option_and_subcommand_in_a_sentence_exists():
    """Sentences have placeholders, such as RUN, so a span of code is not parsed but read."""
    ours = {name for name, app in get_commands().items() if str(app).startswith("apps.")}
    wrong = []
    for document in DOCUMENTS:
        for span in spans(document):
            name, *words = span.removeprefix("python manage.py ").split() or [""]
            if name not in ours:
                continue
            parser = parser_of(name)
            options = {option for nested_parser in parsers(parser) for option in nested_parser._option_string_actions}
            wrong += [f"{document.name}: `{span}`" for word in words if word.startswith("-") and word not in options]
            subcommands = next((a.choices for a in parser._actions if isinstance(a, argparse._SubParsersAction)), None)
            if subcommands is not None and words and words[0] not in subcommands:
                wrong.append(f"{document.name}: `{span}`")
    assert wrong == []


def test_every_command_of_the_project_is_in_the_readme():
    table = (ROOT / "README.md").read_text().partition("## Commands")[2].partition("\n## ")[0]
    described = {row.partition(" ")[0] for row in re.findall(r"^\| `([^`]+)`", table, re.MULTILINE)}
    commands = [path for part in (ROOT / "apps", ENGINE) for path in part.rglob("management/commands/*.py")]
    assert described == {path.stem for path in commands} - {"__init__", "base"}


@pytest.mark.parametrize("name", ["custom_migrations", "llm_models"])
def test_every_subcommand_is_in_the_readme(name: str):
    table = (ROOT / "README.md").read_text().partition("## Commands")[2].partition("\n## ")[0]
    rows = " ".join(row for row in table.splitlines() if row.startswith(f"| `{name} "))
    subcommands = next(a for a in parser_of(name)._actions if isinstance(a, argparse._SubParsersAction)).choices
    assert {sub for sub in subcommands if not re.search(rf"`(?:{name} )?{sub}\b", rows)} == set()


def test_every_target_of_make_exists():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {match[1] for _, line in typed_lines() if (match := MAKE.match(line))}
    named |= {match[1] for document in DOCUMENTS for span in spans(document) if (match := MAKE.match(span))}
    assert len(named) > 5
    assert named - targets == set()


def test_every_link_and_every_named_document_leads_somewhere():
    texts = [path for folder in ("apps", "config", "docs", "tests") for path in (ROOT / folder).rglob("*.*")]
    texts = [path for path in [*texts, *ROOT.glob("*.*")] if path.suffix in {".py", ".md", ".toml"}]
    named = {name for path in texts for name in NAMED_FILE.findall(path.read_text())}
    assert {name for name in named if not list(ROOT.glob(f"{name}*"))} == set()
    links = {(document, link) for document in DOCUMENTS for link in LINK.findall(document.read_text())}
    assert {f"{document.name}: {link}" for document, link in links if not (document.parent / link).exists()} == set()
