"""``llm_models facts``: what it writes, prints and refuses."""

from __future__ import annotations

import io
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.core.management.base import CommandError
from pytest_django import Settings

from apps.service_providers.llm_service import default_models
from model_retirement.catalogue import facts_file
from model_retirement.catalogue.view import load_source
from tests.catalogue_tree import CATALOGUE
from tests.processes import ROOT

FACTS = str(Path(CATALOGUE).with_name("model_facts.json"))

LINE = (
    ' "openai/gpt-4.1": {"kind": "chat", "price_in": 2, "price_out": 8, "priced_on": "2026-11-01", "source": "LiteLLM"}'
)


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel("2026-11-29T12:00:00Z", tick=False):
        yield


def priced(price_in: float, price_out: float, *, mode: str = "chat", **more: Any) -> dict[str, Any]:
    """Return an entry of LiteLLM's map, with prices in USD per million tokens."""
    return {
        "litellm_provider": "openai",
        "mode": mode,
        "input_cost_per_token": price_in / 1_000_000,
        "output_cost_per_token": price_out / 1_000_000,
        **more,
    }


def feed(folder: Path, models: dict[str, dict[str, Any]], *, name: str = "map.json") -> str:
    path = folder / name
    path.write_text(json.dumps(models))
    return str(path)


def run(*arguments: str) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    call_command("llm_models", "facts", *arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_it_writes_what_a_feed_knows_and_a_second_run_changes_nothing(catalogue_tree: Path, tmp_path: Path):
    arguments = ("--feed", feed(tmp_path, {"gpt-4.1": priced(2, 8), "of-nobody": priced(1, 1)}))

    out, err = run(*arguments, "--as-of", "2026-11-01")

    assert out.splitlines() == [
        "The two lists have 127 models.",
        "  map.json (litellm, 2 rows, prices taken as of 2026-11-01) knows 1 of them.",
        "  Nothing is known of 126: anthropic 19, azure 13, deepseek 4, google 10, google_vertex_ai 10, groq 19, minimax 3,"
        " openai 36, perplexity 12.",
        "openai/gpt-4.1: new, kind chat, price_in 2, price_out 8",
        "Facts of 1 model change.",
        f"Written: {FACTS}",
    ]
    assert err == ""
    assert (catalogue_tree / FACTS).read_text() == f"{{\n{LINE}\n}}\n"
    written = (catalogue_tree / FACTS).stat()
    assert run(*arguments)[0].splitlines()[-1] == "Nothing changed: model_facts.json says all this already."
    assert (catalogue_tree / FACTS).stat() == written


def test_it_says_what_was_and_what_is_and_names_each_model_that_nobody_knows(catalogue_tree: Path, tmp_path: Path):
    (catalogue_tree / FACTS).write_text(f'{{\n "openai/of-old": {{"kind": "chat"}},\n{LINE}\n}}\n')
    more: dict[str, Any] = {"supports_vision": True, "supports_function_calling": True, "max_input_tokens": 1_047_576}

    out, _ = run("--feed", feed(tmp_path, {"gpt-4.1": priced(2.5, 8, **more)}), "-v", "2")

    assert "  map.json (litellm, 1 row, prices taken as of 2026-11-29) knows 1 of them." in out.splitlines()
    assert "anthropic/claude-2.0, anthropic/claude-2.1," in out
    assert out.splitlines()[-4:-1] == [
        "openai/gpt-4.1: price_in 2 -> 2.5, context_window unknown -> 1,047,576, capabilities unknown -> tools + vision",
        "openai/of-old: gone, it is in neither list",
        "Facts of 2 models change.",
    ]


def test_of_several_feeds_the_first_counts_and_contradictions_are_told(catalogue_tree: Path, tmp_path: Path):
    (catalogue_tree / FACTS).write_text(f"{{\n{LINE}\n}}\n")
    first = feed(tmp_path, {"gpt-4.1": priced(1, 4)}, name="a.json")
    second = feed(tmp_path, {"gpt-4.1": priced(2, 4, supports_vision=False)}, name="b.json")

    out, _ = run("--feed", first, second, "--feed-format", "litellm")

    assert out.splitlines()[4:-1] == [
        "openai/gpt-4.1: price_in 2 -> 1, price_out 8 -> 4, capabilities unknown -> none",
        "Contradiction: openai/gpt-4.1: price_in is 1 in a.json, which counts, and 2 in b.json.",
        "Facts of 1 model change.",
    ]
    again, _ = run("--feed", second, "--feed", first, "--as-of", "2026-10-01")
    assert again.splitlines()[4:] == [
        "Contradiction: openai/gpt-4.1: price_in is 2 in b.json, which counts, and 1 in a.json.",
        "Prices that are newer in model_facts.json than in the feeds stay: openai/gpt-4.1.",
        "Nothing changed: model_facts.json says all this already.",
    ]


def test_a_dry_run_prints_what_git_would_apply_and_writes_nothing(catalogue_tree: Path, tmp_path: Path):
    """Rule 17."""
    arguments = ("--feed", feed(tmp_path, {"gpt-4.1": priced(2, 8)}), "--as-of", "2026-11-01")
    diff, err = run(*arguments, "--dry-run")

    assert not (catalogue_tree / FACTS).exists()
    assert err.splitlines()[-2:] == ["Facts of 1 model change.", "Nothing was changed: this was a dry run."]
    subprocess.run(["git", "apply", "-"], input=diff, text=True, cwd=catalogue_tree, check=True)
    assert (catalogue_tree / FACTS).read_text() == f"{{\n{LINE}\n}}\n"
    assert run(*arguments, "--dry-run")[0] == ""


def test_json_has_everything_and_nothing_else_is_printed(catalogue_tree: Path, tmp_path: Path):
    (catalogue_tree / FACTS).write_text(
        '{"openai/gone": {"capabilities": ["tools"]}, "openai/gpt-4": {"kind": "chat"}}'
    )
    first = feed(tmp_path, {"gpt-4.1": priced(1.5, 4), "gpt-4": priced(30, 60)}, name="a.json")
    second = feed(tmp_path, {"gpt-4.1": priced(2, 4)}, name="b.json")

    out, err = run("--feed", first, second, "--format", "json", "--as-of", "2026-11-01")
    document = json.loads(out)

    assert err == ""
    assert len(document.pop("unknown")) == 125
    assert document == {
        "written": str(catalogue_tree / FACTS),
        "models": 127,
        "models_covered": 2,
        "sources": [
            {"file": first, "format": "litellm", "rows": 2, "prices_as_of": "2026-11-01", "models_covered": 2},
            {"file": second, "format": "litellm", "rows": 1, "prices_as_of": "2026-11-01", "models_covered": 1},
        ],
        "changes": [
            {"provider": "openai", "name": "gone", "change": "gone", "facts": {"capabilities": [["tools"], None]}},
            {
                "provider": "openai",
                "name": "gpt-4",
                "change": "changed",
                "facts": {"price_in": [None, 30], "price_out": [None, 60]},
            },
            {
                "provider": "openai",
                "name": "gpt-4.1",
                "change": "new",
                "facts": {"kind": [None, "chat"], "price_in": [None, 1.5], "price_out": [None, 4]},
            },
        ],
        "contradictions": [
            {
                "provider": "openai",
                "name": "gpt-4.1",
                "fact": "price_in",
                "taken": 1.5,
                "taken_from": first,
                "other": 2,
                "other_from": second,
            }
        ],
        "newer_here": [],
        "findings": [],
    }


def test_a_file_that_is_written_otherwise_is_brought_into_order(catalogue_tree: Path, tmp_path: Path):
    (catalogue_tree / FACTS).write_text('{"openai/gpt-4": {"price_in": 2.50, "kind": "chat"}}')
    out, _ = run("--feed", feed(tmp_path, {"other": priced(1, 1)}))
    assert out.splitlines()[-2] == "No fact changes; model_facts.json is sorted, with one model a line."
    assert (catalogue_tree / FACTS).read_text() == '{\n "openai/gpt-4": {"kind": "chat", "price_in": 2.5}\n}\n'


def test_where_every_model_is_known_nothing_is_said_of_others(catalogue_tree: Path, tmp_path: Path):
    (catalogue_tree / CATALOGUE).write_text(
        "DEFAULT_LLM_PROVIDER_MODELS = {}\nDELETED_MODELS = [('openai', 'gpt-4.1')]\n"
    )
    assert run("--feed", feed(tmp_path, {"gpt-4.1": priced(2, 8)}))[0].splitlines() == [
        "The two lists have 1 model.",
        "  map.json (litellm, 1 row, prices taken as of 2026-11-29) knows 1 of them.",
        "openai/gpt-4.1: new, kind chat, price_in 2, price_out 8",
        "Facts of 1 model change.",
        f"Written: {FACTS}",
    ]


def test_a_feed_that_knows_nothing_makes_no_file(catalogue_tree: Path, tmp_path: Path):
    assert run("--feed", feed(tmp_path, {"other": priced(1, 1)}))[0].endswith("says all this already.\n")
    assert not (catalogue_tree / FACTS).exists()


def test_what_the_lint_has_to_say_of_the_new_facts_is_told(catalogue_tree: Path, tmp_path: Path):
    """Such as a replacement of another kind, which stops the removal of its entry."""
    models = {"gpt-4-turbo": priced(1, 1, mode="audio_transcription"), "gpt-4.1": priced(1, 1)}

    _, err = run("--feed", feed(tmp_path, models))

    assert err.splitlines() == [
        "error model_retirement.E013: openai/gpt-4-turbo is for transcription, and its replacement openai/gpt-4.1 for chat."
        " Name a model for transcription as the replacement of openai/gpt-4-turbo, or none to clear the references."
    ]
    assert (catalogue_tree / FACTS).exists()


def test_the_file_that_is_written_is_the_one_that_is_read(catalogue_tree: Path, tmp_path: Path):
    run("--feed", feed(tmp_path, {"gpt-4.1": priced(2, 8)}))
    file = catalogue_tree / CATALOGUE
    assert load_source(file.read_bytes(), path=file).facts_of("openai", "gpt-4.1").price_out == 8


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--feed", "/nowhere.json"], "/nowhere.json cannot be read: No such file or directory."),
        (["--feed", "MAP", "--as-of", "2026-11-30"], "--as-of 2026-11-30 has not come yet."),
        (["--feed", "MAP", "--as-of", "2026-11"], "'2026-11' is not a day in the form 2026-10-23"),
        (["--feed", "MAP", "--feed-format", "talk"], "invalid choice: 'talk'"),
        (["--feed", "MAP", "--feed-format", "openai_models"], "has no row of the format openai_models"),
        ([], "the following arguments are required: --feed"),
    ],
)
def test_what_is_typed_wrongly_is_refused_in_one_line(catalogue_tree: Path, tmp_path: Path, arguments, words):
    path = feed(tmp_path, {"gpt-4.1": priced(2, 8)})

    with pytest.raises(CommandError) as refused:
        run(*[path if argument == "MAP" else argument for argument in arguments])

    assert words in str(refused.value)
    assert "\n" not in str(refused.value)
    assert not (catalogue_tree / FACTS).exists()


def test_facts_that_cannot_be_read_are_not_written_over(catalogue_tree: Path, tmp_path: Path):
    (catalogue_tree / FACTS).write_text("{")
    with pytest.raises(
        CommandError, match=r"^model_facts\.json cannot be read: .*or delete model_facts\.json and write it again"
    ):
        run("--feed", feed(tmp_path, {"gpt-4.1": priced(2, 8)}))
    assert (catalogue_tree / FACTS).read_text() == "{"


def test_facts_that_stand_in_the_module_are_left_to_their_author(catalogue_tree: Path, tmp_path: Path, monkeypatch):
    monkeypatch.setattr(default_models, "MODEL_FACTS", {}, raising=False)
    with pytest.raises(
        CommandError, match=r"^default_models\.py defines MODEL_FACTS, which win over model_facts\.json"
    ):
        run("--feed", feed(tmp_path, {"gpt-4.1": priced(2, 8)}))


@pytest.mark.parametrize("project", ["elsewhere", ""])
def test_nothing_is_written_outside_of_the_project(
    catalogue_tree: Path, tmp_path: Path, settings: Settings, monkeypatch, project: str
):
    """The catalogue of an installed package belongs to that package, also where the project holds its environment."""
    installed = tmp_path / "site-packages"
    installed.mkdir()
    (installed / "default_models.py").write_bytes((catalogue_tree / CATALOGUE).read_bytes())
    monkeypatch.setattr(default_models, "__file__", str(installed / "default_models.py"))
    settings.BASE_DIR = tmp_path / project
    with pytest.raises(CommandError, match="outside of the project"):
        run("--feed", feed(tmp_path, {"gpt-4.1": priced(2, 8)}))
    assert [path.name for path in installed.iterdir()] == ["default_models.py"]


def test_a_file_that_cannot_be_written_is_told_of(catalogue_tree: Path, tmp_path: Path, monkeypatch):
    path = feed(tmp_path, {"gpt-4.1": priced(2, 8)})
    monkeypatch.setattr(default_models, "__file__", str(tmp_path / "gone/default_models.py"))
    with pytest.raises(CommandError, match=r"^Nothing was written: .*No such file or directory"):
        run("--feed", path)


def test_the_shipped_facts_are_as_the_command_writes_them():
    path = ROOT / FACTS
    held = facts_file.read_file(path)
    assert held.findings == ()
    assert facts_file.written(held.facts) == path.read_bytes()
