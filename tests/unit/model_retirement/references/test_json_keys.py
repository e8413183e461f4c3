"""Ids that are the keys of an object in JSON: what is under them moves along (rules 4, 22 and 23)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from apps.service_providers.models import LlmProviderModel
from model_retirement.references import JsonKeysReference, Resource, ResourcePath
from model_retirement.removal.execute import execute
from model_retirement.removal.restore import preview, restore
from model_retirement.testing import MakeRow, assert_reference_kind
from model_retirement.testing.trials import plan_for
from tests.factories.service_providers import LlmProviderModelFactory
from tests.factories.teams import TeamFactory
from tests.sample_app.pointing import Draft
from tests.unit.model_retirement.removal.removals import FreeLease, registry_of

pytestmark = pytest.mark.usefixtures("pointing_tables")

PATH = ResourcePath(Resource("draft", "sample_app.Draft"))
LIMITS = JsonKeysReference("sample_app.Draft", "data", "team", PATH, key="limits.by-model")
WHOLE = JsonKeysReference("sample_app.Draft", "data", "team", PATH)


def row(text: str | None) -> Any:
    """Save a row with JSON as SQL stores it, past Python."""
    made = Draft._base_manager.create(team=TeamFactory.create())
    with connection.cursor() as cursor:
        cursor.execute("UPDATE sample_app_draft SET data = %s WHERE id = %s", [text, made.pk])
    return made


def pointing(text: str) -> MakeRow:
    return lambda model: row(text.replace("ID", str(model.pk)))


def odd(text: str | None) -> Callable[[], Any]:
    return lambda: row(text)


def data(made: Any) -> Any:
    made.refresh_from_db()
    return made.data


OBJECTS = ('{"ID": {"tokens": 5.50}, "note": [1]}', '{"a": 1, " 0ID ": null}', '{"ID.0": 7, "x": "ID"}')
NONE = (None, "7", "[]", "[7]", '{"a": 7}', '{"7a": 1}', f'{{"{"9" * 5000}": 1}}', '{"": 1}', '"7"')


def test_an_object_that_is_the_whole_field():
    assert_reference_kind(WHOLE, rows=[pointing(text) for text in OBJECTS], odd_rows=[odd(text) for text in NONE])


def test_an_object_inside_others():
    assert_reference_kind(
        LIMITS,
        rows=[pointing(f'{{"limits": {{"by-model": {text}, "n": 1}}}}') for text in OBJECTS],
        odd_rows=[
            *(odd(f'{{"limits": {{"by-model": {text}}}}}') for text in NONE if text),
            *(odd(text) for text in ("[]", '{"limits": 7}', '{"by-model": {"7": 1}}')),
        ],
    )


def test_what_stands_under_a_key_moves_and_what_was_there_stays():
    old, other, gone, new = (LlmProviderModelFactory.create() for _ in range(4))
    before = {str(old.pk): "mine", f"0{other.pk}": {"a": [1]}, str(gone.pk): None, "x": 1, f" {old.pk} ": "again"}
    made, taken = row(json.dumps(before)), row(json.dumps({str(new.pk): "own", str(old.pk): "lost"}))
    own = registry_of(WHOLE)
    plan = plan_for({old: new, other: new, gone: None})
    run = execute(plan=plan, registry=own, lease=FreeLease(), using="default")
    assert run is not None
    assert data(made) == {str(new.pk): "mine", "x": 1}
    assert data(taken) == {str(new.pk): "own"}
    planned = preview(run_id=run.pk, registry=own, using="default")
    done = restore(run_id=run.pk, registry=own, lease=FreeLease(), using="default")
    assert (planned, done.left_alone) == (done, 0)
    assert data(made) == before
    assert data(taken) == {str(new.pk): "own", str(old.pk): "lost"}


@pytest.mark.parametrize("now", [None, "[]", "{}", '{"OLD": 2, "NEW": 1}'])
def test_what_a_person_has_changed_since_stays(now: str | None):
    old, new = LlmProviderModelFactory.create(), LlmProviderModelFactory.create()
    made = row(f'{{"{old.pk}": 1}}')
    own = registry_of(WHOLE)
    run = execute(plan=plan_for({old: new}), registry=own, lease=FreeLease(), using="default")
    assert run is not None
    text = None if now is None else now.replace("OLD", str(old.pk)).replace("NEW", str(new.pk))
    with connection.cursor() as cursor:
        cursor.execute("UPDATE sample_app_draft SET data = %s", [text])
    done = restore(run_id=run.pk, registry=own, lease=FreeLease(), using="default")
    assert (data(made), done.left_alone) == (None if text is None else json.loads(text), 1)


def test_a_dangling_id_is_found():
    model = LlmProviderModelFactory.create()
    row(f'{{"{model.pk}": 1}}')
    dangling = row('{"987654321": 1}')
    for first, expected in ((None, [(dangling.pk, 987654321)]), (dangling.pk + 1, [])):
        query, params = WHOLE.ids_without_row(LlmProviderModel._meta.db_table, using="default", first=first)
        with connection.cursor() as cursor:
            cursor.execute(query, params or None)
            assert cursor.fetchall() == expected


@pytest.mark.parametrize("key", ["a b", "a.", "limits[*]"])
def test_another_key_is_refused_where_it_is_declared(key: str):
    with pytest.raises(ValueError, match="cannot be declared"):
        JsonKeysReference("sample_app.Draft", "data", "team", PATH, key=key)


@pytest.mark.parametrize("first", [0, 1])
def test_of_two_removals_that_made_one_key_of_two_either_can_be_undone_first(first: int):
    """Rule 22: what is left is what the other one makes of it alone."""
    early, late, later, new = (LlmProviderModelFactory.create() for _ in range(4))
    before = {str(early.pk): "early", str(late.pk): "late", str(later.pk): "later"}
    made = row(json.dumps(before))
    own = registry_of(WHOLE)
    plans = (plan_for({early: new}), plan_for({late: new, later: new}))
    runs = [execute(plan=plan, registry=own, lease=FreeLease(), using="default") for plan in plans]
    assert data(made) == {str(new.pk): "early"}
    alone = {
        0: {str(early.pk): "early", str(new.pk): "late"},
        1: {str(new.pk): "early", str(late.pk): "late", str(later.pk): "later"},
    }
    for which in (first, 1 - first):
        run = runs[which]
        assert run is not None
        planned = preview(run_id=run.pk, registry=own, using="default")
        done = restore(run_id=run.pk, registry=own, lease=FreeLease(), using="default")
        assert (planned, done.left_alone) == (done, 0)
        assert data(made) == (alone[first] if which == first else before)
