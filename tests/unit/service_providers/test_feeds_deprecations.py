"""The adapter: what it makes of a feed, and which feeds it refuses."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.service_providers.providers import LlmProviderType
from model_retirement.feeds import deprecations
from model_retirement.feeds.rows import FeedError, FeedRow
from tests.unit.service_providers.feeds import read, row

DAY = dt.date(2026, 10, 23)
repeatable = settings(derandomize=True, max_examples=60)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(), inside, max_size=3),
    max_leaves=8,
)
keys = ["provider", "name", "deprecation_date", "retirement_date", "replacement", "last_observed", "url"]


def refused(path: Path) -> str:
    with pytest.raises(FeedError) as refusal:
        deprecations.read(path)
    message = str(refusal.value)
    assert len(message.splitlines()) == 1
    return message


def test_a_row_is_read_with_everything_that_it_says(tmp_path):
    written = row(
        "gpt-4",
        "2026-10-23",
        deprecation_date="2026-04-22",
        replacement=["gpt-5.6-sol"],
        url="https://platform.example/deprecations#gpt-4",
    )
    assert read(tmp_path, written) == (
        FeedRow(
            provider="openai",
            name="gpt-4",
            deprecated_on=dt.date(2026, 4, 22),
            retires_on=DAY,
            replacements=("gpt-5.6-sol",),
            source_url="https://platform.example/deprecations#gpt-4",
        ),
    )


def test_a_row_may_say_nothing_but_a_name(tmp_path):
    assert read(tmp_path, {"provider": "openai", "name": "gpt-4"}) == (FeedRow("openai", "gpt-4"),)


@pytest.mark.parametrize(
    ("there", "here"),
    [
        ("google", "google"),
        ("gemini", "google"),
        ("Gemini", "google"),
        ("google_vertex_ai", "google_vertex_ai"),
        ("vertex_ai", "google_vertex_ai"),
        ("Google Vertex AI", "google_vertex_ai"),
        ("azure-openai", "azure"),
        (" OpenAI ", "openai"),
    ],
)
def test_providers_get_our_names(tmp_path, there, here):
    (found,) = read(tmp_path, row("m", provider=there))
    assert found.provider == here


def test_every_provider_of_ours_is_known_by_our_name():
    assert set(LlmProviderType.values) <= set(deprecations.our_providers())
    assert set(deprecations.our_providers().values()) == set(LlmProviderType)


def test_rows_of_other_providers_are_left_out(tmp_path):
    assert [found.name for found in read(tmp_path, row("a", provider="bedrock"), row("b"))] == ["b"]


@pytest.mark.parametrize(
    ("text", "day", "is_firm"),
    [
        ("2026-10-23", DAY, True),
        (" 2026-10-23 ", DAY, True),
        ("2026-10-23T00:00:00+00:00", DAY, True),
        ("2026-10-23 00:00", DAY, True),
        ("", None, True),
        (None, None, True),
        ("2026-10-23 or later", DAY, False),
        ("Not sooner than 2026-10-23", DAY, False),
        ("no earlier than 2026-10-23.", DAY, False),
        ("between 2026-10-23 and 2026-12-31", None, False),
        ("the 2026-13-45 of never", None, False),
        ("TBD", None, False),
        ("2026-10", None, False),
        ("2026-W43", None, False),
        ("2026-W43-5", None, False),
        ("20261023", None, False),
        ("2026W435T00:00:00", None, False),
        ("Q3 2026", None, False),
        ("12026-10-234", None, False),
        ("\u0662\u0660\u0662\u0666-10-23", None, False),  # digits of another script
    ],
)
def test_only_a_day_that_stands_alone_is_firm(tmp_path, text, day, is_firm):
    (found,) = read(tmp_path, row("m", text))
    assert (found.retires_on, found.is_firm) == (day, is_firm)


def test_a_deprecation_that_may_come_later_is_none_yet(tmp_path):
    (found,) = read(tmp_path, row("m", deprecation_date="2026-04-22 or later"))
    assert found.deprecated_on is None


def test_a_model_is_deprecated_on_the_day_of_its_retirement_at_the_latest(tmp_path):
    """The feed has the day on which it saw a page where the page has no day of deprecation."""
    (found,) = read(tmp_path, row("m", "2024-12-18", deprecation_date="2026-05-22"))
    assert found.deprecated_on == found.retires_on == dt.date(2024, 12, 18)


def test_the_earliest_day_of_a_retirement_says_nothing_about_the_deprecation(tmp_path):
    (found,) = read(tmp_path, row("m", "2026-10-23 or later", deprecation_date="2026-11-20"))
    assert (found.deprecated_on, found.retires_on) == (dt.date(2026, 11, 20), DAY)


@pytest.mark.parametrize(
    ("there", "names"),
    [
        (["a", "b", "a"], ("a", "b")),
        ("a", ("a",)),
        (" openai/gpt-oss-20b ", ("openai/gpt-oss-20b",)),
        (["gpt-5.6-sol", "reasoning.mode: pro"], ("gpt-5.6-sol",)),
        ("one of our newer models", ()),
        (["", " ", "a\nb", "a\u202eb", "x" * 129, "x" * 128], ("x" * 128,)),
        (["模型-1"], ("模型-1",)),
        ([], ()),
        (None, ()),
    ],
)
def test_replacements_are_names_and_no_prose(tmp_path, there, names):
    (found,) = read(tmp_path, row("m", replacement=there))
    assert found.replacements == names


@pytest.mark.parametrize("url", ["javascript:alert(1)", "https://x.example/\x1b[2J", "https://x.example/a b", "", "x"])
def test_what_is_no_link_is_no_source(tmp_path, url):
    (found,) = read(tmp_path, row("m", url=url))
    assert found.source_url is None


@pytest.mark.parametrize(
    ("rows", "day"),
    [
        ([("2026-10-23", "2026-05-01"), ("2026-11-01", "2026-04-01")], "2026-10-23"),
        ([("2026-10-23", "2026-05-01"), ("2026-11-01", "2026-05-01")], "2026-11-01"),
        ([("2026-10-23", None), ("2026-11-01", "someday")], "2026-11-01"),
        ([("2026-10-23", "2026-05-01"), (None, "2026-05-01")], "2026-10-23"),
    ],
)
@pytest.mark.parametrize("step", [1, -1])
def test_of_several_rows_about_a_model_the_last_one_seen_counts_in_whatever_order(tmp_path, rows, day, step):
    written = [row("m", retires_on, last_observed=seen) for retires_on, seen in rows]
    (found,) = read(tmp_path, *written[::step])
    assert str(found.retires_on) == day


def test_two_names_of_a_provider_are_one_provider(tmp_path):
    found = read(tmp_path, row("m", "2026-10-23", provider="gemini"), row("m", "2026-11-01", provider="google"))
    assert [(one.provider, str(one.retires_on)) for one in found] == [("google", "2026-11-01")]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "Invalid JSON"),
        (b"\xff\xfe\x00", "Invalid JSON"),
        (b'{"models": [{"provider": "openai", "name": "a"}', "Invalid JSON"),
        (b"[" * 100_000, "Invalid JSON"),
        (b'{"models": [{"provider": "openai", "name": "\\ud800"}]}', "Invalid JSON"),
        (b"[]", "Input should be an object"),
        (b"{}", "models: Field required"),
        (b'{"models": {}}', "models: Input should be a valid array"),
        (b'{"models": []}', "has no rows"),
        (b'{"models": ["openai"]}', "models.0: Input should be an object"),
        (b'{"models": [{"name": "a"}]}', "models.0.provider: Field required"),
        (b'{"models": [{"provider": "openai", "name": " "}]}', "models.0.name: String should have at least 1"),
        (b'{"models": [{"provider": "openai", "name": "a"}, {"provider": "openai", "name": 4}]}', "models.1.name"),
        (b'{"models": [{"provider": "openai", "name": "a", "retirement_date": 20261023}]}', "retirement_date"),
        (b'{"models": [{"provider": "openai", "name": "a", "replacement": [1]}]}', "replacement"),
        (b'{"models": [{"provider": "bedrock", "name": "a"}]}', "none of a provider that the platform calls"),
    ],
)
def test_an_empty_or_broken_feed_is_refused_in_one_line(tmp_path, content, words):
    path = tmp_path / "feed.json"
    path.write_bytes(content)
    message = refused(path)
    assert message.startswith(f"{path} ")
    assert words in message


def test_a_byte_order_mark_is_no_part_of_the_feed(tmp_path):
    path = tmp_path / "feed.json"
    path.write_text(json.dumps({"models": [row("m")]}), encoding="utf-8-sig")
    assert deprecations.read(path) == (FeedRow("openai", "m"),)


def test_a_file_that_is_not_there_is_refused_in_one_line(tmp_path):
    assert "cannot be read: No such file or directory" in refused(tmp_path / "feed.json")
    assert "cannot be read: Is a directory" in refused(tmp_path)


@repeatable
@given(content=st.binary() | json_values.map(lambda value: json.dumps(value).encode()))
def test_no_file_ends_in_anything_but_a_refusal(tmp_path, content):
    path = tmp_path / "feed.json"
    path.write_bytes(content)
    refused(path)


@repeatable
@given(rows=st.lists(st.dictionaries(st.sampled_from(keys), json_values, max_size=7) | json_values, max_size=3))
def test_rows_of_wrong_types_are_refused(tmp_path, rows):
    path = tmp_path / "feed.json"
    path.write_text(json.dumps({"models": rows}))
    try:
        assert deprecations.read(path)
    except FeedError:
        refused(path)


@repeatable
@given(texts=st.dictionaries(st.sampled_from(keys[2:]), st.text() | st.none(), max_size=5), name=st.text(min_size=1))
def test_no_text_breaks_a_row(tmp_path, texts: dict[str, Any], name):
    """Prose, emoji and control characters: the row stays, and what is kept of it can be printed on one line."""
    (found,) = read(tmp_path, row(f"m{name}m", **texts))
    assert all(text.isprintable() for text in (*found.replacements, found.source_url or ""))


def test_a_hundred_thousand_rows_are_read(tmp_path):
    rows = [row(f"model-{number % 60_000}", "2026-10-23", replacement=["a", "b"]) for number in range(100_000)]
    assert len(read(tmp_path, *rows)) == 60_000
