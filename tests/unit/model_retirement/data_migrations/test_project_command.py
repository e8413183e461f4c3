"""Subcommands take Django's common options, and their errors lead to their own help."""

from __future__ import annotations

import pytest
from django.core.management import get_commands, load_command_class
from django.core.management.base import BaseCommand, CommandError

SUBCOMMANDS = [("custom_migrations", "list"), ("llm_models", "usage"), ("llm_models", "removals")]


def command(name: str) -> BaseCommand:
    app = get_commands()[name]
    assert isinstance(app, str)
    return load_command_class(app, name)


@pytest.mark.parametrize(("name", "subcommand"), SUBCOMMANDS)
@pytest.mark.parametrize(
    ("option", "key", "value"),
    [
        (["--no-color"], "no_color", True),
        (["--force-color"], "force_color", True),
        (["--traceback"], "traceback", True),
        (["-v", "2"], "verbosity", 2),
        (["--settings", "x"], "settings", "x"),
        (["--pythonpath", "x"], "pythonpath", "x"),
    ],
)
def test_common_options_may_stand_before_and_after_a_subcommand(name, subcommand, option, key, value):
    parser = command(name).create_parser("manage.py", name)
    for line in ([*option, subcommand], [subcommand, *option]):
        assert vars(parser.parse_args(line))[key] == value
    assert vars(parser.parse_args([subcommand]))[key] != value


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        (["custom_migrations", "list", "--status", "gone"], "See `python manage.py custom_migrations list --help`."),
        (["custom_migrations", "list", "--frobnicate"], "unrecognized arguments: --frobnicate. See `python manage.py custom_migrations list --help`."),
        (["custom_migrations", "show"], "the following arguments are required: NAME. See `python manage.py custom_migrations show --help`."),
        (["llm_models", "usage", "--format", "xml"], "See `python manage.py llm_models usage --help`."),
        (["llm_models", "frobnicate"], "See `python manage.py llm_models --help`."),
        (["custom_migrations", "--frobnicate", "list"], "See `python manage.py custom_migrations --help`."),
    ],
)  # fmt: skip
def test_what_is_refused_leads_to_the_help_of_what_was_typed(capsys: pytest.CaptureFixture[str], line, hint):
    with pytest.raises(SystemExit) as ended:
        command(line[0]).run_from_argv(["manage.py", *line])
    assert ended.value.code == 1
    (only,) = capsys.readouterr().err.splitlines()
    assert only.endswith(hint)


def test_called_from_code_a_wrong_subcommand_raises():
    with pytest.raises(CommandError, match=r"^Error: argument --team: expected one argument$"):
        command("llm_models").create_parser("manage.py", "llm_models").parse_args(["usage", "--team"])
