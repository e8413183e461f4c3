"""Each reader: what it makes of a row, that it is found by shape, and that no odd value breaks it."""

from __future__ import annotations

import contextlib
import copy
import datetime as dt
import json
import resource
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from model_retirement.catalogue.facts import Capability, ModelFacts, ModelKind
from model_retirement.feeds import reading
from model_retirement.feeds.rows import Feed, FeedError, FeedRow
from model_retirement.platform import Platform
from tests.processes import ROOT
from tests.unit.model_retirement.feeds.samples import DATED, PROVIDERS, read, said, written
from tests.unit.model_retirement.feeds.test_values import json_values

FEEDS = ROOT / "tests/data/feeds"
DAY = dt.date(2026, 10, 23)


class WithBedrock(Platform):
    """A host that calls Bedrock, too."""

    def providers(self):
        return [(key, key) for key in ("openai", "azure", "google", "google_vertex_ai", "groq", "bedrock")]


@pytest.fixture(autouse=True)
def with_bedrock(settings):
    settings.MODEL_RETIREMENT_PLATFORM = f"{__name__}.WithBedrock"


def read_or_refused(path: Path, **options: Any) -> Feed | None:
    """Return the feed, or None if it is refused as it should be."""
    with contextlib.suppress(FeedError):
        return reading.read(path, **options)
    refused(path, **options)
    return None


def refused(path: Path, **options: Any) -> str:
    with pytest.raises(FeedError) as refusal:
        reading.read(path, **options)
    message = str(refusal.value)
    assert len(message.splitlines()) == 1
    return message


def test_every_reader_has_a_sample_here():
    assert set(DATED) == set(reading.all_readers())


@pytest.mark.parametrize("name", DATED)
def test_a_format_is_found_by_its_shape_and_its_row_is_read(tmp_path, name):
    feed = read(tmp_path, DATED[name]("m", "2026-10-23"))
    provider = PROVIDERS.get(name, "openai")
    (row,) = feed.rows
    assert (feed.format, feed.total, feed.read, feed.odd, feed.not_read) == (name, 1, 1, 0, {})
    assert (row.provider, row.name, row.retires_on, row.is_firm, row.is_leaving) == (provider, "m", DAY, True, True)


@pytest.mark.parametrize("name", DATED)
@pytest.mark.parametrize(
    ("value", "day"),
    [
        ("TBD", None),
        ("2026-12", None),
        ("12/11/2026", None),
        (20261023, None),
        (["2026-10-23"], None),
        ("2026-10-23 or later", DAY),
    ],
)
def test_an_end_without_a_firm_day_is_an_end(tmp_path, name, value, day):
    (row,) = read(tmp_path, DATED[name]("m", value)).rows
    assert (row.retires_on, row.is_firm, row.firm_day, row.is_leaving) == (day, False, None, True)


@pytest.mark.parametrize("name", DATED)
@pytest.mark.parametrize("value", [None, "", " "])
def test_a_model_without_a_day_goes_on_except_in_a_feed_of_deprecations(tmp_path, name, value):
    (row,) = read(tmp_path, DATED[name]("m", value)).rows
    assert (row.retires_on, row.is_firm) == (None, True)
    assert row.is_leaving is name.startswith("deprecations_info")


def grown(document: Any, times: int) -> Any:
    """Return the document with its only row many times."""
    copied = copy.deepcopy(document)
    rows = copied if isinstance(copied, list) else next(value for value in copied.values() if isinstance(value, list))
    rows *= times
    return copied


@pytest.mark.parametrize("name", sorted(set(DATED) - {"litellm"}))
def test_the_same_row_twice_is_one_model(tmp_path, name):
    feed = read(tmp_path, grown(DATED[name]("m", "2026-10-23"), 2))
    assert (feed.total, feed.read, len(feed.rows), feed.rows[0].other_days) == (2, 2, 1, ())


@pytest.mark.parametrize("name", DATED)
@settings(derandomize=True, max_examples=25)
@given(model=json_values, day=json_values, beside=json_values)
def test_odd_values_are_read_as_far_as_they_can_be(tmp_path_factory, name, model, day, beside):
    """Whatever stands where: a feed or one line of refusal comes back, and what is claimed is a day that stands there."""
    path = written(tmp_path_factory.mktemp("odd"), _beside(DATED[name](model, day), beside))
    feed = read_or_refused(path, feed_format=name)
    if feed is None:
        return
    assert feed.total == feed.read + feed.odd + sum(feed.not_read.values())
    for row in feed.rows:
        assert row.name
        assert row.name.isprintable()
        assert row.firm_day is None or row.firm_day.isoformat() in json.dumps(day)


def _beside(document: Any, value: Any) -> Any:
    """Return the document with another, odd row at its side."""
    if isinstance(document, list):
        return [*document, value]
    for held in document.values():
        if isinstance(held, list):
            held.append(value)
            return document
    return {**document, "odd": value}


def test_a_row_of_deprecations_info_is_read_with_everything_that_it_says(tmp_path):
    row = {
        "provider": "OpenAI",
        "model_id": "gpt-4",
        "shutdown_date": "2026-10-23",
        "deprecation_date": "2026-04-22",
        "replacement_models": ["gpt-5.6-sol", "reasoning.mode: pro"],
        "url": "https://platform.example/deprecations#gpt-4",
        "last_observed": "2026-07-24",
    }
    expected = said(
        "gpt-4",
        "2026-10-23",
        deprecated_on="2026-04-22",
        replacements=("gpt-5.6-sol",),
        source_url="https://platform.example/deprecations#gpt-4",
        observed_on=dt.date(2026, 7, 24),
    )
    feed = read(tmp_path, [row])
    assert (feed.rows, feed.as_of, feed.publisher) == ((expected,), dt.date(2026, 7, 24), "deprecations.info")
    item = {"url": row.pop("url"), "_deprecation": row}
    in_items = read(tmp_path, {"version": "https://jsonfeed.org/version/1.1", "items": [item]})
    assert (in_items.rows, in_items.as_of, in_items.publisher) == (feed.rows, feed.as_of, feed.publisher)


def test_a_model_is_deprecated_on_its_last_day_at_the_latest(tmp_path):
    row = {"provider": "OpenAI", "model_id": "m", "shutdown_date": "2026-10-23", "deprecation_date": "2026-11-01"}
    assert read(tmp_path, [row]).rows[0].deprecated_on == DAY
    row["shutdown_date"] = "TBD"
    assert read(tmp_path, [row]).rows[0].deprecated_on == dt.date(2026, 11, 1)


def test_the_model_map_explains_itself_in_a_row_that_is_none(tmp_path):
    document = {"sample_spec": {"litellm_provider": "one of ..."}, **DATED["litellm"]("m", None)}
    assert read(tmp_path, document).total == 1


def facts(tmp_path: Path, **values: Any) -> ModelFacts | None:
    held = {"litellm_provider": "openai", "output_cost_per_token": 1e-06, **values}
    return read(tmp_path, {"m": held}).rows[0].facts


def test_the_model_map_says_what_a_model_is_for_costs_and_can_do(tmp_path):
    model_facts = facts(
        tmp_path,
        mode="responses",
        input_cost_per_token=4e-07,
        output_cost_per_token=2.0000000000000002e-05,
        max_input_tokens=128_000,
        max_tokens=5,
        source="https://x.example/pricing",
        supports_function_calling=True,
        supports_vision=True,
        supports_response_schema=True,
        supports_reasoning=True,
        supports_audio_output=True,
        supports_pdf_input=True,
    )
    assert model_facts == ModelFacts(
        kind=ModelKind.CHAT,
        price_in=Decimal("0.4"),
        price_out=Decimal(20),
        context_window=128_000,
        capabilities=frozenset(Capability),
        source="https://x.example/pricing",
    )
    assert (str(model_facts.price_in), str(model_facts.price_out)) == ("0.4", "20")


@pytest.mark.parametrize(
    ("value", "price"),
    [
        (0, "0"),
        (1.5e-07, "0.15"),
        (4.000000000000001e-07, "0.4"),
        (0.0001, "100"),
        (1.2345678e-08, "0.012346"),
        (-1e-06, None),
        (1e300, None),
        (float("inf"), None),
        (float("nan"), None),
        (True, None),
        ("4e-07", None),
        (None, None),
    ],
)
def test_a_price_has_no_noise_and_an_odd_one_is_none(tmp_path, value, price):
    model_facts = facts(tmp_path, input_cost_per_token=value)
    assert model_facts is not None
    assert model_facts.price_in == (None if price is None else Decimal(price))
    assert model_facts.price_in is None or str(model_facts.price_in) == price


@pytest.mark.parametrize(
    ("values", "window"),
    [
        ({"max_input_tokens": 8192}, 8192),
        ({"max_input_tokens": 1e6}, 1_000_000),
        ({"max_tokens": 4096}, 4096),
        ({"max_input_tokens": 0.5, "max_tokens": 4096}, 4096),
        ({"max_input_tokens": -1}, None),
        ({"max_input_tokens": True}, None),
        ({"max_input_tokens": float("inf")}, None),
        ({"max_input_tokens": 10**15}, None),
        ({"max_input_tokens": "8192"}, None),
    ],
)
def test_a_context_window_is_a_whole_number(tmp_path, values, window):
    model_facts = facts(tmp_path, **values)
    assert model_facts is not None
    assert model_facts.context_window == window


@pytest.mark.parametrize(
    ("values", "capabilities"),
    [
        ({}, None),
        ({"supports_vision": False}, frozenset()),
        ({"supports_web_search": True}, frozenset()),
        ({"supports_vision": "yes"}, frozenset()),
        ({"supports_audio_input": True}, frozenset({Capability.AUDIO})),
    ],
)
def test_a_model_of_which_no_capability_is_said_is_not_one_without_any(tmp_path, values, capabilities):
    model_facts = facts(tmp_path, **values)
    assert model_facts is not None
    assert model_facts.capabilities == capabilities


def test_modes_that_say_nothing_of_the_kind_and_odd_ones_leave_it_open(tmp_path):
    for mode in ("completion", "realtime", "new", None, 5, ["chat"]):
        model_facts = facts(tmp_path, mode=mode)
        assert model_facts is not None
        assert model_facts.kind is None


def test_a_row_without_facts_has_none(tmp_path):
    document = {"m": {"litellm_provider": "openai", "mode": "completion", "source": "https://x.example/"}}
    assert read(tmp_path, document).rows[0].facts is None


@pytest.mark.parametrize("key", ["first_observed", "last_observed", "scraped_at"])
def test_a_feed_is_as_old_as_the_newest_day_on_which_it_saw_something(tmp_path, key):
    rows = [
        {"provider": "Cohere", "model_id": f"m{day}", "shutdown_date": "", "first_observed": "2026-01-01", key: day}
        for day in ("2026-07-24T05:21:42.292986+00:00", "2026-07-23", "TBD", None)
    ]
    assert read(tmp_path, rows).as_of == dt.date(2026, 7, 24)


def test_successors_and_their_source_are_read_with_our_names(tmp_path):
    document = {
        "gemini/gemini-2.5-pro": {
            "litellm_provider": "gemini",
            "deprecation_date": "2026-10-23",
            "deprecation_source": "https://ai.example/deprecations",
            "successor_model": "gemini/gemini-3.8-flash",
        }
    }
    (row,) = read(tmp_path, document).rows
    assert (row.provider, row.name, row.feed_name) == ("google", "gemini-2.5-pro", "gemini/gemini-2.5-pro")
    assert (row.replacements, row.source_url) == (("gemini-3.8-flash",), "https://ai.example/deprecations")


def test_a_model_eol_feed_has_aliases_options_and_a_clock_per_distributor(tmp_path):
    model = {
        "id": "gpt-9-2026-01-01",
        "aliases": ["gpt-9", "gpt-9", 5],
        "announced": "2026-04-22",
        "shutdown": "2026-10-23",
        "replacement_options": ["gpt-10", "gpt-10-mini"],
        "source": "https://o.example/",
        "distributions": [
            {"via": "azure-ai-foundry", "shutdown": "2026-12-26", "source": "https://m.example/"},
            {"via": "elsewhere", "shutdown": "2026-12-27"},
            {"shutdown": "2026-12-28"},
            "odd",
        ],
    }
    document = {
        "spec": "model-eol/0.1",
        "publisher": "openai",
        "generated": "2026-08-18T00:47:44.930Z",
        "models": [model],
    }
    feed = read(tmp_path, document)
    shared: dict[str, Any] = {"observed_on": dt.date(2026, 8, 18), "aliases": ("gpt-9",)}
    assert feed.rows == (
        said(
            "gpt-9-2026-01-01",
            "2026-10-23",
            deprecated_on="2026-04-22",
            replacements=("gpt-10", "gpt-10-mini"),
            source_url="https://o.example/",
            **shared,
        ),
        said("gpt-9-2026-01-01", "2026-12-26", provider="azure", source_url="https://m.example/", **shared),
    )
    assert (feed.total, feed.read, feed.not_read, feed.as_of) == (1, 1, {"elsewhere": 1}, dt.date(2026, 8, 18))


@pytest.mark.parametrize(
    ("model", "row"),
    [
        (
            {"deprecation": {"inference": "2026-10-23T00:00:00Z"}, "deprecationStatus": "Planned"},
            said("m", "2026-10-23"),
        ),
        (
            {"deprecation": {"inference": "2026-10-23T00:00:00Z"}, "deprecationStatus": "Tentative"},
            said("m", "2026-10-23", is_firm=False),
        ),
        ({"deprecation": {"fineTune": "2026-10-23T00:00:00Z"}}, said("m", is_leaving=False)),
        ({"lifecycleStatus": "GenerallyAvailable"}, said("m", is_leaving=False)),
        ({"lifecycleStatus": "Deprecating"}, said("m", is_deprecated=True)),
        ({"replacementConfig": {"targetModelName": "n"}}, said("m", is_leaving=False, replacements=("n",))),
        ({"replacementConfig": "n"}, said("m", is_leaving=False, replacements=("n",))),
        ({"replacementConfig": {"other": "n"}}, said("m", is_leaving=False)),
    ],
)
def test_azure_has_tentative_days_states_and_replacements(tmp_path, model, row):
    (read_row,) = read(tmp_path, {"value": [{"model": {"name": "m", "version": "1", **model}}]}).rows
    assert read_row == FeedRow(**{**_fields(row), "provider": "azure"})


def _fields(row: FeedRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in FeedRow.__slots__}


def test_of_several_versions_and_regions_the_earliest_firm_day_counts_and_the_others_are_kept(tmp_path):
    versions = [("1", "2027-01-01"), ("2", "2026-10-23"), ("3", None), ("4", "2026-11-01")]
    models = [{"name": "m", "version": version, "deprecation": {"inference": day}} for version, day in versions]
    (row,) = read(tmp_path, {"value": [{"model": model} for model in models]}).rows
    assert (row.retires_on, row.other_days) == (DAY, (dt.date(2026, 11, 1), dt.date(2027, 1, 1)))
    regions: dict[str, dict[str, Any]] = {
        "azure/gpt-4o": {"input_cost_per_token": 1e-06, "successor_model": "azure/gpt-5"},
        "azure/eu/gpt-4o": {"input_cost_per_token": 2e-06, "deprecation_date": "2026-10-23"},
        "azure/us/gpt-4o": {"deprecation_date": "2026-11-01", "deprecation_source": "https://m.example/"},
    }
    (row,) = read(tmp_path, {key: {"litellm_provider": "azure", **held} for key, held in regions.items()}).rows
    assert (row.name, row.feed_name, row.retires_on, row.other_days) == (
        "gpt-4o",
        "azure/eu/gpt-4o",
        DAY,
        (dt.date(2026, 11, 1),),
    )
    assert (row.replacements, row.source_url) == (("gpt-5",), "https://m.example/")
    assert row.facts is not None
    assert row.facts.price_in == 1


def test_of_several_rows_without_a_firm_day_one_that_goes_speaks_for_all(tmp_path):
    document: dict[str, dict[str, str]] = {
        "azure/m": {"litellm_provider": "azure"},
        "azure/eu/m": {"litellm_provider": "azure", "deprecation_date": "TBD"},
    }
    (row,) = read(tmp_path, document).rows
    assert (row.is_leaving, row.is_firm, row.feed_name) == (True, False, "azure/eu/m")
    del document["azure/eu/m"]["deprecation_date"]
    (row,) = read(tmp_path, document).rows
    assert (row.is_leaving, row.feed_name) == (False, "azure/m")


@pytest.mark.parametrize(
    ("life", "row"),
    [
        ({"status": "ACTIVE"}, said("m", is_leaving=False)),
        ({"status": "LEGACY"}, said("m", is_deprecated=True)),
        (
            {"status": "LEGACY", "legacyTime": "2026-04-22T00:00:00Z", "endOfLifeTime": "2026-10-23T00:00:00Z"},
            said("m", "2026-10-23", deprecated_on="2026-04-22", is_deprecated=True),
        ),
        ({"publicExtendedAccessTime": "2026-04-22T00:00:00Z"}, said("m", is_leaving=False)),
        ("LEGACY", said("m", is_leaving=False)),
    ],
)
def test_bedrock_has_a_life_cycle(tmp_path, life, row):
    (read_row,) = read(tmp_path, {"modelSummaries": [{"modelId": "m", "modelLifecycle": life}]}).rows
    assert read_row == FeedRow(**{**_fields(row), "provider": "bedrock"})


@pytest.mark.parametrize("stage", ["LEGACY", "DEPRECATED", "RETIRED"])
def test_gemini_has_stages(tmp_path, stage):
    models = [{"name": "models/m", "modelStatus": {"modelStage": stage}}, {"name": "models/n"}]
    gone, stays = read(tmp_path, {"models": models}).rows
    assert (gone.name, gone.feed_name, gone.is_deprecated, gone.is_leaving) == ("m", "models/m", True, True)
    assert (stays.name, stays.is_deprecated, stays.is_leaving) == ("n", False, False)


def test_openrouter_names_the_provider_before_the_model(tmp_path):
    document = {"data": [{"id": "openai/gpt-4.1-nano"}, {"id": "x-ai/grok-4"}, {"id": "openrouter"}, 5]}
    feed = read(tmp_path, document)
    (row,) = feed.rows
    assert (row.provider, row.name, row.feed_name) == ("openai", "gpt-4.1-nano", "openai/gpt-4.1-nano")
    assert (feed.not_read, feed.odd) == ({"x-ai": 1}, 2)


def test_unknown_providers_are_counted_under_the_names_that_they_have_there(tmp_path):
    rows = [
        {"provider": provider, "model_id": f"m{number}", "shutdown_date": ""}
        for number, provider in enumerate(["OpenAI", "Cohere", "xAI", "Cohere"])
    ]
    feed = read(tmp_path, rows)
    assert (feed.total, feed.read, feed.odd, feed.not_read) == (4, 1, 0, {"Cohere": 2, "xAI": 1})


def test_a_feed_of_other_providers_alone_is_no_error(tmp_path):
    feed = read(tmp_path, [{"provider": "Cohere", "model_id": "m", "shutdown_date": ""}])
    assert (feed.rows, feed.read, feed.not_read) == ((), 0, {"Cohere": 1})


@pytest.mark.parametrize(
    ("document", "seen"),
    [
        ([], "an empty list"),
        ({}, "an empty object"),
        ("text", "a single value, str"),
        (None, "a single value, NoneType"),
        ([1, 2], "a list of 2, the first no object but int"),
        ([{"model": "m"}], "a list of 1, the first an object with 'model'"),
        ({"models": [{"provider": "openai", "name": "m"}]}, "an object with 'models'"),
        ({"object": "list", "data": []}, "an object with 'object', 'data'"),
        ({"m": {"a": 1, "b": 2}}, "an object with 'm', the first object in it an object with 'a', 'b'"),
        (dict.fromkeys("abcdefg", 1), "an object with 'a', 'b', 'c', 'd', 'e' ..."),
        ({"\x1b[31m" + "x" * 1_000: 1}, "an object with '\\x1b[31mxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'"),
    ],
)
def test_what_is_of_no_shape_is_refused_with_what_was_seen_and_what_is_read(tmp_path, document, seen):
    message = refused(written(tmp_path, document))
    assert f"is not a feed that is read here: it is {seen}. Nothing follows from it. Read are " in message
    assert all(f"{name}: {reader.SHAPE}" in message for name, reader in reading.all_readers().items())


def test_a_feed_whose_rows_name_no_model_is_refused(tmp_path):
    message = refused(written(tmp_path, [{"provider": "OpenAI", "model_id": 5, "shutdown_date": "2026-10-23"}]))
    assert "has rows of the format deprecations_info, but none that names a provider and a model" in message


def test_a_forced_format_reads_what_would_not_be_found_and_refuses_what_has_no_such_rows(tmp_path):
    unlike = written(tmp_path, [{"provider": "OpenAI", "model_id": "m"}])
    assert "is not a feed that is read here" in refused(unlike)
    assert [row.name for row in reading.read(unlike, feed_format="deprecations_info").rows] == ["m"]
    message = refused(unlike, feed_format="gemini")
    assert 'has no row of the format gemini, which is an object with "models"' in message
    assert "it is a list of 1, the first an object with 'provider', 'model_id'" in message


def test_a_hundred_thousand_rows_take_bounded_memory(tmp_path):
    rows = [
        {"provider": "OpenAI", "model_id": f"m{number}", "shutdown_date": "2026-10-23"} for number in range(100_000)
    ]
    path = written(tmp_path, rows)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    feed = reading.read(path)
    grown_by = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert (feed.read, len(feed.rows)) == (100_000, 100_000)
    assert grown_by * 1024 < 20 * path.stat().st_size
