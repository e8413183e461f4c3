"""Tables that are otherwise than most: their places are reported once, with what is to be done, and stop no scan."""

from __future__ import annotations

import json
import uuid

import pytest
from django.core.checks import CheckMessage
from django.db import connection
from django.db.models import Model
from django.test import override_settings

from model_retirement import host_checks, reference_checks
from model_retirement.reference_scan import declarations, remarks, report
from model_retirement.reference_scan.scan import ScannedPlace
from model_retirement.reference_scan.tables import tables
from model_retirement.references import ForeignKeyReference, JsonIdReference, Registry, Resource, ResourcePath
from tests.factories.teams import TeamFactory
from tests.unit.model_retirement.reference_scan.rows import make, model_named, places, scanned, tables_of, undeclared

pytestmark = pytest.mark.usefixtures("forgetful")

PATH = ResourcePath(Resource("setting", "forgetful_app.Setting"))


def by_label(registry: Registry | None = None) -> dict[str, ScannedPlace]:
    return {report.label(place).removeprefix("forgetful_app."): place for place in undeclared(registry or Registry())}


def make_table(model: type[Model]) -> None:
    editor = connection.schema_editor()
    editor.deferred_sql = []
    editor.create_model(model)


def test_rows_with_a_key_of_several_columns_are_found_and_named(model_id):
    team = TeamFactory.create()
    for name in ("a", "b"):
        text = json.dumps({"model": model_id})
        make("Setting", team=team, name=name, data={"model": model_id, "any": "gpt-4"}, llm_id=model_id, text=text)
    places_by_label = by_label()
    assert {(name, place.holds, place.in_text) for name, place in places_by_label.items()} == {
        ("Setting.llm", "ids", False),
        ("Setting.data.model", "ids", False),
        ("Setting.data.any", "names", False),
        ("Setting.text.model", "ids", True),
    }
    for place in places_by_label.values():
        assert (place.count, set(place.rows)) == (2, {f"({team.pk}, a)", f"({team.pk}, b)"})
        assert declarations.declaration(place) == ""
        assert remarks.remark(place) == (
            "The key of forgetful_app.Setting has several columns (team, name). Such rows cannot be declared"
            " (model_retirement.E204). Give it a key of one column, an integer or a UUID, and a UniqueConstraint on these"
            " columns."
        )


def test_pages_of_rows_with_a_key_of_several_columns_make_no_difference(model_id):
    teams = [TeamFactory.create(), TeamFactory.create()]
    for number in range(7):
        text = json.dumps({"model": model_id})
        make("Setting", team=teams[number % 2], name=f"n{number}", data={"model": model_id}, text=text)
    whole = scanned("Setting")
    assert (whole.rows, [place.count for place in whole.places]) == (7, [7, 7])
    for page in (1, 2, 3, 7):
        paged = scanned("Setting", page=page)
        assert [(place.count, len(place.rows)) for place in paged.places] == [(7, 3), (7, 3)]
    newest = scanned("Setting", newest=2)
    assert (newest.rows, newest.places[0].count) == (2, 2)
    assert all(row.startswith(f"({teams[1].pk}, ") for row in newest.places[0].rows)


@pytest.mark.postgresql  # the type json keeps what jsonb refuses
def test_an_unreadable_row_with_a_key_of_several_columns_is_named(model_id):
    team = TeamFactory.create()
    for name in ("a", "b"):
        make("Setting", team=team, name=name, data={"model": model_id})
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE forgetful_app_setting ALTER data TYPE json")
        cursor.execute("""UPDATE forgetful_app_setting SET data = '{"model": "\\u0000"}' WHERE name = 'a'""")
    assert scanned("Setting").unreadable == (f"({team.pk}, a)",)
    assert scanned("Setting").places[0].count == 1


def test_a_reference_that_is_declared_for_such_rows_is_an_error_that_says_what_to_do(model_id):
    """Rule 29."""
    registry = Registry()
    registry.register(
        ForeignKeyReference("forgetful_app.Setting", "llm", "team", PATH),
        JsonIdReference("forgetful_app.Setting", "data", "team", PATH, key="model"),
    )
    (error,) = host_checks.check_keys(registry=registry)
    assert (error.id, error.msg) == (
        "model_retirement.E204",
        "The key of forgetful_app.Setting has several columns (team, name).",
    )
    assert error.hint == (
        "Give it a key of one column, an integer or a UUID, and a UniqueConstraint on these columns; or take what is"
        " declared for forgetful_app.Setting out of llm_model_references.py."
    )
    none: list[CheckMessage] = []
    assert reference_checks.check_dangling_ids(databases=["default"], registry=registry) == none
    assert reference_checks.check_disagreeing_rows(databases=["default"], registry=registry) == none


def test_links_with_a_key_of_several_columns_are_found(model_id):
    shelf = make("Shelf", code="s", data={"model": model_id})
    make("ShelfLlm", shelf=shelf, llm_id=model_id)
    places_by_label = by_label()
    assert {name: place.rows for name, place in places_by_label.items()} == {
        "Shelf.data.model": ("s",),
        "ShelfLlm.llm": (f"(s, {model_id})",),
    }
    assert "has several columns (shelf, llm)" in remarks.remark(places_by_label["ShelfLlm.llm"])
    links = next(table for table in tables(using="default") if table.table == "forgetful_app_shelfllm")
    assert links.key == ("shelf_id", "llm_id")


def test_rows_with_a_text_as_key_are_found_and_said_to_be_refused(model_id):
    make("Shelf", code="s", data={"model": model_id})
    (place,) = by_label().values()
    assert declarations.declaration(place) == ""
    assert remarks.remark(place) == (
        "The key of forgetful_app.Shelf is a CharField. Such rows cannot be declared (model_retirement.E204)."
        " Make it an integer or a UUID."
    )


def test_a_child_a_proxy_and_a_twin_report_nothing_twice(model_id):
    make("Looser", data={"model": model_id}, more={"model": model_id})
    make("LooseProxy", data={"model": model_id})
    assert {name: place.count for name, place in by_label().items()} == {
        "Loose.data.model": 2,
        "Looser.more.model": 1,
    }


def test_a_column_that_the_database_computes_is_no_place_of_its_own(model_id):
    make("Computed", data={"llm": model_id})
    assert by_label().keys() == {"Computed.data.llm"}


def test_what_is_swapped_or_has_no_table_is_left_out(forgetful):
    models = {column.model for table in tables(using="default") for column in table.columns}
    assert models.isdisjoint({f"forgetful_app.{name}" for name in ("Swapped", "Never", "Listing", "LooseView")})


@pytest.fixture
def seen_through_a_view(forgetful: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE VIEW forgetful_app_looseview AS SELECT CASE WHEN id > 0 THEN id END AS id, data FROM forgetful_app_loose"
        )


def test_a_view_is_said_to_be_one(model_id, seen_through_a_view):
    make("Loose", data={"model": model_id})
    places_by_label = by_label()
    assert places_by_label.keys() == {"Loose.data.model", "LooseView.data.model"}
    place = places_by_label["LooseView.data.model"]
    assert declarations.declaration(place) == ""
    assert remarks.remark(place) == (
        "forgetful_app.LooseView is a view: declare the place where its table stores it, and ignore it here."
    )


def test_rows_without_a_key_do_no_harm(model_id, seen_through_a_view):
    make("Loose", id=-1, data={"model": model_id})
    make("Loose", id=-2, data={"model": model_id})
    assert scanned("LooseView").rows == 0
    assert scanned("LooseView", newest=1).rows == 0
    make("Loose", data={"model": model_id})
    assert places("LooseView") == {("data.model", "ids"): (1, str(model_id))}


def test_a_table_whose_key_is_not_there_is_left_out(model_id):
    with connection.cursor() as cursor:
        cursor.execute("CREATE VIEW forgetful_app_looseview AS SELECT data FROM forgetful_app_loose")
    assert tables_of("LooseView") == []


@pytest.mark.sqlite  # it takes any text for a UUID
def test_what_is_no_key_in_a_column_of_keys_is_shown_as_it_is(forgetful):
    make("LlmWithUuid", id=uuid.uuid4(), type="openai", name="gpt-4", max_token_limit=1)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE forgetful_app_llmwithuuid SET id = 'no key'")
    assert by_label()["LlmWithUuid.name"].rows == ("no key",)


@pytest.fixture
def listing(forgetful: None) -> None:
    make_table(model_named("Listing"))


@pytest.mark.postgresql
def test_arrays_of_ids_and_names_are_found_and_no_kind_covers_them(model_id, listing):
    """Rule 4."""
    make(
        "Listing",
        model_ids=[model_id, 987_654_321, model_id],
        numbers=[model_id],
        model_scores=[model_id],
        keys=[uuid.uuid4()],
        names=[["gpt-4", "gpt"], ["openai/gpt-4", "x"]],
        documents=[{"model": model_id}, {"model_limits": {str(model_id): 1}}],
    )
    places_by_label = by_label()
    assert {name: (place.holds, place.count) for name, place in places_by_label.items()} == {
        "Listing.model_ids[*]": ("ids", 2),
        "Listing.names[*][*]": ("names", 2),
        "Listing.documents[*].model": ("ids", 1),
        "Listing.documents[*].model_limits[keys]": ("ids", 1),
    }
    registry = Registry()
    for place in places_by_label.values():
        assert declarations.declaration(place) == ""
        assert remarks.remark(place).startswith("No kind of reference stands for an ArrayField: make it a many-to-many")
        exec(declarations.ignoring(place), {"registry": registry})
    assert by_label(registry) == {}


@pytest.mark.postgresql
def test_an_array_of_uuids_is_found_whatever_it_is_called_where_models_have_such_keys(listing):
    key = uuid.uuid4()
    make("LlmWithUuid", id=key, type="openai", name="test", max_token_limit=1)
    make("Listing", keys=[key, uuid.uuid4()])
    with override_settings(MODEL_RETIREMENT_MODEL="forgetful_app.LlmWithUuid"):
        assert places("Listing") == {("keys[*]", "ids"): (1, str(key))}


@pytest.fixture
def store(forgetful: None) -> None:
    """A table with what an hstore becomes when the database writes it out as JSON."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE forgetful_app_store (id bigint PRIMARY KEY, limits_by_model jsonb)")


@pytest.mark.postgresql
def test_an_hstore_is_read_as_an_object_of_texts(model_id, store):
    with connection.cursor() as cursor:
        held = json.dumps({str(model_id): "5", "default": "gpt-4"})
        cursor.execute("INSERT INTO forgetful_app_store VALUES (1, %s)", [held])
    places_by_label = by_label()
    assert {name: place.holds for name, place in places_by_label.items()} == {
        "Store.limits_by_model[keys]": "ids",
        "Store.limits_by_model.default": "names",
    }
    for place in places_by_label.values():
        assert "No kind of reference stands for an HStoreField" in remarks.remark(place)
        exec(declarations.ignoring(place), {"registry": Registry()})


def test_columns_of_uuids_are_read_whatever_they_are_called_where_models_have_such_keys(forgetful):
    key = uuid.uuid4()
    make("LlmWithUuid", id=key, type="openai", name="test", max_token_limit=1)
    make("Badge", holder=key)
    assert by_label() == {}
    with override_settings(MODEL_RETIREMENT_MODEL="forgetful_app.LlmWithUuid"):
        assert places("Badge") == {("holder", "ids"): (1, str(key))}
