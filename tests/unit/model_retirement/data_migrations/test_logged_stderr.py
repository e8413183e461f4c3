"""What commands write to standard error is part of the log when the log is JSON."""

from __future__ import annotations

import io
import logging

import pytest
from django.core.management.base import CommandError

from model_retirement.contrib.migrate.management.commands import migrate
from model_retirement.data_migrations.management.commands import custom_migrations

NAMES = {
    custom_migrations.Command: "model_retirement.data_migrations.management.commands.custom_migrations",
    migrate.Command: "model_retirement.contrib.migrate.management.commands.migrate",
}


@pytest.fixture
def as_json(settings):
    settings.MODEL_RETIREMENT_LOG_FORMAT = "json"


@pytest.mark.parametrize("command", NAMES)
@pytest.mark.parametrize(
    ("words", "level"),
    [
        ("CommandError: nothing of that name", logging.ERROR),
        ("SystemCheckError: System check identified some issues:\n\nERRORS:\none", logging.ERROR),
        ("Another migrate is at work on this database; waiting for it to end.", logging.WARNING),
    ],
)
def test_words_become_a_line_of_the_log(command, words, level, as_json, caplog):
    command().stderr.write(words)
    assert caplog.record_tuples == [(NAMES[command], level, words)]


@pytest.mark.parametrize("command", NAMES)
def test_a_stream_of_ones_own_gets_the_words_themselves(command, as_json, caplog):
    stream = io.StringIO()
    command(stderr=stream).stderr.write("CommandError: no")
    assert stream.getvalue() == "CommandError: no\n"
    assert caplog.records == []


@pytest.mark.parametrize("command", NAMES)
def test_people_get_text(command, caplog, capsys):
    command().stderr.write("CommandError: no")
    assert capsys.readouterr().err == "CommandError: no\n"
    assert caplog.records == []


def test_why_a_command_line_is_refused_is_a_line_of_the_log(as_json, caplog):
    with pytest.raises(SystemExit) as ended:
        custom_migrations.Command().run_from_argv(["manage.py", "custom_migrations", "lst"])
    assert ended.value.code == 1
    (line,) = caplog.records
    assert line.levelno == logging.ERROR
    assert line.message.startswith("CommandError: argument ACTION: invalid choice: 'lst'")


def test_an_error_in_code_is_raised_as_ever(as_json, caplog):
    with pytest.raises(CommandError):
        custom_migrations.Command().create_parser("manage.py", "custom_migrations").parse_args(["lst"])
    assert caplog.records == []
