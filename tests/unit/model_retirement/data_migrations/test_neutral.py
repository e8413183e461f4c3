"""What tenants wrote, on its way to a terminal, a table, a log or an e-mail."""

from __future__ import annotations

import csv
import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_retirement.data_migrations import neutral

INVISIBLE = "\u00ad\u034f\u115f\u180e\u200b\u200c\u200d\u200e\u2060\u2800\u3164\ufe0f\ufeff\uffa0\U000e0041"
LINK = re.compile(r"[a-z]:[^\s\d]|//\S|\S\.[^\W\d_]{2}", re.IGNORECASE)
"""What a mail client may make a link of."""


@given(st.text())
def test_a_terminal_gets_one_line_of_printable_characters(text: str):
    """Rule 26."""
    assert neutral.terminal(text).isprintable()


@pytest.mark.parametrize("text", ["\x1b[31mred", "\x9b2J", "a\nb", "a\r\u2028b", "\u202egnp.exe", "a\u200bb", "\ud800"])
def test_what_a_terminal_would_obey_does_not_reach_it(text: str):
    """Rule 26."""
    assert neutral.terminal(text).isprintable()


def test_other_text_stays_as_it_is():
    line = "    12  Zürich 東京 naïve 🙂"
    assert neutral.terminal(line) == neutral.cell(line) == line


@pytest.mark.parametrize("text", ["", " ", *INVISIBLE, INVISIBLE, "\u3000\u200d\u3000"])
def test_a_name_of_which_nothing_is_seen_gets_words_in_its_place(text: str):
    """Rule 26: a link needs words."""
    assert neutral.name(text) == neutral.mail(text) == "(no name)"


@pytest.mark.parametrize(
    "text",
    ["👨\u200d👩\u200d👧", "❤\ufe0f\u200d🔥", "1\ufe0f\u20e3", "می\u200cخواهم", "葛\U000e0100城", "العربية", "e\u0301"],  # noqa: RUF001  # letters of their script
)
def test_what_scripts_and_emoji_are_made_of_stays(text: str):
    assert neutral.name(text) == neutral.mail(text) == text


def test_what_is_invisible_between_letters_goes():
    """Rule 26: two names that look alike are not told apart by what nobody sees."""
    assert neutral.name("pa\u200byp\u200dal \ufe0fx") == "paypal x"


def test_a_long_name_ends_in_an_ellipsis():
    assert neutral.name("a" * 20, at_most=10) == neutral.mail("a" * 20, at_most=10) == "a" * 9 + "…"
    assert neutral.name("a" * 10, at_most=10) == "a" * 10


@pytest.mark.parametrize(
    ("text", "mailed"),
    [
        ("Confirm: https://evil.example/x", "Confirm: https: // evil. example/x"),
        ("www.evil.example", "www. evil. example"),
        ("bob@evil.example", "bob@evil. example"),
        ("mailto:bob", "mailto: bob"),
        ("//1.2.3.4", "// 1.2.3.4"),
        ("evil\u3002com", "evil\u3002 com"),
        ("example.рф", "example. рф"),
        ("Step 2: v1.2 at 10:30, e.g. Mr. X", "Step 2: v1.2 at 10:30, e.g. Mr. X"),
    ],
)
def test_no_mail_client_finds_a_link_in_a_name(text: str, mailed: str):
    """Rule 26."""
    assert neutral.mail(text) == mailed


@given(st.text(alphabet="ab1.:/@ \u200b\n"))
def test_nothing_in_a_mail_is_a_link_whatever_the_name(text: str):
    """Rule 26."""
    assert not LINK.search(neutral.mail(text))


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20"])
@pytest.mark.parametrize("before", ["", " ", '"', "\u200b"])
def test_a_spreadsheet_finds_no_formula(start: str, before: str):
    """Rule 26."""
    assert neutral.cell(f"{before}{start}1+1").startswith("'")


@pytest.mark.parametrize("separator", [";", ",", "|"])
@pytest.mark.parametrize("between", ["", " ", '"', "\u200b"])
def test_a_spreadsheet_that_splits_at_another_separator_finds_none_either(separator: str, between: str):
    """Rule 26."""
    cell = neutral.cell(f"x{separator}{between}=cmd|' /C calc'!A0")
    assert cell.startswith(f"x{separator}'")


@given(st.text())
def test_a_cell_is_one_line_and_can_be_encoded(text: str):
    """Rule 26."""
    cell = neutral.cell(text)
    assert not re.search("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]", cell)
    out = io.StringIO()
    csv.writer(out).writerow(["first", cell])
    assert list(csv.reader(io.StringIO(out.getvalue().encode().decode(), newline=""))) == [["first", cell]]


def test_numbers_are_numbers_and_nothing_is_nothing():
    assert [neutral.cell(value) for value in (-5, 0, True, None)] == [-5, 0, True, ""]
