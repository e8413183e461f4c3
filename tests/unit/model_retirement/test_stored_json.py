"""JSON is read and written back as it is stored, whatever Python makes of it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model_retirement.stored_json import Literal, StoredJSONEncoder, dumps, loads

DEEP = f"{'[' * 990}7{']' * 990}"
DEEP_OBJECT = '{"a":' * 990 + "7" + "}" * 990

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(plain)
def test_what_python_can_hold_is_what_json_makes_of_it(value):
    assert loads(json.dumps(value)) == value
    assert dumps(value) == json.dumps(value)


@settings(max_examples=20)  # its values take longest to make
@given(st.dictionaries(st.text(), st.lists(plain | st.sampled_from([Literal("1e400"), Literal("9" * 5000)]))))
def test_what_it_cannot_hold_comes_back_in_its_place(value):
    assert loads(dumps(value)) == value


@settings(max_examples=40)  # the same
@given(plain, st.text())
def test_neighbours_of_a_deep_nest_are_read_as_ever(value, key):
    text = f'[{json.dumps(value)}, {DEEP},{{{json.dumps(key)}: {DEEP_OBJECT} ,"x": {json.dumps(value)}}}]'
    parsed = loads(text)
    assert parsed[0] == value
    assert parsed[2]["x"] == value
    assert loads(dumps(parsed)) == parsed
    assert dumps(parsed[1]) == DEEP


@pytest.mark.parametrize("text", ["9" * 5000, f"-{'9' * 5000}", "1e400", "-1e400"])
def test_numbers_beyond_python_stay_as_their_text(text):
    assert loads(text) == Literal(text)
    assert loads(f'{{"a": [1, {text}]}}') == {"a": [1, Literal(text)]}
    assert dumps({"a": [1, Literal(text)]}) == f'{{"a": [1, {text}]}}'


def test_blanks_make_no_difference_between_deep_nests():
    assert loads(DEEP.replace("[", "[ ")) == loads(DEEP)


def test_many_brackets_side_by_side_are_no_nest():
    value = [[n] for n in range(200)]
    assert loads(json.dumps(value)) == value


def test_control_characters_that_sqlite_takes_are_read():
    assert loads('"a\tb"') == "a\tb"


def test_an_editor_may_ask_for_letters_as_they_are():
    assert StoredJSONEncoder(ensure_ascii=False).encode(["ü", Literal("1e400")]) == '["ü", 1e400]'
    assert StoredJSONEncoder(ensure_ascii=False).encode("ü\ud800") == '"ü\\ud800"'


@pytest.mark.parametrize("value", [object(), [object()], {"a": object()}])
def test_what_is_no_json_is_refused(value):
    with pytest.raises(TypeError):
        dumps(value)
