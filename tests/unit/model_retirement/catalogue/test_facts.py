"""What sources say of models: the file that holds it, and what follows for the catalogue."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from apps.service_providers.llm_service import default_models
from model_retirement.catalogue import facts_file
from model_retirement.catalogue.declarations import Deleted, Model
from model_retirement.catalogue.facts import Capability, Facts, ModelFacts, ModelKind
from model_retirement.catalogue.findings import Rule
from model_retirement.catalogue.parameters import TranscriptionParameters
from model_retirement.catalogue.view import CatalogueError, load, load_source, read

TODAY = dt.date(2026, 8, 18)
DAY = dt.date(2026, 11, 1)

FACTS: Facts = {
    ("openai", "gpt-4.1"): ModelFacts(
        kind=ModelKind.CHAT,
        price_in=Decimal(2),
        price_out=Decimal("8.25"),
        priced_on=DAY,
        context_window=1_047_576,
        capabilities=frozenset({Capability.VISION, Capability.TOOLS}),
        successor="gpt-5.6-sol",
        announcement="https://provider.example/end#gpt-4.1",
        source="A feed",
    ),
    ("groq", "openai/gpt-oss-20b"): ModelFacts(kind=ModelKind.CHAT, capabilities=frozenset()),
    ("groq", "a"): ModelFacts(),
}

FILE = """\
{
 "groq/a": {},
 "groq/openai/gpt-oss-20b": {"kind": "chat", "capabilities": []},
 "openai/gpt-4.1": {"kind": "chat", "price_in": 2, "price_out": 8.25, "priced_on": "2026-11-01", \
"context_window": 1047576, "capabilities": ["tools", "vision"], "successor": "gpt-5.6-sol", \
"announcement": "https://provider.example/end#gpt-4.1", "source": "A feed"}
}
"""


def catalogue_of(*models: Model, removals: Sequence[Any] = (), facts: Any = None) -> Any:
    return read(models={"openai": list(models)}, removals=list(removals), facts=facts or {})


def test_the_file_has_a_line_for_each_model_sorted_and_without_what_is_not_known(tmp_path: Path):
    path = tmp_path / "model_facts.json"
    path.write_bytes(facts_file.written(FACTS))

    assert path.read_text() == FILE
    assert facts_file.read_file(path) == facts_file.FactsRead(FACTS)
    assert facts_file.written({}) == b"{}\n"


def test_facts_may_stand_in_the_module_in_the_same_shape_and_win_over_the_file(tmp_path: Path):
    (tmp_path / "model_facts.json").write_text(FILE)
    own = {"openai/x": {"price_in": 1.5, "priced_on": DAY, "capabilities": {"audio"}}}
    file = tmp_path / "default_models.py"

    assert facts_file.read_of_module(None, module_file=file).facts == FACTS
    assert facts_file.read_of_module(own, module_file=file).facts == {
        ("openai", "x"): ModelFacts(price_in=Decimal("1.5"), priced_on=DAY, capabilities=frozenset({Capability.AUDIO}))
    }
    assert facts_file.read_of_module({}, module_file=file).facts == {}


@pytest.mark.parametrize("module_file", [None, "/nowhere/default_models.py"])
def test_without_a_file_there_are_no_facts(module_file):
    assert facts_file.read_of_module(None, module_file=module_file) == facts_file.FactsRead()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "model_facts.json cannot be read: Expecting value: line 1 column 1"),
        (b"{\n<<<<<<< HEAD\n", "cannot be read: Expecting property name enclosed in double quotes: line 2 column 1"),
        (b"\xff{}", "model_facts.json is no UTF-8 text."),
        (b"[" * 100_000, "model_facts.json is nested too deeply."),
        (b"[]", "model_facts.json is [], no object with a model's facts under its name."),
        (b'{"a/b": {}, "a/b": {}}', "cannot be read: it has 'a/b' twice."),
        (b'{"a/b": {"price_in": NaN}}', "cannot be read: NaN is not a number."),
    ],
)
def test_a_file_that_cannot_be_read_is_one_finding_in_words(tmp_path: Path, content: bytes, words: str):
    path = tmp_path / "model_facts.json"
    path.write_bytes(content)

    held = facts_file.read_file(path)

    (finding,) = held.findings
    assert (held.facts, finding.rule, finding.name) == ({}, Rule.FACTS_MALFORMED, "")
    assert words in finding.message
    assert "\n" not in str(finding)


def test_a_folder_in_place_of_the_file_is_told_of(tmp_path: Path):
    (finding,) = facts_file.read_file(tmp_path).findings
    assert "cannot be read: [Errno 21] Is a directory" in finding.message


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ([], "[] is no object of facts"),
        ({"colour": 1}, "'colour' is none of kind, price_in, price_out,"),
        ({"kind": "talk"}, "kind is 'talk', none of chat, embedding,"),
        ({"kind": ["chat"]}, "kind is ['chat'], none of chat"),
        ({"price_in": "2"}, "price_in is '2', no price in USD per million tokens"),
        ({"price_in": True}, "price_in is True, no price"),
        ({"price_out": -1}, "price_out is -1, no price"),
        ({"price_out": 10**16}, "price_out is 10000000000000000, no price"),
        ({"price_out": float("nan")}, "price_out is nan, no price"),
        ({"priced_on": "2026-11"}, "priced_on is '2026-11', no day such as 2026-11-01"),
        ({"priced_on": "20261101"}, "priced_on is '20261101', no day"),
        ({"priced_on": dt.datetime(2026, 11, 1, tzinfo=dt.UTC)}, "no day"),
        ({"context_window": 0}, "context_window is 0, no number of tokens"),
        ({"context_window": True}, "context_window is True, no number of tokens"),
        ({"successor": 5}, "successor is 5, no text of one line"),
        ({"announcement": "a page"}, "announcement is 'a page', no address of a page"),
        ({"announcement": "https://a b"}, "announcement is 'https://a b', no address of a page"),
        ({"announcement": ["https://a"]}, "announcement is ['https://a'], no address of a page"),
        ({"capabilities": "tools"}, "capabilities is 'tools', no list of audio, reasoning"),
        ({"capabilities": ["magic"]}, "capabilities is ['magic'], no list of audio"),
        ({"capabilities": [[]]}, "capabilities is [[]], no list of audio"),
        ({"source": 3}, "source is 3, no text of one line"),
        ({"source": "a\nb"}, r"source is 'a\nb', no text of one line"),
    ],
)
def test_a_fact_that_makes_no_sense_is_told_of_with_its_model(said, words):
    held = facts_file.read({"openai/a": said, "openai/b": {}}, where="MODEL_FACTS")

    (finding,) = held.findings
    assert list(held.facts) == [("openai", "b")]
    assert (finding.provider, finding.name, finding.blocks_removal) == ("openai", "a", True)
    assert finding.message.startswith("MODEL_FACTS: openai/a: ")
    assert words in finding.message


@pytest.mark.parametrize("key", ["gpt-4", "", "/a", "openai/", 3, ("openai",), ("openai", 4), ("a", "b", "c")])
def test_facts_of_no_model_are_told_of(key):
    (finding,) = facts_file.read({key: {}}, where="MODEL_FACTS").findings
    assert "is not provider/name." in finding.message


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4) | st.dates(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
)
lines = st.dictionaries(st.sampled_from(facts_file.FIELDS) | st.text(max_size=2), json_values, max_size=4)


@settings(max_examples=60)
@given(held=st.dictionaries(st.text(max_size=4) | st.just("openai/a"), lines | json_values, max_size=3) | json_values)
def test_whatever_stands_there_is_read_or_told_of_and_what_was_read_is_written_for_good(held):
    parsed = facts_file.read(held, where="MODEL_FACTS")

    assert all("\n" not in str(finding) for finding in parsed.findings)
    again = facts_file.read(json.loads(facts_file.written(parsed.facts)), where="MODEL_FACTS")
    assert again.findings == ()
    assert facts_file.written(again.facts) == facts_file.written(parsed.facts)


def test_the_catalogue_knows_the_facts_of_its_module(monkeypatch):
    monkeypatch.setattr(default_models, "MODEL_FACTS", {"openai/gpt-4.1": {"kind": "chat"}}, raising=False)

    assert load().facts_of("openai", "gpt-4.1") == ModelFacts(kind=ModelKind.CHAT)
    assert load().facts_of("openai", "nobody") == ModelFacts()


def test_a_catalogue_that_is_no_file_has_no_facts_beside_it(monkeypatch):
    """Such as one that a program has put together."""
    monkeypatch.delattr(default_models, "__file__")
    assert load().facts == {}


def test_other_lists_have_no_facts_but_those_that_are_given(monkeypatch):
    monkeypatch.setattr(default_models, "MODEL_FACTS", {"openai/a": {"kind": "chat"}}, raising=False)

    assert load(models={}, removals=[]).facts == {}
    assert load(facts=FACTS).facts == FACTS
    assert load(models={}, removals=[], facts={"groq/a": {}}).facts == {("groq", "a"): ModelFacts()}


class OwnSettings(BaseModel):
    """Of a host."""

    kind: ClassVar[str] = "speech"


class OddSettings(BaseModel):
    kind: str = "chat"


class OtherSettings(BaseModel):
    kind: ClassVar[str] = "talk"


@pytest.mark.parametrize(
    ("model", "kind"),
    [
        (Model("a", 1, kind="image", parameters=TranscriptionParameters), ModelKind.IMAGE),
        (Model("a", 1, parameters=TranscriptionParameters), ModelKind.TRANSCRIPTION),
        (Model("a", 1, parameters=OwnSettings), ModelKind.SPEECH),
        (Model("a", 1, parameters=OddSettings), ModelKind.EMBEDDING),
        (Model("a", 1, parameters=OtherSettings), ModelKind.EMBEDDING),
        (Model("a", 1, parameters=None), ModelKind.EMBEDDING),
        (Model("a", 1), ModelKind.EMBEDDING),
    ],
)
def test_what_is_declared_wins_over_the_class_of_settings_and_that_over_the_facts(model, kind):
    facts = {"openai/a": {"kind": "embedding"}, "openai/gone": {"kind": "chat"}}
    catalogue = catalogue_of(model, removals=[("openai", "gone")], facts=facts)

    assert catalogue.kind_of("openai", "a") is kind
    assert catalogue.kind_of("openai", "gone") is ModelKind.CHAT
    assert catalogue.kind_of("openai", "nobody") is None


def blocking(catalogue: Any, removal: Any) -> list[Rule]:
    return [problem.rule for problem in catalogue.problems_of(removal, today=TODAY) if problem.blocks_removal]


def test_a_replacement_of_another_kind_stops_the_removal():
    gone = Deleted("openai", "w", "gpt")
    facts = {"openai/w": {"kind": "transcription"}, "openai/gpt": {"kind": "chat"}}
    assert blocking(catalogue_of(Model("gpt", 1), removals=[gone], facts=facts), gone) == [
        Rule.REPLACEMENT_OF_OTHER_KIND
    ]


@pytest.mark.parametrize("facts", [{}, {"openai/w": {"kind": "transcription"}}, {"openai/gpt": {"kind": "chat"}}])
def test_a_kind_that_nobody_knows_stops_nothing(facts):
    gone = Deleted("openai", "w", "gpt")
    assert blocking(catalogue_of(Model("gpt", 1), removals=[gone], facts=facts), gone) == []


def test_of_a_chain_the_kinds_of_its_ends_count():
    """References move to the end of a chain (rule 3), whatever is known of what stands between."""
    removals = (Deleted("openai", "w", "b"), Deleted("openai", "b", "gpt"))
    facts = {"openai/w": {"kind": "transcription"}, "openai/gpt": {"kind": "chat"}}
    catalogue = catalogue_of(Model("gpt", 1), removals=removals, facts=facts)

    assert blocking(catalogue, removals[0]) == [Rule.REPLACEMENT_OF_OTHER_KIND]
    assert blocking(catalogue, removals[1]) == []


def test_a_replacement_that_retires_before_what_it_replaces_stops_the_removal_also_in_a_chain():
    removals = (
        Deleted("openai", "a", "b", retires_on=TODAY + dt.timedelta(20)),
        Deleted("openai", "b", "c", retires_on=TODAY),
    )
    catalogue = catalogue_of(Model("c", 1, retires_on=TODAY + dt.timedelta(10)), removals=removals)

    assert blocking(catalogue, removals[0]) == [Rule.REPLACEMENT_RETIRES_FIRST]
    assert blocking(catalogue, removals[1]) == []


def test_facts_that_cannot_be_read_stop_each_removal_and_those_of_one_model_its_own():
    """Rule 30; what stands in a file that cannot be read may be what forbids the removal."""
    models = {"openai": [Model("b", 1)]}
    removals = [("openai", "a", "b"), ("openai", "x")]
    with pytest.raises(CatalogueError, match="the facts is"):
        read(models=models, removals=removals, facts=3).require_readable(only=["openai/x"])
    catalogue = read(models=models, removals=removals, facts={"openai/b": {"kind": 3}})
    catalogue.require_readable(only=["openai/x"])
    with pytest.raises(CatalogueError, match="openai/b: kind is 3"):
        catalogue.require_readable(only=["openai/a"])


@pytest.mark.parametrize(
    ("newest", "removals", "recommended"),
    [
        (Model("newest", 10), [], "newest"),
        (None, [], "newest"),
        (Model("newest", 10, deprecated=True), [], None),
        (Model("newest", 10, retires_on=dt.date(2026, 8, 17)), [], None),
        (None, [("openai", "newest", "new")], None),
    ],
)
def test_what_is_on_its_way_out_itself_is_recommended_to_nobody(newest, removals, recommended):
    """A feed goes on saying what a provider recommended when it announced the end of a model."""
    models = [Model("new", 10), *([newest] if newest else [])]
    catalogue = catalogue_of(
        *models,
        removals=[("openai", "old", "new"), *removals],
        facts={("openai", "old"): ModelFacts(successor="newest")},
    )
    assert catalogue.move_of("openai", "old", today=TODAY).recommended == recommended


def test_source_code_is_read_with_the_facts_beside_it(tmp_path: Path):
    (tmp_path / "model_facts.json").write_text(FILE)
    path = tmp_path / "default_models.py"
    code = b"DEFAULT_LLM_PROVIDER_MODELS = {}\nDELETED_MODELS = []\n"

    assert load_source(code, path=path).facts == FACTS
    assert load_source(code + b"MODEL_FACTS = {}\n", path=path).facts == {}
    (tmp_path / "model_facts.json").write_text("")
    with pytest.raises(CatalogueError, match=r"model_facts\.json cannot be read"):
        load_source(code, path=path)
