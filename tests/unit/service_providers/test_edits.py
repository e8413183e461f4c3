"""Deprecate and retire: what becomes of a catalogue, and what is refused."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from model_retirement.authoring.edits import Edit, EditRefused, deprecate, retire
from model_retirement.authoring.migration_file import MigrationFolder
from model_retirement.authoring.source import NotWrittenPlainly
from model_retirement.catalogue.declarations import Deleted
from model_retirement.catalogue.findings import Rule
from model_retirement.catalogue.view import Catalogue, CatalogueError, load_source

TODAY = dt.date(2026, 8, 18)
OCTOBER = dt.date(2026, 10, 23)

SOURCE = """\
import datetime as dt

from model_retirement.catalogue.declarations import Deleted, Model, k

DEFAULT_LLM_PROVIDER_MODELS = {
    "openai": [
        Model("gpt-4", k(8), deprecated_on=dt.date(2026, 1, 2)),
        Model("gpt-4.1", 1_000_000, is_default=True, is_translation_default=True),
        Model("gpt-5", k(400), replacement="gpt-4.1", retires_on=dt.date(2026, 10, 23), retires_on_is_earliest=True),
        Model("o1", 1, deprecated=True, replacement="gpt-4.1", retires_on=dt.date(2026, 8, 1)),
        Model("o2", 1, deprecated=True),
        Model("o3", 1, deprecated=True, replacement="gpt-4"),
    ],
    "groq": [
        Model("openai/gpt-oss", 1, is_default=True, is_translation_default=True),
        Model("gemma", 1),
    ],
}
DELETED_MODELS = [
    ("openai", "gpt-3", "gpt-4.1"),
    ("openai", "gpt-2"),
]
"""


class Tree:
    """The files of a small project."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "default_models.py"
        self.file.write_text(SOURCE)
        (folder / "max_migration.txt").write_text("0040_previous\n")
        self.migrations = MigrationFolder(folder, "0040_previous", "service_providers")

    def deprecate(self, model: str, *, replacement: str | None = None, retires_on: dt.date | None = None) -> Edit:
        return deprecate(
            model=model,
            replacement=replacement,
            retires_on=retires_on,
            today=TODAY,
            file=self.file,
            migrations=self.migrations,
        )

    def retire(self, model: str, *, replacement: str | None = None) -> Edit:
        return retire(model=model, replacement=replacement, today=TODAY, file=self.file, migrations=self.migrations)


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path)


def outcome(edit: Edit) -> Catalogue:
    return load_source(edit.changes[-1].after, path=edit.changes[-1].path)


def facts(catalogue: Catalogue, name: str, *, provider: str = "openai") -> dict[str, Any]:
    model = catalogue.find(provider, name)
    assert model is not None
    fields = ("deprecated", "replacement", "deprecated_on", "retires_on", "retires_on_is_earliest")
    return {field: getattr(model, field) for field in fields if getattr(model, field)}


def test_a_deprecated_model_has_its_facts_and_the_others_stay(tree: Tree):
    edit = tree.deprecate("groq/gemma", replacement="openai/gpt-oss", retires_on=OCTOBER)

    after = outcome(edit)
    assert facts(after, "gemma", provider="groq") == {
        "deprecated": True,
        "replacement": "openai/gpt-oss",
        "deprecated_on": TODAY,
        "retires_on": OCTOBER,
    }
    before = load_source(SOURCE.encode(), path=tree.file)
    assert [one for one in after.models if one.name != "gemma"] == [one for one in before.models if one.name != "gemma"]
    assert after.removals == before.removals
    assert edit.replacement == "openai/gpt-oss"
    assert edit.warnings == ()


def test_the_files_are_the_migration_its_head_and_at_last_the_catalogue(tree: Tree):
    edit = tree.deprecate("openai/gpt-4", replacement="gpt-4.1")

    assert [change.path.name for change in edit.changes] == [
        "0041_deprecate_openai_gpt_4.py",
        "max_migration.txt",
        "default_models.py",
    ]
    assert edit.changes[-1].before == SOURCE.encode() == tree.file.read_bytes()


def test_what_the_line_says_of_the_deprecation_stays(tree: Tree):
    assert facts(outcome(tree.deprecate("openai/gpt-4")), "gpt-4") == {
        "deprecated": True,
        "deprecated_on": dt.date(2026, 1, 2),
    }
    edit = tree.deprecate("openai/gpt-5")
    assert facts(outcome(edit), "gpt-5") == {
        "deprecated": True,
        "replacement": "gpt-4.1",
        "deprecated_on": TODAY,
        "retires_on": OCTOBER,
        "retires_on_is_earliest": True,
    }
    assert edit.replacement == "gpt-4.1"


def test_a_model_that_has_retired_is_not_said_to_be_deprecated_after_that(tree: Tree):
    edit = tree.deprecate("groq/gemma", replacement="openai/gpt-oss", retires_on=TODAY - dt.timedelta(days=1))
    assert facts(outcome(edit), "gemma", provider="groq") == {
        "deprecated": True,
        "replacement": "openai/gpt-oss",
        "retires_on": TODAY - dt.timedelta(days=1),
    }
    assert [warning.rule for warning in edit.warnings] == [Rule.RETIRED_BUT_THERE]


def test_a_date_that_is_given_is_firm(tree: Tree):
    after = outcome(tree.deprecate("openai/gpt-5", retires_on=dt.date(2026, 11, 1)))

    assert facts(after, "gpt-5")["retires_on"] == dt.date(2026, 11, 1)
    assert "retires_on_is_earliest" not in facts(after, "gpt-5")


@pytest.mark.parametrize(
    ("model", "replacement", "removal"),
    [
        ("groq/gemma", None, Deleted("groq", "gemma")),
        ("groq/gemma", "openai/gpt-oss", Deleted("groq", "gemma", "openai/gpt-oss")),
        ("openai/o1", None, Deleted("openai", "o1", "gpt-4.1", dt.date(2026, 8, 1))),
        ("openai/gpt-5", None, Deleted("openai", "gpt-5", "gpt-4.1")),  # its day is only the earliest one
        ("openai/o1", "gpt-5", Deleted("openai", "o1", "gpt-5", dt.date(2026, 8, 1))),
    ],
)
def test_a_retired_model_leaves_the_catalogue_and_its_firm_facts_stay(
    tree: Tree, model: str, replacement: str | None, removal: Deleted
):
    edit = tree.retire(model, replacement=replacement)

    before, after = load_source(SOURCE.encode(), path=tree.file), outcome(edit)
    assert set(before.models) - set(after.models) == {before.find(removal.provider, removal.name)}
    assert set(after.removals) == {*before.removals, removal}
    assert edit.replacement == removal.replacement
    assert edit.changes[0].path.name.startswith("0041_remove_")


def test_a_price_that_was_accepted_stays_accepted_for_the_same_replacement(tree: Tree):
    line = 'Model("o1", 1, deprecated=True, replacement="gpt-4.1", '
    tree.file.write_text(SOURCE.replace(line, f"{line}accept_price_increase=True, "))
    accepted = Deleted("openai", "o1", "gpt-4.1", dt.date(2026, 8, 1), accept_price_increase=True)

    assert accepted in outcome(tree.retire("openai/o1")).removals
    assert accepted in outcome(tree.retire("openai/o1", replacement="gpt-4.1")).removals
    other = outcome(tree.retire("openai/o1", replacement="gpt-5")).find_removal("openai", "o1")
    assert other is not None
    assert not other.accept_price_increase


def test_what_the_lint_newly_warns_of_comes_with_the_edit(tree: Tree):
    assert [finding.rule for finding in tree.deprecate("groq/gemma").warnings] == [Rule.NO_REPLACEMENT]
    assert {finding.rule for finding in tree.deprecate("openai/gpt-4.1").warnings} == {
        Rule.REPLACEMENT_DEPRECATED,
        Rule.DEFAULT_DEPRECATED,
        Rule.NO_REPLACEMENT,
    }


def test_a_warning_that_only_gets_shorter_is_no_news(tree: Tree):
    tree.file.write_text(SOURCE.replace('"gemma", 1', '"gemma", 1, deprecated=True').replace('"o3", 1', '"o4", 1'))

    assert tree.retire("openai/o2").warnings == ()


@pytest.mark.parametrize(
    ("model", "says"),
    [
        ("openai/gpt-44", "The catalogue has no model openai/gpt-44. Did you mean openai/gpt-4 or openai/gpt-4.1 or "),
        ("gpt-4", "The catalogue has no model gpt-4. Did you mean openai/gpt-4?"),
        ("azure/gpt-4", "The catalogue has no model azure/gpt-4. Did you mean openai/gpt-4?"),
        ("openai/gpt-oss", "The catalogue has no model openai/gpt-oss. Did you mean groq/openai/gpt-oss?"),
        ("", "The catalogue has no model ''. Give PROVIDER/NAME, such as openai/gpt-4."),
        ("openai/gpt-3", "openai/gpt-3 is in DELETED_MODELS already."),
    ],
)
def test_a_model_that_is_not_in_the_catalogue_is_refused(tree: Tree, model: str, says: str):
    for edit in (tree.deprecate, tree.retire):
        with pytest.raises(EditRefused) as refused:
            edit(model)
        assert str(refused.value).startswith(says)


@pytest.mark.parametrize(
    ("replacement", "says"),
    [
        ("gpt-4.0", "openai has no model gpt-4.0 to replace it. Did you mean gpt-4"),
        ("openai/gpt-4.1", "openai has no model openai/gpt-4.1 to replace it. Did you mean gpt-4.1?"),
        ("qwen", "openai has no model qwen to replace it. It has gpt-4, gpt-4.1, gpt-5, o1, o2, o3."),
        ("", "--replacement is empty. Give the name of a model, or leave it out."),
        (
            "gpt-2",
            "Nothing was written, for the checks would refuse it. openai/gpt-5 is replaced by openai/gpt-2, which",
        ),
        ("gpt-5", "Nothing was written, for the checks would refuse it. The replacements of openai run in a circle: "),
        (
            "o1",
            "Nothing was written, for the checks would refuse it. openai/gpt-5 is replaced by openai/o1, which the ",
        ),
    ],
)
def test_a_replacement_that_the_checks_would_refuse_is_refused(tree: Tree, replacement: str, says: str):
    """Rule 3: no removal is written down that would not be carried out."""
    with pytest.raises(EditRefused) as refused:
        tree.deprecate("openai/gpt-5", replacement=replacement)

    assert str(refused.value).startswith(says)


def test_a_model_that_others_are_replaced_by_is_not_removed_without_a_successor(tree: Tree):
    with pytest.raises(EditRefused, match=r"openai/gpt-3 is replaced by openai/gpt-4\.1, which is removed without"):
        tree.retire("openai/gpt-4.1")


def test_a_model_is_deprecated_once(tree: Tree):
    with pytest.raises(EditRefused) as refused:
        tree.deprecate("openai/o1")

    assert str(refused.value) == (
        "openai/o1 is deprecated already. Edit its line to change its replacement or its date."
    )


def test_an_error_that_was_there_before_is_told_as_such(tree: Tree):
    tree.file.write_text(SOURCE.replace('"gpt-3", "gpt-4.1"', '"gpt-3", "nope"'))

    with pytest.raises(
        EditRefused, match=r"^Nothing was written, for the catalogue has an error already\. openai/gpt-3 "
    ):
        tree.retire("groq/gemma")


@pytest.mark.parametrize(
    ("code", "says"),
    [
        (
            "DELETED_MODELS = DELETED_MODELS[:]",
            "default_models.py does not spell out DELETED_MODELS as one literal. Edit it by hand.",
        ),
        (
            "DELETED_MODELS.pop()",
            "default_models.py has code that changes its lists, so an edit would go wrong. Edit it by hand.",
        ),
        (
            'DEFAULT_LLM_PROVIDER_MODELS["groq"] = [Model("gemma", 1)]',
            "default_models.py would be broken after such an edit: groq/gemma is both in DEFAULT_LLM_PROVIDER_MODELS and "
            "in DELETED_MODELS. Take it out of the first to remove the model, or out of the second to keep it. Edit it "
            "by hand.",
        ),
    ],
)
def test_lists_that_code_changes_are_refused(tree: Tree, code: str, says: str):
    tree.file.write_text(f"{SOURCE}\n{code}\n")

    with pytest.raises((EditRefused, NotWrittenPlainly)) as refused:
        tree.retire("groq/gemma")

    assert str(refused.value) == says


def test_a_file_that_cannot_be_read_is_refused(tree: Tree):
    tree.file.write_text("DEFAULT_LLM_PROVIDER_MODELS = {\n")

    with pytest.raises(CatalogueError, match=r"^default_models\.py cannot be imported: SyntaxError: "):
        tree.retire("groq/gemma")
