"""What somebody may have meant who typed a name that is not there."""

from __future__ import annotations

import pytest

from model_retirement.data_migrations.suggestions import did_you_mean, nearest

MODELS = ["openai/gpt-4-0125-preview", "openai/gpt-4-0613", "openai/o1-mini", "groq/Llama3-70b", "openai/gpt-4"]


@pytest.mark.parametrize(
    ("typed", "known", "meant"),
    [
        ("openai/gpt-4-613", MODELS, "openai/gpt-4-0613"),
        ("gpt-4-0613", MODELS, "openai/gpt-4-0613"),
        ("OPENAI/GPT-4-0613", MODELS, "openai/gpt-4-0613"),
        ("groq/llama3-70b", MODELS, "groq/Llama3-70b"),
        ("o1", MODELS, "openai/o1-mini"),
        ("harbor-street", ["acme", "harbour-street-tutors", "sao-bento-clinica"], "harbour-street-tutors"),
        ("remove_deprecated_models:openai/gpt-4-613", [f"remove_deprecated_models:{model}" for model in MODELS],
         "remove_deprecated_models:openai/gpt-4-0613"),
    ],
)  # fmt: skip
def test_the_nearest_name_comes_first(typed: str, known: list[str], meant: str):
    assert nearest(typed, known)[0] == meant


@pytest.mark.parametrize("typed", ["openai/davinci", "zzz", ""])
def test_what_is_like_no_name_gets_no_suggestion(typed: str):
    assert did_you_mean(typed, MODELS, otherwise="Give PROVIDER/NAME.") == "Give PROVIDER/NAME."


def test_few_names_are_suggested():
    assert did_you_mean("team-0", [f"team-{n}" for n in range(1, 1_000)], otherwise="").count(" or ") == 2
