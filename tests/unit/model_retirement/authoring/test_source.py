"""Edits of the lists in source code: what is asked for changes, and nothing else."""

from __future__ import annotations

import datetime as dt
import difflib
from typing import Any

import pytest

from model_retirement.authoring.source import LineEdit, NotWrittenPlainly, with_facts, with_removals, without_removals
from model_retirement.catalogue.declarations import Deleted
from tests.pinned_catalogue import PINNED_CATALOGUE

REAL = PINNED_CATALOGUE.read_bytes()


def changed_lines(after: bytes, *, before: bytes = REAL) -> list[str]:
    """Return the lines that differ, as a diff without its context."""
    lines = difflib.ndiff(before.decode().splitlines(), after.decode().splitlines())
    return [line for line in lines if line[0] in "+-"]


def models(*calls: str) -> bytes:
    return f'DEFAULT_LLM_PROVIDER_MODELS = {{"openai": [{", ".join(calls)}]}}\nDELETED_MODELS = []\n'.encode()


def call_with(call: str, **facts: Any) -> str:
    """Return what becomes of the call of model ``a`` when facts are set."""
    done = with_facts(models('Model("b", 1)', call), [LineEdit("openai", "a", facts)]).decode()
    return done.partition('Model("b", 1), ')[2].partition("]}")[0]


def moved(lists: str, *, replacement: str | None = None, retires_on: dt.date | None = None) -> str:
    """Retire model ``a`` of OpenAI."""
    return with_removals(lists.encode(), [Deleted("openai", "a", replacement, retires_on)]).decode()


def test_a_line_of_the_real_catalogue_gets_its_facts():
    day = dt.date(2026, 8, 18)
    facts: dict[str, Any] = {
        "deprecated": True,
        "replacement": "gpt-5",
        "deprecated_on": day,
        "retires_on": dt.date(2026, 12, 1),
    }

    after = with_facts(REAL, [LineEdit("openai", "gpt-5-mini", facts)])

    assert changed_lines(after) == [
        "+ ",
        "+ from datetime import date",
        '-         Model("gpt-5-mini", k(400), parameters=GPT5Parameters),',
        '+         Model("gpt-5-mini", k(400), deprecated=True, replacement="gpt-5", deprecated_on=date(2026, 8, 18),'
        " retires_on=date(2026, 12, 1), parameters=GPT5Parameters),",
    ]


@pytest.mark.parametrize(
    ("call", "facts", "done"),
    [
        ('Model("a", 1)', {"deprecated": True}, 'Model("a", 1, deprecated=True)'),
        ('Model(name="a", token_limit=1)', {"deprecated": True}, 'Model(name="a", token_limit=1, deprecated=True)'),
        ('Model("a", 1, True)', {"deprecated": True}, 'Model("a", 1, True, deprecated=True)'),
        ('Model("a", 1, False, False, False)', {"deprecated": True}, 'Model("a", 1, False, False, True)'),
        (
            'Model("a", 1, deprecated=False, replacement="b")',
            {"deprecated": True, "replacement": "c"},
            'Model("a", 1, deprecated=True, replacement="c")',
        ),
        ('Model("a", 1, parameters=P)', {"replacement": "b"}, 'Model("a", 1, replacement="b", parameters=P)'),
        ('Model("a", 1)', {"replacement": 'ünï "x" \\'}, 'Model("a", 1, replacement="ünï \\"x\\" \\\\")'),
        (
            'Model("a", 1, retires_on=dt.date(2027, 1, 1), retires_on_is_earliest=True)',
            {"retires_on_is_earliest": False},
            'Model("a", 1, retires_on=dt.date(2027, 1, 1), retires_on_is_earliest=False)',
        ),
    ],
)
def test_a_fact_comes_in_its_place(call: str, facts: dict[str, Any], done: str):
    assert call_with(call, **facts) == done


@pytest.mark.parametrize(
    ("head", "date"),
    [("import datetime as dt\n", "dt.date"), ("from datetime import date as day\n", "day")],
)
def test_a_date_is_called_as_the_file_calls_it(head: str, date: str):
    before = head.encode() + models('Model("a", 1)')

    after = with_facts(before, [LineEdit("openai", "a", {"retires_on": dt.date(2026, 10, 3)})])

    assert changed_lines(after, before=before)[1:] == [
        f'+ DEFAULT_LLM_PROVIDER_MODELS = {{"openai": [Model("a", 1, retires_on={date}(2026, 10, 3))]}}'
    ]


def test_windows_line_ends_stay():
    before = models('Model("a", 1)').replace(b"\n", b"\r\n")

    after = with_facts(before, [LineEdit("openai", "a", {"retires_on": dt.date(2026, 10, 3)})])

    assert after.startswith(b"from datetime import date\r\n")
    assert after.count(b"\r\n") == after.count(b"\n") == 4


@pytest.mark.parametrize(
    ("name", "replacement", "entry"),
    [
        ("gpt-4", None, '("openai", "gpt-4")'),
        ("gpt-3.5-turbo", "gpt-4.1-mini", '("openai", "gpt-3.5-turbo", "gpt-4.1-mini")'),
    ],
)
def test_a_model_of_the_real_catalogue_moves_behind_the_removals_of_its_provider(
    name: str, replacement: str | None, entry: str
):
    after = with_removals(REAL, [Deleted("openai", name, replacement)])

    gone, come = changed_lines(after)
    assert gone.startswith(f'-         Model("{name}", ')
    assert come == f"+     {entry},"
    assert f'"gpt-4-0613", "gpt-4.1"),\n    {entry},\n    ("groq", ' in after.decode()


def test_the_last_model_with_its_parameters_takes_the_import_along():
    after = with_removals(REAL, [Deleted("groq", "whisper-large-v3-turbo")])

    assert changed_lines(after) == [
        "-     TranscriptionParameters,",
        '-         Model("whisper-large-v3-turbo", k(8), parameters=TranscriptionParameters),',
        '+     ("groq", "whisper-large-v3-turbo"),',
    ]


@pytest.mark.parametrize(
    ("comment", "done"),
    [
        ("", "  # https://new.example"),
        ("  # https://old.example", "  # https://new.example"),
        (" #https://old.example/a;b", " # https://new.example"),
        ("  # see the contract", "  # see the contract; https://new.example"),
        ("  # see the contract; https://old.example", "  # see the contract; https://new.example"),
        ("  # see https://wiki.example", "  # see https://wiki.example; https://new.example"),
        ("   #", "   # https://new.example"),
    ],
)
@pytest.mark.parametrize("comma", [",", ""])
@pytest.mark.parametrize("other", ['        Model("b", 1),  # of b\n', ""])
def test_the_source_stands_behind_the_line_and_other_words_stay(comment: str, done: str, comma: str, other: str):
    before = f'{{\n    "openai": [\n{other}        Model("a", 1){comma}{comment}\n    ],\n}}'
    source = f"DEFAULT_LLM_PROVIDER_MODELS = {before}\nDELETED_MODELS = []\n"

    after = with_facts(source.encode(), [LineEdit("openai", "a", {"deprecated": True}, source="https://new.example")])

    wanted = source.replace(f'Model("a", 1){comma}{comment}\n', f'Model("a", 1, deprecated=True){comma}{done}\n')
    assert after.decode() == wanted


def test_in_a_list_of_one_line_the_line_ends_behind_the_source():
    before = models('Model("a", 1)', 'Model("b", 1)')

    after = with_facts(before, [LineEdit("openai", "a", {"deprecated": True}, source="https://new.example")])

    assert after.decode() == (
        'DEFAULT_LLM_PROVIDER_MODELS = {"openai": [Model("a", 1, deprecated=True),  # https://new.example\n'
        'Model("b", 1)]}\nDELETED_MODELS = []\n'
    )


def test_a_source_of_several_lines_stays_a_comment():
    """A file may have any name: rule 26."""
    before = models('Model("a", 1)')

    after = with_facts(
        before, [LineEdit("openai", "a", {"deprecated": True}, source="x\n\u2028import os\r#\u202e.json")]
    )

    assert 'Model("a", 1, deprecated=True)  # x  import os #.json\n]}' in after.decode()


def test_several_lines_of_the_real_catalogue_change_and_no_other_does():
    edits = [
        LineEdit("groq", "openai/gpt-oss-120b", {"deprecated": True}, source="https://a.example"),
        LineEdit("azure", "o3", {"deprecated": True, "retires_on": dt.date(2027, 1, 2)}),
    ]

    after = with_facts(REAL, edits)

    assert changed_lines(after) == [
        "+ ",
        "+ from datetime import date",
        '-         Model("o3", 200000, parameters=OpenAIReasoningParameters),',
        '+         Model("o3", 200000, deprecated=True, retires_on=date(2027, 1, 2), parameters=OpenAIReasoningParameters),',
        '-         Model("openai/gpt-oss-120b", k(128), is_default=True, is_translation_default=True, '
        "parameters=GptOssParameters),",
        '+         Model("openai/gpt-oss-120b", k(128), is_default=True, is_translation_default=True, deprecated=True, '
        "parameters=GptOssParameters),  # https://a.example",
    ]


LISTS = """\
from datetime import date

DEFAULT_LLM_PROVIDER_MODELS = {
    "openai": [
        # The small ones
        Model("a", 1, retires_on=date(2026, 10, 23)),  # see the contract
        Model("b", 1),
    ],
}
DELETED_MODELS: list = [
    # Old ones
    Deleted(name="x", provider="openai"),
    ("groq", "y"),  # of y
]
"""


@pytest.mark.parametrize(
    ("replacement", "retires_on", "entry"),
    [
        (None, None, '("openai", "a")'),
        ("b", None, '("openai", "a", "b")'),
        (None, dt.date(2026, 10, 23), 'Deleted("openai", "a", retires_on=date(2026, 10, 23))'),
        ("b", dt.date(2026, 10, 23), 'Deleted("openai", "a", "b", retires_on=date(2026, 10, 23))'),
    ],
)
def test_a_removal_has_the_shortest_form_that_holds_it_and_the_comment_moves_along(
    replacement: str | None, retires_on: dt.date | None, entry: str
):
    after = moved(LISTS, replacement=replacement, retires_on=retires_on)

    wanted = LISTS.replace('        Model("a", 1, retires_on=date(2026, 10, 23)),  # see the contract\n', "")
    wanted = wanted.replace('provider="openai"),\n', f'provider="openai"),\n    {entry},  # see the contract\n')
    assert after == (wanted if retires_on else wanted.removeprefix("from datetime import date\n\n"))


@pytest.mark.parametrize(
    ("removal", "entry"),
    [
        (Deleted("openai", "a", accept_price_increase=True), 'Deleted("openai", "a", accept_price_increase=True)'),
        (
            Deleted("openai", "a", "b", dt.date(2026, 10, 23), accept_price_increase=True),
            'Deleted("openai", "a", "b", retires_on=date(2026, 10, 23), accept_price_increase=True)',
        ),
    ],
)
def test_a_removal_that_accepts_its_price_says_so(removal: Deleted, entry: str):
    assert f"    {entry},  # see the contract\n" in with_removals(LISTS.encode(), [removal]).decode()


def test_several_models_move_in_their_order_and_take_their_comments_along():
    after = with_removals(LISTS.encode(), [Deleted("openai", "b"), Deleted("openai", "a")]).decode()

    assert (
        after
        == """\
DEFAULT_LLM_PROVIDER_MODELS = {
    "openai": [
        # The small ones
    ],
}
DELETED_MODELS: list = [
    # Old ones
    Deleted(name="x", provider="openai"),
    ("openai", "b"),
    ("openai", "a"),  # see the contract
    ("groq", "y"),  # of y
]
"""
    )


def test_the_first_removal_opens_its_list():
    assert moved(models('Model("a", 1)').decode()) == (
        'DEFAULT_LLM_PROVIDER_MODELS = {"openai": []}\nDELETED_MODELS = [\n    ("openai", "a"),\n]\n'
    )


def test_removals_go_from_the_real_catalogue_and_nothing_else_does():
    going = {("azure", "gpt-4"), ("openai", "gpt-4-turbo"), ("google_vertex_ai", "gemini-3-pro-preview")}

    after = without_removals(REAL, going=going)

    assert changed_lines(after) == [
        '-     ("azure", "gpt-4"),',
        '-     ("openai", "gpt-4-turbo", "gpt-4.1"),',
        '-     ("google_vertex_ai", "gemini-3-pro-preview", "gemini-3.1-pro-preview"),',
    ]


def test_comments_between_removals_stay_and_the_last_date_takes_its_import_along():
    before = LISTS.replace('Model("a", 1, retires_on=date(2026, 10, 23))', "A").replace(
        '("groq", "y")', 'Deleted("groq", "y", retires_on=date(2026, 1, 2))'
    )

    after = without_removals(before.encode(), going={("openai", "x"), ("groq", "y")}).decode()

    assert after.startswith("DEFAULT_LLM_PROVIDER_MODELS = {\n")
    assert after.endswith("DELETED_MODELS: list = [\n    # Old ones\n]\n")


@pytest.mark.parametrize(
    ("lists", "what"),
    [
        (
            "DEFAULT_LLM_PROVIDER_MODELS = load()\nDELETED_MODELS = []",
            "the list of openai in DEFAULT_LLM_PROVIDER_MODELS",
        ),
        ('DEFAULT_LLM_PROVIDER_MODELS = {"openai": MODELS}\n', "the list of openai in DEFAULT_LLM_PROVIDER_MODELS"),
        ('DEFAULT_LLM_PROVIDER_MODELS = {"groq": [], **MORE}\n', "the list of openai in DEFAULT_LLM_PROVIDER_MODELS"),
        ('DEFAULT_LLM_PROVIDER_MODELS = {"openai": [A, model("b"), *more]}\n', "the Model of openai/a"),
        (
            'DEFAULT_LLM_PROVIDER_MODELS = {"openai": [Model(A, 1), Model(b"a", 1), Model(*A)]}\n',
            "the Model of openai/a",
        ),
        (models('Model("a", 1)').decode() + "DELETED_MODELS = []\n", "DELETED_MODELS"),
        (models('Model("a", 1)').decode().replace("[]", "[*A] + B"), "DELETED_MODELS"),
    ],
)
def test_what_is_not_spelled_out_is_refused(lists: str, what: str):
    with pytest.raises(NotWrittenPlainly) as refused:
        moved(lists)

    assert str(refused.value) == f"default_models.py does not spell out {what} as one literal. Edit it by hand."


def test_a_removal_that_is_not_spelled_out_is_refused():
    with pytest.raises(NotWrittenPlainly, match="the entry of groq/y in DELETED_MODELS"):
        without_removals(b'DELETED_MODELS = [("openai", "x"), (GROQ, "y"), *MORE]\n', going={("groq", "y")})
