"""``llm_models reconcile``: what it prints, when it fails, and what it finds in the feeds that publishers serve."""

from __future__ import annotations

import json
from typing import Any

import pytest

from apps.service_providers.llm_service import default_models
from model_retirement.catalogue.declarations import Model
from model_retirement.feeds import reading
from tests.processes import ROOT
from tests.unit.model_retirement.feeds.samples import DATED, written
from tests.unit.model_retirement.management.test_llm_models import typed

FEEDS = ROOT / "tests/data/feeds"
PUBLISHED = sorted(path.name for path in FEEDS.glob("*.json"))
JULY, OCTOBER = "deprecations_info_data_20260724.json", "deprecations_info_data_20261002.json"
LITELLM = "litellm_model_prices_1.110.2_part.json"

pytestmark = pytest.mark.usefixtures("pinned_catalogue")


@pytest.fixture(autouse=True)
def _in_the_folder_of_the_feeds(monkeypatch):
    monkeypatch.chdir(FEEDS)


def reconciled(capsys, *arguments: object) -> tuple[int, str, str]:
    day = () if "--as-of" in arguments else ("--as-of", "2026-11-29")
    return typed(capsys, "reconcile", *(str(argument) for argument in (*arguments, *day)))


def as_json(capsys, *arguments: object) -> dict[str, Any]:
    status, output, error = reconciled(capsys, *arguments, "--format", "json")
    assert (status, error) == (0, "")
    document: dict[str, Any] = json.loads(output)
    return document


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_published_feed_and_a_real_catalogue_give_what_was_reviewed(capsys, name):
    assert as_json(capsys, "--feed", name) == json.loads((FEEDS / "expected" / name).read_text())


def test_every_format_has_a_published_feed_or_a_sample_of_one():
    formats = {reading.read(FEEDS / name).format for name in PUBLISHED}
    assert formats == set(reading.all_readers())
    assert {path.name for path in (FEEDS / "expected").iterdir()} == set(PUBLISHED)


@pytest.mark.parametrize(
    ("name", "line"),
    [
        (
            JULY,
            "deprecations_info, seen 128 days ago, on 2026-07-24; 380 of 415 rows read;"
            " covers 31 of 90 models, 6 of them by their last snapshot",
        ),
        (
            OCTOBER,
            "deprecations_info, seen 58 days ago, on 2026-10-02; 410 of 428 rows read;"
            " covers 32 of 90 models, 6 of them by their last snapshot",
        ),
        (
            "deprecations_info_jsonfeed_20260724.json",
            "deprecations_info_jsonfeed, seen 129 days ago, on 2026-07-23; 150 of 150 rows read;"
            " covers 15 of 90 models, 6 of them by their last snapshot",
        ),
        (LITELLM, "litellm, of no known day; 472 of 472 rows read; covers 57 of 90 models"),
        (
            "model_eol_openai_20260818.json",
            "model_eol, seen 103 days ago, on 2026-08-18; 194 of 194 rows read; covers 27 of 90 models",
        ),
        ("bedrock.json", "bedrock, of no known day; 0 of 2 rows read; covers 0 of 90 models"),
    ],
)
def test_the_report_begins_with_how_old_a_source_is_and_how_much_it_covers(capsys, name, line):
    status, output, error = reconciled(capsys, "--feed", name)
    assert (status, error) == (0, "")
    assert output.splitlines()[0] == f"[1] {name}: {line}"


def test_one_report_is_over_all_sources_with_conflicts_and_the_commands_to_paste(capsys):
    _, output, _ = reconciled(capsys, "--feed", JULY, OCTOBER, "--feed", LITELLM)
    lines = output.splitlines()
    assert [line[:4] for line in lines[:3]] == ["[1] ", "[2] ", "[3] "]
    assert lines[3] == (
        "Rows of providers that the platform cannot call: AWS Bedrock (17), Cohere (26), xAI (10). If one of them is"
        " yours under another name, add it to `feed_providers` of the platform's adapter."
    )
    assert lines[4] == "The sources together cover 75 of our 90 models; nothing is known of the other 15."
    gone = lines.index("2026-10-23   openai/gpt-3.5-turbo: retired, undated, replacement differs [2]")
    assert lines[gone + 1] == (
        "             replacement here gpt-4.1-mini, there gpt-5.6-terra;"
        " https://platform.openai.com/docs/deprecations#2026-04-22-legacy-gpt-model-snapshots"
    )
    assert "2026-12-01   google/gemini-2.5-pro: retiring, undated [3] gemini/gemini-2.5-pro" in lines
    haiku = (
        "2026-02-19   anthropic/claude-3-5-haiku-latest: retired, undated [2] inferred from claude-3-5-haiku-20241022"
    )
    assert haiku in lines
    replaced = lines.index("2027-01-14   openai/gpt-4-turbo: replacement retired [3] gpt-4.1")
    assert lines[replaced + 1].strip() == (
        "replacement here gpt-4.1, which goes itself, there gpt-6-luna instead of that;"
        " https://developers.openai.com/api/docs/deprecations"
    )
    assert "  azure/gpt-4o: 2026-12-09 [2], 2026-03-31 [1] (older)" in lines
    assert "  google/gemini-2.5-pro: 2026-12-01 [3], 2026-10-16 [1]" in lines
    assert lines[-4:] == [
        "These clear what points at the models, for no replacement that stays is known; name one with `--replacement`:",
        "  python manage.py llm_models retire groq/gemma-7b-it --retires-on 2024-12-18",
        "  python manage.py llm_models retire openai/chatgpt-4o-latest --retires-on 2026-02-17",
        "  python manage.py llm_models retire azure/o3 azure/o3-mini azure/o4-mini --retires-on 2026-11-19",
    ]
    assert (
        "  python manage.py llm_models retire openai/gpt-4 openai/o3-mini --retires-on 2026-10-23"
        " --replacement gpt-5.6-sol" in lines
    )
    assert (
        "  python manage.py llm_models deprecate openai/gpt-4.1 openai/gpt-4.1-mini openai/gpt-4o openai/gpt-4o-mini"
        " --retires-on 2027-01-14" in lines
    )


def test_a_source_without_days_and_replacements_is_told_without_them(capsys):
    lines = reconciled(capsys, "--feed", "gemini.json")[1].splitlines()
    legacy = lines.index("no firm day  google/gemini-2.5-pro: deprecated, unknown [1] models/gemini-2.5-pro")
    assert lines[legacy + 1].strip() == "no replacement is named"


def test_two_snapshots_of_one_feed_are_told_apart(capsys):
    document = as_json(capsys, "--feed", JULY, OCTOBER)
    assert [source["as_of"] for source in document["sources"]] == ["2026-07-24", "2026-10-02"]
    assert document["not_read"] == {"AWS Bedrock": 17, "Cohere": 26, "xAI": 10}
    of_one = {
        (finding["finding"], finding["retires_on"], finding["source"])
        for finding in document["findings"]
        if finding["name"] == "gpt-4.1"
    }
    assert of_one == {("undated", "2027-04-14", OCTOBER), ("sources_disagree", "2026-10-14", JULY)}


def test_old_snapshots_do_not_retire_their_alias(capsys):
    """The feed knows ``gpt-4o-2024-05-13`` alone, which retires on 2026-10-23; gpt-4o goes on."""
    findings = as_json(capsys, "--feed", JULY, "--as-of", "2027-01-01")["findings"]
    assert not [finding for finding in findings if (finding["provider"], finding["name"]) == ("openai", "gpt-4o")]
    assert [finding["finding"] for finding in findings if finding["name"] == "gpt-5"] == ["retired", "undated"]


def test_findings_are_a_failure_where_that_is_asked_for(capsys):
    status, output, error = reconciled(capsys, "--feed", OCTOBER, "--exit-code", "--format", "json")
    assert (status, len(json.loads(output)["findings"])) == (1, 75)
    assert error == (
        "CommandError: 75 findings as of 2026-11-29: 19 retired, 7 retiring, 8 deprecated, 32 undated, 9 replacement"
        " differs. Look at each, and fix default_models.py.\n"
    )


def declare_nothing_but(monkeypatch, *names: str) -> None:
    monkeypatch.setattr(default_models, "DEFAULT_LLM_PROVIDER_MODELS", {"openai": [Model(name, 1) for name in names]})
    monkeypatch.setattr(default_models, "DELETED_MODELS", [])


def test_that_nothing_asks_for_a_change_is_said_of_what_was_compared_alone(capsys, monkeypatch):
    declare_nothing_but(monkeypatch, "gpt-5.5", "gpt-5.6-sol", "unheard-of")
    assert reconciled(capsys, "--feed", LITELLM, "--exit-code") == (
        0,
        f"[1] {LITELLM}: litellm, of no known day; 472 of 472 rows read; covers 2 of 3 models\n"
        "The source covers 2 of our 3 models; nothing is known of the other 1.\n"
        "\n"
        "Nothing asks for a change of the 2 models that are covered, as of 2026-11-29.\n",
        "",
    )
    assert as_json(capsys, "--feed", LITELLM)["findings"] == []
    declare_nothing_but(monkeypatch, "gpt-5.5")
    assert "Nothing asks for a change of the one covered model, as of" in reconciled(capsys, "--feed", LITELLM)[1]
    declare_nothing_but(monkeypatch, "unheard-of")
    output = reconciled(capsys, "--feed", LITELLM)[1]
    assert "No source covers any of our models, so nothing was compared." in output
    assert "Nothing asks" not in output


@pytest.mark.parametrize(
    ("as_of", "age"),
    [
        ("2026-07-24", "seen the same day, on 2026-07-24"),
        ("2026-07-25", "seen 1 day ago, on 2026-07-24"),
        ("2026-07-22", "seen 2 days later, on 2026-07-24"),
        ("2126-07-24", "seen 36,524 days ago, on 2026-07-24"),
    ],
)
def test_the_age_of_a_source_is_counted_from_the_day_of_the_comparison(capsys, as_of, age):
    assert age in reconciled(capsys, "--feed", JULY, "--as-of", as_of)[1].splitlines()[0]


def test_rows_that_cannot_be_read_are_counted(capsys, tmp_path):
    document = [*DATED["deprecations_info"]("gpt-4", "2026-10-23"), 5, {"provider": "OpenAI"}]
    line = reconciled(capsys, "--feed", written(tmp_path, document))[1].splitlines()[0]
    assert "; 1 of 3 rows read (2 cannot be read); covers 1 of 90 models" in line


def test_without_a_day_it_is_today(capsys, time_machine):
    time_machine.move_to("2024-12-19 12:00 +0000")
    status, output, _ = typed(capsys, "reconcile", "--feed", JULY, "--within", "0", "--format", "json")
    names = [finding["name"] for finding in json.loads(output)["findings"] if finding["finding"] == "retired"]
    assert (status, names) == (0, ["gemma-7b-it"])


@pytest.mark.parametrize("as_json", [True, False])
@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"{", "is not valid JSON"),
        (b"[]", "is not a feed that is read here: it is an empty list. Nothing follows from it. Read are"),
        (b'{"models": [{"provider": "openai", "name": "gpt-4"}]}', "it is an object with 'models'."),
    ],
)
def test_an_unusable_feed_is_one_line_and_nothing_else_is_said(capsys, tmp_path, content, reason, as_json):
    feed = tmp_path / "feed.json"
    feed.write_bytes(content)
    output_format = ["--format", "json"] if as_json else []
    status, output, error = reconciled(capsys, "--feed", JULY, feed, *output_format)
    assert (status, output, len(error.splitlines())) == (1, "", 1)
    assert reason in error


def test_a_format_can_be_forced(capsys, tmp_path):
    feed = written(tmp_path, [{"provider": "OpenAI", "model_id": "gpt-4"}])
    assert reconciled(capsys, "--feed", feed)[0] == 1
    assert as_json(capsys, "--feed", feed, "--feed-format", "deprecations_info")["sources"][0]["models_covered"] == 1
    status, output, error = reconciled(capsys, "--feed", JULY, "--feed-format", "litellm")
    assert (status, output, len(error.splitlines())) == (1, "", 1)
    assert "has no row of the format litellm" in error


def test_a_catalogue_that_cannot_be_read_is_one_line(capsys, monkeypatch):
    monkeypatch.setattr("apps.service_providers.llm_service.default_models.DELETED_MODELS", [1])
    status, output, error = reconciled(capsys, "--feed", JULY)
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
        (
            ["--feed-format", "rss"],
            "argument --feed-format: invalid choice: 'rss' (choose from 'azure_models', 'bedrock', 'deprecations_info',"
            " 'deprecations_info_jsonfeed', 'gemini', 'litellm', 'model_eol', 'openai_models', 'openrouter')",
        ),
    ],
)
def test_options_that_make_no_sense_are_refused(capsys, arguments, line):
    status, output, error = reconciled(capsys, "--feed", JULY, *arguments)
    assert (status, output) == (1, "")
    # Python 3.12 and later quote the choices in another way.
    assert error.replace(
        "'", ""
    ) == f"CommandError: {line}. See `python manage.py llm_models reconcile --help`.\n".replace("'", "")


def test_the_feed_is_required(capsys):
    status, _, error = typed(capsys, "reconcile")
    assert (status, "the following arguments are required: --feed" in error) == (1, True)


def test_the_licences_name_every_publisher_whose_file_is_here():
    licences = (FEEDS / "LICENSES.md").read_text()
    assert all(name in licences for name in PUBLISHED)
    assert licences.count("Permission is hereby granted, free of charge") == 1
    assert all(line in licences for line in ("Copyright (c) 2025 François Leblanc", "BerriAI"))
