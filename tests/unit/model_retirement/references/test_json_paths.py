"""Ids anywhere inside a JSON field, by a path that means the same to both databases (rules 4, 22 and 23)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from apps.service_providers.models import LlmProviderModel
from model_retirement import json_paths as paths
from model_retirement.references import EACH, JsonPathReference, Moves, Resource, ResourcePath
from model_retirement.removal.execute import execute
from model_retirement.removal.restore import restore
from model_retirement.testing import MakeRow, assert_reference_kind
from model_retirement.testing.trials import plan_for
from tests.factories.service_providers import LlmProviderModelFactory
from tests.factories.teams import TeamFactory
from tests.sample_app.pointing import Agent, Draft, OfTeam
from tests.unit.model_retirement.removal.removals import FreeLease, registry_of

JUNK = ("null", '""', "true", '"9abc"', "[[7]]", '{"a": 7}', "1.5", "9" * 5000, '"' + "9" * 5000 + '"')

WEIRD = [
    "a.b",
    "it's",
    'say "hi"',
    "back\\slash",
    "a[0]",
    "$",
    "100%",
    "",
    "two words",
    "grüße",
    "日本",
    "line\nbreak",
    "*",
    "0",
]


def reference_of(path: Any, model: type[OfTeam] = Draft) -> JsonPathReference:
    label = model._meta.label
    return JsonPathReference(label, "data", "team", ResourcePath(Resource("thing", label)), path=path)


def row(text: str | None, model: type[OfTeam] = Draft) -> Any:
    """Save a row with JSON as SQL stores it, past Python."""
    made = model._base_manager.create(team=TeamFactory.create())
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {model._meta.db_table} SET data = %s WHERE id = %s", [text, made.pk])
    return made


def pointing(text: str, model: type[OfTeam] = Draft) -> MakeRow:
    return lambda llm: row(text.replace("ID", str(llm.pk)), model)


def odd(text: str | None, model: type[OfTeam] = Draft) -> Callable[[], Any]:
    return lambda: row(text, model)


def nested(keys: list[str], value: Any) -> str:
    for key in reversed(keys):
        value = {key: value}
    return json.dumps(value)


@pytest.mark.usefixtures("pointing_tables")
def test_a_path_of_plain_keys():
    assert_reference_kind(
        reference_of("routing.primary.model", Agent),
        rows=[
            pointing(f'{{"routing": {{"primary": {{"model": {text}, "n": 1.50}}, "x": [1]}}}}', Agent)
            for text in ("ID", '"ID"', "ID.0", '" ID "')
        ],
        odd_rows=[
            *(odd(f'{{"routing": {{"primary": {{"model": {text}}}}}}}', Agent) for text in JUNK),
            *(odd(text, Agent) for text in (None, "7", "[]", '{"routing": [7]}', '{"routing": {"primary": "7"}}')),
        ],
    )


@pytest.mark.usefixtures("pointing_tables")
def test_members_of_lists_and_objects():
    assert_reference_kind(
        reference_of("steps[*].model"),
        rows=[
            pointing('{"steps": [{"model": "ID"}, {"model": null}, 7, {"other": ID}], "n": 1.50}'),
            pointing('{"steps": {"b": {"model": ID}, "a b": {"model": " ID "}, "c": []}}'),
            pointing('{"steps": [{"model": ID.0}, {"model": "junk"}, {"model": ID}]}'),
        ],
        odd_rows=[
            *(odd(f'{{"steps": [{{"model": {text}}}, {text}]}}') for text in JUNK),
            *(odd(text) for text in (None, "7", "[7]", '{"steps": {}}', '{"steps": "7"}', '{"steps": {"model": 7}}')),
        ],
    )


@pytest.mark.usefixtures("pointing_tables")
def test_the_whole_field_and_members_of_members():
    assert_reference_kind(
        reference_of("[*][*]"),
        rows=[pointing('[["x", "ID"], [ID], 7]'), pointing('{"a": ["ID"], "b": {"c": ID.0}}')],
        odd_rows=[odd(text) for text in (None, "7", "[7]", '{"a": 7}', "[[[7]]]")],
    )


@pytest.mark.usefixtures("pointing_tables")
def test_keys_with_anything_in_them():
    rows: list[Callable[[Any], Any]] = [pointing(nested([key, "model"], "ID")) for key in WEIRD]
    for key, make in zip(WEIRD, rows, strict=True):
        reference = reference_of((key, "model"))
        again = reference_of(paths.written((key, "model")))
        assert again.label == reference.label
        old, new = LlmProviderModelFactory.create(), LlmProviderModelFactory.create()
        made = make(old)
        others = [other(old).pk for other in rows if other is not make]
        run = execute(plan=plan_for({old: new}), registry=registry_of(again), lease=FreeLease(), using="default")
        assert run is not None
        made.refresh_from_db()
        assert made.data == {key: {"model": new.pk}}
        restore(run_id=run.pk, registry=registry_of(reference), lease=FreeLease(), using="default")
        made.refresh_from_db()
        assert made.data == {key: {"model": str(old.pk)}}
        assert all(str(old.pk) in str(row) for row in Draft._base_manager.filter(pk__in=others).values_list("data"))
        Draft._base_manager.all().delete()


@pytest.mark.usefixtures("pointing_tables")
def test_two_models_in_one_row_go_each_their_way_and_come_back():
    old, gone, new = (LlmProviderModelFactory.create() for _ in range(3))
    before = {"steps": [{"model": old.pk}, {"model": str(gone.pk)}, {"model": f" {old.pk} "}, {"model": new.pk}]}
    made = row(json.dumps(before))
    own = registry_of(reference_of("steps[*].model"))
    run = execute(plan=plan_for({old: new, gone: None}), registry=own, lease=FreeLease(), using="default")
    assert run is not None
    made.refresh_from_db()
    assert [step["model"] for step in made.data["steps"]] == [new.pk, None, new.pk, new.pk]
    done = restore(run_id=run.pk, registry=own, lease=FreeLease(), using="default")
    made.refresh_from_db()
    assert (made.data, done.left_alone) == (before, 0)


@pytest.mark.usefixtures("pointing_tables")
@pytest.mark.parametrize(
    ("cleared", "now"),
    [(False, '[{"model": 0}]'), (False, "[]"), (False, "{}"), (True, '[{"model": "x"}]'), (True, "7"), (True, None)],
)
def test_what_a_person_has_changed_since_stays(cleared: bool, now: str | None):
    old, new = LlmProviderModelFactory.create(), LlmProviderModelFactory.create()
    made = row(f'[{{"model": {old.pk}}}]')
    own = registry_of(reference_of("[*].model"))
    replacement = None if cleared else new
    run = execute(plan=plan_for({old: replacement}), registry=own, lease=FreeLease(), using="default")
    assert run is not None
    with connection.cursor() as cursor:
        cursor.execute("UPDATE sample_app_draft SET data = %s", [now])
    done = restore(run_id=run.pk, registry=own, lease=FreeLease(), using="default")
    made.refresh_from_db()
    assert (made.data, done.left_alone) == (None if now is None else json.loads(now), 1)


@pytest.mark.usefixtures("pointing_tables")
@pytest.mark.parametrize("path", ["a.b", "a[*]", ("a", "it's")])
def test_a_dangling_id_is_found(path: Any):
    model = LlmProviderModelFactory.create()
    reference = reference_of(path)
    texts = ('{{"a": {{"b": {0}, "it\'s": {0}}}}}', '{{"a": {{"b": "{0}", "it\'s": "{0}"}}}}')
    row(texts[0].format(model.pk))
    dangling = row(texts[1].format(987654321))
    for first, expected in (
        (None, [(dangling.pk, 987654321)]),
        (dangling.pk, [(dangling.pk, 987654321)]),
        (dangling.pk + 1, []),
    ):
        statement = reference.ids_without_row(LlmProviderModel._meta.db_table, using="default", first=first)
        with connection.cursor() as cursor:
            cursor.execute(statement[0], statement[1] or None)
            assert cursor.fetchall() == expected


@pytest.mark.usefixtures("pointing_tables")
def test_only_a_path_of_plain_keys_has_an_index_and_others_say_that_they_read_the_table():
    assert reference_of("routing.primary.model", Agent).missing_index == ""
    assert not reference_of("routing.primary.model", Agent).reads_whole_table
    assert reference_of("a.b").missing_index.startswith('ModelReferenceIndex(field="data", path="a.b"')
    everywhere = reference_of("a[*]")
    assert (everywhere.reads_whole_table, everywhere.missing_index) == (True, "")
    assert everywhere.remarks(model_ids=[], using="default") == ["No index finds it, so the whole table is read."]


@pytest.mark.parametrize(
    ("path", "steps", "text"),
    [
        ("a", ("a",), "a"),
        ("a.b-c.0", ("a", "b-c", "0"), "a.b-c.0"),
        ("steps[*].model", ("steps", EACH, "model"), "steps[*].model"),
        ("[*][*]", (EACH, EACH), "[*][*]"),
        ('a."b.c"[*]."say \\"hi\\""', ("a", "b.c", EACH, 'say "hi"'), 'a."b.c"[*]."say \\"hi\\""'),
        ("two words.ü", ("two words", "ü"), '"two words"."ü"'),
        (("", EACH, "[*]"), ("", EACH, "[*]"), '""[*]."[*]"'),
    ],
)
def test_a_path_is_written_in_one_way(path: Any, steps: Any, text: str):
    assert paths.parse(path, of="a test") == steps
    assert paths.written(steps) == text
    assert paths.parse(text, of="a test") == steps


@pytest.mark.parametrize(
    "path",
    ["", ".", "a.", ".a", "a..b", "a[0]", "a[*", 'a."\\q"', 'a."\n"', 'a."b', "a[*]b", (), ("a\x00",), ("\ud800",)],
)
def test_what_is_no_path_is_refused_where_it_is_declared(path: Any):
    with pytest.raises(ValueError, match=r"of sample_app.Draft.data"):
        reference_of(path)


def test_a_path_that_the_journal_could_not_keep_is_refused():
    with pytest.raises(ValueError, match="too long"):
        reference_of("a" * 200)


@pytest.mark.usefixtures("pointing_tables")
def test_rows_that_hold_something_else_by_now_are_not_moved():
    made = row(None)
    moves = Moves({7: None})
    assert reference_of("a.b").move(row_ids=[made.pk], moves=moves, using="default") == []
