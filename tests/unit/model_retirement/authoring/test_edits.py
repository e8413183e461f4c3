"""Deprecate and retire: what becomes of a catalogue, and what is refused."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model_retirement.authoring.announcements import Announcement, announce, deprecate
from model_retirement.authoring.edits import Edit, EditRefused
from model_retirement.authoring.migration_file import MigrationFolder
from model_retirement.authoring.removals import retire
from model_retirement.authoring.source import NotWrittenPlainly
from model_retirement.catalogue.declarations import Deleted
from model_retirement.catalogue.entries import CatalogueModel
from model_retirement.catalogue.findings import Rule
from model_retirement.catalogue.view import Catalogue, CatalogueError, load_source
from tests.pinned_catalogue import PINNED_CATALOGUE, pinned_lists

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
        Model("o2", 1, deprecated=True),  # https://old.example
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

    def deprecate(
        self,
        *models: str,
        replacement: str | None = None,
        retires_on: dt.date | None = None,
        is_earliest: bool = False,
    ) -> Edit[CatalogueModel]:
        return deprecate(
            models=models,
            replacement=replacement,
            retires_on=retires_on,
            is_earliest=is_earliest,
            today=TODAY,
            file=self.file,
            migrations=self.migrations,
        )

    def announce(self, *announcements: Announcement) -> Edit[CatalogueModel]:
        return announce(announcements=announcements, today=TODAY, file=self.file, migrations=self.migrations)

    def retire(
        self,
        *models: str,
        replacement: str | None = None,
        retires_on: dt.date | None = None,
        is_earliest: bool = False,
    ) -> Edit[Deleted]:
        return retire(
            models=models,
            replacement=replacement,
            retires_on=retires_on,
            is_earliest=is_earliest,
            today=TODAY,
            file=self.file,
            migrations=self.migrations,
        )


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path)


def pinned_models() -> list[str]:
    lists = pinned_lists()["DEFAULT_LLM_PROVIDER_MODELS"]
    return [f"{provider}/{model.name}" for provider, models in lists.items() for model in models]


def outcome(edit: Edit[Any]) -> Catalogue:
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
    assert [model for model in after.models if model.name != "gemma"] == [
        model for model in before.models if model.name != "gemma"
    ]
    assert after.removals == before.removals
    assert edit.models == (after.find("groq", "gemma"),)
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
    assert facts(outcome(tree.deprecate("openai/gpt-5")), "gpt-5") == {
        "deprecated": True,
        "replacement": "gpt-4.1",
        "deprecated_on": TODAY,
        "retires_on": OCTOBER,
        "retires_on_is_earliest": True,
    }


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
    assert edit.models == (removal,)
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


def test_several_models_are_deprecated_by_one_edit_and_one_migration(tree: Tree):
    edit = tree.deprecate("openai/gpt-5", "openai/gpt-4", "openai/gpt-5", replacement="gpt-4.1", retires_on=OCTOBER)

    assert [change.path.name for change in edit.changes] == [
        "0041_deprecate_openai_gpt_5_and_1_more.py",
        "max_migration.txt",
        "default_models.py",
    ]
    after = outcome(edit)
    assert edit.models == (after.find("openai", "gpt-5"), after.find("openai", "gpt-4"))
    assert {model.retires_on for model in edit.models} == {OCTOBER}
    assert {model.replacement for model in edit.models} == {"gpt-4.1"}


def test_several_models_are_retired_by_one_edit_and_one_migration(tree: Tree):
    edit = tree.retire("openai/o2", "groq/gemma", "openai/o1")

    assert edit.changes[0].path.name == "0041_remove_openai_o2_and_2_more.py"
    after = outcome(edit)
    assert edit.models == (
        Deleted("openai", "o2"),
        Deleted("groq", "gemma"),
        Deleted("openai", "o1", "gpt-4.1", dt.date(2026, 8, 1)),
    )
    assert [removal.name for removal in after.removals] == ["gpt-3", "gpt-2", "o2", "o1", "gemma"]


@pytest.mark.parametrize(("model", "replacement"), [("o1", "gpt-4.1"), ("o2", None), ("gpt-5", "gpt-4.1")])
def test_a_model_is_retired_with_the_day_that_is_known_by_now(tree: Tree, model: str, replacement: str | None):
    edit = tree.retire(f"openai/{model}", retires_on=TODAY)
    assert edit.models == (Deleted("openai", model, replacement, TODAY),)
    assert outcome(edit).find_removal("openai", model) == edit.models[0]


def test_a_day_that_is_not_firm_any_more_does_not_go_with_the_removal(tree: Tree):
    """A removal cannot say that its day is only the earliest one, and teams would be told that it is firm."""
    after = outcome(tree.retire("openai/o1", retires_on=OCTOBER, is_earliest=True))
    assert after.find_removal("openai", "o1") == Deleted("openai", "o1", "gpt-4.1")


def test_models_that_replace_each_other_are_not_retired_together(tree: Tree):
    with pytest.raises(
        EditRefused, match=r"openai/o3 is replaced by openai/gpt-4, which is removed without a successor"
    ):
        tree.retire("openai/o3", "openai/gpt-4")


@pytest.mark.parametrize("models", [("openai/gpt-44", "openai/gpt-4"), ("openai/gpt-4", "openai/gpt-44")])
def test_one_wrong_model_refuses_all(tree: Tree, models: tuple[str, str]):
    for edit in (tree.deprecate, tree.retire):
        with pytest.raises(EditRefused, match=r"^The catalogue has no model openai/gpt-44\."):
            edit(*models)


def test_models_of_several_providers_share_no_replacement(tree: Tree):
    for edit in (tree.deprecate, tree.retire):
        with pytest.raises(EditRefused) as refused:
            edit("openai/o1", "groq/gemma", replacement="gpt-4.1")
        assert str(refused.value) == (
            "--replacement names a model of one provider, but the models are of openai and groq. "
            "Make one call per provider."
        )


def test_a_price_that_was_accepted_is_written_in_the_shortest_entry(tree: Tree):
    line = '"gemma", 1, replacement="openai/gpt-oss", accept_price_increase=True, kind="chat"'
    tree.file.write_text(SOURCE.replace('"gemma", 1', line))

    code = tree.retire("groq/gemma").changes[-1].after.decode()

    assert 'Deleted("groq", "gemma", "openai/gpt-oss", accept_price_increase=True),\n' in code


def test_another_replacement_has_a_price_that_nobody_has_accepted(tree: Tree):
    line = 'Model("o1", 1, deprecated=True, replacement="gpt-4.1", '
    tree.file.write_text(SOURCE.replace(line, f"{line}accept_price_increase=True, "))

    assert tree.deprecate("openai/o1", replacement="gpt-4.1", retires_on=OCTOBER).models[0].accept_price_increase
    assert not tree.deprecate("openai/o1", replacement="gpt-5").models[0].accept_price_increase


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"retires_on": OCTOBER}, 'replacement="gpt-4.1", retires_on=dt.date(2026, 10, 23)),'),
        (
            {"retires_on": OCTOBER, "is_earliest": True},
            'replacement="gpt-4.1", retires_on=dt.date(2026, 10, 23), retires_on_is_earliest=True),',
        ),
        (
            {"retires_on": dt.date(2026, 8, 1), "is_earliest": True},
            'replacement="gpt-4.1", retires_on=dt.date(2026, 8, 1), retires_on_is_earliest=True),',
        ),
        ({"replacement": "gpt-5"}, 'replacement="gpt-5", retires_on=dt.date(2026, 8, 1)),'),
    ],
)
def test_what_is_deprecated_already_gets_another_day_or_replacement(tree: Tree, changes: dict[str, Any], line: str):
    """Rule 21: a moved day is news, so its migration asks to tell the teams like any other."""
    edit = tree.deprecate("openai/o1", **changes)

    assert f'Model("o1", 1, deprecated=True, {line}\n' in edit.changes[-1].after.decode()
    assert b'RunDataMigration("notify_deprecated_models")' in edit.changes[0].after


def test_a_day_that_is_only_the_earliest_one_becomes_firm_and_the_other_way_round(tree: Tree):
    firm = outcome(tree.deprecate("openai/gpt-5", retires_on=OCTOBER))
    assert "retires_on_is_earliest" not in facts(firm, "gpt-5")
    moved = outcome(tree.deprecate("openai/gpt-5", retires_on=dt.date(2027, 1, 1), is_earliest=True))
    assert facts(moved, "gpt-5")["retires_on"] == dt.date(2027, 1, 1)
    assert facts(moved, "gpt-5")["retires_on_is_earliest"]


@pytest.mark.parametrize(
    ("models", "changes", "says"),
    [
        (["openai/o1"], {}, "openai/o1 is"),
        (["openai/o1"], {"retires_on": dt.date(2026, 8, 1), "replacement": "gpt-4.1"}, "openai/o1 is"),
        (["openai/o1", "openai/o2"], {}, "openai/o1, openai/o2 are"),
    ],
)
def test_what_changes_nothing_is_refused(tree: Tree, models: list[str], changes: dict[str, Any], says: str):
    with pytest.raises(EditRefused) as refused:
        tree.deprecate(*models, **changes)

    assert str(refused.value) == (
        f"Nothing would change: {says} deprecated already. Give another --replacement, --retires-on or --not-before."
    )


def test_what_is_as_it_is_to_be_stays_and_is_named(tree: Tree):
    edit = tree.deprecate("openai/o1", "openai/o2", replacement="gpt-4.1")

    assert (edit.unchanged, [model.name for model in edit.models]) == (("openai/o1",), ["o2"])
    assert edit.changes[0].path.name == "0041_deprecate_openai_o2.py"


def test_each_model_gets_what_its_provider_says_and_where(tree: Tree):
    edit = tree.announce(
        Announcement("openai/gpt-4", deprecated_on=TODAY, retires_on=OCTOBER, source="https://a.example/b#c"),
        Announcement("openai/o2", replacement="gpt-5", source="https://new.example"),
        Announcement("openai/o1", deprecated_on=TODAY, retires_on=OCTOBER),
        Announcement("openai/o3", source="https://a.example"),
    )

    assert edit.unchanged == ("openai/o3",)
    code = edit.changes[-1].after.decode()
    assert [line.strip() for line in code.splitlines() if line not in SOURCE.splitlines()] == [
        'Model("gpt-4", k(8), deprecated=True, deprecated_on=dt.date(2026, 1, 2), retires_on=dt.date(2026, 10, 23)),'
        "  # https://a.example/b#c",
        'Model("o1", 1, deprecated=True, replacement="gpt-4.1", deprecated_on=dt.date(2026, 8, 18), '
        "retires_on=dt.date(2026, 10, 23)),",
        'Model("o2", 1, deprecated=True, replacement="gpt-5"),  # https://new.example',
    ]


@given(
    chosen=st.lists(st.sampled_from(pinned_models()), unique=True, min_size=1, max_size=8),
    day=st.dates(TODAY, dt.date(2030, 1, 1)),
    source=st.sampled_from(["", "https://a.example/#b"]),
)
@settings(max_examples=5)
def test_only_the_lines_of_the_announced_models_change(chosen: list[str], day: dt.date, source: str):
    file = PINNED_CATALOGUE
    announcements = [Announcement(model, retires_on=day, deprecated_on=TODAY, source=source) for model in chosen]

    edit = announce(
        announcements=announcements,
        today=TODAY,
        file=file,
        migrations=MigrationFolder(file, "0001", "x", has_head=False),
    )

    before, after = load_source(file.read_bytes(), path=file), outcome(edit)
    assert after.removals == before.removals
    changed = [new for new, old in zip(after.models, before.models, strict=True) if new != old]
    assert {f"{model.provider}/{model.name}" for model in changed} == set(chosen)
    assert all((model.deprecated, model.retires_on) == (True, day) for model in changed)
    lines = edit.changes[-1].after.decode().splitlines()
    new_lines = [line for line in lines if line not in file.read_text().splitlines()]
    assert len(new_lines) == len(chosen) + 1  # and the import of date
    assert sum(line.endswith(f"  # {source}") for line in new_lines) == (len(chosen) if source else 0)


def test_announcements_that_are_all_known_change_nothing(tree: Tree):
    edit = tree.announce(Announcement("openai/o1", retires_on=dt.date(2026, 8, 1), source="https://a.example"))
    assert edit == Edit(changes=(), models=(), unchanged=("openai/o1",), warnings=())


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
