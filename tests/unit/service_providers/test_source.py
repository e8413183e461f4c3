"""Edits of the lists in source code: what is asked for changes, and nothing else."""

from __future__ import annotations

import datetime as dt
import difflib
from typing import Any

import pytest

from model_retirement.authoring.source import NotWrittenPlainly, with_facts, with_removal, without_removals
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
    done = with_facts(models('Model("b", 1)', call), provider="openai", name="a", facts=facts).decode()
    return done.partition('Model("b", 1), ')[2].partition("]}")[0]


def moved(lists: str, *, replacement: str | None = None, is_dated: bool = False) -> str:
    """Retire model ``a`` of OpenAI."""
    return with_removal(
        lists.encode(), provider="openai", name="a", replacement=replacement, is_dated=is_dated
    ).decode()


def test_a_line_of_the_real_catalogue_gets_its_facts():
    day = dt.date(2026, 8, 18)
    facts: dict[str, Any] = {
        "deprecated": True,
        "replacement": "gpt-5",
        "deprecated_on": day,
        "retires_on": dt.date(2026, 12, 1),
    }

    after = with_facts(REAL, provider="openai", name="gpt-5-mini", facts=facts)

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

    after = with_facts(before, provider="openai", name="a", facts={"retires_on": dt.date(2026, 10, 3)})

    assert changed_lines(after, before=before)[1:] == [
        f'+ DEFAULT_LLM_PROVIDER_MODELS = {{"openai": [Model("a", 1, retires_on={date}(2026, 10, 3))]}}'
    ]


def test_windows_line_ends_stay():
    before = models('Model("a", 1)').replace(b"\n", b"\r\n")

    after = with_facts(before, provider="openai", name="a", facts={"retires_on": dt.date(2026, 10, 3)})

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
    after = with_removal(REAL, provider="openai", name=name, replacement=replacement, is_dated=False)

    gone, come = changed_lines(after)
    assert gone.startswith(f'-         Model("{name}", ')
    assert come == f"+     {entry},"
    assert f'"gpt-4-0613", "gpt-4.1"),\n    {entry},\n    ("groq", ' in after.decode()


def test_the_last_model_with_its_parameters_takes_the_import_along():
    after = with_removal(REAL, provider="groq", name="whisper-large-v3-turbo", replacement=None, is_dated=False)

    assert changed_lines(after) == [
        "-     TranscriptionParameters,",
        '-         Model("whisper-large-v3-turbo", k(8), parameters=TranscriptionParameters),',
        '+     ("groq", "whisper-large-v3-turbo"),',
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
    ("replacement", "is_dated", "entry"),
    [
        (None, False, '("openai", "a")'),
        ("b", False, '("openai", "a", "b")'),
        (None, True, 'Deleted("openai", "a", retires_on=date(2026, 10, 23))'),
        ("b", True, 'Deleted("openai", "a", "b", retires_on=date(2026, 10, 23))'),
    ],
)
def test_a_removal_has_the_shortest_form_that_holds_it_and_the_comment_moves_along(
    replacement: str | None, is_dated: bool, entry: str
):
    after = moved(LISTS, replacement=replacement, is_dated=is_dated)

    wanted = LISTS.replace('        Model("a", 1, retires_on=date(2026, 10, 23)),  # see the contract\n', "")
    wanted = wanted.replace('provider="openai"),\n', f'provider="openai"),\n    {entry},  # see the contract\n')
    assert after == (wanted if is_dated else wanted.removeprefix("from datetime import date\n\n"))


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
