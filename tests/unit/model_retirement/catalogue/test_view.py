"""The typed view of the catalogue."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, RootModel

from apps.service_providers.llm_service import default_models
from model_retirement.catalogue.declarations import Deleted, Model
from model_retirement.catalogue.entries import CatalogueModel
from model_retirement.catalogue.findings import Rule
from model_retirement.catalogue.parameters import BasicParameters
from model_retirement.catalogue.view import CatalogueError, load, load_source, read

TODAY = dt.date(2026, 8, 18)


class Unfinished(BaseModel):
    """Settings whose type nobody has defined."""

    effort: Nowhere | None = None  # type: ignore[name-defined]  # noqa: F821  # that is the test


def of(models: list[Model], removals: list) -> dict:
    return {"models": {"openai": models}, "removals": removals}


def untyped(class_: Any, *values: Any, **more: Any) -> Any:
    """Declare something that a type checker would refuse."""
    return class_(*values, **more)


def test_the_real_catalogue_loads():
    """What is in it changes; the checks have to say that it is sound."""
    catalogue = load()

    assert len(catalogue.models) == sum(len(models) for models in default_models.DEFAULT_LLM_PROVIDER_MODELS.values())
    assert len(catalogue.removals) == len(default_models.DELETED_MODELS)


@pytest.mark.usefixtures("pinned_catalogue")
def test_a_catalogue_loads_with_all_its_entries():
    catalogue = load()

    assert (len(catalogue.models), len(catalogue.removals)) == (90, 37)
    gpt_4 = catalogue.find("openai", "gpt-4")
    assert gpt_4 is not None
    assert (gpt_4.token_limit, gpt_4.parameters) == (8192, BasicParameters)
    assert catalogue.find("openai", "nope") is None
    assert catalogue.find_removal("anthropic", "claude-2.0") == Deleted("anthropic", "claude-2.0")
    assert catalogue.find_removal("anthropic", "nope") is None


def test_the_lists_are_read_when_the_catalogue_is_loaded(monkeypatch):
    monkeypatch.setattr(default_models, "DEFAULT_LLM_PROVIDER_MODELS", {"groq": [Model("a", 1)]})
    monkeypatch.setattr(default_models, "DELETED_MODELS", [("groq", "b", "a")])

    catalogue = load()

    assert [(model.provider, model.name) for model in catalogue.models] == [("groq", "a")]
    assert catalogue.removals == (Deleted("groq", "b", "a"),)


def test_a_removal_may_be_written_in_three_ways():
    day = dt.date(2026, 10, 23)
    catalogue = load(
        **of([Model("new", 1)], [("openai", "a"), ("openai", "b", "new"), Deleted("openai", "c", "new", day)])
    )

    assert catalogue.removals == (
        Deleted("openai", "a"),
        Deleted("openai", "b", "new"),
        Deleted("openai", "c", "new", day),
    )


@dataclasses.dataclass
class OwnModel:
    """A host's own class of models, with the fields that Model began with."""

    name: str
    token_limit: int
    is_default: bool = False
    is_translation_default: bool = False
    deprecated: bool = False
    replacement: str | None = None
    deprecated_on: dt.date | None = None


def test_a_host_may_have_a_class_of_models_of_its_own():
    own: Any = OwnModel("a", 8_192, is_default=True, replacement="b")

    assert load(models={"openai": [own]}, removals=[]).find("openai", "a") == CatalogueModel(
        "a", 8_192, is_default=True, replacement="b", parameters=None, provider="openai"
    )


def test_of_a_class_of_models_without_parameters_nothing_is_known_about_settings():
    """What nobody knows not to be taken is not dropped (rule 13)."""
    own: Any = [OwnModel("a", 1), SimpleNamespace(name="b", token_limit=1, parameters=BasicParameters)]

    models = load(models={"openai": own}, removals=[]).models

    assert [model.parameters for model in models] == [None, BasicParameters]


def test_the_catalogue_is_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        load().models = ()  # type: ignore[misc]  # that is the test


@pytest.mark.parametrize(
    ("models", "removals", "rule", "words"),
    [
        ([], [], Rule.MALFORMED, "DEFAULT_LLM_PROVIDER_MODELS is [], no dictionary"),
        ({"openai": Model("a", 1)}, [], Rule.MALFORMED, "no list of models"),
        ({"openai": ["a"]}, [], Rule.MALFORMED, "DEFAULT_LLM_PROVIDER_MODELS['openai'][0] is 'a', no Model"),
        ({"openai": [Model("", 1)]}, [], Rule.MALFORMED, "name is '', no name of a model"),
        ({"openai": [Model(" a", 1)]}, [], Rule.MALFORMED, "name is ' a'"),
        ({"openai": [Model("a\n", 1)]}, [], Rule.MALFORMED, "no name of a model"),
        ({"openai": [Model("a" * 129, 1)]}, [], Rule.MALFORMED, "longer than 128"),
        ({"openai": [untyped(Model, "a", 1, replacement=3)]}, [], Rule.MALFORMED, "replacement is 3"),
        ({"openai": [untyped(Model, "a", "1")]}, [], Rule.MALFORMED, "token_limit is '1'"),
        ({"openai": [Model("a", True)]}, [], Rule.MALFORMED, "token_limit is True"),
        ({"openai": [untyped(Model, "a", 1, deprecated="no")]}, [], Rule.MALFORMED, "deprecated is 'no'"),
        (
            {"openai": [untyped(Model, "a", 1, accept_price_increase=1)]},
            [],
            Rule.MALFORMED,
            "accept_price_increase is 1, neither True nor False",
        ),
        (
            {},
            [untyped(Deleted, "openai", "a", accept_price_increase="yes")],
            Rule.MALFORMED,
            "accept_price_increase is 'yes', neither True nor False",
        ),
        (
            {"openai": [untyped(Model, "a", 1, retires_on="2026-01-01")]},
            [],
            Rule.MALFORMED,
            "retires_on is '2026-01-01', no date",
        ),
        ({"openai": [Model("a", 1, deprecated_on=dt.datetime(2026, 1, 1))]}, [], Rule.MALFORMED, "deprecated_on is"),  # noqa: DTZ001  any datetime is wrong here
        ({"openai": [untyped(Model, "a", 1, parameters=dict)]}, [], Rule.MALFORMED, "no pydantic class"),
        ({"openai": [untyped(Model, "a", 1, parameters=3)]}, [], Rule.MALFORMED, "parameters is 3"),
        ({"openai": [untyped(Model, "a", 1, parameters=RootModel[dict[str, int]])]}, [], Rule.MALFORMED, "no pydantic"),
        ({"openai": [Model("a", 1, parameters=Unfinished)]}, [], Rule.MALFORMED, "names a type that is not defined"),
        ({"openai": [Model("a", 1, kind="talk")]}, [], Rule.MALFORMED, "kind is 'talk', none of chat, embedding, "),
        ({"openai": [untyped(Model, "a", 1, kind=["chat"])]}, [], Rule.MALFORMED, "kind is ['chat'], none of chat"),
        ({"openai": [SimpleNamespace(name="a")]}, [], Rule.MALFORMED, "no Model"),
        ({"openai": [SimpleNamespace(name="a", token_limit=1, deprecated=3)]}, [], Rule.MALFORMED, "deprecated is 3"),
        ({"nobody": [Model("a", 1)]}, [], Rule.UNKNOWN_PROVIDER, "DEFAULT_LLM_PROVIDER_MODELS['nobody']"),
        ({3: []}, [], Rule.UNKNOWN_PROVIDER, "DEFAULT_LLM_PROVIDER_MODELS[3]"),
        ({}, {}, Rule.MALFORMED, "DELETED_MODELS is {}, no list of removals"),
        ({}, ["gpt-4"], Rule.MALFORMED, "DELETED_MODELS[0] is 'gpt-4', no removal"),
        ({}, [["openai", "gpt-4"]], Rule.MALFORMED, "DELETED_MODELS[0]"),
        ({}, [("openai", "a"), ("openai",)], Rule.MALFORMED, "DELETED_MODELS[1] is ('openai',)"),
        ({}, [("openai", "a", None, None)], Rule.MALFORMED, "no removal"),
        ({}, [(["openai"], "a")], Rule.MALFORMED, "the provider is ['openai'], no name"),
        ({}, [("openai", 4)], Rule.MALFORMED, "the name is 4"),
        ({}, [("openai", "a", "")], Rule.MALFORMED, "the replacement is ''"),
        ({}, [untyped(Deleted, "openai", "a", None, "soon")], Rule.MALFORMED, "retires_on is 'soon'"),
        ({}, [("nobody", "a")], Rule.UNKNOWN_PROVIDER, "DELETED_MODELS[0] names the provider 'nobody'"),
        ({"openai": [Model("a", 0)]}, [], Rule.LIMIT_OUT_OF_RANGE, "openai/a has a token limit of 0"),
        ({"openai": [Model("a", 2**31)]}, [], Rule.LIMIT_OUT_OF_RANGE, "2147483648"),
        ({"openai": [Model("a", 1), Model("a", 2)]}, [], Rule.DUPLICATE, "openai/a stands 2 times"),
        ({}, [("openai", "a"), ("openai", "a", "b")], Rule.DUPLICATE, "in DELETED_MODELS"),
        ({"openai": [Model("a", 1)]}, [("openai", "a")], Rule.IN_BOTH_LISTS, "openai/a is both in"),
    ],
)
def test_an_entry_that_cannot_be_used_is_refused_in_one_line_that_says_what_and_where(models, removals, rule, words):
    with pytest.raises(CatalogueError) as refusal:
        load(models=models, removals=removals)

    assert words in str(refusal.value)
    assert "\n" not in str(refusal.value)
    findings = read(models=models, removals=removals).unreadable
    assert [finding.rule for finding in findings] == [rule]
    assert findings[0].level == "error"
    assert findings[0].blocks_removal


def test_several_mistakes_are_counted_and_the_first_is_told():
    with pytest.raises(CatalogueError, match=r"DELETED_MODELS\[0\] is 1.* \(1 more: .*llm_models check"):
        load(models={}, removals=[1, 2])


@pytest.mark.parametrize(
    ("models", "removals"),
    [
        ([Model("y", 1)], [("openai", "y")]),
        ([Model("y", 1), Model("y", 2)], []),
        ([Model("y", 0)], []),
        ([untyped(Model, "y", "many")], []),
        (["no model"], []),
        ([], [("openai", "y"), ("openai", "y", "z")]),
        ([], [("openai", "y", 4)]),
        ([], [("openai", 4)]),
        ([], [3]),
        ([], [("nobody", "y")]),
    ],
)
def test_what_is_wrong_with_another_entry_does_not_stop_a_removal(models, removals):
    """Rule 30."""
    catalogue = read(models={"openai": [Model("z", 1), *models]}, removals=[("openai", "x", "z"), *removals])
    assert catalogue.unreadable
    catalogue.require_readable(only=["openai/x"])
    with pytest.raises(CatalogueError):
        catalogue.require_readable()


@pytest.mark.parametrize(
    ("models", "removals", "words"),
    [
        ([Model("x", 1)], [("openai", "x")], "x is both in"),
        ([], [("openai", "x"), ("openai", "x")], "x stands 2 times"),
        ([], [("openai", "x", 4)], "the replacement is 4"),
        ([], ["openai/x"], "no removal"),
        ([], [("nobody", "x")], "names the provider 'nobody'"),
        ([Model("y", 0)], [("openai", "x", "y")], "y has a token limit of 0"),
        ([Model("z", 1)], [("openai", "x", "y"), ("openai", "y", "z"), ("openai", "z")], "z is both in"),
    ],
)
def test_what_is_wrong_with_an_entry_or_with_what_replaces_it_stops_its_removal(models, removals, words):
    catalogue = read(models={"openai": models}, removals=removals)
    name = "nobody/x" if removals == [("nobody", "x")] else "openai/x"
    with pytest.raises(CatalogueError, match=words):
        catalogue.require_readable(only=[name])


def test_a_circle_of_replacements_can_be_read():
    read(models={}, removals=[("openai", "x", "y"), ("openai", "y", "x"), 3]).require_readable(only=["openai/x"])


def test_a_chain_of_removals_resolves_to_its_end_in_whatever_order_it_is_written():
    """Chains resolve to their end: one move, one notice (rule 3)."""
    catalogue = load(**of([Model("c", 1)], [("openai", "b", "c"), ("openai", "a", "b")]))

    assert catalogue.resolve_replacement("openai", "a") == "c"
    assert catalogue.resolve_replacement("openai", "b") == "c"


def test_a_deprecated_model_resolves_to_its_replacement_also_through_removals():
    models = [Model("a", 1, deprecated=True, replacement="b"), Model("c", 1)]
    catalogue = load(**of(models, [("openai", "b", "c")]))

    assert catalogue.resolve_replacement("openai", "a") == "c"


def test_without_a_replacement_there_is_none():
    assert load(**of([], [("openai", "a")])).resolve_replacement("openai", "a") is None


@pytest.mark.parametrize(
    ("removals", "words"),
    [
        ([], "neither in the catalogue nor in DELETED_MODELS"),
        ([("openai", "a", "b")], "leads to no model of the catalogue: a -> b"),
        ([("openai", "a", "b"), ("openai", "b")], "leads to no model of the catalogue: a -> b"),
        ([("openai", "a", "b"), ("openai", "b", "c"), ("openai", "c", "a")], "a -> b -> c"),
        ([("openai", "a", "a")], "leads to no model of the catalogue: a"),
    ],
)
def test_a_chain_that_ends_nowhere_is_never_taken_for_no_replacement(removals, words):
    """References are never silently cleared (rule 3)."""
    with pytest.raises(CatalogueError, match=words):
        load(**of([], removals)).resolve_replacement("openai", "a")


def test_a_removal_has_the_problems_of_its_whole_chain_and_no_others():
    """A run stops only for entries whose row exists here (rule 3)."""
    removals = [("openai", "a", "b"), ("openai", "b", "c"), ("openai", "x", "y")]
    catalogue = load(**of([], removals))

    chain, missing = catalogue.problems_of(Deleted("openai", "a", "b"), today=TODAY)

    assert (chain.rule, chain.name, chain.blocks_removal) == (Rule.CHAIN, "a", False)
    assert (missing.rule, missing.name, missing.blocks_removal) == (Rule.REPLACEMENT_MISSING, "b", True)


def test_a_removal_that_runs_into_a_circle_is_blocked_by_it():
    removals = [("openai", "a", "b"), ("openai", "b", "c"), ("openai", "c", "b")]
    findings = load(**of([], removals)).problems_of(Deleted("openai", "a", "b"))

    assert [finding.rule for finding in findings] == [Rule.CHAIN, Rule.CYCLE]
    assert findings[1].blocks_removal


def test_a_sound_removal_has_no_problems():
    assert load(**of([Model("b", 1)], [("openai", "a", "b")])).problems_of(Deleted("openai", "a", "b")) == ()


def test_a_finding_reads_as_one_line():
    finding = read(models={}, removals=[1]).unreadable[0]

    assert str(finding) == f"{finding.message} {finding.hint}"


class Hostile:
    """A value that cannot even be shown."""

    def __repr__(self) -> str:
        raise RuntimeError("no")


atoms = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=5),
    st.dates(),
    st.datetimes(),
    st.builds(Hostile),
)
names = st.sampled_from(["a", "b", "c", "openai", "groq"]) | st.text(max_size=3)
declared = st.builds(
    Model,
    names | atoms,
    st.integers() | atoms,
    is_default=st.booleans() | atoms,
    deprecated=st.booleans() | atoms,
    replacement=st.none() | names | atoms,
    retires_on=st.none() | st.dates() | atoms,
    parameters=st.just(BasicParameters) | atoms,
)
removal = st.tuples(names | atoms, names | atoms) | st.tuples(names, names, names | atoms)
anything = st.recursive(atoms | declared | removal, lambda inner: st.lists(inner, max_size=3) | st.tuples(inner, inner))
some_models = st.dictionaries(st.sampled_from(["openai", "groq", "nobody"]), st.lists(declared | anything, max_size=5))


@given(models=some_models | anything, removals=st.lists(removal | anything, max_size=6) | anything)
def test_whatever_stands_in_the_lists_is_loaded_or_refused_in_words(models, removals):
    catalogue = read(models=models if models is not None else [], removals=removals if removals is not None else 0)
    problems = catalogue.problems(today=TODAY)

    assert all("\n" not in str(finding) and finding.hint for finding in problems)
    assert len(set(problems)) == len(problems)
    for entry in catalogue.removals:
        blocked = any(finding.blocks_removal for finding in catalogue.problems_of(entry, today=TODAY))
        try:
            target = catalogue.resolve_replacement(entry.provider, entry.name)
        except CatalogueError:
            assert blocked or catalogue.unreadable
        else:
            assert target is None or catalogue.find(entry.provider, target)


def test_code_is_read_as_django_would_import_it(tmp_path):
    catalogue = load_source(Path(default_models.__file__).read_bytes(), path=tmp_path / "default_models.py")

    assert catalogue == dataclasses.replace(load(), facts={})


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("x = [", "default_models.py cannot be imported: SyntaxError: "),
        ("import nowhere", "default_models.py cannot be imported: ModuleNotFoundError: No module named 'nowhere'."),
        ("DELETED_MODELS = []", "default_models.py does not define DEFAULT_LLM_PROVIDER_MODELS."),
        ("", "default_models.py does not define DEFAULT_LLM_PROVIDER_MODELS and DELETED_MODELS."),
        ("DEFAULT_LLM_PROVIDER_MODELS = {}\nDELETED_MODELS = [1]", "DELETED_MODELS[0] is 1, no removal. "),
    ],
)
def test_code_that_declares_no_catalogue_is_refused(tmp_path, code: str, says: str):
    with pytest.raises(CatalogueError) as refused:
        load_source(code.encode(), path=tmp_path / "default_models.py")

    assert str(refused.value).startswith(says)
