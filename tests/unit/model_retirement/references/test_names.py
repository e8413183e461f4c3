"""Names of models, in columns and in JSON, are moved and cleared like ids (rules 4, 15, 22 and 23)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.migrations.writer import MigrationWriter

from apps.service_providers.models import LlmProviderModel
from model_retirement import dangling
from model_retirement.references import ModelNameReference, Moves, Resource, ResourcePath
from model_retirement.references.names import ModelNameValidator
from model_retirement.removal.execute import execute
from model_retirement.removal.restore import restore
from model_retirement.testing import assert_reference_kind
from model_retirement.testing.trials import plan_for
from tests.factories.service_providers import LlmProviderModelFactory
from tests.factories.teams import TeamFactory
from tests.sample_app.pointing import Trigger
from tests.statements import before_statement
from tests.unit.model_retirement.removal.removals import FreeLease, registry_of

pytestmark = pytest.mark.usefixtures("pointing_tables")


def reference_of(field: str, **options: Any) -> ModelNameReference:
    path = ResourcePath(Resource("trigger", "sample_app.Trigger"))
    return ModelNameReference("sample_app.Trigger", field, "team", path, **options)


NAME = reference_of("model_name")
OF_OPENAI = reference_of("model_name", provider="openai")
IN_TWO = reference_of("model_name", provider_field="provider")
FULL = reference_of("full_name", with_provider=True)
IN_JSON = reference_of("data", key="model.name", with_provider=True)


def trigger(**columns: Any) -> Any:
    return Trigger._base_manager.create(**{"team": TeamFactory.create(), **columns})


def odd(**columns: Any) -> Callable[[], Any]:
    return lambda: trigger(**columns)


def model(name: str, **columns: Any) -> LlmProviderModel:
    return LlmProviderModelFactory.create(name=name, **columns)


@pytest.mark.parametrize("reference", [NAME, OF_OPENAI, IN_TWO])
def test_a_name_in_a_column(reference: ModelNameReference):
    assert_reference_kind(
        reference,
        rows=[lambda llm: trigger(model_name=llm.name)],
        odd_rows=[odd(model_name=name) for name in (None, "", " ", "none of ours", "100%'")],
    )


def test_a_name_behind_its_provider_in_a_column_that_is_never_null():
    assert_reference_kind(
        FULL,
        rows=[lambda llm: trigger(full_name=f"openai/{llm.name}")],
        odd_rows=[odd(full_name=name) for name in ("", "/", "openai/", "openai/none of ours")],
    )


def test_a_name_in_json():
    junk: tuple[Any, ...] = (None, 7, [], {}, {"model": 7}, {"model": {"name": ["openai/x"]}}, {"model": {"name": 7}})
    assert_reference_kind(
        IN_JSON,
        rows=[lambda llm: trigger(data={"model": {"name": f"openai/{llm.name}", "n": 1.5}, "other": [1]})],
        odd_rows=[odd(data=data) for data in junk],
    )


def test_a_cleared_name_is_what_the_column_has_for_nothing():
    old = model("old")
    rows = [trigger(model_name="old"), trigger(full_name="openai/old"), trigger(data={"model": {"name": "openai/old"}})]
    for reference in (NAME, FULL, IN_JSON):
        reference.move(row_ids=[row.pk for row in rows], moves=Moves({old.pk: None}), using="default")
    for row in rows:
        row.refresh_from_db()
    assert (rows[0].model_name, rows[1].full_name, rows[2].data) == (None, "", {"model": {"name": None}})


def test_the_provider_tells_models_of_one_name_apart():
    old, new, others = model("same"), model("new"), model("same", type="azure")
    mine, theirs = trigger(model_name="same"), trigger(model_name="same", provider="azure")
    changes = IN_TWO.move(row_ids=[mine.pk, theirs.pk], moves=Moves({old.pk: new.pk}), using="default")
    assert [change.row_ids for change in changes] == [[mine.pk]]
    assert OF_OPENAI.pairs(model_ids=[others.pk], using="default")
    with connection.cursor() as cursor:
        cursor.execute(*OF_OPENAI.pairs(model_ids=[others.pk], using="default"))
        assert cursor.fetchall() == []


def test_without_a_provider_a_name_stays_as_long_as_another_provider_has_it():
    old, new, others = model("same"), model("new"), model("same", type="azure")
    row = trigger(model_name="same")
    assert NAME.move(row_ids=[row.pk], moves=Moves({old.pk: new.pk}), using="default") == []
    assert NAME.remarks(model_ids=[old.pk], using="default") == [
        "Another provider has a model called same, too, so 1 row with that name would stay."
    ]
    assert NAME.remarks(model_ids=[old.pk, others.pk], using="default") == []
    (change,) = NAME.move(row_ids=[row.pk], moves=Moves({others.pk: None, old.pk: new.pk}), using="default")
    assert (change.model_id, change.new_value) == (min(old.pk, others.pk), "new")


def test_a_name_that_the_team_has_a_model_of_its_own_for_is_left_alone():
    """Rule 15."""
    old, new = model("old"), model("new")
    own, neighbour = trigger(model_name="old"), trigger(model_name="old")
    model("old", team=own.team)
    moves = Moves({old.pk: new.pk})
    for reference in (NAME, OF_OPENAI):
        with transaction.atomic():
            changes = reference.move(row_ids=[own.pk, neighbour.pk], moves=moves, using="default")
            assert [change.row_ids for change in changes] == [[neighbour.pk]]
            transaction.set_rollback(True)


def test_a_name_that_is_changed_before_its_row_is_locked_stays():
    old, new = model("old"), model("new")
    row = trigger(model_name="old")

    def rename() -> None:
        Trigger._base_manager.filter(pk=row.pk).update(model_name="chosen since")

    with before_statement("SELECT k0", rename):
        assert NAME.move(row_ids=[row.pk], moves=Moves({old.pk: new.pk}), using="default") == []


@pytest.mark.parametrize(
    ("reference", "columns"),
    [
        (NAME, {"model_name": "old"}),
        (FULL, {"full_name": "openai/old"}),
        (IN_JSON, {"data": {"model": {"name": "openai/old"}}}),
    ],
)
def test_a_name_that_is_written_after_the_removal_dangles_and_is_told(reference, columns):
    old, new = model("old"), model("new")
    own = registry_of(reference)
    run = execute(plan=plan_for({old: new}), registry=own, lease=FreeLease(), using="default")
    assert run is not None
    late = trigger(**columns)
    of_a_team_with_its_own = trigger(**columns)
    model("old", team=of_a_team_with_its_own.team)
    (dangling_name,) = dangling.stream(registry=own, using="default")
    assert (dangling_name.row_id, dangling_name.removed, dangling_name.place) == (
        late.pk,
        "openai/old",
        reference.label,
    )
    assert dangling.counts(registry=own, using="default") == {reference.label: 1}
    restore(run_id=run.pk, registry=own, lease=FreeLease(), using="default")
    assert dangling.counts(registry=own, using="default") == {}


def test_the_index_of_a_column_and_none_for_json():
    assert (NAME.missing_index, NAME.reads_whole_table) == ("", False)
    assert (IN_JSON.missing_index, IN_JSON.reads_whole_table) == ("", True)
    unindexed = reference_of("provider")
    assert unindexed.missing_index == 'models.Index(fields=["provider"], name="name_of_the_index")'
    assert NAME.relation_labels == ()


@pytest.mark.parametrize("key", ["a b", "a.", "steps[*].model"])
def test_another_key_is_refused_where_it_is_declared(key: str):
    with pytest.raises(ValueError, match="cannot be declared"):
        reference_of("data", key=key)


@pytest.mark.parametrize(
    ("validator", "value"),
    [
        (ModelNameValidator(), "known"),
        (ModelNameValidator(provider="openai"), "known"),
        (ModelNameValidator(with_provider=True), "openai/known"),
    ],
)
def test_the_validator_takes_the_names_of_models_that_are_there(validator: ModelNameValidator, value: str):
    with pytest.raises(ValidationError, match=f"There is no LLM model called {value}: choose another one."):
        validator(value)
    model("known", type="azure")
    if validator != ModelNameValidator():
        with pytest.raises(ValidationError):
            validator(value)
    model("known")
    validator(value)


@pytest.mark.parametrize("value", ["", "/", "known", "openai/", json.dumps({"a": 1})])
def test_the_validator_refuses_what_is_no_name(value: str):
    model("known")
    with pytest.raises(ValidationError):
        ModelNameValidator(with_provider=True)(value)


def test_the_validator_can_stand_in_a_migration():
    validator = ModelNameValidator(provider="openai")
    text, imports = MigrationWriter.serialize(validator)
    assert text == "model_retirement.references.names.ModelNameValidator(provider='openai')"
    assert imports == {"import model_retirement.references.names"}
    assert {validator, ModelNameValidator(provider="openai")} == {validator}
    assert validator != "openai"


def test_a_name_that_several_rows_have_is_one_reference_and_goes_with_all_of_them():
    """Rule 16, in a table without a unique key; an undo brings it back."""
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX service_providers_one_global_model")
    first, second, new = model("twin"), model("twin"), model("new")
    row = trigger(model_name="twin")
    query, params = OF_OPENAI.pairs(model_ids=[first.pk, second.pk], using="default")
    with connection.cursor() as cursor:
        cursor.execute(query, params)
        assert cursor.fetchall() == [(row.pk, first.pk)]

    own = registry_of(OF_OPENAI)
    run = execute(plan=plan_for({first: new, second: new}), registry=own, lease=FreeLease(), using="default")
    assert run is not None
    row.refresh_from_db()
    assert row.model_name == "new"
    assert not LlmProviderModel.objects.filter(name="twin").exists()

    assert run is not None
    restore(run_id=run.pk, registry=own, lease=FreeLease(), using="default")
    row.refresh_from_db()
    assert row.model_name == "twin"
