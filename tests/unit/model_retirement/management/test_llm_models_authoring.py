"""``llm_models deprecate`` and ``llm_models retire``: what they write, print and refuse."""

from __future__ import annotations

import io
import subprocess
from pathlib import Path
from unittest import mock

import pytest
import time_machine
from django.core.management import call_command
from django.core.management.base import CommandError

from model_retirement.catalogue.view import load_source
from model_retirement.management.commands.llm_models import Command
from tests.catalogue_tree import CATALOGUE, MIGRATIONS

DEPRECATE = ("deprecate", "openai/gpt-4", "--replacement", "gpt-4.1", "--retires-on", "2126-10-23")
RETIRE = ("retire", "openai/gpt-4", "--replacement", "gpt-4.1")


def run(*arguments: str) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    call_command("llm_models", *arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def files(root: Path) -> dict[Path, bytes]:
    return {path.relative_to(root): path.read_bytes() for path in (root / "apps").rglob("*.[pt]*") if path.is_file()}


def changed(root: Path, *, since: dict[Path, bytes]) -> set[str]:
    return {path.name for path, content in files(root).items() if since.get(path) != content}


def last(root: Path) -> str:
    return (root / MIGRATIONS / "max_migration.txt").read_text().strip()


def following(root: Path, name: str) -> str:
    """Return the full name of the next migration."""
    return f"{int(last(root)[:4]) + 1:04}_{name}"


def test_deprecate_writes_the_catalogue_and_a_migration(catalogue_tree: Path):
    before, name = files(catalogue_tree), following(catalogue_tree, "deprecate_openai_gpt_4")

    with time_machine.travel("2026-08-18T23:30:00-05:00", tick=False):
        out, err = run(*DEPRECATE)

    assert out.splitlines() == [
        "openai/gpt-4 is deprecated in the catalogue and retires in 36,589 days, on 2126-10-23; gpt-4.1 is to replace it.",
        "Commit what was written; `migrate` then refuses new use and tells the teams concerned.",
        "Written:",
        f"  {CATALOGUE}",
        f"  {MIGRATIONS}/{name}.py",
        f"  {MIGRATIONS}/max_migration.txt",
    ]
    assert err == ""
    assert changed(catalogue_tree, since=before) == {"default_models.py", f"{name}.py", "max_migration.txt"}
    assert last(catalogue_tree) == name
    code = (catalogue_tree / CATALOGUE).read_text()
    assert (
        'Model("gpt-4", k(8), deprecated=True, replacement="gpt-4.1", deprecated_on=date(2026, 8, 19), '
        "retires_on=date(2126, 10, 23)),\n"
    ) in code


def test_retire_follows_in_the_same_tree(catalogue_tree: Path):
    run("deprecate", "openai/gpt-4")
    name = following(catalogue_tree, "remove_openai_gpt_4")

    out, err = run("retire", "openai/gpt-4")

    assert out.splitlines()[:2] == [
        "openai/gpt-4 is on the list of removals; what points at it will be cleared.",
        "`python manage.py remove_deprecated_models --dry-run -v 2` shows what that means here. Commit what was written.",
    ]
    assert err == ""
    assert last(catalogue_tree) == name
    after = load_source((catalogue_tree / CATALOGUE).read_bytes(), path=catalogue_tree / CATALOGUE)
    assert after.find("openai", "gpt-4") is None
    assert after.find_removal("openai", "gpt-4") is not None


def test_several_models_are_one_migration_and_a_line_each(catalogue_tree: Path):
    with time_machine.travel("2026-08-18", tick=False):
        run("deprecate", "azure/o3", "--not-before", "2026-12-01")
        name = following(catalogue_tree, "deprecate_azure_o3_mini_and_1_more")
        out, _ = run("deprecate", "azure/o3", "azure/o3-mini", "openai/gpt-4", "--not-before", "2026-12-01")

    assert out.splitlines()[:4] == [
        "azure/o3-mini is deprecated in the catalogue and retires in 105 days, on 2026-12-01 or later; "
        "nothing is to replace it.",
        "openai/gpt-4 is deprecated in the catalogue and retires in 105 days, on 2026-12-01 or later; "
        "nothing is to replace it.",
        "azure/o3 stays as it is: the catalogue says this already.",
        "Commit what was written; `migrate` then refuses new use and tells the teams concerned.",
    ]
    assert last(catalogue_tree) == name
    assert "openai/gpt-4 is on the list of removals" in run("retire", "azure/o3", "openai/gpt-4")[0]


def test_a_day_that_moves_is_one_line_and_a_migration_that_tells_of_it(catalogue_tree: Path):
    """Rule 21."""
    run(*DEPRECATE)
    before = (catalogue_tree / CATALOGUE).read_text()

    run("deprecate", "openai/gpt-4", "--retires-on", "2127-01-31")

    after = (catalogue_tree / CATALOGUE).read_text()
    assert after == before.replace("retires_on=date(2126, 10, 23)", "retires_on=date(2127, 1, 31)")
    migration = (catalogue_tree / MIGRATIONS / f"{last(catalogue_tree)}.py").read_text()
    assert "llm_model_migration()," in migration
    assert 'RunDataMigration("notify_deprecated_models"),' in migration


def test_retire_says_what_references_will_move_to(catalogue_tree: Path):
    assert run(*RETIRE)[0].startswith(
        "openai/gpt-4 is on the list of removals; what points at it will move to gpt-4.1.\n"
    )


def test_new_warnings_of_the_lint_are_told(catalogue_tree: Path):
    _, err = run("deprecate", "groq/openai/gpt-oss-120b", "--replacement", "openai/gpt-oss-20b")

    assert err.splitlines()[-1] == (
        "warning model_retirement.W003: groq/openai/gpt-oss-120b is the translation default of its provider and is "
        "deprecated. Move is_translation_default to a model that is not deprecated."
    )


@pytest.mark.parametrize("arguments", [DEPRECATE, RETIRE])
def test_a_dry_run_prints_what_git_would_apply_and_writes_nothing(catalogue_tree: Path, arguments: tuple[str, ...]):
    """Rule 17."""
    before = files(catalogue_tree)
    diff, err = run(*arguments, "--dry-run")
    assert err == "Nothing was changed: this was a dry run.\n"
    assert files(catalogue_tree) == before

    run(*arguments)
    written = files(catalogue_tree)
    for path in set(written) - set(before):
        (catalogue_tree / path).unlink()
    for path, content in before.items():
        (catalogue_tree / path).write_bytes(content)
    subprocess.run(["git", "apply"], input=diff, text=True, cwd=catalogue_tree, check=True)
    assert files(catalogue_tree) == written


def test_a_diff_on_a_terminal_is_coloured_and_not_wrapped(catalogue_tree: Path):
    out = io.StringIO()
    with (
        mock.patch.object(out, "isatty", return_value=True),
        mock.patch.dict("os.environ", {"TERM": "xterm", "COLUMNS": "60"}),
    ):
        call_command("llm_models", *DEPRECATE, "--dry-run", stdout=out, stderr=io.StringIO(), force_color=True)

    assert '\x1b[31m-        Model("gpt-4", k(8)),\x1b[0m\n' in out.getvalue()
    assert "\x1b[32m+from datetime import date\x1b[0m\n" in out.getvalue()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("retire", "openai/gpt44"), "The catalogue has no model openai/gpt44. Did you mean openai/gpt-4"),
        (("retire", "openai/gpt-4.1"), "Nothing was written, for the checks would refuse it. openai/gpt-4"),
        (("deprecate", "openai/o1-mini"), "openai/o1-mini is in DELETED_MODELS already."),
        (("retire", "openai/gpt-4", "openai/o1-mini"), "openai/o1-mini is in DELETED_MODELS already."),
        (
            ("retire", "openai/gpt-4", "azure/o3", "--replacement", "gpt-4.1"),
            "--replacement names a model of one provider, but the models are of openai and azure. Make one call per ",
        ),
        (
            ("deprecate", "azure/gpt-4.1-nano", "--replacement", "gpt-4.1-mini"),
            "Nothing would change: azure/gpt-4.1-nano is deprecated already. Give another --replacement, --retires-on or ",
        ),
        (
            ("deprecate", "openai/gpt-4", "--retires-on", "2026-10-23", "--not-before", "2026-10-23"),
            "Error: argument --not-before: not allowed with argument --retires-on",
        ),
        (("retire",), "Error: the following arguments are required: PROVIDER/NAME"),
        (
            ("deprecate", "openai/gpt-4", "--retires-on", "soon"),
            "Error: argument --retires-on: 'soon' is not a day in the form 2026-10-23",
        ),
        (
            ("deprecate", "openai/gpt-4", "--retires-on", "20261023"),
            "Error: argument --retires-on: '20261023' is not a day in the form 2026-10-23",
        ),
    ],
)
def test_what_is_refused_changes_nothing(catalogue_tree: Path, arguments: tuple[str, ...], says: str):
    before = files(catalogue_tree)

    with pytest.raises(CommandError) as refused:
        run(*arguments)

    assert str(refused.value).startswith(says)
    assert "\n" not in str(refused.value)
    assert files(catalogue_tree) == before


def test_files_that_are_not_in_order_are_refused(catalogue_tree: Path):
    (catalogue_tree / MIGRATIONS / "max_migration.txt").write_text("0001_initial\n")
    with pytest.raises(CommandError, match=r"max_migration\.txt names 0001_initial as the last migration"):
        run(*RETIRE)


def test_a_catalogue_that_cannot_be_read_is_refused(catalogue_tree: Path):
    (catalogue_tree / CATALOGUE).write_text("DELETED_MODELS = [")
    with pytest.raises(CommandError, match=r"^default_models\.py cannot be imported: SyntaxError"):
        run(*RETIRE)


def test_a_disk_that_takes_no_more_changes_nothing(catalogue_tree: Path):
    before = files(catalogue_tree)

    with (
        mock.patch("os.fsync", side_effect=[None, OSError(28, "No space left on device")]),
        pytest.raises(CommandError, match=r"^Nothing was written: \[Errno 28\] No space left on device\.$"),
    ):
        run(*RETIRE)

    assert files(catalogue_tree) == before
    assert not [path for path in (catalogue_tree / "apps").rglob(".*") if path.is_file()]


def test_the_subcommands_are_told_in_the_help():
    parser = Command().create_parser("manage.py", "llm_models")

    text = " ".join(parser.format_help().split())

    assert "Deprecate models, or change the day or the replacement of deprecated ones: edit default_models.py" in text
    assert "Retire models: move them to DELETED_MODELS in default_models.py and write the migration that" in text
