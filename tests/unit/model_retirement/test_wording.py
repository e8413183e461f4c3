"""Words that commands say in English and pages in any language."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import translation

from model_retirement.catalogue.lifecycle import retirement_words, utc_today
from model_retirement.catalogue.token_limits import limit_warnings, read_warning
from model_retirement.notices.kinds import headline, left_over, order
from model_retirement.wording import CountedWords, Words, counted, first_of, listed, translated, translated_reason
from tests.marked_words import LANGUAGE, write_marked_catalogue


@pytest.fixture(autouse=True)
def brackets(settings, tmp_path):
    """A language in which every message is the same in brackets."""
    write_marked_catalogue(tmp_path)
    settings.LOCALE_PATHS = [tmp_path]
    with translation.override(LANGUAGE):
        yield


def test_words_are_english_wherever_they_are_printed():
    """Commands, logs and checks speak plain English, whatever the language of the site is."""
    words = Words("moved on by removal %(run)s", run=7)
    assert words == "moved on by removal 7"
    assert f"{words}." == "moved on by removal 7."
    assert str(retirement_words(utc_today(), today=utc_today(), with_date=False)) == "retires today"


def test_words_are_translated_with_the_words_in_them():
    inside = Words("marked as done by hand")
    words = Words("%(reason)s; `custom_migrations unmark %(record)s` opens it again", reason=inside, record="work")
    assert words.translated() == ("⟦marked as done by hand⟧⟦; `custom_migrations unmark ⟧work⟦` opens it again⟧")
    assert listed([Words("removed"), "a/b"]).translated() == "⟦removed⟧, a/b"
    assert listed([Words("removed"), "a/b"]) == "removed, a/b"


@pytest.mark.parametrize(
    ("count", "english", "in_brackets"),
    [
        (1, "retired 1 day ago", "⟦retired ⟧1⟦ day ago⟧"),
        (2, "retired 2 days ago", "⟦retired ⟧2⟦ days ago⟧"),
        (1_000, "retired 1,000 days ago", "⟦retired ⟧1,000⟦ days ago⟧"),
    ],
)
def test_words_that_are_counted(count, english, in_brackets):
    words = CountedWords("retired %(number)s day ago", "retired %(number)s days ago", count)
    assert words == english
    assert words.translated() == in_brackets
    assert counted("retired %(number)s day ago", "retired %(number)s days ago", count) == in_brackets


def test_what_is_no_words_stays_as_it_is():
    assert translated("retired") == "retired"
    assert translated(7) == 7
    assert translated_reason(ValueError("retired")) == "retired"
    assert translated_reason(ValueError(Words("removed"))) == "⟦removed⟧"


def test_a_warning_that_a_notice_keeps_in_english_is_translated_when_it_is_told():
    (warning,) = limit_warnings(name="old", max_token_limit=9_000, replacement="new", replacement_limit=8_000)
    kept = str(warning)
    assert kept == "new reads at most 8,000 tokens, old read 9,000: long texts may not fit any more"
    assert translated(read_warning(kept)) == (
        "new⟦ reads at most ⟧8,000⟦ tokens, ⟧old⟦ read ⟧9,000⟦: long texts may not fit any more⟧"
    )
    assert translated(read_warning("new is slower")) == "new is slower"


def test_kinds_and_members_of_hosts_have_an_english_plural_where_no_catalogue_has_them():
    """A host's own are in the host's catalogues."""
    assert headline("chatbot", 2) == "2⟦ chatbots⟧"
    assert headline("diary", 2_000) == "2,000 diaries"
    assert headline("5% sample", 2) == "2 5% samples"
    assert left_over("5% sample", 2) == "2 5% samples left"
    assert left_over("fallback", 0) == "⟦no fallback left⟧"
    assert left_over("fallback", 1) == "1⟦ fallback left⟧"
    assert left_over("judge", 0) == "no judge left"
    assert left_over("judge", 2) == "2 judges left"
    assert sorted(["diary", "pipeline", "chatbot", "album"], key=order) == ["chatbot", "pipeline", "album", "diary"]


@pytest.mark.parametrize(
    ("days", "is_earliest", "words"),
    [
        (-3, True, "may retire any day"),
        (0, True, "may retire any day"),
        (-1, False, "retired 1 day ago"),
        (2, True, "retires in 2 days or later"),
        (1, False, "retires in 1 day"),
    ],
)
def test_when_a_model_retires_can_be_said_beside_its_date(days: int, is_earliest: bool, words: str):
    today = utc_today()
    day = today + dt.timedelta(days=days)
    assert str(retirement_words(day, today=today, is_earliest=is_earliest, with_date=False)) == words


@pytest.mark.parametrize(
    ("names", "english", "in_brackets"),
    [
        ([], "", ""),
        ([91, 92], "91, 92", "91, 92"),
        (["a", "b", "c"], "a, b and 1 more", "a, b⟦ and ⟧1⟦ more⟧"),
        (range(1_202), "0, 1 and 1,200 more", "0, 1⟦ and ⟧1,200⟦ more⟧"),
    ],
)
def test_the_first_of_a_long_list_are_named_and_the_others_counted(names: list[Any], english: str, in_brackets: str):
    assert first_of(names, 2) == english
    assert translated(first_of(names, 2)) == in_brackets
