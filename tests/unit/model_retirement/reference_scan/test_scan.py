"""A scan finds every place that holds models, and no other."""

from __future__ import annotations

import tracemalloc
import uuid
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.test import modify_settings, override_settings

from apps.demo.tenants import load
from apps.service_providers.models import LlmProviderModel
from model_retirement.catalogue import view
from model_retirement.catalogue.declarations import Deleted
from model_retirement.catalogue.view import Catalogue
from model_retirement.models import RemovedModel
from model_retirement.reference_scan import report
from model_retirement.reference_scan.scan import scan_table
from model_retirement.reference_scan.statements import MOST_LINES
from model_retirement.reference_scan.tables import tables
from model_retirement.references import Registry, registry
from model_retirement.stored_json import Literal
from model_retirement.sync import sync
from tests.factories.service_providers import RemovalRunFactory
from tests.factories.teams import TeamFactory
from tests.unit.model_retirement.reference_scan.rows import (
    NAMES,
    event,
    make,
    model_named,
    places,
    scanned,
    table_of,
)

pytestmark = pytest.mark.usefixtures("forgetful")

NO_ID = 987_654_321


def test_ids_in_json_are_found_however_they_are_stored_and_wherever_they_stand(model_id):
    """Rule 4."""
    payload = {
        "model_id": model_id,
        "llm_model": float(model_id),
        "judgeModel": f" {model_id} ",
        "model_ids": [model_id, str(model_id), None, "x", True],
        "llm": {"id": f"0{model_id}.0", "tokens": model_id},
        "steps": [{"options": {"model": model_id}}, {"options": {"model": str(model_id)}}],
    }
    row = event(payload=payload)
    assert places() == {
        ("payload.model_id", "ids"): (1, str(model_id)),
        ("payload.llm_model", "ids"): (1, str(model_id)),
        ("payload.judgeModel", "ids"): (1, str(model_id)),
        ("payload.model_ids[*]", "ids"): (2, str(model_id)),
        ("payload.llm.id", "ids"): (1, str(model_id)),
        ("payload.steps[*].options.model", "ids"): (2, str(model_id)),
    }
    assert {place.rows for place in scanned().places} == {(str(row.pk),)}


def test_numbers_that_are_merely_numbers_are_not(model_id):
    event(
        count=model_id,
        max_models=model_id,
        title=str(model_id),
        payload={
            "max_tokens": model_id,
            "count": model_id,
            "model_count": model_id,
            "ids": [model_id],
            "model_id": NO_ID,
            "models": [-model_id, model_id + 0.5, f"{model_id}x", True, {"tokens": model_id}],
            "llm_provider_id": model_id,
        },
    )
    assert places() == {}


def test_the_id_of_a_removed_model_is_one_still(model_id):
    run = RemovalRunFactory.create()
    RemovedModel.objects.create(run=run, model_id=NO_ID, provider="openai", name="old", max_token_limit=1)
    event(payload={"model_id": str(NO_ID)})
    assert places() == {("payload.model_id", "ids"): (1, str(NO_ID))}


def test_ids_in_columns_without_a_foreign_key_are_found_where_the_column_speaks_of_models(model_id):
    event(llm_model_id=model_id, model=f"{model_id}")
    event(llm_model_id=NO_ID, model="none")
    assert places() == {("llm_model_id", "ids"): (1, str(model_id)), ("model", "ids"): (1, str(model_id))}


def test_json_that_is_nothing_but_a_value_or_a_list_is_read_by_the_name_of_its_field(model_id):
    for data in (model_id, str(model_id), [model_id], {"model": model_id}):
        make("Loose", data=data)
    assert places("Loose") == {("data.model", "ids"): (1, str(model_id))}
    for model_ids in (model_id, str(model_id), [model_id], {"model": model_id}):
        make("Loose", model_ids=model_ids)
    assert places("Loose") == {
        ("data.model", "ids"): (1, str(model_id)),
        ("model_ids", "ids"): (2, str(model_id)),
        ("model_ids[*]", "ids"): (1, str(model_id)),
        ("model_ids.model", "ids"): (1, str(model_id)),
    }


def test_names_of_the_catalogue_are_found_as_whole_values(model_id):
    event(
        title="gpt-4", model="openai/gpt-4", text="gpt-4", payload={"chosen": {"anything": "gpt-4"}, "list": ["gpt-4"]}
    )
    make("Loose", data="openai/gpt-4")
    assert places() == {
        ("title", "names"): (1, "gpt-4"),
        ("model", "names"): (1, "openai/gpt-4"),
        ("text", "names"): (1, "gpt-4"),
        ("payload.chosen.anything", "names"): (1, "gpt-4"),
        ("payload.list[*]", "names"): (1, "gpt-4"),
    }
    (place,) = scanned("Loose").places
    assert (report.label(place), place.holds) == ("forgetful_app.Loose.data", "names")


def test_prose_that_mentions_a_model_is_no_reference(model_id):
    prose = "Ask gpt-4 (openai/gpt-4), or model 91."
    event(
        title=prose,
        text=f"{prose} " * 1_000,
        model=" gpt-4",
        payload={"model": prose, "text": "GPT-4", "gpt-4 is": "yes"},
    )
    assert places() == {}


ODD = {
    "a deep nest": Literal('{"model":' * 900 + "1" + "}" * 900),
    "a deep list": Literal("[" * 900 + "1" + "]" * 900),
    "5,000 digits": {"model_id": Literal("9" * 5_000)},
    "more than a float": {"model_id": Literal("1e400"), "models": [Literal("1e400"), Literal("-1e-400")]},
    "5,000 digits in a text": {"model_id": "9" * 5_000, "models": ["0" * 5_000]},
    "control characters": {"model_id": "\x01\x1f", "\x02": "\x02"},
    "nothing": None,
}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_what_is_odd_does_no_harm(odd, model_id):
    """Rule 23."""
    event(payload=odd)
    row = event(payload={"model_id": model_id})
    (place,) = scanned().places
    assert (report.label(place), place.rows) == ("forgetful_app.Event.payload.model_id", (str(row.pk),))


def test_what_is_nested_deeper_than_readers_go_is_no_reference(model_id):
    event(payload=Literal('{"a":' * 110 + f'{{"model_id":{model_id}}}' + "}" * 110))
    assert places() == {}


def test_bytes_that_are_no_text_do_no_harm(model_id):
    """Rule 23: SQLite takes any bytes for text."""
    row = event(payload={"model_id": model_id, "x": "?", "?": "gpt-4"}, title="?", model="?")
    event(payload={})
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE forgetful_app_event SET title = CAST(x'ff' AS text), model = x'ff',"
                " payload = replace(payload, '?', CAST(x'ff' AS text))"
            )
            cursor.execute("PRAGMA ignore_check_constraints = ON")
            cursor.execute("UPDATE forgetful_app_event SET payload = '{' WHERE id <> %s", [row.pk])
            cursor.execute("PRAGMA ignore_check_constraints = OFF")  # later tests share the connection
    counts = places()
    assert counts["payload.model_id", "ids"] == (1, str(model_id))
    assert len(counts) == 2


@pytest.mark.postgresql  # the type json keeps what jsonb refuses
def test_a_row_that_the_database_cannot_read_is_named_and_the_others_are_read(model_id):
    """Rule 23."""
    good, bad, last = (event(payload={"model_id": model_id}) for _ in range(3))
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE forgetful_app_event ALTER payload TYPE json")
        cursor.execute("""UPDATE forgetful_app_event SET payload = '{"model_id": "\\u0000"}' WHERE id = %s""", [bad.pk])
    table = scanned()
    assert table.unreadable == (str(bad.pk),)
    assert table.rows == 2
    (place,) = table.places
    assert (place.count, place.rows) == (2, (str(good.pk), str(last.pk)))


def test_what_is_wrong_with_the_database_is_no_fault_of_a_row(forgetful):
    make("Loose", data={})
    table = table_of("Loose")
    with override_settings(MODEL_RETIREMENT_MODEL="forgetful_app.Never"), pytest.raises(DatabaseError, match="never"):
        scan_table(table, names=NAMES, using="default")


def test_pages_make_no_difference(model_id):
    team = TeamFactory.create()
    for number in range(7):
        event(team=team, payload={"model_id": model_id, "users": {f"u{number}": {"llm": model_id}}}, title="gpt-4")
    whole = scanned()
    assert whole.rows == 7
    assert {(report.label(place), place.count, len(place.rows)) for place in whole.places} == {
        ("forgetful_app.Event.title", 7, 3),
        ("forgetful_app.Event.payload.model_id", 7, 3),
        ("forgetful_app.Event.payload.users[*].llm", 7, 3),
    }
    for page in (1, 2, 3, 7):
        assert scanned(page=page) == whole


def test_only_the_newest_rows_are_looked_at_where_that_is_asked_for(model_id):
    first, *_, last = [event(payload={"model_id": model_id}) for _ in range(4)]
    table = scanned(newest=2)
    assert (table.rows, table.places[0].count) == (2, 2)
    assert str(first.pk) not in table.places[0].rows
    assert str(last.pk) in table.places[0].rows
    assert scanned(newest=10).rows == 4


def test_many_times_as_many_rows_and_keys_need_no_more_memory(model_id):
    team = TeamFactory.create()
    model = model_named("Event")

    def peak(rows: int) -> int:
        model.objects.all().delete()
        made = [
            model(
                team=team, text="x" * 500, payload={"users": {f"{row}-{n}": {"model_id": model_id} for n in range(5)}}
            )
            for row in range(rows)
        ]
        model.objects.bulk_create(made, batch_size=500)
        del made
        table = table_of("Event")
        tracemalloc.start()
        whole = scan_table(table, names=NAMES, using="default", page=20)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert whole.rows == rows
        assert [place.count for place in whole.places] == [5 * rows]
        return most

    peak(20)
    # Python keeps some thousand small objects for later ones; the rows have more than 600 KB.
    assert peak(600) < 2 * peak(20) + 250_000


def test_of_a_page_with_too_many_keys_half_is_read(model_id):
    team = TeamFactory.create()
    keys = MOST_LINES // 2 + 1
    for _ in range(2):
        event(team=team, payload={"users": {str(number): {"llm": model_id} for number in range(keys)}})
    assert places() == {("payload.users[*].llm", "ids"): (2 * keys, str(model_id))}


def test_keys_that_are_uuids_are_found_whatever_stands_above_them(forgetful):
    """No other number looks like one."""

    key = uuid.UUID("0189c2f0-aaaa-7bbb-8ccc-0123456789ab")
    make("LlmWithUuid", id=key, type="openai", name="test", max_token_limit=1)
    llms = [key.hex.upper(), f" {key} ", str(uuid.uuid4()), 1]
    event(payload={"model_id": str(key), "llms": llms, "engine": str(key)}, model=str(key))
    with override_settings(MODEL_RETIREMENT_MODEL="forgetful_app.LlmWithUuid"):
        counts = places()
    assert counts == {
        ("payload.model_id", "ids"): (1, str(key)),
        ("payload.llms[*]", "ids"): (2, str(key)),
        ("payload.engine", "ids"): (1, str(key)),
        ("model", "ids"): (1, str(key)),
    }


def test_the_engine_s_own_tables_and_what_waits_for_a_migration_are_not_read(forgetful):
    labels = {column.label for table in tables(using="default") for column in table.columns}
    assert {label.partition(".")[0] for label in labels}.isdisjoint(
        {"model_retirement", "model_retirement_data_migrations"}
    )
    assert "forgetful_app.Event.payload" in labels
    assert "forgetful_app.Never.data" not in labels
    assert "service_providers.LlmProviderModel.name" not in labels
    assert "pipelines.Node.llm_provider_model_ref" not in labels


@pytest.fixture
def catalogue() -> Catalogue:
    return view.read(models={}, removals=[Deleted("openai", "gpt-4")])


def scan(registry: Registry, catalogue: Catalogue, **options: Any) -> dict[str, str]:
    undeclared_places = report.scan(registry=registry, catalogue=catalogue, using="default", **options).undeclared
    return {report.label(place): place.holds for place in undeclared_places}


@pytest.fixture
def demo(forgetful: None, settings: Any) -> Catalogue:
    settings.DEBUG = True
    catalogue = view.load()
    sync(model=LlmProviderModel, catalogue=catalogue, using="default")
    load(teams=3, nodes=60, seed=1)
    return catalogue


def test_every_place_of_the_platform_is_found_when_its_declarations_are_taken_away(demo):
    """Rule 4: and nothing else."""
    places = {
        report.label(place).removesuffix("[*]"): place
        for place in report.scan(registry=Registry(), catalogue=demo, using="default").undeclared
    }
    assert places.keys() == {reference.label for reference in registry}
    assert scan(registry, demo) == {}


def test_the_admin_s_log_and_what_is_ignored_are_left_out(model_id, catalogue):
    event(title="gpt-4", payload={"model_id": model_id, "old": {"model": model_id}}, llm_model_id=model_id)
    own = Registry()
    for label in ("forgetful_app.Event.title", "forgetful_app.Event.payload.old"):
        own.ignore(label, why="history")
    assert scan(own, catalogue) == {
        "forgetful_app.Event.payload.model_id": "ids",
        "forgetful_app.Event.llm_model_id": "ids",
    }
    own.ignore("forgetful_app.Event", why="history")
    assert scan(own, catalogue) == {}
    assert [ignored.place for ignored in report.ignored_places(own)][-1] == "admin.LogEntry"


def test_without_the_admin_there_is_no_log_of_it():
    with modify_settings(INSTALLED_APPS={"remove": "django.contrib.admin"}):
        assert report.ignored_places(Registry()) == ()
