"""``llm_models reconcile``: what it prints, when it fails, and what it finds in a real feed."""

from __future__ import annotations

import json

import pytest

from tests.processes import ROOT
from tests.unit.data_migrations.test_llm_models import typed

FEED = ROOT / "tests/data/deprecations_feed.json"
RECONCILED = ROOT / "tests/data/reconciled.json"

pytestmark = pytest.mark.usefixtures("pinned_catalogue")


def reconciled(capsys, *arguments: object) -> tuple[int, str, str]:
    return typed(capsys, "reconcile", "--feed", str(FEED), *(str(argument) for argument in arguments))


def test_a_real_feed_and_a_real_catalogue_give_what_was_reviewed(capsys):
    status, output, error = reconciled(capsys, "--as-of", "2026-08-18", "--format", "json")
    assert (status, error) == (0, "")
    assert json.loads(output) == json.loads(RECONCILED.read_text())


def test_old_snapshots_do_not_retire_their_alias(capsys):
    """The feed knows ``gpt-4o-2024-05-13`` alone, which retires on 2026-10-23; gpt-4o goes on."""
    _, output, _ = reconciled(capsys, "--as-of", "2027-01-01", "--format", "json")
    found = {(one["provider"], one["name"]): one["finding"] for one in json.loads(output)}
    assert ("openai", "gpt-4o") not in found
    assert found["openai", "gpt-5"] == "retired"


def test_the_table_is_neither_cut_nor_wrapped_and_ends_with_a_summary(capsys):
    status, output, error = reconciled(capsys, "--as-of", "2026-08-18", "--within", 50)
    assert (status, error) == (0, "")
    lines = [line.split() for line in output.splitlines()]
    assert lines[1] == [
        "retired",
        "groq/gemma-7b-it",
        "2024-12-18",
        "gemma2-9b-it",
        "https://console.groq.com/docs/deprecations#december-18-2024-gemma-7b",
    ]
    assert output.splitlines()[-1] == "21 findings as of 2026-08-18: 10 retired, 3 retiring, 8 deprecated."


def test_findings_are_a_failure_where_that_is_asked_for(capsys):
    status, output, error = reconciled(capsys, "--as-of", "2026-08-18", "--exit-code", "--format", "json")
    assert (status, len(json.loads(output))) == (1, 34)
    assert error == (
        "CommandError: 34 findings as of 2026-08-18: 10 retired, 15 retiring, 1 replacement retired, 8 deprecated. "
        "Look at each, and fix default_models.py.\n"
    )


def test_nothing_to_report_is_said_and_no_failure(capsys):
    assert reconciled(capsys, "--as-of", "2020-01-01", "--exit-code") == (
        0,
        "Nothing in the feed asks for a change, as of 2020-01-01.\n",
        "",
    )
    assert reconciled(capsys, "--as-of", "2020-01-01", "--format", "json") == (0, "[]\n", "")


def test_without_a_day_it_is_today(capsys, time_machine):
    time_machine.move_to("2024-12-19 12:00 +0000")
    assert reconciled(capsys, "--within", 0)[1].splitlines()[-1] == "1 finding as of 2024-12-19: 1 retired."


@pytest.mark.parametrize("as_json", [True, False])
def test_an_unusable_feed_is_one_line_and_says_nothing_else(capsys, tmp_path, as_json):
    feed = tmp_path / "feed.json"
    feed.write_text("{")
    status, output, error = typed(capsys, "reconcile", "--feed", str(feed), *(["--format", "json"] if as_json else []))
    assert (status, output, len(error.splitlines())) == (1, "", 1)
    assert "is not a feed of the expected format" in error


def test_a_catalogue_that_cannot_be_read_is_one_line(capsys, monkeypatch):
    monkeypatch.setattr("apps.service_providers.llm_service.default_models.DELETED_MODELS", [1])
    status, output, error = reconciled(capsys)
    assert (status, output, len(error.splitlines())) == (1, "", 1)
    assert "DELETED_MODELS[0] is 1, no removal." in error


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--as-of", "tomorrow"], "argument --as-of: 'tomorrow' is not a day in the form 2026-10-23"),
        (["--within", "-1"], "argument --within: '-1' is not a number of days, 0 or more, of at most 7 digits"),
        (["--within", "²"], "argument --within: '²' is not a number of days, 0 or more, of at most 7 digits"),
        (
            ["--within", "9" * 5_000],
            f"argument --within: '{'9' * 20}...' is not a number of days, 0 or more, of at most 7 digits",
        ),
    ],
)
def test_options_that_make_no_sense_are_refused(capsys, arguments, line):
    assert reconciled(capsys, *arguments) == (
        1,
        "",
        f"CommandError: {line}. See `python manage.py llm_models reconcile --help`.\n",
    )


def test_the_feed_is_required(capsys):
    status, _, error = typed(capsys, "reconcile")
    assert (status, "the following arguments are required: --feed" in error) == (1, True)
